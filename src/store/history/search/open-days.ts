/**
 * Days that are being asked. Each question begins with a look into the folder, so a day that was forgotten or set aside
 * meanwhile, or begun anew, is noticed without anybody saying so.
 */
import { textOf } from "../../../base/fault.ts";
import { type Database, sqlFault } from "../../sql/sql.ts";
import type { Day } from "../day/day.ts";
import type { KeptDay } from "../history.ts";
import { HistoryFault } from "../history-fault.ts";
import { DayReader } from "./day-reader.ts";

/** What the folder holds, and how to read it. */
export interface DayShelf {
  /** Newest first. `file` tells a file from another that takes its name. */
  list(): readonly ShelvedDay[];
  /** @throws {SqlFault} */
  open(day: Day): Database;
  /** Files that were set aside because they could not be read. */
  broken(): readonly { readonly day: Day; readonly bytes: number }[];
}

export interface ShelvedDay {
  readonly day: Day;
  readonly file: string;
  readonly bytes: number;
}

export interface OpenDaysPorts {
  readonly shelf: DayShelf;
  /** A day could not be read, and was passed over. `damaged`: its file holds what it should not. */
  readonly onUnread: (day: Day, why: string, damaged: boolean) => void;
}

/** Days open at a time; each takes 2 MB when much is asked of it. */
const MOST_OPEN = 32;

export class OpenDays {
  readonly #ports: OpenDaysPorts;
  /** The one asked last stands last. */
  readonly #open = new Map<Day, { readonly file: string; readonly reader: DayReader }>();
  #listed: readonly ShelvedDay[] = [];

  constructor(ports: OpenDaysPorts) {
    this.#ports = ports;
  }

  /** Newest first, as the folder is now: where every question begins. */
  list(): readonly ShelvedDay[] {
    this.#listed = this.#ports.shelf.list();
    for (const [day, { file }] of this.#open) if (!this.#listed.some((kept) => kept.day === day && kept.file === file)) this.#drop(day);
    return this.#listed;
  }

  /** Undefined where there was no such day when the folder was last looked at, or it cannot be read. */
  ask<T>(day: Day, question: (reader: DayReader) => T): T | undefined {
    try {
      const reader = this.#reader(day);
      return reader?.snapshot(() => question(reader));
    } catch (thrown) {
      const code = thrown instanceof HistoryFault ? thrown.code : sqlFault(thrown).code;
      if (code === "HISTORY_QUERY" || code === "SQL_REFUSED") throw thrown; // the question is at fault, not the day
      this.#drop(day);
      if (code === "HISTORY_AWAY") return undefined; // it has nothing yet
      this.#ports.onUnread(day, textOf(thrown), code === "SQL_CORRUPT");
      return undefined;
    }
  }

  kept(): KeptDay[] {
    const days = this.list().map(({ day, bytes }): KeptDay => {
      const deliveries = this.ask(day, (reader) => reader.deliveries());
      return { day, bytes, deliveries: deliveries ?? 0, broken: deliveries === undefined };
    });
    const broken = this.#ports.shelf.broken().map(({ day, bytes }): KeptDay => ({ day, bytes, deliveries: 0, broken: true }));
    return [...days, ...broken].sort((a, b) => (a.day < b.day ? 1 : a.day > b.day ? -1 : Number(a.broken) - Number(b.broken)));
  }

  close(): void {
    for (const day of [...this.#open.keys()]) this.#drop(day);
  }

  #reader(day: Day): DayReader | undefined {
    const open = this.#open.get(day);
    if (open !== undefined) {
      this.#open.delete(day);
      this.#open.set(day, open);
      return open.reader;
    }
    const kept = this.#listed.find((one) => one.day === day);
    if (kept === undefined) return undefined;
    const longest = this.#open.keys().next().value;
    if (this.#open.size >= MOST_OPEN && longest !== undefined) this.#drop(longest);
    const db = this.#ports.shelf.open(day);
    try {
      const reader = new DayReader(db, day);
      this.#open.set(day, { file: kept.file, reader });
      return reader;
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  }

  #drop(day: Day): void {
    this.#open.get(day)?.reader.close();
    this.#open.delete(day);
  }
}
