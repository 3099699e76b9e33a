/** A bounded number of places, and who waits for one: first come, first served. */
export class Turnstile<Who> {
  #places: number;
  readonly #wake: (who: Who) => void;
  readonly #waiting = new Set<Who>();
  #taken = 0;
  #waking = false;

  /** `wake` is called for who waits while places are free, until they are taken: who needs none any more lets the next have it. */
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
      this.#wakeNext();
    };
  }

  /** From now on. Who has a place keeps it, also if there are fewer. */
  resize(places: number): void {
    this.#places = places;
    this.#wakeNext();
  }

  /** Somebody waits for a place. */
  get wanted(): boolean {
    return this.#waiting.size > 0;
  }

  /** Who is woken may give a place back at once: the walk that woke him goes on with it. */
  #wakeNext(): void {
    if (this.#waking) return;
    this.#waking = true;
    for (const who of this.#waiting) {
      if (this.#taken >= this.#places) break;
      this.#waiting.delete(who);
      this.#wake(who);
    }
    this.#waking = false;
  }
}
