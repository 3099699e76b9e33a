/** The way to the thread that answers, which starts with the first question and again after it died. */
import { Worker } from "node:worker_threads";
import { HistoryFault } from "../history-fault.ts";
import type { Answer, FromSearch, Question, Questions, ToSearch } from "./search-thread.ts";

/** Questions waiting; more are refused at once. */
const WAITING = 256;
/** What a thread makes and throws away may grow to this before it is looked through; left alone it grows to a hundred. */
const YOUNG_MB = 16;

interface Waiting {
  resolve(answer: Answer): void;
  reject(fault: HistoryFault): void;
}

export class SearchLink {
  readonly #path: string;
  readonly #onUnread: (day: string, why: string, damaged: boolean) => void;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #last = 0;

  constructor(path: string, onUnread: (day: string, why: string, damaged: boolean) => void) {
    this.#path = path;
    this.#onUnread = onUnread;
  }

  /** @throws {HistoryFault} */
  async ask<Name extends keyof Questions>(name: Name, ...asks: Questions[Name]["asks"]): Promise<Questions[Name]["answer"]> {
    if (this.#waiting.size >= WAITING) throw new HistoryFault("HISTORY_AWAY", "too many questions wait for history: ask again in a moment");
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = ++this.#last;
    return await new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      // The question's name decides its answer: both are of one row of `Questions`.
      worker.postMessage({ id, question: [name, ...asks] as unknown as Question } satisfies ToSearch);
    });
  }

  reopen(): void {
    this.#worker?.postMessage("reopen" satisfies ToSearch);
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    await new Promise<void>((resolve) => {
      worker.once("exit", () => resolve());
      worker.postMessage("close" satisfies ToSearch);
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL("./search-thread.ts", import.meta.url), {
      workerData: this.#path,
      name: "history-search",
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    worker.on("message", (reply: FromSearch) => {
      if (reply.is === "unread") return this.#onUnread(reply.day, reply.why, reply.damaged);
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (reply.is === "answer") waiting?.resolve(reply.answer);
      else waiting?.reject(new HistoryFault(reply.code, reply.text));
    });
    let why = "the thread that searches history ended";
    worker.on("error", (thrown) => {
      why = `the thread that searches history failed: ${String(thrown)}`;
    });
    worker.on("exit", () => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(new HistoryFault("HISTORY_AWAY", why));
      this.#waiting.clear();
    });
    return worker;
  }
}
