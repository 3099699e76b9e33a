/**
 * Places among all connections of the node. Who finds none waits, and a connection that nothing is sent on is closed for
 * him: thousands of destinations with a message each must not wait for one another's idle connections.
 */
import type { Lane } from "./lane.ts";
import { Turnstile } from "./turnstile.ts";

export class Places {
  readonly #turnstile: Turnstile<Lane>;
  /** Lanes with an idle connection, perhaps; the one that has been so for longest first. */
  readonly #idle = new Set<Lane>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
    this.#turnstile = new Turnstile(most, (lane) => lane.placeFree());
  }

  get taken(): number {
    return this.#turnstile.taken;
  }

  take(lane: Lane): (() => void) | undefined {
    const free = this.#turnstile.take(lane);
    if (free === undefined) this.#evict();
    return free;
  }

  idle(lane: Lane): void {
    this.#idle.delete(lane);
    if (this.#turnstile.wanted && lane.quitIdle()) return;
    // There are no more idle lanes than connections: what stands here besides has closed them already.
    if (this.#idle.size >= 2 * this.#most) for (const one of this.#idle) if (one.connections === 0) this.#idle.delete(one);
    this.#idle.add(lane);
  }

  #evict(): void {
    for (const lane of this.#idle) {
      this.#idle.delete(lane);
      if (lane.quitIdle()) return;
    }
  }
}
