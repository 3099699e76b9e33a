/** The thread that writes: a loop around the keeper of the days. It reads the journal itself and is only woken. */
import { setPriority } from "node:os";
import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import type { Cancel } from "../../../base/clock.ts";
import { systemClock } from "../../../base/clock.ts";
import { textOf } from "../../../base/fault.ts";
import { bytesKeptFree } from "../../../base/free-space.ts";
import type { Level, LogFields } from "../../../base/log.ts";
import type { View } from "../../../model/view.ts";
import { DaysFolder } from "../disk/days-folder.ts";
import { Keeper, type KeeperStatus } from "../disk/keeper.ts";
import { SpoolJournal } from "../disk/spool-journal.ts";

export interface HistoryThreadData {
  readonly folder: string;
  readonly journal: string;
  readonly retentionDays: number;
  readonly keepFreeBytes: number | undefined;
}

export type ToHistory =
  | { readonly is: "wake" }
  /** Answered once all that the journal holds now is folded. */
  | { readonly is: "catch up"; readonly id: number }
  | { readonly is: "forget"; readonly id: number; readonly view: View; readonly address: string }
  | { readonly is: "retain"; readonly days: number }
  | { readonly is: "check"; readonly day: string }
  | { readonly is: "close" };

export type FromHistory =
  | { readonly is: "opened" }
  | { readonly is: "failed"; readonly text: string }
  | { readonly is: "status"; readonly status: KeeperStatus }
  | { readonly is: "caught up"; readonly id: number }
  | { readonly is: "forgotten"; readonly id: number; readonly rows: number }
  | { readonly is: "not forgotten"; readonly id: number; readonly text: string }
  | { readonly is: "log"; readonly level: Level; readonly sentence: string; readonly fields: LogFields | undefined };

/** A third of the share of a thread that moves mail. */
const NICE = 5;
/** Times what the spool keeps free: so history yields first. */
const YIELDS_FIRST = 1.5;
/** It looks into the journal at least so often, whether woken or not. */
const TICK_MS = 1000;
/** Ticks between two looks for days that are too old. */
const PRUNE_TICKS = 60;

class Loop {
  readonly #keeper: Keeper;
  readonly #journal: SpoolJournal;
  readonly #say: (message: FromHistory) => void;
  /** Who waits until everything up to a sequence is folded. */
  #waiting: { readonly id: number; readonly upTo: number }[] = [];
  #told = "";
  #turn = false;
  #tick: Cancel | undefined;
  #ticks = 0;
  #closed = false;

  constructor(keeper: Keeper, journal: SpoolJournal, say: (message: FromHistory) => void) {
    this.#keeper = keeper;
    this.#journal = journal;
    this.#say = say;
    this.#nextTick();
  }

  hear(message: ToHistory): void {
    switch (message.is) {
      case "wake":
        return this.#work();
      case "catch up":
        this.#waiting.push({ id: message.id, upTo: this.#newest() });
        return this.#work();
      case "forget":
        return this.#forget(message);
      case "retain":
        return this.#keeper.retain(message.days);
      case "check":
        this.#keeper.check(message.day);
        return this.#work();
      case "close":
        this.#closed = true;
        this.#tick?.();
        this.#keeper.close();
        this.#journal.close();
    }
  }

  /** One bite a turn, so that messages are heard between them. */
  #work(): void {
    if (this.#turn || this.#closed) return;
    this.#turn = true;
    systemClock.nextTurn(() => {
      this.#turn = false;
      if (this.#closed) return;
      const more = this.#keeper.step() || this.#keeper.tidy();
      this.#tell();
      if (more) this.#work();
    });
  }

  #tell(): void {
    const status = this.#keeper.status();
    const said = JSON.stringify(status);
    if (said !== this.#told) this.#say({ is: "status", status });
    this.#told = said;
    if (status.stopped !== undefined) return;
    for (const { id, upTo } of this.#waiting) if (status.taken >= upTo) this.#say({ is: "caught up", id });
    this.#waiting = this.#waiting.filter(({ upTo }) => status.taken < upTo);
  }

  /** A journal that cannot be read now has the keeper's attention at its next step; until then nothing is caught up. */
  #newest(): number {
    try {
      return this.#journal.bounds()[1];
    } catch {
      return Number.MAX_SAFE_INTEGER;
    }
  }

  #forget({ id, view, address }: ToHistory & { readonly is: "forget" }): void {
    try {
      this.#say({ is: "forgotten", id, rows: this.#keeper.forget(view, address) });
    } catch (thrown) {
      this.#say({ is: "not forgotten", id, text: textOf(thrown) });
    }
  }

  #nextTick(): void {
    this.#tick = systemClock.after(TICK_MS, () => {
      if (this.#ticks++ % PRUNE_TICKS === 0) this.#keeper.prune();
      this.#work();
      this.#nextTick();
    });
  }
}

/** Mail goes first where both want a core. Linux takes 0 for the thread that asks; elsewhere it would be the whole process. */
function standBack(): void {
  if (process.platform === "linux") setPriority(0, NICE);
}

function serve(port: NonNullable<typeof parentPort>, data: HistoryThreadData): void {
  standBack();
  const say = (message: FromHistory): void => port.postMessage(message);
  const journal = new SpoolJournal(data.journal);
  let loop: Loop;
  try {
    const folder = new DaysFolder(data.folder);
    const keeper = new Keeper({
      folder,
      journal,
      clock: systemClock,
      log: (level, sentence, fields) => say({ is: "log", level, sentence, fields }),
      retentionDays: data.retentionDays,
      leastFreeBytes: bytesKeptFree(data.keepFreeBytes, folder.diskBytes()) * YIELDS_FIRST,
    });
    loop = new Loop(keeper, journal, say);
  } catch (thrown) {
    say({ is: "failed", text: textOf(thrown) });
    return port.close();
  }
  say({ is: "opened" });
  port.on("message", (message: ToHistory) => {
    loop.hear(message);
    if (message.is === "close") port.close();
  });
}

if (parentPort !== null) serve(parentPort, workerData as HistoryThreadData);
