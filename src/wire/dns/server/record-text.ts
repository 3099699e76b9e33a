/** Record values as people write them in zones (RFC 1035 §5.1): `10 mx.example.org`, `3 1 1 0b9f…`. */
import { unreachable } from "../../../base/brand.ts";
import { ipFamily } from "../../../base/ip.ts";
import { nameOf } from "../message/names.ts";
import type { RecordData, RecordType } from "../message/records.ts";

/** Undefined if the text is no value of that type. */
export function dataOf(type: RecordType, text: string): RecordData | undefined {
  switch (type) {
    case "A":
    case "AAAA":
      return ipFamily(text) === (type === "A" ? 4 : 6) ? { type, ip: text } : undefined;
    case "CNAME":
    case "NS":
    case "PTR": {
      const host = nameOf(text);
      return host === undefined ? undefined : { type, host };
    }
    case "MX": {
      const [preference, name = "", ...more] = text.split(/\s+/);
      const [number, host] = [wholeNumber(preference, 0xffff), nameOf(name)];
      return number === undefined || host === undefined || more.length > 0 ? undefined : { type, preference: number, host };
    }
    case "TXT":
      return { type, parts: parts(text) };
    case "SOA":
      return soaOf(text);
    case "TLSA": {
      const [usage, selector, matching, ...data] = text.split(/\s+/);
      const [a, b, c] = [usage, selector, matching].map((number) => wholeNumber(number, 255));
      const hex = data.join("");
      if (a === undefined || b === undefined || c === undefined || !/^([0-9a-f]{2})+$/i.test(hex)) return undefined;
      return { type, usage: a, selector: b, matching: c, data: Uint8Array.from(Buffer.from(hex, "hex")) };
    }
    default:
      return unreachable(type);
  }
}

function wholeNumber(text: string | undefined, most: number): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= most ? Number(text) : undefined;
}

/** A text longer than 255 octets is carried in several strings, which readers join (RFC 7208 §3.3). */
function parts(text: string): readonly Uint8Array[] {
  const octets = new TextEncoder().encode(text);
  const all: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < octets.length; at += 255) all.push(octets.slice(at, at + 255));
  return all;
}

/** `ns.example. admin.example. SERIAL REFRESH RETRY EXPIRE MINIMUM`. */
function soaOf(text: string): RecordData | undefined {
  const [first = "", second = "", ...rest] = text.split(/\s+/);
  const [primary, mailbox] = [nameOf(first), nameOf(second)];
  const [serial, refresh, retry, expire, minimum, ...more] = rest.map((number) => wholeNumber(number, 0xffffffff));
  if (primary === undefined || mailbox === undefined || more.length > 0) return undefined;
  if (serial === undefined || refresh === undefined || retry === undefined || expire === undefined || minimum === undefined)
    return undefined;
  return { type: "SOA", primary, mailbox, numbers: [serial, refresh, retry, expire, minimum] };
}
