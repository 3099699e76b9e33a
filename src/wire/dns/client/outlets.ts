/**
 * Sockets to name servers. Elsewhere on the network each datagram leaves from a fresh port, which whoever forges an answer
 * has to guess. To a server on this machine nobody can forge one, and a socket serves one question after the other: making
 * one costs more than asking.
 */
import { isLoopback } from "../../../base/ip.ts";
import type { DatagramEvents, Datagrams, Endpoint, Network, PipeFault } from "../../../base/network.ts";

/** Sockets that wait for their next question; more are closed. */
const IDLE_MOST = 32;

export interface Outlet {
  send(bytes: Uint8Array): void;
  /** Nothing more is heard. */
  leave(): void;
}

interface Line {
  readonly peer: Endpoint;
  readonly socket: Datagrams;
  /** Whose question it serves; nobody's while it waits. */
  events: DatagramEvents | undefined;
  broken: boolean;
}

export class Outlets implements Disposable {
  readonly #network: Network;
  #idle: Line[] = [];
  #closed = false;

  constructor(network: Network) {
    this.#network = network;
  }

  get idle(): number {
    return this.#idle.length;
  }

  /** @throws an error with the system's code. */
  async open(peer: Endpoint, events: DatagramEvents): Promise<Outlet> {
    const line = this.#waiting(peer) ?? (await this.#line(peer));
    line.events = events;
    return {
      send: (bytes) => {
        if (line.events === events) line.socket.send(bytes, peer);
      },
      leave: () => {
        if (line.events === events) this.#leave(line);
      },
    };
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const { socket } of this.#idle.splice(0)) socket.close();
  }

  #waiting({ ip, port }: Endpoint): Line | undefined {
    const at = this.#idle.findIndex(({ peer }) => peer.ip === ip && peer.port === port);
    return at < 0 ? undefined : this.#idle.splice(at, 1)[0];
  }

  async #line(peer: Endpoint): Promise<Line> {
    let line: Line | undefined;
    const socket = await this.#network.datagrams(
      { peer },
      {
        received: (bytes, from) => line?.events?.received(bytes, from),
        failed: (fault) => {
          if (line) this.#failed(line, fault);
        },
      },
    );
    line = { peer, socket, events: undefined, broken: false };
    return line;
  }

  #failed(line: Line, fault: PipeFault): void {
    line.broken = true;
    if (line.events) return line.events.failed(fault);
    this.#idle = this.#idle.filter((one) => one !== line);
    line.socket.close();
  }

  #leave(line: Line): void {
    line.events = undefined;
    const again = isLoopback(line.peer.ip) && !line.broken && !this.#closed && this.#idle.length < IDLE_MOST;
    if (again) this.#idle.push(line);
    else line.socket.close();
  }
}
