/** The thread of the control database: a sync there never stops the thread that moves mail. */
import { type MessagePort, workerData } from "node:worker_threads";
import { serveSql } from "../store/sql/served-sql.ts";

export interface ControlThreadData {
  readonly path: string;
  readonly port: MessagePort;
}

if (workerData !== null) {
  const { port, path } = workerData as ControlThreadData;
  serveSql(port, path);
}
