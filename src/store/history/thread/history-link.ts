/**
 * The way to the thread that writes. It is woken, at most every quarter of a second, and says how far it is. If it dies it
 * is started again; until then history is stopped, and mail goes on.
 */
import { Worker } from "node:worker_threads";
import type { Cancel, Clock } from "../../../base/clock.ts";
import type { Log } from "../../../base/log.ts";
import type { View } from "../../../model/view.ts";
import type { KeeperStatus } from "../disk/keeper.ts";
import type { HistoryHealth } from "../history.ts";
import { HistoryFault } from "../history-fault.ts";
import type { FromHistory, HistoryThreadData, ToHistory } from "./history-thread.ts";

/** Events of that long share a transaction, which costs a hundred KB of writing however few they are. */
const WAKE_MS = 250;
const RESTART_MS = 5000;
/** Waits and removals under way; more are refused at once. */
const WAITING = 256;
/** What a thread makes and throws away may grow to this before it is looked through; left alone it grows to a hundred. */
const YOUNG_MB = 16;

export interface HistoryLinkPorts {
  readonly data: HistoryThreadData;
  readonly clock: Clock;
  readonly log: Log;
}

interface Waiting {
  readonly then: (message: FromHistory) => void;
  readonly gone: () => void;
}

export class HistoryLink {
  readonly #ports: HistoryLinkPorts;
  /** What a thread starts with. */
  #data: HistoryThreadData;
  readonly #waiting = new Map<number, Waiting>();
  /** Its thread, and the same once it is open. */
  #thread: Worker | undefined;
  #worker: Worker | undefined;
  #status: KeeperStatus = { taken: 0, newest: 0, lost: [] };
  /** Why it does not write. While it is being opened for the first time nothing is wrong. */
  #down: string | undefined;
  /** What waits for it to be open. */
  #early: ToHistory[] = [];
  #wake: Cancel | undefined;
  #last = 0;
  #closed = false;

  /** Starts it; what comes of that its health says. */
  constructor(ports: HistoryLinkPorts) {
    this.#ports = ports;
    this.#data = ports.data;
    this.#start();
  }

  health(): HistoryHealth {
    const { taken, newest, stopped, lost } = this.#status;
    const behind = newest - taken;
    const why = this.#down ?? stopped;
    if (why !== undefined) return { is: "stopped", why, behind, lost };
    return { is: "ok", behind, at: this.#ports.clock.wall(), lost };
  }

  /** Something was recorded. Costs nothing when it was told just now. */
  wake(): void {
    if (this.#closed) return;
    this.#wake ??= this.#ports.clock.after(WAKE_MS, () => {
      this.#wake = undefined;
      this.#worker?.postMessage({ is: "wake" } satisfies ToHistory);
    });
  }

  /** All that the journal holds now is folded: true; false after `withinMs`. */
  async caughtUp(withinMs: number): Promise<boolean> {
    return await new Promise<boolean>((resolve) => {
      const id = ++this.#last;
      const end = (done: boolean): void => {
        late();
        this.#waiting.delete(id);
        resolve(done);
      };
      const late = this.#ports.clock.after(withinMs, () => end(false));
      if (this.#closed || this.#waiting.size >= WAITING) return end(false);
      this.#waiting.set(id, { then: () => end(true), gone: () => end(false) });
      const ask: ToHistory = { is: "catch up", id };
      if (this.#worker === undefined) this.#early.push(ask);
      else this.#worker.postMessage(ask);
    });
  }

  /** @throws {HistoryFault} */
  async forget(view: View, address: string): Promise<number> {
    const worker = this.#worker;
    if (worker === undefined || this.#waiting.size >= WAITING)
      throw new HistoryFault("HISTORY_AWAY", "history cannot be changed now: try again later");
    return await new Promise<number>((resolve, reject) => {
      const id = ++this.#last;
      this.#waiting.set(id, {
        then: (message) => {
          if (message.is === "forgotten") resolve(message.rows);
          else reject(new HistoryFault("HISTORY_AWAY", message.is === "not forgotten" ? message.text : "no answer came"));
        },
        gone: () => reject(new HistoryFault("HISTORY_AWAY", "the thread that writes history ended; what was removed is not known")),
      });
      worker.postMessage({ is: "forget", id, view, address } satisfies ToHistory);
    });
  }

  /** A thread that is only being opened hears it too, once it is; the next one starts with it. */
  retain(retentionDays: number): void {
    this.#data = { ...this.#data, retentionDays };
    this.#thread?.postMessage({ is: "retain", days: retentionDays } satisfies ToHistory);
  }

  /** A day could not be read: it shall look at it. */
  check(day: string): void {
    this.#worker?.postMessage({ is: "check", day } satisfies ToHistory);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    const worker = this.#thread;
    if (worker === undefined) return;
    await new Promise<void>((resolve) => {
      worker.once("exit", () => resolve());
      worker.postMessage({ is: "close" } satisfies ToHistory);
    });
  }

  #start(): void {
    const worker = new Worker(new URL("./history-thread.ts", import.meta.url), {
      workerData: this.#data,
      name: "history",
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#thread = worker;
    worker.on("message", (message: FromHistory) => this.#hear(message, worker));
    worker.on("error", (thrown) => this.#fail(`its thread failed: ${String(thrown)}`));
    worker.on("exit", () => this.#ended());
  }

  #hear(message: FromHistory, worker: Worker): void {
    switch (message.is) {
      case "opened":
        this.#worker = worker;
        this.#down = undefined;
        worker.postMessage({ is: "wake" } satisfies ToHistory);
        for (const ask of this.#early.splice(0)) worker.postMessage(ask);
        return;
      case "failed":
        return this.#fail(`it cannot be opened: ${message.text}`);
      case "status":
        this.#status = message.status;
        return;
      case "caught up":
      case "forgotten":
      case "not forgotten": {
        const waiting = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        return waiting?.then(message);
      }
      case "log":
        return this.#ports.log(message.level, message.sentence, message.fields);
    }
  }

  #fail(why: string): void {
    if (this.#down !== why) this.#ports.log("error", "history has stopped; mail goes on", { why });
    this.#down = why;
  }

  #ended(): void {
    this.#thread = undefined;
    this.#worker = undefined;
    for (const { gone } of [...this.#waiting.values()]) gone();
    this.#waiting.clear();
    this.#early = [];
    if (this.#closed) return;
    this.#fail(this.#down ?? "its thread ended");
    this.#ports.clock.after(RESTART_MS, () => {
      if (!this.#closed) this.#start();
    });
  }
}
