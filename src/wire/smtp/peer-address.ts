/** One address, one spelling: sources and limits are looked up by what a PROXY header or XCLIENT names. */
import { ipFamily } from "../../base/ip.ts";

/** As RFC 5952 writes it; IPv4 inside IPv6 becomes plain IPv4. Undefined for what is no address. */
export function canonicalIp(text: string): string | undefined {
  const family = ipFamily(text);
  if (family !== 6) return family === undefined ? undefined : text;
  const address = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  if (mapped === null) return address;
  const [high = 0, low = 0] = mapped.slice(1).map((part) => Number.parseInt(part, 16));
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
