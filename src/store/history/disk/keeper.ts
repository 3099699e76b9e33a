/**
 * Keeps the days: reads the journal in bounded bites, folds each event into the file of its day, and remembers how far.
 * A file takes what it does not know yet, so reading anything twice is harmless, and what reads on is told by `progress.ts`.
 *
 * taking   events are folded as they come.
 * stopped  little space is left, or a read or a write failed: nothing is written, mail goes on, and after a while it is
 *          tried again. History yields before the spool does: its limit is the higher one.
 *
 * A file that cannot be read is set aside under another name, never deleted, and begun anew from what the journal still has.
 */
import type { Clock, MonoMs, WallMs } from "../../../base/clock.ts";
import { codeOf, textOf } from "../../../base/fault.ts";
import type { Log } from "../../../base/log.ts";
import { type MessageKey, timeOfKey } from "../../../model/ids.ts";
import type { View } from "../../../model/view.ts";
import type { EventRow } from "../../journal/journal.ts";
import { sqlFault } from "../../sql/sql.ts";
import { DAY_MS, type Day, dayAt } from "../day/day.ts";
import type { HistoryLoss } from "../history.ts";
import { HistoryFault } from "../history-fault.ts";
import type { DaysFolder } from "./days-folder.ts";
import { type JournalSource, Progress } from "./progress.ts";
import { Retention } from "./retention.ts";
import { WrittenDays } from "./written-days.ts";

/** Events read at a time; with their dialogues some 3 MB. */
const BITE = 2000;
/** How far is remembered at least so often, which is what is read again after a crash. */
const SAVE_EVENTS = 20_000;
const SAVE_MS = 5000;
const RETRY_MS = 10_000;
/** A file that breaks again so soon is not the file's fault. */
const BROKEN_AGAIN_MS = 3_600_000;
/** Numbers skipped where another journal begins: more than a file can be ahead of the note of how far. */
const ANEW = 1_000_000_000;
/** Free space is looked at so often while events come. */
const LOOK_MS = 500;

export interface KeeperPorts {
  readonly folder: DaysFolder;
  readonly journal: JournalSource;
  readonly clock: Clock;
  readonly log: Log;
  readonly retentionDays: number;
  /** It stops below this much free space. */
  readonly leastFreeBytes: number;
}

export interface KeeperStatus {
  /** Journal's sequences: taken up to here, and the newest there is. */
  readonly taken: number;
  readonly newest: number;
  readonly stopped?: string;
  readonly lost: readonly HistoryLoss[];
}

export class Keeper {
  readonly #ports: KeeperPorts;
  readonly #progress: Progress;
  readonly #days: WrittenDays;
  readonly #retention: Retention;
  /** When a file was set aside. */
  readonly #brokenAt = new Map<Day, MonoMs>();
  #cursor: number;
  #newest = 0;
  #last: EventRow | undefined;
  #savedAt: MonoMs;
  #lookedAt: MonoMs | undefined;
  #retryAt: MonoMs | undefined;
  #stopped: string | undefined;
  #lost: readonly HistoryLoss[] = [];

