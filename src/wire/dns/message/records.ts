/** Resource records: the types that mail needs as unions, all others as octets (RFC 3597). */
import { unreachable } from "../../../base/brand.ts";
import { ipOctets, ipText } from "./ip-octets.ts";
import { type NamesRead, readName } from "./names.ts";
import type { MessageWriter } from "./writer.ts";

/** RFC 1035 §3.2.2, RFC 3596, RFC 6698. */
export const TYPE_CODES = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, TLSA: 52 } as const;
export type RecordType = keyof typeof TYPE_CODES;
/** EDNS (RFC 6891): not a record of any name. */
export const OPT = 41;
/** Every type at once (RFC 8482). */
export const ANY = 255;
export const CLASS_IN = 1;

export type RecordData =
  | { readonly type: "A" | "AAAA"; readonly ip: string }
  | { readonly type: "CNAME" | "NS" | "PTR"; readonly host: string }
  | { readonly type: "MX"; readonly preference: number; readonly host: string }
  | { readonly type: "TXT"; readonly parts: readonly Uint8Array[] }
  | {
      readonly type: "SOA";
      readonly primary: string;
      readonly mailbox: string;
      /** serial, refresh, retry, expire, minimum. */
      readonly numbers: readonly [number, number, number, number, number];
    }
  | { readonly type: "TLSA"; readonly usage: number; readonly selector: number; readonly matching: number; readonly data: Uint8Array }
  | { readonly type: "other"; readonly code: number; readonly data: Uint8Array };

/** `ttl` in seconds. */
export type DnsRecord = RecordData & { readonly name: string; readonly ttl: number };

export type RecordOf<T extends RecordType> = Extract<DnsRecord, { readonly type: T }>;

const NAMES = new Map<number, RecordType>(
  (Object.entries(TYPE_CODES) as [RecordType, number][]).map(([name, code]) => [code, name]), // entries of the table above
);

export function typeName(code: number): RecordType | undefined {
  return NAMES.get(code);
}

export function codeOf(data: RecordData): number {
  return data.type === "other" ? data.code : TYPE_CODES[data.type];
}

/** Undefined if the octets from `at` to `end`, all of them, are not of that type. Copies what it keeps. */
export function readData(bytes: Uint8Array, code: number, at: number, end: number, read: NamesRead): RecordData | undefined {
  const type = typeName(code);
  switch (type) {
    case undefined:
      return { type: "other", code, data: bytes.slice(at, end) };
    case "A":
    case "AAAA":
      return end - at === (type === "A" ? 4 : 16) ? { type, ip: ipText(bytes.subarray(at, end)) } : undefined;
    case "CNAME":
    case "NS":
    case "PTR": {
      const name = readName(bytes, at, read);
      return name?.end === end ? { type, host: name.text } : undefined;
    }
    case "MX": {
      const name = end - at > 2 ? readName(bytes, at + 2, read) : undefined;
      return name?.end === end ? { type, preference: ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0), host: name.text } : undefined;
    }
    case "TXT":
      return readTexts(bytes, at, end);
    case "SOA":
      return readSoa(bytes, at, end, read);
    case "TLSA": {
      const [usage = 0, selector = 0, matching = 0] = bytes.subarray(at, at + 3);
      return end - at > 3 ? { type, usage, selector, matching, data: bytes.slice(at + 3, end) } : undefined;
    }
    default:
      return unreachable(type);
  }
}

function readTexts(bytes: Uint8Array, from: number, end: number): RecordData | undefined {
  const parts: Uint8Array[] = [];
  for (let at = from; at < end; ) {
    const next = at + 1 + (bytes[at] ?? 0);
    if (next > end) return undefined;
    parts.push(bytes.slice(at + 1, next));
    at = next;
  }
  return { type: "TXT", parts };
}

function readSoa(bytes: Uint8Array, at: number, end: number, read: NamesRead): RecordData | undefined {
  const primary = readName(bytes, at, read);
  const mailbox = primary && readName(bytes, primary.end, read);
  if (mailbox?.end !== end - 20) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + mailbox.end, 20);
  const number = (index: number): number => view.getUint32(index * 4);
  return {
    type: "SOA",
    primary: primary?.text ?? "",
    mailbox: mailbox.text,
    numbers: [number(0), number(1), number(2), number(3), number(4)],
  };
}

/** Names in these types may be compressed (RFC 3597 §4); those of later types may not. */
export function writeData(data: RecordData, out: MessageWriter): void {
  switch (data.type) {
    case "A":
    case "AAAA":
      return out.octets(ipOctets(data.ip, data.type === "A" ? 4 : 6) ?? new Uint8Array());
    case "CNAME":
    case "NS":
    case "PTR":
      return out.name(data.host);
    case "MX":
      out.u16(data.preference);
      return out.name(data.host);
    case "TXT":
      for (const part of data.parts) {
        out.u8(Math.min(part.length, 255));
        out.octets(part.subarray(0, 255));
      }
      return;
    case "SOA":
      out.name(data.primary);
      out.name(data.mailbox);
      for (const number of data.numbers) out.u32(number);
      return;
    case "TLSA":
      out.u8(data.usage);
      out.u8(data.selector);
      out.u8(data.matching);
      return out.octets(data.data);
    case "other":
      return out.octets(data.data);
    default:
      return unreachable(data);
  }
}
