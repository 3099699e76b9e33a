/**
 * A simulated internet: chance, network, names, receivers with habits and sources with mail, on whatever clock it is
 * given. Tests and experiments give it virtual time (`world.ts`); a demonstration gives it the real one. Everything follows
 * from the seed: same seed and virtual time, same chronicle, same hash.
 */
import type { Clock } from "../../src/base/clock.ts";
import type { Endpoint } from "../../src/base/network.ts";
import { type Random, seededRandom } from "../../src/base/random.ts";
import type { PolicyResolver, Resolver } from "../../src/base/resolver.ts";
import { openNameServer, type Zone } from "../../src/wire/dns/name-server.ts";
import { openStubResolver } from "../../src/wire/dns/stub-resolver.ts";
import { Chronicle } from "./chronicle.ts";
import { type Habit, Receiver } from "./receivers.ts";
import { Source } from "./senders.ts";
import { ProcessClock } from "./sim-clock.ts";
import { type Machine, SimNetwork } from "./sim-network.ts";
import { SimResolver } from "./sim-resolver.ts";

/** Where the world's name servers are, once there are any. */
export const NAME_SERVERS: readonly Endpoint[] = [
  { ip: "192.0.2.53", port: 53 },
  { ip: "192.0.2.54", port: 53 },
];

/** One life of a process in the world: what it sees, and its end. */
export interface Process {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Machine;
  readonly resolver: Resolver & PolicyResolver;
  /** Ends it as kill -9 does: no pending call of it is made, its connections are reset. */
  kill(): void;
}

export interface InternetOptions {
  /** The share of writes that arrive in pieces of any size. Absent: one in ten. */
  readonly chop?: number;
}

export class Internet<C extends Clock = Clock> {
  readonly seed: string;
  readonly clock: C;
  readonly random: Random;
  readonly chronicle: Chronicle;
  readonly network: SimNetwork;
  readonly resolver: SimResolver;
  readonly receivers: Receiver[] = [];
  #lives = 0;
  #hasNameServers = false;

  constructor(seed: string, clock: C, options: InternetOptions = {}) {
    this.seed = seed;
    this.clock = clock;
    this.random = seededRandom(seed);
    this.chronicle = new Chronicle(clock);
    this.network = new SimNetwork(clock, this.random.fork("network"), this.chronicle, options);
    this.resolver = new SimResolver(clock, this.chronicle);
  }

  /** A receiver for these domains: names, addresses and a listener on port 25. */
  async receiver(
    domain: string,
    ip: string,
    habits: readonly Habit[] = [],
    options: { readonly preference?: number; readonly port?: number } = {},
  ): Promise<Receiver> {
    const name = `mx${this.receivers.length + 1}.${domain}`;
    const receiver = await this.host(name, ip, habits, options.port);
    this.resolver.addMx(domain, options.preference ?? 10, name);
    return receiver;
  }

  /** A mail host that no domain points at yet: its name, its address and its listener. */
  async host(name: string, ip: string, habits: readonly Habit[] = [], port?: number): Promise<Receiver> {
    const network = this.network.machine(name, [ip]);
    const ports = { clock: this.clock, random: this.random.fork(name), chronicle: this.chronicle, network };
    const receiver = new Receiver(name, ports, habits);
    this.receivers.push(receiver);
    await receiver.open(ip, port);
    this.resolver.add(name, ip.includes(":") ? { AAAA: [ip] } : { A: [ip] });
    return receiver;
  }

  /** From now on processes look names up over the network, as the program does. `zone`: in place of the world's own names. */
  async openNameServers(zone: Zone = this.resolver.zone): Promise<void> {
    for (const at of NAME_SERVERS) {
      const network = this.network.machine(`ns ${at.ip}`, [at.ip]);
      await openNameServer({ network, clock: this.clock }, at, [zone]);
    }
    this.#hasNameServers = true;
  }

  source(name: string, ip: string, to: Endpoint): Source {
    return this.sourceAt(this.network.machine(name, [ip]), to);
  }

  /** On a machine that is there already. */
  sourceAt(machine: Machine, to: Endpoint): Source {
    return new Source(machine.name, { clock: this.clock, chronicle: this.chronicle, network: machine }, to);
  }

  /** A fresh process on a machine with these addresses (of which an earlier one may have been killed). */
  process(name: string, ips: readonly string[]): Process {
    const clock = new ProcessClock(this.clock);
    const network = this.network.machine(name, ips);
    const life = ++this.#lives;
    this.chronicle.note(name, `starts (${life})`);
    const kill = (): void => {
      this.chronicle.note(name, "is killed");
      clock.kill();
      network.crash();
    };
    const random = this.random.fork(`${name} ${life}`);
    const resolver = this.#hasNameServers
      ? openStubResolver(
          { network, clock, random: random.fork("resolver") },
          { servers: () => NAME_SERVERS, validating: NAME_SERVERS.map(({ ip }) => ip), hosts: () => [] },
        )
      : this.resolver.seenFrom(clock);
    return { clock, random, network, resolver, kill };
  }
}
