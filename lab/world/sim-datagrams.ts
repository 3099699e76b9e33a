/** Datagrams between simulated machines: they take the same ways as connections, and may be lost or forged. */
import type { Clock } from "../../src/base/clock.ts";
import { type DatagramEvents, type DatagramPlace, type Datagrams, type Endpoint, PipeError } from "../../src/base/network.ts";
import type { Random } from "../../src/base/random.ts";
import type { Machine } from "./sim-network.ts";

interface Ways {
  readonly clock: Clock;
  readonly random: Random;
  latencyMs(from: string, to: string): number;
  /** How likely a datagram between these two is lost. */
  loss(from: string, to: string): number;
  key(machine: Machine, ip: string, port: number): string;
}

interface Bound {
  readonly local: Endpoint;
  readonly peer: Endpoint | undefined;
  readonly machine: Machine;
  readonly events: DatagramEvents;
}

/** Ephemeral ports, chosen by chance as systems do. */
const FIRST_PORT = 32_768;
const PORTS = 28_232;

export class SimDatagrams {
  readonly #ways: Ways;
  readonly #bound = new Map<string, Bound>();

  constructor(ways: Ways) {
    this.#ways = ways;
  }

  open(machine: Machine, place: DatagramPlace, events: DatagramEvents): Datagrams {
    const peer = "peer" in place ? place.peer : undefined;
    const ip = "at" in place ? place.at.ip : machine.addressFor(place.peer.ip);
    const places = ip === undefined ? [] : machine.placesOf(ip);
    if (ip === undefined || places.length === 0)
      throw new PipeError({ code: "EADDRNOTAVAIL", text: `${machine.name} does not have the address` });
    const port = "at" in place && place.at.port !== 0 ? place.at.port : this.#freePort(machine, places);
    const keys = places.map((one) => this.#ways.key(machine, one, port));
    if (keys.some((key) => this.#bound.has(key))) throw new PipeError({ code: "EADDRINUSE", text: `${ip} port ${port} is in use` });
    const bound: Bound = { local: { ip, port }, peer, machine, events };
    for (const key of keys) this.#bound.set(key, bound);
    return {
      local: bound.local,
      send: (bytes, to) => {
        if (this.#bound.get(keys[0] ?? "") === bound) this.#send(bound, peer ?? to, bytes.slice());
      },
      close: () => {
        for (const key of keys) if (this.#bound.get(key) === bound) this.#bound.delete(key);
      },
    };
  }

  /** From somebody who may write any sender's address on it. */
  forge(from: Endpoint, to: Endpoint, machine: Machine, bytes: Uint8Array): void {
    const copy = bytes.slice();
    this.#ways.clock.after(this.#ways.latencyMs(from.ip, to.ip), () => this.#arrive(machine, from, to, copy));
  }

  /** Ports at which a machine listens for answers now; what an attacker has to guess. */
  portsOf(machine: Machine): readonly number[] {
    return [...new Set([...this.#bound.values()].filter((bound) => bound.machine === machine).map(({ local }) => local.port))];
  }

  #freePort(machine: Machine, places: readonly string[]): number {
    for (let tries = 0; tries < PORTS; tries++) {
      const port = FIRST_PORT + Math.floor(this.#ways.random.next() * PORTS);
      if (!places.some((ip) => this.#bound.has(this.#ways.key(machine, ip, port)))) return port;
    }
    throw new PipeError({ code: "EADDRINUSE", text: "no port is free" });
  }

  #send(bound: Bound, to: Endpoint, bytes: Uint8Array): void {
    const { clock, random } = this.#ways;
    const { ip, port } = bound.local;
    const source = ip === "0.0.0.0" || ip === "::" ? (bound.machine.addressFor(to.ip) ?? ip) : ip;
    if (random.next() < this.#ways.loss(source, to.ip)) return;
    const way = this.#ways.latencyMs(source, to.ip);
    clock.after(way, () => {
      if (this.#arrive(bound.machine, { ip: source, port }, to, bytes) || !bound.peer) return;
      clock.after(way, () => {
        if (!bound.machine.crashed) bound.events.failed({ code: "ECONNREFUSED", text: `${to.ip} port ${to.port} is not open` });
      });
    });
  }

  /** False if nobody listens there. */
  #arrive(sender: Machine, from: Endpoint, to: Endpoint, bytes: Uint8Array): boolean {
    const bound = this.#bound.get(this.#ways.key(sender, to.ip, to.port));
    if (bound === undefined || bound.machine.crashed) return false;
    if (bound.peer && (bound.peer.ip !== from.ip || bound.peer.port !== from.port)) return true; // another's: the system drops it
    bound.events.received(bytes, from);
    return true;
  }
}
