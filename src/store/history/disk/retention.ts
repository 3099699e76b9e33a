/**
 * Days that are older than is kept go, as whole files: an hour after they became too old, for a clock that jumped ahead,
 * or a setting that was not meant, is put right sooner.
 */
import type { Clock, MonoMs, WallMs } from "../../../base/clock.ts";
import { textOf } from "../../../base/fault.ts";
import type { Log } from "../../../base/log.ts";
import { DAY_MS, type Day, dayAt } from "../day/day.ts";
import type { DaysFolder } from "./days-folder.ts";

const OVERDUE_MS = 3_600_000;

export interface RetentionPorts {
  readonly folder: DaysFolder;
  readonly clock: Clock;
  readonly log: Log;
  readonly retentionDays: number;
}

export class Retention {
  readonly #ports: RetentionPorts;
  #days: number;
  /** When a day was first seen to be too old. */
  readonly #overdue = new Map<Day, MonoMs>();

  constructor(ports: RetentionPorts) {
    this.#ports = ports;
    this.#days = ports.retentionDays;
  }

  retain(days: number): void {
    this.#days = days;
  }

  /** Older ones are not kept. */
  leastDay(): Day {
    return dayAt((this.#ports.clock.wall() - this.#days * DAY_MS) as WallMs);
  }

  /** To be called now and then. `close` lets go of a file before it goes. */
  prune(close: (day: Day) => void): void {
    const { clock, folder, log } = this.#ports;
    const now = clock.mono();
    const least = this.leastDay();
    for (const { day } of folder.list()) {
      if (day >= least) {
        this.#overdue.delete(day);
        continue;
      }
      const since = this.#overdue.get(day) ?? now;
      this.#overdue.set(day, since);
      if (now - since < OVERDUE_MS) continue;
      close(day);
      try {
        folder.remove(day);
        this.#overdue.delete(day);
        log("info", "a day of history is forgotten", { day, retentionDays: this.#days });
      } catch (thrown) {
        log("warn", "a day of history cannot be removed yet", { day, why: textOf(thrown) });
      }
    }
  }
}
