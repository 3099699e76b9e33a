/**
 * The PROXY protocol's header, versions 1 and 2 (haproxy.org, doc/proxy-protocol.txt): a load balancer says for whom it
 * opened the connection. Whoever may send one is believed every address, so a listener either demands it, from listed
 * peers, or does not know it at all.
 */
import { ipFamily } from "../../base/ip.ts";
import type { Endpoint } from "../../base/network.ts";
import { canonicalIp } from "./peer-address.ts";

export type ProxyHeader =
  /** Not whole yet. */
  | { readonly is: "more" }
  /** Takes `octets` of the input. Without `client` (LOCAL, UNKNOWN) the connection speaks for the balancer itself. */
  | { readonly is: "header"; readonly octets: number; readonly client?: Endpoint; readonly local?: Endpoint }
  | { readonly is: "malformed"; readonly why: string };

/** §2.1: the longest line of version 1, CRLF included. */
const MAX_V1 = 107;
/** Addresses and TLVs of version 2. Real ones have some hundred octets, with a client certificate's name in them. */
const MAX_V2 = 4_096;
const V2_START = 16;
const SIGNATURE = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
const V1 = Buffer.from("PROXY ");
const TLV_CRC32C = 0x03;
const MORE: ProxyHeader = { is: "more" };

/** Reads the header at the start of all that has come. Ask again with more where it says so: 4,112 octets are enough. */
export function readProxyHeader(input: Buffer): ProxyHeader {
  if (startsAs(input, SIGNATURE)) return input.length < V2_START ? MORE : readV2(input);
  if (startsAs(input, V1)) return readV1(input);
  return malformed("it is no PROXY header");
}

function readV1(input: Buffer): ProxyHeader {
  const feed = input.subarray(0, MAX_V1).indexOf("\r\n");
  if (feed < 0) return input.length < MAX_V1 ? MORE : malformed("the line is too long");
  const octets = feed + 2;
  const words = input.toString("latin1", 0, feed).split(" ");
  const [, protocol, source, destination, sourcePort, destinationPort, ...more] = words;
  if (protocol === "UNKNOWN") return { is: "header", octets };
  const family = protocol === "TCP4" ? 4 : protocol === "TCP6" ? 6 : undefined;
  if (family === undefined || more.length > 0) return malformed("the line is not of the form PROXY TCP4|TCP6 source destination port port");
  const client = endpoint(family, source, sourcePort);
  const local = endpoint(family, destination, destinationPort);
  return client && local ? { is: "header", octets, client, local } : malformed("an address or port is malformed");
}

function readV2(input: Buffer): ProxyHeader {
  const version = input.readUInt8(12) >> 4;
  const command = input.readUInt8(12) & 15;
  const family = input.readUInt8(13);
  const length = input.readUInt16BE(14);
  if (version !== 2 || command > 1) return malformed("its version or command is unknown");
  if (length > MAX_V2) return malformed("it is too long");
  const octets = V2_START + length;
  if (input.length < octets) return MORE;
  const header = input.subarray(0, octets);
  const size = family === 0x11 ? 4 : family === 0x21 ? 16 : undefined; // TCP over IPv4 and IPv6
  const addresses = family === 0x31 || family === 0x32 ? 216 : size === undefined ? 0 : 2 * size + 4;
  if (length < addresses) return malformed("its addresses are cut off");
  // Of a family unknown to us nothing behind the length can be told apart (§2.2).
  const unreadable = size === undefined && addresses === 0 && family !== 0;
  const wrong = unreadable ? undefined : tlvFault(header, V2_START + addresses);
  if (wrong !== undefined) return malformed(wrong);
  if (command === 0 || size === undefined) return { is: "header", octets };
  const at = V2_START + 2 * size;
  return {
    is: "header",
    octets,
    client: { ip: ipText(header.subarray(V2_START, V2_START + size)), port: header.readUInt16BE(at) },
    local: { ip: ipText(header.subarray(V2_START + size, at)), port: header.readUInt16BE(at + 2) },
  };
}

/** What is wrong with the TLVs from `from` to the end: a length that does not fit, or a checksum (§2.2.4). */
function tlvFault(header: Buffer, from: number): string | undefined {
  let at = from;
  while (at < header.length) {
    if (at + 3 > header.length) return "a TLV is cut off";
    const type = header.readUInt8(at);
    const value = at + 3;
    at = value + header.readUInt16BE(at + 1);
    if (at > header.length) return "a TLV is cut off";
    if (type !== TLV_CRC32C) continue;
    if (at - value !== 4) return "its checksum has a wrong length";
    const blank = Buffer.from(header);
    blank.fill(0, value, at);
    if (crc32c(blank) !== header.readUInt32BE(value)) return "its checksum does not fit";
  }
  return undefined;
}

function endpoint(family: 4 | 6, ip: string | undefined, port: string | undefined): Endpoint | undefined {
  if (ip === undefined || ipFamily(ip) !== family || port === undefined || !/^(0|[1-9]\d{0,4})$/.test(port) || Number(port) > 65_535)
    return undefined;
  return { ip: canonicalIp(ip) ?? ip, port: Number(port) };
}

function ipText(octets: Buffer): string {
  if (octets.length === 4) return octets.join(".");
  const written = (octets.toString("hex").match(/.{4}/g) ?? []).join(":");
  return canonicalIp(written) ?? written;
}

/** Whether `input`, as far as it goes, is the beginning of `start`. */
function startsAs(input: Buffer, start: Buffer): boolean {
  const length = Math.min(input.length, start.length);
  return input.subarray(0, length).equals(start.subarray(0, length));
}

function malformed(why: string): ProxyHeader {
  return { is: "malformed", why };
}

/** CRC-32C (RFC 3720 appendix B.4): Castagnoli's polynomial, reflected. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const octet of bytes) crc = (crc >>> 8) ^ (CASTAGNOLI[(crc ^ octet) & 255] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

const CASTAGNOLI = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});
