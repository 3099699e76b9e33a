/** Mail addresses as they stand in the prose and the fields of reports. */

// Beyond ASCII all but the punctuation of any script may stand in an address (RFC 6531 §3.3).
const LOCAL = String.raw`[A-Za-z0-9!#$%&'*+/=?^_{|}~.\u00a1-\u1fff\u2070-\u2fff\u3041-\ufeff\x60-]{1,128}`;
const DOMAIN = String.raw`(?:[A-Za-z0-9\u00a1-\u1fff\u2070-\u2fff\u3041-\ufeff_](?:[A-Za-z0-9\u00a1-\u1fff\u2070-\u2fff\u3041-\ufeff_-]{0,62})\.)*[A-Za-z0-9\u00a1-\u1fff\u2070-\u2fff\u3041-\ufeff_-]{1,63}|\[[0-9A-Fa-f:.IPv]{2,60}\]`;
const QUOTED = String.raw`"[^"\n\r]{1,128}"`;
const ADDRESS = `(?:${QUOTED}|${LOCAL})@(?:${DOMAIN})`;

const BRACKETED = new RegExp(`<\\s{0,3}(${ADDRESS})\\s{0,3}>`);
const ANY = new RegExp(ADDRESS, "g");
/** A path that the envelope would have: brackets, or the whole text. */
const WHOLE = new RegExp(`^${ADDRESS}$`);

/** All of them, in order, trailing dots of sentences removed. */
export function addressesIn(text: string): string[] {
  if (!text.includes("@")) return [];
  return (text.match(ANY) ?? []).map(tidy).filter((address) => address !== "");
}

/** The one in brackets, else the first. */
export function addressIn(text: string): string | undefined {
  if (!text.includes("@")) return undefined;
  return tidy(BRACKETED.exec(text)?.[1] ?? addressesIn(text)[0] ?? "") || undefined;
}

export function isAddress(text: string): boolean {
  return text.includes("@") && WHOLE.test(text);
}

/** `rfc822; <x@y>` of RFC 3464 §2.1.2, `utf-8; …` of RFC 6533 §3, or a bare address. Undefined where there is nothing. */
export function typedAddress(value: string): string | undefined {
  const [, type = "", rest = value] = /^\s*([A-Za-z0-9-]{1,40})\s*;\s*(.*)$/.exec(value) ?? [];
  const bare = rest.trim().replace(/^"(<.*>)"$/, "$1");
  const inside = /^<(.*)>/.exec(bare)?.[1] ?? bare;
  const address = addressIn(bare) ?? inside.replace(/\s*\(.*\)$/, "").trim();
  if (address === "") return undefined;
  return type.toLowerCase() === "utf-8" ? fromUtf8Xtext(address) : fromXtext(address);
}

/** `\x{HEX}`, RFC 6533 §3. */
function fromUtf8Xtext(text: string): string {
  return text.replace(/\\x\{([0-9A-Fa-f]{2,6})\}/g, (whole, hex: string) => {
    const point = Number.parseInt(hex, 16);
    return point <= 0x10ffff && (point < 0xd800 || point > 0xdfff) ? String.fromCodePoint(point) : whole;
  });
}

/** `+3D`, RFC 3461 §4. Only what must be coded is decoded: `+` in addresses is far more often itself. */
function fromXtext(text: string): string {
  return text.replace(/\+(2B|3D)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function tidy(address: string): string {
  return address.replace(/^['`]+/, "").replace(/\.+$/, "");
}

/** Addresses that reports come from or are to be asked at, never what a message failed for. */
export function isRole(address: string): boolean {
  return /^(?:mailer-daemon|postmaster|abuse|no-?reply|do-?not-?reply|mmdf|double-bounce)(?:[+.-][^@]*)?@/i.test(address);
}
