/** Which name servers to ask, in which order: as the operator or /etc/resolv.conf lists them, silent ones last for a while. */
import type { MonoMs } from "../../../base/clock.ts";
import { ipFamily, isLoopback } from "../../../base/ip.ts";
import type { Endpoint } from "../../../base/network.ts";

export const DNS_PORT = 53;
/** As the system's own resolver has it (MAXNS); more would only make a question without an answer take longer. */
export const SERVERS_MOST = 3;
/** How long a server that was silent is asked after the others. */
const LAST_MS = 60_000;
/** Questions in a row that all of them left without an answer: then they are down, not slow. */
const UNANSWERED = 3;

/** The servers of a resolv.conf (resolv.conf(5)); without any, the machine's own, as the system does it. */
export function nameServersIn(resolvConf: string): readonly Endpoint[] {
  const found = resolvConf.split("\n").flatMap((line) => {
    const ip = /^nameserver\s+(\S+)/.exec(line)?.[1] ?? "";
    return ipFamily(ip) === undefined ? [] : [{ ip, port: DNS_PORT }];
  });
  return found.length > 0 ? found.slice(0, SERVERS_MOST) : [{ ip: "127.0.0.1", port: DNS_PORT }];
}

export class Servers {
  readonly #list: () => readonly Endpoint[];
  readonly #validating: ReadonlySet<string>;
  readonly #lastUntil = new Map<string, number>();
  #unanswered = 0;

  /** `validating`: addresses, besides those of this machine, whose word on what is authentic is believed. */
  constructor(list: () => readonly Endpoint[], validating: readonly string[]) {
    this.#list = list;
    this.#validating = new Set(validating);
  }

  inOrder(now: MonoMs): readonly Endpoint[] {
    const listed = this.#list().slice(0, SERVERS_MOST);
    const last = (server: Endpoint): boolean => now < (this.#lastUntil.get(keyOf(server)) ?? 0);
    return [...listed.filter((server) => !last(server)), ...listed.filter(last)];
  }

  /** For now one round of questions is enough: whoever waits longer for servers that are down only keeps others waiting. */
  get areDown(): boolean {
    return this.#unanswered >= UNANSWERED;
  }

  /** These did not answer in time. `all`: nor did any other. */
  silent(servers: readonly Endpoint[], all: boolean, now: MonoMs): void {
    if (all) this.#unanswered++;
    if (this.#lastUntil.size > 8 * SERVERS_MOST) this.#lastUntil.clear(); // the list was changed again and again
    for (const server of servers) this.#lastUntil.set(keyOf(server), now + LAST_MS);
  }

  answered(server: Endpoint): void {
    this.#unanswered = 0;
    this.#lastUntil.delete(keyOf(server));
  }

  /** Whether its AD bit counts: anybody on the way to another server could have set it. */
  isBelieved(server: Endpoint): boolean {
    return isLoopback(server.ip) || this.#validating.has(server.ip);
  }
}

function keyOf({ ip, port }: Endpoint): string {
  return `${ip} ${port}`;
}
