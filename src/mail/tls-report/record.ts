/** What a domain's TXT record at `_smtp._tls` asks for (RFC 8460 §3). */

/** Where reports go, in the record's order. */
export type ReportTo = { readonly by: "mail"; readonly address: string } | { readonly by: "post"; readonly url: string };

export type ReportRequest =
  | { readonly is: "asked"; readonly to: readonly ReportTo[] }
  /** No record, or several: the domain takes part in no reporting. */
  | { readonly is: "none" }
  /** There is one that names no place we can report to; `why` says what is wrong with it. */
  | { readonly is: "unusable"; readonly why: string };

/** Places one domain can have reported to; a record that names more makes us no loudspeaker. */
export const PLACES_MOST = 5;
const URL_CHARS = 1_000;

export function reportRecordName(domain: string): string {
  return `_smtp._tls.${domain}`;
}

/** From the name's TXT records, the strings of each joined. */
export function readReportRequest(records: readonly string[]): ReportRequest {
  const ours = records.filter((text) => /^v=TLSRPTv1[ \t]*(;|$)/.test(text)); // case counts: %s in the grammar
  const [only, another] = ours;
  if (only === undefined || another !== undefined) return { is: "none" };
  const fields = only.split(/[ \t]*;[ \t]*/).slice(1);
  const rua = fields.find((field) => field.startsWith("rua="));
  if (rua === undefined) return { is: "unusable", why: "it has no rua" };
  const written = rua.slice("rua=".length).split(/[ \t]*,[ \t]*/);
  const to = written.flatMap((uri) => placesIn(uri.trim())).slice(0, PLACES_MOST);
  if (to.length === 0) return { is: "unusable", why: "its rua names neither a mail address nor an https address" };
  return { is: "asked", to };
}

function placesIn(uri: string): readonly ReportTo[] {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase();
  switch (scheme) {
    case "mailto":
      return addressesIn(uri).map((address) => ({ by: "mail", address }));
    case "https":
      return isUrl(uri) ? [{ by: "post", url: uri }] : [];
    default:
      return []; // http too: RFC 8460 §3 knows these two only
  }
}

/** RFC 6068 §2: addresses separated by commas, all of it percent-encoded; what follows `?` (a subject) is not for us. */
function addressesIn(uri: string): readonly string[] {
  const path = uri.slice("mailto:".length).split("?")[0] ?? "";
  try {
    return decodeURIComponent(path)
      .split(",")
      .map((address) => address.trim())
      .filter((address) => ADDRESS.test(address) && address.length <= 320);
  } catch {
    return []; // a percent sign that encodes nothing
  }
}

/** A dot-atom at a domain: all that stands in real records, and nothing that could reach into a command or a header. */
const ADDRESS = /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/i;

function isUrl(uri: string): boolean {
  if (uri.length > URL_CHARS || !URL.canParse(uri)) return false;
  const { username, password } = new URL(uri);
  return username === "" && password === "";
}
