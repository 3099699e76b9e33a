/** Addresses between text and octets. IPv6 text is RFC 5952's, the system's own form, so that texts can be compared. */
import { ipFamily } from "../../../base/ip.ts";

/** Of 4 or 16 octets. */
export function ipText(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join(".");
  const groups = Array.from({ length: 8 }, (_, at) => ((octets[at * 2] ?? 0) << 8) | (octets[at * 2 + 1] ?? 0));
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return `::ffff:${octets.subarray(12).join(".")}`; // RFC 5952 §5; what such an address leads to must show
  const gap = longestGap(groups);
  const hex = (some: readonly number[]): string => some.map((group) => group.toString(16)).join(":");
  if (gap.length < 2) return hex(groups);
  return `${hex(groups.slice(0, gap.at))}::${hex(groups.slice(gap.at + gap.length))}`;
}

function longestGap(groups: readonly number[]): { readonly at: number; readonly length: number } {
  let best = { at: 0, length: 0 };
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (groups[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
    at += length;
  }
  return best;
}

/** Undefined if the text is no address of that family. */
export function ipOctets(ip: string, family: 4 | 6): Uint8Array | undefined {
  if (ipFamily(ip) !== family) return undefined;
  if (family === 4) return Uint8Array.from(ip.split("."), Number);
  const [head = "", tail] = ip.replace(/\d+\.\d+\.\d+\.\d+$/, asGroups).split("::");
  const [before, after] = [head, tail ?? ""].map((part) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16))));
  const missing = 8 - (before?.length ?? 0) - (after?.length ?? 0);
  const groups = [...(before ?? []), ...Array<number>(missing).fill(0), ...(after ?? [])];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

function asGroups(dotted: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split(".").map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}
