/** What a reply states besides its cause: a time to wait, and the blocklist it goes by. */
import { withoutAccents } from "./reading/letters.ts";

/** A time is one to wait for only where the text speaks of another try. */
const AGAIN =
  /again|retry|wait|delay|gr[ea]y|later|back|after|resend|left|defer|block|throttl|limit|\bin \d|versuch|wart|spater|essa[iy]|patien|dans \d|intent|esper|dentro|riprov|attend|tent[ea]|aguarde|probeer|wacht|sprobuj|poczekaj|повтор|попроб|через|подожд|再|后|後|다시|后重试/;
const CLOCK = /\b(\d{1,2}):(\d{2}):(\d{2})\b/;
const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(?:s|secs?|second(?:s|e|es|i|o|os)?|sekund[aey]?n?|segundos?|секунд\p{L}*|秒|초)$/u, 1],
  [/^(?:m|mins?|minut(?:e|es|en|os?|i|y|a)?|минут\p{L}*|分|分钟|分鐘|분)$/u, 60],
  [/^(?:h|hrs?|hours?|stunden?|heures?|horas?|or[ae]|uur|uren|godzin\p{L}*|час\p{L}*|時間|小时|小時|시간)$/u, 3600],
];
const AMOUNT = /(?<![\p{L}\p{N}.:-])(\d{1,6}|an?|one|five|ten|fifteen|thirty|sixty|eine[rn]?|une|una)[ -]?(\p{L}{1,9})/gu;
const NUMBERS: Readonly<Record<string, number>> = { five: 5, ten: 10, fifteen: 15, thirty: 30, sixty: 60 };
/** `retry in 300`: whole seconds, said by policy servers that leave the unit out. */
const BARE = /(?:retry|again|wait)(?:ing)? (?:in|after|for) (\d{2,5})\s*[.)]?$/;
const DAY = 86_400;
/** A figure of speech stands within the first words; a wait far behind is about something else. */
const MOST_AMOUNTS = 6;

/** "in 300 seconds", "5 minutes and 30 seconds", "00:04:59", "dans 10 minutes". Above a day it is a figure of speech. */
export function statedWait(written: string): number | undefined {
  if (!/\d|\b(?:an?|one|five|ten|fifteen|thirty|sixty|une|una|eine[rn]?) /i.test(written)) return undefined;
  const text = withoutAccents(written.toLowerCase());
  if (!AGAIN.test(text)) return undefined;
  const clock = CLOCK.exec(text);
  if (clock) return bounded(Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3]));
  let total = 0;
  let end = -1;
  let seen = 0;
  for (const found of text.matchAll(AMOUNT)) {
    if (++seen > MOST_AMOUNTS * 4) break;
    const unit = UNITS.find(([pattern]) => pattern.test(found[2] ?? ""))?.[1];
    // `100 / 1h`, `per 5 minutes`: a rate, not a wait.
    if (unit === undefined || /(?:\/|\bper|\bjede[rn]?|\bpro) ?$/.test(text.slice(0, found.index))) continue;
    // "5 minutes and 30 seconds" is one wait; what stands elsewhere is another matter.
    if (end >= 0 && !/^(?:,| and| und| et| y| e| i)? ?$/.test(text.slice(end, found.index))) break;
    total += (NUMBERS[found[1] ?? ""] ?? (Number.isNaN(Number(found[1])) ? 1 : Number(found[1]))) * unit;
    end = found.index + found[0].length;
  }
  return bounded(total) ?? bounded(Number(BARE.exec(text)?.[1] ?? 0));
}

function bounded(seconds: number): number | undefined {
  return seconds > 0 && seconds <= DAY ? seconds : undefined;
}

