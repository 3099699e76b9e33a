/**
 * What a node stands in: this machine and the internet, or a simulated one (`lab/demo`). Everything below the
 * composition root takes its time, chance and network from here.
 *
 * In a simulation there are two clocks of one calendar. Mail lives on the simulated one, which may run twenty times as
 * fast, or stand still. What serves people and the machine (databases in threads, HTTP, the stories of webhooks) waits in
 * real time, but dates what it writes by the same calendar, so that all times of mail that somebody sees agree. Logins
 * know neither: sessions, codes and keys live in the time of the people who have them, and their secrets are never drawn
 * from a seed.
 */
import { networkInterfaces } from "node:os";
import { type Clock, systemClock } from "../base/clock.ts";
import type { Network } from "../base/network.ts";
import { type Random, systemRandom } from "../base/random.ts";
import { systemNetwork } from "../base/system-network.ts";
import type { LabDesk } from "../control/api/desk.ts";
import { type HttpClient, type HttpReader, httpsClient } from "../control/webhooks/webhooks.ts";
import type { MemoryStore } from "../store/spool/spool.ts";

export interface Surroundings {
  /** Of mail: when something is due, how long it took. */
  readonly clock: Clock;
  /** Its `wall` is that of `clock`; it waits in real time. */
  readonly desk: Clock;
  /** Of mail: spread of retries, order of hosts. */
  readonly random: Random;
  /** For mail and for look-ups. */
  readonly network: Network;
  /** As it was at the start. */
  readonly ownAddresses: ReadonlySet<string>;
  /** Whether it is one of this machine's now. */
  hasAddress(ip: string): boolean;
  /** How webhooks go out. */
  readonly http: HttpClient;
  /** Where MTA-STS policies are read. Absent: nobody has one. */
  readonly web?: HttpReader;
  /** Where the spool is kept, if not in the data folder by a thread of its own. */
  readonly spool?: MemoryStore;
  /** Absent in the real internet. */
  readonly lab?: LabDesk;
}

export function thisMachine(): Surroundings {
  const http = httpsClient();
  return {
    ...{ clock: systemClock, desk: systemClock, random: systemRandom, network: systemNetwork(systemClock) },
    ...{ ownAddresses: new Set(addresses()), hasAddress: (ip: string) => addresses().includes(ip) },
    ...{ http, web: http },
  };
}

function addresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
}
