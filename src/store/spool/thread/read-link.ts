/** The way to the read thread, which starts with the first question and again after it died. */
import { Worker } from "node:worker_threads";
import type { Answer, Query } from "../engine/ops.ts";
import { SpoolError } from "../spool-error.ts";
import type { FromReader, ToReader } from "./read-thread.ts";

/** Questions waiting; more are refused at once. */
const WAITING = 1000;

export class ReadLink {
  readonly #path: string;
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(fault: SpoolError): void }>();
  #worker: Worker | undefined;
  #last = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws {SpoolError} `SPOOL_IO` */
  async query(query: Query): Promise<Answer> {
    if (this.#waiting.size >= WAITING) throw new SpoolError("SPOOL_IO", "too many questions wait for the spool");
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = ++this.#last;
    return await new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, query } satisfies ToReader);
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    await new Promise<void>((resolve) => {
      worker.once("exit", () => resolve());
      worker.postMessage("close" satisfies ToReader);
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL("./read-thread.ts", import.meta.url), { workerData: this.#path, name: "spool-read" });
    worker.on("message", (reply: FromReader) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ("answer" in reply) waiting?.resolve(reply.answer);
      else waiting?.reject(new SpoolError("SPOOL_IO", reply.failed));
    });
    let why = "the read thread ended";
    worker.on("error", (thrown) => {
      why = `the read thread failed: ${String(thrown)}`;
    });
    worker.on("exit", () => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(new SpoolError("SPOOL_IO", why));
      this.#waiting.clear();
    });
    return worker;
  }
}
