/** Who spoke: by the host's name, or else by a sign of its own that only one operator writes into its replies. */
import { findByHost, findByKey, type Provider } from "./providers.ts";

/** Signs that stand in a text, each with whose they are. Looked for as they are written. */
const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/ - g?smtp\b| \d+ - gsmtp|gmr-mx|\bGmail has detected|support\.google\.com\/(?:mail|a)\/\?p=/, "google"],
  [/\.(?:prod|eop-\w+)\.(?:prod\.)?(?:protection\.)?outlook\.com|\(S\d{3,5}\)|\bAS\(?\d{8,}\)?|Outlook\.com/, "microsoft365"],
  [/postmaster\.(?:yahooinc|verizonmedia|aol)\.com|\.yahoo\.com\b.{0,8}$|\[(?:TSS?|IPTS|BL|PH)\d\d\]|senders\.yahooinc\.com/, "yahoo"],
  [/\bOFR\d{0,3}_\d{3}/, "orange"],
  [/\bLPN\d{0,3}_\d{3}/, "laposte"],
  [/\bIB\d{3}\b.{0,60}$/, "godaddy"],
  [/t-online\.de/, "t-online"],
  [/postmaster\.(?:1and1|gmx|web|mail)\.(?:com|net|de)|\bNemesis ESMTP/, "gmx"],
  [/support\.apple\.com|\bicloud\.com[>)]? ?:/, "apple"],
  [/mimecast\.(?:com|org)/, "mimecast"],
  [/mail\.qq\.com|exmail\.qq\.com/, "tencent"],
  [/\bmail\.163\.com|\b(?:DT|MI|RP|HL|WM):[A-Z]{3}\b/, "netease"],
  [/(?:help|postmaster)\.mail\.ru/, "mailru"],
  [/\bpostmaster\.comcast\.net/, "comcast"],
  [/\bAUP#[A-Z]/i, "spectrum"],
  [/\bcox (?:too many|CX|IPBL|CDRBL|URLBL)/i, "cox"],
  [/postmaster\.free\.fr/, "free"],
  [/mailchannels/i, "mailchannels"],
  [/messagelabs|\bsymantec/i, "symantec"],
];

/** One look that most replies from unknown hosts fail. */
const ANY_SIGN =
  / g?smtp\b|gmr-mx|Gmail|support\.google|outlook|\(S\d|AS\(?\d|yahoo|verizonmedia|postmaster|\[[A-Z]{2,4}\d|OFR|LPN|IB\d|t-online|Nemesis|apple|icloud|mimecast|qq\.com|163\.com|[A-Z]{2}:[A-Z]{3}|mail\.ru|AUP#|\bcox |[Mm]ail[Cc]hannels|messagelabs|[Ss]ymantec/;

export function speakerOf(host: string | undefined, upstream: boolean, text: string): Provider | undefined {
  const known = host === undefined ? undefined : findByHost(host);
  if (known !== undefined && !upstream) return known;
  if (!ANY_SIGN.test(text)) return undefined;
  const sign = SIGNS.find(([pattern]) => pattern.test(text))?.[1];
  return sign === undefined ? undefined : findByKey(sign);
}
