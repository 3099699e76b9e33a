/** The thread that answers: connections that cannot write, so a long search holds up neither mail nor what is being written. */
import { parentPort, workerData } from "node:worker_threads";
import { systemClock, type WallMs } from "../../../base/clock.ts";
import { textOf } from "../../../base/fault.ts";
import type { FairleadEvent } from "../../../model/event.ts";
import type { MessageKey } from "../../../model/ids.ts";
import type { View } from "../../../model/view.ts";
import { sqlFault } from "../../sql/sql.ts";
import { DaysFolder } from "../disk/days-folder.ts";
import type { HistoryQuery, HistoryRecord, KeptDay, PageOf, SearchPage, Tally } from "../history.ts";
import { type HistoryCode, HistoryFault } from "../history-fault.ts";
import { Searcher } from "../search/searcher.ts";

/** A question, and what answers it. */
export interface Questions {
  search: { readonly asks: readonly [view: View, query: HistoryQuery, page: PageOf]; readonly answer: SearchPage };
  tally: { readonly asks: readonly [view: View, query: HistoryQuery, budgetMs: number | undefined]; readonly answer: Tally };
  record: { readonly asks: readonly [view: View, key: MessageKey]; readonly answer: HistoryRecord | undefined };
  lanes: {
    readonly asks: readonly [site: string, since: WallMs, until: WallMs, limit: number];
    readonly answer: readonly FairleadEvent[];
  };
  days: { readonly asks: readonly []; readonly answer: readonly KeptDay[] };
}
export type Question = { [Name in keyof Questions]: readonly [Name, ...Questions[Name]["asks"]] }[keyof Questions];
export type Answer = Questions[keyof Questions]["answer"];

/** `reopen`: texts were removed, what is remembered of them must go. */
export type ToSearch = { readonly id: number; readonly question: Question } | "reopen" | "close";
export type FromSearch =
  | { readonly is: "answer"; readonly id: number; readonly answer: Answer }
  | { readonly is: "failed"; readonly id: number; readonly code: HistoryCode; readonly text: string }
  | { readonly is: "unread"; readonly day: string; readonly why: string; readonly damaged: boolean };

function serve(port: NonNullable<typeof parentPort>, path: string): void {
  const say = (message: FromSearch): void => port.postMessage(message);
  const shelf = new DaysFolder(path);
  const onUnread = (day: string, why: string, damaged: boolean): void => say({ is: "unread", day, why, damaged });
  const searcher = new Searcher({ shelf, onUnread }, systemClock);
  port.on("message", (message: ToSearch) => {
    if (message === "reopen") return searcher.close();
    if (message === "close") {
      searcher.close();
      return port.close();
    }
    try {
      say({ is: "answer", id: message.id, answer: answerOf(searcher, message.question) });
    } catch (thrown) {
      // What no day is to blame for: a question that is wrong, or one that SQLite does not take.
      const code =
        thrown instanceof HistoryFault ? thrown.code : sqlFault(thrown).code === "SQL_REFUSED" ? "HISTORY_QUERY" : "HISTORY_DAMAGED";
      say({ is: "failed", id: message.id, code, text: textOf(thrown) });
    }
  });
}

function answerOf(searcher: Searcher, question: Question): Answer {
  switch (question[0]) {
    case "search":
      return searcher.search(question[1], question[2], question[3]);
    case "tally":
      return searcher.tally(question[1], question[2], question[3]);
    case "record":
      return searcher.record(question[1], question[2]);
    case "lanes":
      return searcher.laneEvents(question[1], question[2], question[3], question[4]);
    case "days":
      return searcher.days();
  }
}

if (parentPort !== null) serve(parentPort, workerData as string);
