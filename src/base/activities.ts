/**
 * Work under way, each piece with a label, so that a shutdown can wait for it and say what it waits for. A part starts
 * an activity for whatever must not be cut short: an open SMTP transaction, a commit, a bulk action.
 */
import type { Clock } from "./clock.ts";

export class Activities {
  readonly #open = new Map<symbol, string>();
  readonly #clock: Clock;
  #idle: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins one; the returned function ends it (ending twice does nothing). */
  begin(label: string): () => void {
    const key = Symbol(label);
    this.#open.set(key, label);
    return () => {
      if (this.#open.delete(key) && this.#open.size === 0) for (const wake of this.#idle.splice(0)) wake();
    };
  }

  get size(): number {
    return this.#open.size;
  }

  /** Labels with their counts, most frequent first: "3 × delivery to mx1.example.org". */
  describe(most = 8): string {
    const counts = new Map<string, number>();
    for (const label of this.#open.values()) counts.set(label, (counts.get(label) ?? 0) + 1);
    const rows = [...counts].sort((a, b) => b[1] - a[1]);
    const text = rows.slice(0, most).map(([label, n]) => (n === 1 ? label : `${n} × ${label}`));
    return rows.length > most ? `${text.join(", ")} and ${rows.length - most} more` : text.join(", ");
  }

  /** Resolves true once nothing is under way, false after `withinMs`. */
  async drained(withinMs: number): Promise<boolean> {
    if (this.#open.size === 0) return true;
    return await new Promise((resolve) => {
      const cancel = this.#clock.after(withinMs, () => resolve(false));
      this.#idle.push(() => {
        cancel();
        resolve(true);
      });
    });
  }
}
