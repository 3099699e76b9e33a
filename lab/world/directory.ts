/** What receivers look up of their clients, read from the world's zone at once: a receiver's own resolver is not at issue. */
import { ipFamily } from "../../src/base/ip.ts";
import type { Zone } from "../../src/wire/dns/name-server.ts";

/** `2.2.0.192` for 192.0.2.2, nibbles for IPv6 (RFC 5782 §2.1, §2.4). */
export function reversed(ip: string): string {
  if (ipFamily(ip) === 4) return ip.split(".").reverse().join(".");
  const [head = "", tail] = ip.split("::");
  const groups = (text: string): string[] => text.split(":").filter(Boolean);
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: missing }, () => "0"), ...groups(tail ?? "")];
  return [...all.map((group) => group.padStart(4, "0")).join("")].reverse().join(".");
}

export function ptrName(ip: string): string {
  return `${reversed(ip)}.${ipFamily(ip) === 4 ? "in-addr.arpa" : "ip6.arpa"}`;
}

export function hasPtr(zone: Zone, ip: string): boolean {
  return zone.say(ptrName(ip), "PTR").is === "records";
}

/** Whether the domain's SPF record names the address; of the record only `ip4:` and `ip6:` are read. */
export function spfNames(zone: Zone, domain: string, ip: string): boolean {
  const says = zone.say(domain, "TXT");
  if (says.is !== "records") return false;
  const texts = says.records.map((one) => (one.type === "TXT" ? Buffer.concat(one.parts).toString() : ""));
  return texts.some((text) => text.startsWith("v=spf1 ") && text.split(" ").some((word) => word === `ip4:${ip}` || word === `ip6:${ip}`));
}

/** Where mail for the domain goes: the first address of its best host. */
export function exchangeOf(zone: Zone, domain: string): string | undefined {
  const says = zone.say(domain, "MX");
  const records = says.is === "records" ? says.records.flatMap((one) => (one.type === "MX" ? [one] : [])) : [];
  const best = records.toSorted((a, b) => a.preference - b.preference)[0];
  for (const type of ["A", "AAAA"] as const) {
    const found = zone.say(best?.host ?? domain, type);
    const [first] = found.is === "records" ? found.records : [];
    if (first && "ip" in first) return first.ip;
  }
  return undefined;
}