  /** @throws when the folder cannot be used at all. */
  constructor(ports: KeeperPorts) {
    this.#ports = ports;
    this.#progress = openProgress(ports);
    this.#days = new WrittenDays({ ...ports, base: () => this.#progress.base });
    this.#retention = new Retention(ports);
    if (this.#progress.isBlank) this.#resumeFrom(ports.folder.list()[0]?.day);
    this.#cursor = this.#progress.cursor;
    this.#savedAt = ports.clock.mono();
    this.#readLost();
  }

  status(): KeeperStatus {
    const taken = this.#cursor - this.#progress.base;
    return {
      taken,
      newest: Math.max(this.#newest, taken),
      ...(this.#stopped === undefined ? {} : { stopped: this.#stopped }),
      lost: this.#lost,
    };
  }

  /** Reads and folds one bite; true while there is more to read. Never throws what the disk did. */
  step(): boolean {
    if (!this.#mayWrite()) {
      this.#lookAhead();
      return false;
    }
    try {
      const more = this.#days.sortIn(false) || this.#fold();
      if (this.#stopped !== undefined && this.#retryAt === undefined) this.#recovered();
      return more;
    } catch (thrown) {
      this.#failed(thrown);
      return false;
    }
  }

  /** What can wait until nothing is to be read: true while there is more of it. */
  tidy(): boolean {
    if (this.#stopped !== undefined) return false;
    try {
      if (this.#days.sortIn(true)) return true;
      if (this.#ports.clock.mono() - this.#savedAt >= SAVE_MS) this.#save();
      this.#days.closeUnused();
    } catch (thrown) {
      this.#failed(thrown);
    }
    return false;
  }

  /** To be called now and then: days that are older than is kept go. */
  prune(): void {
    this.#retention.prune((day) => this.#days.close(day));
  }

  /** Days are kept so long from now on. */
  retain(days: number): void {
    this.#retention.retain(days);
  }

  /** Somebody could not read a day: if the file's own check agrees, it is set aside. */
  check(day: Day): void {
    if (!this.#ports.folder.has(day)) return;
    try {
      const found = this.#days.file(day).damage();
      if (found === undefined) return;
      this.#setAside(day, found);
    } catch (thrown) {
      this.#failed(thrown, day);
    }
  }

  /** @throws {SqlFault | HistoryFault} some days may have been done. */
  forget(view: View, address: string): number {
    let rows = 0;
    for (const { day } of this.#ports.folder.list()) {
      rows += this.#days.file(day).forgetAddress(view, address);
      this.#days.changed(day);
    }
    this.#save();
    return rows;
  }

  close(): void {
    try {
      if (this.#stopped === undefined) this.#save();
    } catch (thrown) {
      this.#ports.log("warn", "history was closed without its mark; it reads some events again", { why: textOf(thrown) });
    }
    this.#days.closeAll();
    this.#progress.close();
  }

  #fold(): boolean {
    const { journal } = this.#ports;
    if (this.#last === undefined && this.#progress.isAnother(journal)) this.#beginAnew();
    const { base } = this.#progress;
    const events = journal.after(this.#cursor - base, BITE);
    const [first, last] = [events[0], events.at(-1)];
    this.#newest = events.length < BITE ? (last?.[0] ?? this.#cursor - base) : journal.bounds()[1];
    if (first === undefined || last === undefined) return false;
    if (first[0] > this.#cursor - base + 1 && this.#cursor > base) this.#missed(this.#cursor - base + 1, first[0] - 1);
    for (const [day, ofDay] of this.#byDay(events)) if (!this.#foldInto(day, ofDay)) return true;
    this.#cursor = last[0] + base;
    this.#last = last;
    if (this.#cursor - this.#progress.cursor >= SAVE_EVENTS) this.#save();
    return events.length === BITE;
  }

  /** False if the file had to be set aside: then the journal is read again from its beginning. */
  #foldInto(day: Day, events: readonly EventRow[]): boolean {
    const { log } = this.#ports;
    try {
      const { unknown, unread } = this.#days.file(day).fold(events);
      this.#days.changed(day);
      if (unknown > 0) log("debug", "events of deliveries that history never saw accepted led to no row", { day, events: unknown });
      if (unread > 0) log("error", "events that this program cannot read led to no row", { day, events: unread });
      return true;
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      this.#setAside(day, textOf(thrown));
      return false;
    }
  }

  /**
   * In the order of the days; what belongs to a day that is forgotten already is left out. One that is too old and still
   * there takes it: if it is kept after all, nothing is missing. Numbers are ours.
   */
  #byDay(events: readonly EventRow[]): [Day, EventRow[]][] {
    const least = this.#retention.leastDay();
    const { base } = this.#progress;
    const days = new Map<number, EventRow[]>();
    for (const event of events) {
      const [seq, at, message, rcpt, body] = event;
      const number = Math.floor((message === null ? at : timeOfKey(message as MessageKey)) / DAY_MS);
      const row: EventRow = base === 0 ? event : [seq + base, at, message, rcpt, body];
      const ofDay = days.get(number);
      if (ofDay === undefined) days.set(number, [row]);
      else ofDay.push(row);
    }
    return [...days]
      .sort(([a], [b]) => a - b)
      .map(([number, rows]): [Day, EventRow[]] => [dayAt((number * DAY_MS) as WallMs), rows])
      .filter(([day]) => day >= least || this.#ports.folder.has(day));
  }

  /** First the files, then how far: so this may lag and never leads. */
  #save(): void {
    this.#days.sync();
    this.#progress.save(this.#cursor, this.#last);
    this.#savedAt = this.#ports.clock.mono();
  }

  #mayWrite(): boolean {
    const { clock, folder, leastFreeBytes } = this.#ports;
    const now = clock.mono();
    if (this.#retryAt !== undefined && now < this.#retryAt) return false;
    if (this.#retryAt === undefined && this.#lookedAt !== undefined && now - this.#lookedAt < LOOK_MS) return true;
    this.#lookedAt = now;
    try {
      const free = folder.freeBytes();
      if (free < leastFreeBytes) {
        this.#stop(`the disk is nearly full: the last ${Math.round(leastFreeBytes / 1e6)} MB are kept for mail`);
        return false;
      }
    } catch (thrown) {
      this.#stop(`the folder of history cannot be read: ${textOf(thrown)}`);
      return false;
    }
    this.#retryAt = undefined;
    return true;
  }

  /** How far behind it is, while it takes nothing. */
  #lookAhead(): void {
    try {
      this.#newest = this.#ports.journal.bounds()[1];
    } catch {
      // It is stopped already, and why is told; what is not known stays as it was.
    }
  }

  #recovered(): void {
    this.#stopped = undefined;
    this.#ports.log("info", "history goes on", { behind: this.status().newest - this.status().taken });
  }

  #stop(why: string): void {
    if (this.#stopped !== why)
      this.#ports.log("error", "history has stopped; mail goes on, and what happens now is caught up later", { why });
    this.#stopped = why;
    this.#retryAt = (this.#ports.clock.mono() + RETRY_MS) as MonoMs;
  }

  /** Files are opened anew when it goes on: what their connections believe after a failure is not trusted. */
  #failed(thrown: unknown, day?: Day): void {
    if (day !== undefined && isDamage(thrown)) return this.#setAside(day, textOf(thrown));
    this.#days.closeAll();
    this.#cursor = this.#progress.cursor;
    this.#last = undefined;
    this.#stop(textOf(thrown));
  }

  #setAside(day: Day, why: string): void {
    const { clock, folder, log } = this.#ports;
    const now = clock.mono();
    const before = this.#brokenAt.get(day);
    this.#days.close(day);
    if (before !== undefined && now - before < BROKEN_AGAIN_MS) return this.#stop(`the file of ${day} broke again: ${why}`);
    try {
      const kept = folder.setAside(day, clock.wall());
      this.#brokenAt.set(day, now);
      this.#readLost();
      log("error", "a day of history cannot be read; it is set aside and begun anew from the journal", { day, kept, why });
    } catch (thrown) {
      return this.#stop(`the broken file of ${day} cannot be set aside: ${textOf(thrown)}`);
    }
    // The other files know what they have; only this day takes what the journal still holds of it.
    this.#progress.save(this.#progress.base, undefined);
    this.#cursor = this.#progress.base;
    this.#last = undefined;
  }

  /** What failed is read again, and with it a gap that was told already. */
  #missed(from: number, to: number): void {
    const { gap } = this.#progress;
    if (gap?.from === from && gap.to === to) return;
    this.#progress.missed({ at: this.#ports.clock.wall(), from, to });
    this.#readLost();
    this.#ports.log("error", `events ${from} to ${to} were gone from the journal before history read them`, { missed: to - from + 1 });
  }

  /** It is told also after a restart: what was set aside says so by its name, and the gap is noted with how far. */
  #readLost(): void {
    const { gap } = this.#progress;
    const days = this.#ports.folder.broken().map(({ day, at, file }): HistoryLoss => ({ is: "day", at, day, file }));
    this.#lost = gap === undefined ? days : [{ is: "gap", ...gap }, ...days];
  }

  #beginAnew(): void {
    this.#ports.log("warn", "the journal is another one than history knows; it goes on with this one", {});
    this.#progress.beginAnew(this.#progress.cursor + ANEW);
    this.#cursor = this.#progress.cursor;
  }

  /** Without a note of how far, all of the journal is read; the files know what they have, and by which numbers. */
  #resumeFrom(newest: Day | undefined): void {
    if (newest === undefined) return;
    try {
      this.#progress.beginAnew(this.#days.file(newest).base);
    } catch (thrown) {
      this.#ports.log("warn", "the newest day of history cannot be read", { day: newest, why: textOf(thrown) });
    }
  }
}

/** Where a damaged note is all that is wrong, the journal is read from its beginning; the files know what they have. */
function openProgress({ folder, clock, log }: KeeperPorts): Progress {
  try {
    return new Progress(folder.openProgress());
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown;
    const kept = folder.setAside("progress", clock.wall());
    log("error", "how far history had come cannot be read; it reads the journal again", { kept, why: textOf(thrown) });
    return new Progress(folder.openProgress());
  }
}

function isDamage(thrown: unknown): boolean {
  if (thrown instanceof HistoryFault) return thrown.code === "HISTORY_DAMAGED";
  return codeOf(thrown) === "SQL_CORRUPT" || sqlFault(thrown).code === "SQL_CORRUPT";
}
