/** Answers questions about the spool on a connection that never writes. */
import { JournalReader } from "../../journal/journal.ts";
import { readLedger } from "../../ledger/ledger.ts";
import type { Database } from "../../sql/sql.ts";
import type { Answer, Query } from "../engine/ops.ts";
import { Finder } from "./find.ts";
import { MessagesOf } from "./messages-of.ts";

export class Reader {
  readonly #db: Database;
  readonly #finder: Finder;
  readonly #journal: JournalReader;
  readonly #messagesOf: MessagesOf;

  constructor(db: Database) {
    this.#db = db;
    this.#finder = new Finder(db);
    this.#journal = new JournalReader(db);
    this.#messagesOf = new MessagesOf(db);
  }

  /** @throws {SqlFault} */
  answer(query: Query): Answer {
    switch (query[0]) {
      case "find":
        return this.#finder.find(query[1], query[2], query[3], query[4]);
      case "count":
        return this.#finder.count(query[1]);
      case "heldGroups":
        return this.#finder.heldGroups(query[1], query[2]);
      case "ledger":
        return readLedger(this.#db);
      case "eventsOf":
        return this.#journal.of(query[1]);
      case "laneEvents":
        return this.#journal.lane(query[1], query[2], query[3], query[4]);
      case "eventsAfter":
        return this.#journal.after(query[1], query[2]);
      case "messagesOf":
        return this.#messagesOf.find(query[1], query[2]);
    }
  }
}
