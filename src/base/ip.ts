/**
 * IP addresses and ranges as text and numbers. `node:net` does the parsing; IPv4-mapped IPv6 addresses count as the
 * IPv4 address they hold, because a dual-stack socket reports IPv4 peers that way.
 */
import { BlockList, isIP } from "node:net";

export type IpFamily = 4 | 6;

/** Undefined for anything that is not exactly an address (zone ids included). */
export function ipFamily(text: string): IpFamily | undefined {
  const family = isIP(text);
  return (family === 4 || family === 6) && !text.includes("%") ? family : undefined;
}

/** `::ffff:192.0.2.1` → `192.0.2.1`; everything else unchanged. */
export function unmapped(ip: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1] ?? ip;
}

/** A range of addresses. A single address is its own range. */
export interface Cidr {
  readonly address: string;
  readonly family: IpFamily;
  readonly bits: number;
}

/** `192.0.2.0/24`, `2001:db8::/32` or an address. Undefined if it is none of them. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = "", length, more] = text.trim().split("/");
  const family = ipFamily(address);
  if (family === undefined || more !== undefined) return undefined;
  const most = family === 4 ? 32 : 128;
  if (length === undefined) return { address, family, bits: most };
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : -1;
  return bits >= 0 && bits <= most ? { address, family, bits } : undefined;
}

export function cidrText(range: Cidr): string {
  return range.bits === (range.family === 4 ? 32 : 128) ? range.address : `${range.address}/${range.bits}`;
}

/** Whether an address lies in any of the ranges. Look-ups are native and fit for every connection. */
export function rangeTest(ranges: readonly Cidr[]): (ip: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) list.addSubnet(range.address, range.bits, range.family === 4 ? "ipv4" : "ipv6");
  return (ip) => {
    const plain = unmapped(ip);
    const family = ipFamily(plain);
    return family !== undefined && list.check(plain, family === 4 ? "ipv4" : "ipv6");
  };
}

/** Addresses of this machine alone. */
export const LOOPBACK: readonly Cidr[] = [
  { address: "127.0.0.0", family: 4, bits: 8 },
  { address: "::1", family: 6, bits: 128 },
];
export const isLoopback = rangeTest(LOOPBACK);
