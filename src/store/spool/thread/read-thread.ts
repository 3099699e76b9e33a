/** The thread for questions that may take long: a second connection, which cannot write, so a walk over a million rows delays no mail. */
import { parentPort, workerData } from "node:worker_threads";
import { textOf } from "../../../base/fault.ts";
import { Database } from "../../sql/sql.ts";
import type { Answer, Query } from "../engine/ops.ts";
import { Reader } from "../reading/reader.ts";

export type ToReader = { readonly id: number; readonly query: Query } | "close";
export type FromReader = { readonly id: number; readonly answer: Answer } | { readonly id: number; readonly failed: string };

/** How long it waits for the writer where it must (recovery, a restart of the log). */
const BUSY_MS = 5000;

function serve(port: NonNullable<typeof parentPort>, path: string): void {
  const db = new Database(path, { readOnly: true, busyMs: BUSY_MS });
  const reader = new Reader(db);
  port.on("message", (message: ToReader) => {
    if (message === "close") {
      db.close();
      return port.close();
    }
    let reply: FromReader;
    try {
      reply = { id: message.id, answer: reader.answer(message.query) };
    } catch (thrown) {
      reply = { id: message.id, failed: textOf(thrown) };
    }
    port.postMessage(reply);
  });
}

if (parentPort !== null) serve(parentPort, workerData as string);
