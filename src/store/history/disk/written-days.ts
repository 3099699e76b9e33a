/** Files of days that are being written: a few at a time, opened as events come for them, closed when none came for a while. */
import type { Clock, MonoMs } from "../../../base/clock.ts";
import { textOf } from "../../../base/fault.ts";
import type { Log } from "../../../base/log.ts";
import { type Day, dayAt } from "../day/day.ts";
import { DayFile } from "../day/day-file.ts";
import { prepareDay } from "../day/schema.ts";
import type { DaysFolder } from "./days-folder.ts";

/** Today's, and those whose mail still waits. Each has 8 MB of pages at most. */
const MOST_OPEN = 8;
const UNUSED_MS = 60_000;

export interface WrittenDaysPorts {
  readonly folder: DaysFolder;
  readonly clock: Clock;
  readonly log: Log;
  /** What was added to the journal's numbers; noted in each file as it is synced. */
  readonly base: () => number;
}

export class WrittenDays {
  readonly #ports: WrittenDaysPorts;
  /** The one used last stands last. */
  readonly #open = new Map<Day, { readonly file: DayFile; readonly usedAt: MonoMs }>();
  /** Written since they were synced. */
  readonly #unsynced = new Set<Day>();

  constructor(ports: WrittenDaysPorts) {
    this.#ports = ports;
  }

  /** The file of a day, begun if there is none. @throws {SqlFault | HistoryFault} */
  file(day: Day): DayFile {
    const usedAt = this.#ports.clock.mono();
    const open = this.#open.get(day);
    if (open !== undefined) {
      this.#open.delete(day);
      this.#open.set(day, { file: open.file, usedAt });
      return open.file;
    }
    const [longest] = this.#open.keys();
    if (this.#open.size >= MOST_OPEN && longest !== undefined) this.#finish(longest);
    const db = this.#ports.folder.openToWrite(day);
    try {
      prepareDay(db);
      const file = new DayFile(db, day);
      this.#open.set(day, { file, usedAt });
      return file;
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  }

  /** What was written there shall be synced before anybody relies on it. */
  changed(day: Day): void {
    this.#unsynced.add(day);
  }

  /** All that was written survives a power cut from here on. @throws {SqlFault | HistoryFault} */
  sync(): void {
    for (const day of [...this.#unsynced]) this.#syncOne(day);
  }

  /**
   * Sorts in a slice of what waits for it somewhere; true while there is more. Each time rewrites most pages of the terms,
   * so while events come it is done for many entries at once; `idle`, of days that are over, for fewer. @throws {SqlFault}
   */
  sortIn(idle: boolean): boolean {
    const today = dayAt(this.#ports.clock.wall());
    for (const [day, { file }] of this.#open) if (file.tidy(idle && day < today)) return true;
    return false;
  }

  /** @throws {SqlFault | HistoryFault} */
  closeUnused(): void {
    const [longest] = this.#open;
    if (longest !== undefined && this.#ports.clock.mono() - longest[1].usedAt > UNUSED_MS) this.#finish(longest[0]);
  }

  /** As it is: what was not synced may be missing after a power cut. */
  close(day: Day): void {
    try {
      this.#open.get(day)?.file.close();
    } catch (thrown) {
      this.#ports.log("warn", "a day of history did not close", { day, why: textOf(thrown) });
    }
    this.#open.delete(day);
    this.#unsynced.delete(day);
  }

  closeAll(): void {
    for (const day of [...this.#open.keys()]) this.close(day);
  }

  #finish(day: Day): void {
    this.#syncOne(day);
    this.close(day);
  }

  #syncOne(day: Day): void {
    if (this.#unsynced.has(day)) this.file(day).sync(this.#ports.base());
    this.#unsynced.delete(day);
  }
}
