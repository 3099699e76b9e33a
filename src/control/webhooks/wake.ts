/** A sleeper that can be woken. A call that comes while it is awake counts for its next sleep. */
import type { Clock } from "../../base/clock.ts";

export class Wake {
  #called = false;
  #wake: (() => void) | undefined;

  now(): void {
    this.#called = true;
    this.#wake?.();
  }

  /** Resolves when called, `ms` from now (undefined: not by itself), or when the signal is aborted. One sleeper at a time. */
  async sleep(ms: number | undefined, clock: Clock, signal: AbortSignal): Promise<void> {
    if (!this.#called && !signal.aborted)
      await new Promise<void>((resolve) => {
        const done = (): void => {
          cancel();
          signal.removeEventListener("abort", done);
          this.#wake = undefined;
          resolve();
        };
        const cancel = ms === undefined ? () => {} : clock.after(ms, done);
        this.#wake = done;
        signal.addEventListener("abort", done, { once: true });
      });
    this.#called = false;
  }
}
