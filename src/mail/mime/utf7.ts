/** UTF-7 (RFC 2152): ASCII, with UTF-16 in base 64 between `+` and `-`. One pass; what is broken shows as U+FFFD. */

const BLOCK = /\+([A-Za-z0-9+/]*)(-?)/g;

/** `text` has one character an octet. Output is never longer than input. */
export function fromUtf7(text: string): string {
  return text.replace(BLOCK, (whole, digits: string, close: string) => {
    if (digits === "") return close === "" ? whole : "+";
    const octets = Buffer.from(digits, "base64");
    const even = octets.subarray(0, octets.length & ~1);
    return even.length === 0 ? "\ufffd" : Buffer.from(even).swap16().toString("utf16le").toWellFormed();
  });
}
