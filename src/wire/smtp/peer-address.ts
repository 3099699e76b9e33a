/**
 * What a client is called and where it is, in a form that can be looked up and written down: both are what somebody
 * claims, by HELO, XCLIENT or a PROXY header.
 */
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

/**
 * A HELO name fit for a Received field and a log line: what could end a comment or forge a field becomes "?". Refusing it
 * would stop all mail of that client for a slip in its configuration.
 */
export function plainName(name: string): string {
  return name.replace(/[^A-Za-z0-9.:_[\]/+=~*-]/gu, "?");
}
