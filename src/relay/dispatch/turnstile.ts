/** A bounded number of places, and who waits for one: first come, first served. */
export class Turnstile<Who> {
  readonly #places: number;
  readonly #wake: (who: Who) => void;
  readonly #waiting = new Set<Who>();
  #taken = 0;

  /** `wake` is called for who waits, one for each place that becomes free. */
  constructor(places: number, wake: (who: Who) => void) {
    this.#places = places;
    this.#wake = wake;
  }

  get taken(): number {
    return this.#taken;
  }

  /** The returned function gives the place back, once. Undefined: `wake(who)` is called when one is free. */
  take(who: Who): (() => void) | undefined {
    if (this.#taken >= this.#places) {
      this.#waiting.add(who);
      return undefined;
    }
    this.#taken++;
    this.#waiting.delete(who);
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      this.#taken--;
      const [next] = this.#waiting;
      if (next === undefined) return;
      this.#waiting.delete(next);
      this.#wake(next);
    };
  }

  /** Somebody waits for a place. */
  get wanted(): boolean {
    return this.#waiting.size > 0;
  }
}
