/** A SQLite file served by a thread of its own, which is started again if it dies. */
import { MessageChannel, Worker } from "node:worker_threads";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { SqlPort } from "../store/sql/served-sql.ts";
import type { ControlThreadData } from "./control-thread.ts";

/** Between the end of a thread and the start of the next; statements wait that long at most (`SqlPort`). */
const AGAIN_MS = 1000;

/** Statements go in by the port; closing the port ends the thread and the database. */
export function serveDatabase(path: string, clock: Clock, log: Log): SqlPort {
  const port = new SqlPort(clock);
  const start = (): void => {
    const { port1: theirs, port2: ours } = new MessageChannel();
    const worker = new Worker(new URL("./control-thread.ts", import.meta.url), {
      workerData: { path, port: theirs } satisfies ControlThreadData,
      transferList: [theirs],
      name: "control",
    });
    worker.unref(); // what waits for an answer holds the process, not the thread
    worker.on("error", (thrown) => log("error", "the thread of the control database died; another is started", { why: String(thrown) }));
    worker.on("exit", (code) => {
      if (code !== 0) clock.after(AGAIN_MS, start);
    });
    port.attach(ours);
  };
  start();
  return port;
}
