/**
 * Counts by time step, for as many steps as it keeps: one array for ever, nothing allocated while counting. Steps are
 * numbers that grow with wall time (the minute, the hour).
 */

export class Ring {
  readonly #steps: number;
  readonly #columns: number;
  readonly #counts: Uint32Array;
  #newest = 0;

  constructor(steps: number, columns: number) {
    this.#steps = steps;
    this.#columns = columns;
    this.#counts = new Uint32Array(steps * columns);
  }

  add(step: number, column: number, n = 1): void {
    if (step !== this.#newest && !this.#admit(step)) return;
    const at = (step % this.#steps) * this.#columns + column;
    this.#counts[at] = (this.#counts[at] ?? 0) + n;
  }

  get(step: number, column: number): number {
    if (step > this.#newest || step <= this.#newest - this.#steps) return 0;
    return this.#counts[(step % this.#steps) * this.#columns + column] ?? 0;
  }

  /** Of the last `back` steps, `now` included. */
  sum(now: number, column: number, back = this.#steps): number {
    let sum = 0;
    for (let step = now - Math.min(back, this.#steps) + 1; step <= now; step++) sum += this.get(step, column);
    return sum;
  }

  /** False for what is older than it keeps. A clock that was set back by more than twice that begins it anew. */
  #admit(step: number): boolean {
    const steps = this.#steps;
    if (step <= this.#newest - steps) {
      if (step > this.#newest - 2 * steps) return false;
      this.#counts.fill(0);
      this.#newest = step;
      return true;
    }
    if (step >= this.#newest + steps) this.#counts.fill(0);
    else
      for (let next = this.#newest + 1; next <= step; next++)
        this.#counts.fill(0, (next % steps) * this.#columns, ((next % steps) + 1) * this.#columns);
    this.#newest = Math.max(this.#newest, step);
    return true;
  }
}
