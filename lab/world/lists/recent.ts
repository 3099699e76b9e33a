/** What happened lately, by address and kind, counted in steps of minutes so that a busy day is small. */
import type { WallMs } from "../../../src/base/clock.ts";

export type Happening = "pristine" | "recycled" | "complaint" | "mail";

interface Step {
  readonly at: number;
  count: number;
  /** Who told it; of complaints only. */
  readonly tellers: Set<string>;
}

const STEP_MS = 5 * 60_000;

export class Recent {
  /** By `KIND ADDRESS`, oldest first. */
  readonly #steps = new Map<string, Step[]>();
  readonly #lasts = new Map<string, WallMs>();

  note(ip: string, what: Happening, at: WallMs, teller?: string): void {
    const key = `${what} ${ip}`;
    const steps = this.#steps.get(key) ?? [];
    this.#steps.set(key, steps);
    const begins = at - (at % STEP_MS);
    let last = steps.at(-1);
    if (last?.at !== begins) {
      last = { at: begins, count: 0, tellers: new Set() };
      steps.push(last);
    }
    last.count++;
    if (teller !== undefined) last.tellers.add(teller);
    this.#lasts.set(key, at);
  }

  count(ip: string, what: Happening, since: number): number {
    return this.#since(ip, what, since).reduce((sum, { count }) => sum + count, 0);
  }

  /** Different people. */
  tellers(ip: string, what: Happening, since: number): number {
    return new Set(this.#since(ip, what, since).flatMap(({ tellers }) => [...tellers])).size;
  }

  last(ip: string, of: readonly Happening[]): WallMs | undefined {
    const moments = of.map((what) => this.#lasts.get(`${what} ${ip}`)).filter((at) => at !== undefined);
    return moments.toSorted((a, b) => b - a)[0];
  }

  /** Drops what is older. */
  forget(before: WallMs): void {
    for (const [key, steps] of this.#steps) {
      while (steps[0] && steps[0].at + STEP_MS < before) steps.shift();
      if (steps.length === 0) {
        this.#steps.delete(key);
        this.#lasts.delete(key);
      }
    }
  }

  #since(ip: string, what: Happening, since: number): readonly Step[] {
    return (this.#steps.get(`${what} ${ip}`) ?? []).filter(({ at }) => at + STEP_MS > since);
  }
}
