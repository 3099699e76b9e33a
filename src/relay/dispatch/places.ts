/**
 * Places for connections: of the node, of a provider, of an address. Who finds none waits, and a connection that nothing is
 * sent on is closed for him: thousands of destinations with a message each must not wait for one another's idle connections.
 */
import type { Lane } from "./lane.ts";
import { Turnstile } from "./turnstile.ts";

/** Idle lanes that are remembered; one that is forgotten closes its connection itself, a little later. */
const IDLE_MOST = 4096;

export class Places {
  readonly #turnstile: Turnstile<Lane>;
  /** Lanes with an idle connection, perhaps; the one that has been so for longest first. */
  readonly #idle = new Set<Lane>();

  constructor(most: number) {
    this.#turnstile = new Turnstile(most, (lane) => lane.placeFree());
  }

  get taken(): number {
    return this.#turnstile.taken;
  }

  resize(most: number): void {
    this.#turnstile.resize(most);
  }

  take(lane: Lane): (() => void) | undefined {
    const free = this.#turnstile.take(lane);
    if (free === undefined) this.#evict();
    return free;
  }

  idle(lane: Lane): void {
    this.#idle.delete(lane);
    if (this.#turnstile.wanted && lane.quitIdle()) return;
    const [oldest] = this.#idle;
    if (oldest && this.#idle.size >= IDLE_MOST) this.#idle.delete(oldest);
    this.#idle.add(lane);
  }

  forget(lane: Lane): void {
    this.#idle.delete(lane);
  }

  #evict(): void {
    for (const lane of this.#idle) {
      this.#idle.delete(lane);
      if (lane.quitIdle()) return;
    }
  }
}

/** One of each, or none: the returned function gives all of them back. */
export function takeAll(places: readonly Places[], lane: Lane): (() => void) | undefined {
  const taken: (() => void)[] = [];
  const giveBack = (): void => {
    for (const free of taken.splice(0)) free();
  };
  for (const each of places) {
    const free = each.take(lane);
    if (free === undefined) {
      giveBack();
      return undefined;
    }
    taken.push(free);
  }
  return giveBack;
}
