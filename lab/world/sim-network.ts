/**
 * A simulated network: machines with addresses, connections between them, and weather. Each machine sees it through
 * the port of base/network.ts; a machine may crash, which resets its connections and silences its owner.
 */
import type { Clock } from "../../src/base/clock.ts";
import {
  type Connected,
  type ConnectOptions,
  type DatagramEvents,
  type DatagramPlace,
  type Datagrams,
  type Endpoint,
  type Listener,
  type Network,
  type Pipe,
  PipeError,
} from "../../src/base/network.ts";
import { hash32, type Random } from "../../src/base/random.ts";
import type { Chronicle } from "./chronicle.ts";
import type { SimCertificate } from "./sim-certificates.ts";
import { SimDatagrams } from "./sim-datagrams.ts";
import { type Path, SimPipe } from "./sim-pipe.ts";

/** How the network treats one address. What is absent is as on a good day. */
export interface Weather {
  /** What a new connection to it meets: a service, a reset, an ICMP error, or nothing at all. */
  readonly connect?: "refused" | "unreachable" | "black hole";
  /** Nothing reaches or leaves it any more, on open connections too. */
  readonly dark?: boolean;
  /** One way. Absent: 1–40 ms, fixed by the two addresses. */
  readonly latencyMs?: number;
  /** Absent: no limit. */
  readonly bytesPerMs?: number;
  /** What it shows in TLS; as names: from a trusted root. Absent: nobody's name, signed by itself (`sim-certificates.ts`). */
  readonly certificate?: SimCertificate | readonly string[];
  /** Handshakes with it fail. */
  readonly brokenTls?: boolean;
  /** How likely a datagram to or from it is lost, from 0 to 1. */
  readonly loss?: number;
}

interface Bound {
  readonly machine: Machine;
  readonly accept: (pipe: Pipe) => void;
}

const LOOPBACK_MS = 0.05;
const NOBODYS: SimCertificate = { names: [], by: "itself" };

export class SimNetwork {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #chronicle: Chronicle;
  readonly #weather = new Map<string, Weather>();
  /** Listeners by `ip port`; those on a machine's loopback carry its name, too. */
  readonly #bound = new Map<string, Bound>();
  readonly #owners = new Map<string, Machine>();
  readonly datagrams: SimDatagrams;
  readonly #chop: number;
  #nextPort = 40_000;
  #connections = 0;

