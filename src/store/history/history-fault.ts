/** What makes a question to history impossible to answer. */
import { Fault } from "../../base/fault.ts";

/**
 * `HISTORY_AWAY`: its thread is being started again, or too many questions wait: ask later. `HISTORY_DAMAGED`: what is
 * stored cannot be read. `HISTORY_NEWER`: a later program wrote it. `HISTORY_QUERY`: the question is wrong in itself; the
 * text says where. `HISTORY_CLOSED`: it is closed.
 */
export type HistoryCode = "HISTORY_AWAY" | "HISTORY_DAMAGED" | "HISTORY_NEWER" | "HISTORY_QUERY" | "HISTORY_CLOSED";
export class HistoryFault extends Fault<HistoryCode> {}
