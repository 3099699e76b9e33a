/** Addresses that need no name server: literals, localhost, the operator's overrides, and the machine's hosts file. */
import { ipFamily } from "../../../base/ip.ts";

/** Names of one hosts file; beyond that it is no such file. */
const NAMES_MOST = 100_000;

export type HostTable = ReadonlyMap<string, readonly string[]>;

/** The names of a hosts file in lower case, each with its addresses (hosts(5)). */
export function hostTableIn(text: string): HostTable {
  const table = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [ip = "", ...names] = line.replace(/#.*/, "").trim().toLowerCase().split(/\s+/);
    if (ipFamily(ip) === undefined) continue;
    for (const name of names) {
      const known = table.get(name);
      if (known) known.push(ip);
      else if (table.size < NAMES_MOST) table.set(name, [ip]);
    }
  }
  return table;
}

/** RFC 6761 §6.3: nobody else may answer for these. */
const LOCALHOST = ["127.0.0.1", "::1"];

/** `host` in lower case. Undefined: to be asked for. The first table that has the name answers. */
export function addressesAt(host: string, tables: readonly HostTable[]): readonly string[] | undefined {
  if (ipFamily(host) !== undefined) return [host];
  for (const table of tables) {
    const listed = table.get(host);
    if (listed) return listed;
  }
  return host === "localhost" || host.endsWith(".localhost") ? LOCALHOST : undefined;
}