  constructor(clock: Clock, random: Random, chronicle: Chronicle, options: { readonly chop?: number } = {}) {
    this.#clock = clock;
    this.#random = random;
    this.#chronicle = chronicle;
    this.#chop = options.chop ?? 0.1;
    this.datagrams = new SimDatagrams({
      ...{ clock, random: random.fork("datagrams") },
      latencyMs: (from, to) => this.#latency(from, to),
      loss: (from, to) => 1 - (1 - this.#lossAt(from)) * (1 - this.#lossAt(to)),
      key: (machine, ip, port) => this.#key(machine, ip, port),
    });
  }

  /** A machine with these addresses. A crashed machine's addresses may be given to a new one. */
  machine(name: string, ips: readonly string[]): Machine {
    const machine = new Machine(this, name, ips);
    for (const ip of ips) {
      const owner = this.#owners.get(ip);
      if (owner && !owner.crashed) throw new Error(`${ip} belongs to ${owner.name}`);
      this.#owners.set(ip, machine);
    }
    return machine;
  }

  /** The machine that has this address, while it runs. */
  ownerOf(ip: string): Machine | undefined {
    const owner = this.#owners.get(ip);
    return owner?.crashed ? undefined : owner;
  }

  /** Changes the weather at an address, from now on and for open connections. */
  weather(ip: string, weather: Weather): void {
    this.#weather.set(ip, weather);
    this.#chronicle.note("network", `weather at ${ip}: ${JSON.stringify(weather)}`);
  }

  weatherAt(ip: string): Weather {
    return this.#weather.get(ip) ?? {};
  }

  listen(machine: Machine, at: Endpoint, accept: (pipe: Pipe) => void): Listener {
    const port = at.port === 0 ? this.#nextPort++ : at.port;
    const keys = machine.placesOf(at.ip).map((ip) => this.#key(machine, ip, port));
    if (keys.length === 0) throw new PipeError({ code: "EADDRNOTAVAIL", text: `${machine.name} does not have the address ${at.ip}` });
    if (keys.some((key) => this.#bound.has(key))) throw new PipeError({ code: "EADDRINUSE", text: `${at.ip} port ${port} is in use` });
    const bound = { machine, accept };
    for (const key of keys) this.#bound.set(key, bound);
    const close = async (): Promise<void> => {
      for (const key of keys) if (this.#bound.get(key) === bound) this.#bound.delete(key);
    };
    return { local: { ip: at.ip, port }, close, [Symbol.asyncDispose]: close };
  }

  async connect(machine: Machine, options: ConnectOptions): Promise<Connected> {
    const { host, port, timeoutMs, signal } = options;
    const from = options.localAddress ?? machine.addressFor(host);
    if (from === undefined || !machine.placesOf(from).includes(from)) return failed("EADDRNOTAVAIL", `no local address for ${host}`);
    return await new Promise((resolve) => {
      if (signal?.aborted) return resolve(failed("ABORTED", "dropped by this side"));
      const settle = (result: Connected): void => {
        for (const cancel of cancels) cancel();
        signal?.removeEventListener("abort", abort);
        if (!machine.crashed) resolve(result);
      };
      const abort = (): void => settle(failed("ABORTED", "dropped by this side"));
      const cancels = [this.#clock.after(timeoutMs, () => settle(failed("TIMEOUT", `no connection within ${timeoutMs} ms`)))];
      signal?.addEventListener("abort", abort, { once: true });
      const way = this.#latency(from, host);
      cancels.push(
        this.#clock.after(way, () => this.#knock(machine, { ip: from, port: this.#nextPort++ }, { ip: host, port }, way, settle, cancels)),
      );
    });
  }

  /** The SYN has come to the other machine. */
  #knock(machine: Machine, from: Endpoint, to: Endpoint, way: number, settle: (result: Connected) => void, cancels: (() => void)[]): void {
    const weather = this.#weather.get(to.ip);
    if (weather?.connect === "black hole" || weather?.dark || this.#weather.get(from.ip)?.dark) return;
    const later = (result: Connected): void => void cancels.push(this.#clock.after(way, () => settle(result)));
    if (weather?.connect === "unreachable" || (!isLoopback(to.ip) && !this.#owners.has(to.ip)))
      return later(failed("EHOSTUNREACH", `${to.ip} cannot be reached`));
    const bound = this.#bound.get(this.#key(machine, to.ip, to.port));
    if (weather?.connect === "refused" || bound === undefined || bound.machine.crashed)
      return later(failed("ECONNREFUSED", `${to.ip} port ${to.port} refuses connections`));
    const nth = ++this.#connections;
    const path = this.#path(from.ip, to.ip);
    const random = this.#random.fork(`connection ${nth}`);
    const end = (owner: Machine, local: Endpoint, remote: Endpoint): SimPipe => {
      const gone = (pipe: SimPipe): void => {
        owner.pipes.delete(pipe);
        this.#chronicle.note("network", `#${nth} closed at ${owner.name}`);
      };
      const pipe = new SimPipe({ clock: this.#clock, random: random.fork(local.ip), path, gone }, local, remote);
      owner.pipes.add(pipe);
      return pipe;
    };
    const ours = end(machine, from, to);
    const theirs = end(bound.machine, to, from);
    SimPipe.join(ours, theirs);
    this.#chronicle.note("network", `#${nth} ${machine.name} → ${bound.machine.name} ${to.ip}:${to.port}`);
    bound.accept(theirs);
    cancels[0]?.(); // the timeout: it is accepted, though the caller does not know yet
    this.#clock.after(way, () => settle({ ok: true, pipe: ours }));
  }

  #lossAt(ip: string): number {
    const weather = this.#weather.get(ip);
    return weather?.dark ? 1 : (weather?.loss ?? 0);
  }

  #path(from: string, to: string): Path {
    const weatherOf = (ip: string): Weather => this.#weather.get(ip) ?? {};
    const certificate = (): Path["certificate"] => {
      const { brokenTls, certificate: shown = NOBODYS } = weatherOf(to);
      if (brokenTls) return "broken";
      return "by" in shown ? shown : { names: shown, by: "a trusted root" };
    };
    return {
      chop: this.#chop,
      latencyMs: () => this.#latency(from, to),
      busyMs: (bytes) => bytes / Math.min(weatherOf(from).bytesPerMs ?? Infinity, weatherOf(to).bytesPerMs ?? Infinity),
      dark: () => weatherOf(from).dark === true || weatherOf(to).dark === true,
      get certificate() {
        return certificate();
      },
    };
  }

  #latency(from: string, to: string): number {
    if (isLoopback(to)) return LOOPBACK_MS;
    const set = this.#weather.get(to)?.latencyMs ?? this.#weather.get(from)?.latencyMs;
    return set ?? 1 + (hash32([from, to].sort().join(" ")) % 3_900) / 100;
  }

  #key(machine: Machine, ip: string, port: number): string {
    return isLoopback(ip) ? `${machine.name} ${ip} ${port}` : `${ip} ${port}`;
  }
}

/** One machine's view of the network. */
export class Machine implements Network {
  readonly name: string;
  readonly ips: readonly string[];
  /** Its open connections. */
  readonly pipes = new Set<SimPipe>();
  readonly #network: SimNetwork;
  readonly #listeners: Listener[] = [];
  readonly #sockets = new Set<Datagrams>();
  #crashed = false;

  constructor(network: SimNetwork, name: string, ips: readonly string[]) {
    this.#network = network;
    this.name = name;
    this.ips = ips;
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  connect(options: ConnectOptions): Promise<Connected> {
    return this.#network.connect(this, options);
  }

  async listen(at: Endpoint, accept: (pipe: Pipe) => void): Promise<Listener> {
    const listener = this.#network.listen(this, at, accept);
    this.#listeners.push(listener);
    return listener;
  }

  async datagrams(place: DatagramPlace, events: DatagramEvents): Promise<Datagrams> {
    const socket = this.#network.datagrams.open(this, place, events);
    this.#sockets.add(socket);
    const close = (): void => {
      this.#sockets.delete(socket);
      socket.close();
    };
    return { ...socket, close };
  }

  /** Its power is gone: connections are reset, listeners are closed, and no call of its owner is answered any more. */
  crash(): void {
    this.#crashed = true;
    for (const socket of this.#sockets) socket.close();
    for (const listener of this.#listeners) void listener.close();
    for (const pipe of [...this.pipes]) pipe.orphan();
  }

  /** The addresses that a listener at `ip` stands for; none if it is not this machine's. */
  placesOf(ip: string): readonly string[] {
    if (ip === "0.0.0.0" || ip === "::") return [...this.ips, "127.0.0.1", "::1"];
    return this.ips.includes(ip) || isLoopback(ip) ? [ip] : [];
  }

  /** Its first address of the family of `host`. */
  addressFor(host: string): string | undefined {
    if (isLoopback(host)) return host;
    return this.ips.find((ip) => ip.includes(":") === host.includes(":"));
  }
}

function failed(code: string, text: string): Connected {
  return { ok: false, fault: { code, text } };
}

function isLoopback(ip: string): boolean {
  return ip.startsWith("127.") || ip === "::1";
}