const LABELS = "(?:[\\w-]{1,40}\\.){0,5}";
const KNOWN = new RegExp(
  `(?<![\\w@.-])(${LABELS}(?:spamhaus\\.(?:org|net)|spamcop\\.net|barracudacentral\\.org|abuseat\\.org|sorbs\\.(?:net|com)|uceprotect\\.net|mailspike\\.(?:net|org)|spamrats\\.com|surbl\\.org|uribl\\.com|cloudmark\\.com|psbl\\.org|surriel\\.com|invaluement\\.com|manitu\\.net|junkemailfilter\\.com|gbudb\\.net|abusix\\.(?:zone|com|org)|senderscore\\.(?:com|org)|dronebl\\.org|backscatterer\\.org|0spam\\.org|s5h\\.net|spameatingmonkey\\.net|wpbl\\.info|dnswl\\.org|njabl\\.org|dsbl\\.org|mail-abuse\\.(?:org|com)|blocklist\\.de|proofpoint\\.com|trendmicro\\.com|inps\\.de|swinog\\.ch|interserver\\.net|woody\\.ch|nordspam\\.com|lashback\\.com))\\b`,
  "gi",
);
/** Hosts of pages, not of zones. */
const PAGES = /^(?:www|check|lookup|support|postmaster)\./;
const USING =
  /\b(?:using|by|via|listed (?:in|at|on|by|with)|blacklisted (?:in|at|on|by)|found (?:in|on)|is (?:in|on)(?: an?| the)?(?: (?:rbl|dnsbl|blacklist|blocklist))?|(?:rbl|dnsbl|list|zone)(?: (?:at|in|on|of))?)[ :(]+(?:https?:\/\/)?((?:[\w-]{1,40}\.){1,6}[a-z]{2,12})(?![\w@])/i;
const SEE = /\bhttps?:\/\/((?:[\w-]{1,40}\.){1,6}[a-z]{2,12})\b/i;
/** They look into many lists and are none. */
const LOOKERS = /(?:mxtoolbox|robtex|valli|dnsbl\.info|whatismyipaddress|google|microsoft|live|office)\.?\w*(?:\.\w+)?$/;
/** Lists that are named without a host, the longer names first. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/spamhaus[ -]{1,3}(?:the )?zen/i, "zen.spamhaus.org"],
  [/spamhaus[ -]{1,3}(?:css|sbl)|\bsbl[ -]{1,3}css\b/i, "sbl.spamhaus.org"],
  [/spamhaus[ -]{1,3}xbl/i, "xbl.spamhaus.org"],
  [/spamhaus[ -]{1,3}pbl/i, "pbl.spamhaus.org"],
  [/spamhaus[ -]{1,3}dbl/i, "dbl.spamhaus.org"],
  [/spamhaus/i, "spamhaus.org"],
  [/spamcop/i, "bl.spamcop.net"],
  [/\bsorbs\b/i, "dnsbl.sorbs.net"],
  [/uceprotect\w*[ -]{0,3}(?:level[ -]?)?1/i, "dnsbl-1.uceprotect.net"],
  [/uceprotect\w*[ -]{0,3}(?:level[ -]?)?2/i, "dnsbl-2.uceprotect.net"],
  [/uceprotect\w*[ -]{0,3}(?:level[ -]?)?3/i, "dnsbl-3.uceprotect.net"],
  [/uceprotect/i, "uceprotect.net"],
  [/barracuda/i, "b.barracudacentral.org"],
  [/cloudmark/i, "cloudmark.com"],
  [/sender ?score|return ?path/i, "bl.score.senderscore.com"],
  [/invaluement|\bivm(?:sip|bl|uri)/i, "invaluement.com"],
  [/nix ?spam/i, "ix.dnsbl.manitu.net"],
  [/\bpsbl\b/i, "psbl.surriel.com"],
  [/mailspike/i, "bl.mailspike.net"],
  [/spamrats/i, "spamrats.com"],
  [/\bsurbl\b/i, "multi.surbl.org"],
  [/\buribl\b/i, "multi.uribl.com"],
  [/\bcbl\b/i, "cbl.abuseat.org"],
  [/abusix/i, "abusix.zone"],
  [/hostkarma|junkemailfilter/i, "hostkarma.junkemailfilter.com"],
  [/proofpoint/i, "ipcheck.proofpoint.com"],
];

/** The zone named; else the list by its name, or by the host of the page that the reply points to. */
export function statedZone(text: string): string | undefined {
  const hosts = [...text.matchAll(KNOWN)].map(([host]) => host.toLowerCase());
  const zone = hosts.find((host) => !PAGES.test(host) && host.split(".").length > 2);
  if (zone !== undefined) return zone;
  const using = USING.exec(text)?.[1]?.toLowerCase();
  if (using !== undefined && hosts.length === 0) return using;
  const name = NAMES.find(([pattern]) => pattern.test(text))?.[1];
  const [page] = hosts;
  if (page !== undefined) return name !== undefined && name.split(".").length > 2 ? name : page.replace(/^(?:www|check|lookup)\./, "");
  const see = SEE.exec(text)?.[1]?.toLowerCase() ?? "";
  return name ?? (see === "" || LOOKERS.test(see) ? undefined : see.replace(/^www\./, ""));
}
