/**
 * The spool's engine: one thread, one connection, one transaction a batch. It keeps nothing in memory that the tables
 * do not also say, except leases and the numbers of the open transaction; after a rollback it forgets those.
 *
 * A batch is written whole or not at all, unless one of its operations is wrong in itself (a constraint): then each
 * runs by itself, and only that one is refused. After the commit come the leases, then the batch's reads.
 */
import { textOf } from "../../../base/fault.ts";
import type { Retention } from "../../journal/journal.ts";
import { Journal } from "../../journal/journal.ts";
import { Counters } from "../../ledger/ledger.ts";
import type { Database, Statement } from "../../sql/sql.ts";
import { sqlFault } from "../../sql/sql.ts";
import { SpoolError } from "../spool-error.ts";
import { Appender } from "./append.ts";
import { Changer } from "./changes.ts";
import { Contents, verify } from "./content.ts";
import { DueWindows } from "./due-window.ts";
import { Leases } from "./leases.ts";
import { Names } from "./names.ts";
import type { Batch, ReadOp, Refused, Result, SiteRow, WriteOp } from "./ops.ts";
import type { Tables } from "./tables.ts";

/** How the spool was found. */
export interface Found {
  readonly clean: boolean;
  readonly queued: number;
  readonly held: number;
  readonly lastKey: number;
}

/** Events deleted, content parts deleted and content keys looked at in one slice of tidying: a few milliseconds. */
const SLICE = { events: 500, parts: 8, orphans: 200 };
/** Parts of settled large messages deleted along with a batch, so that they go under load too. */
const PARTS_A_BATCH = 2;

export class Engine {
  readonly found: Found;
  readonly #db: Database;
  readonly #tables: Tables;
  readonly #leases: Leases;
  readonly #appender: Appender;
  readonly #changer: Changer;
  readonly #windows: DueWindows;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #sites: Statement;
  readonly #message: Statement;
  readonly #isMessage: Statement;
  /** Where the look for orphaned content stands; undefined once it is done. */
  #orphansAfter: number | undefined;

  /**
   * After an I/O error the data is opened again: the engine `before` passes on its leases and how the spool was found.
   * @throws {SqlFault}
   */
  constructor(db: Database, retention: Retention, before?: Engine) {
    this.#db = db;
    const leases = before === undefined ? new Leases() : before.#leases;
    this.#leases = leases;
    this.found = before === undefined ? readFound(db) : before.found;
    // Content staged by this process belongs to messages still coming in: orphans are looked for up to the last key found at the start.
    this.#orphansAfter = before === undefined ? -1 : before.#orphansAfter;
    const names = new Names(db);
    if (before === undefined) names.dropUnused();
    const contents = new Contents(db);
    this.#tables = { names, journal: new Journal(db, retention), counters: new Counters(db), contents, onCommit: [] };
    this.#appender = new Appender(db, this.#tables);
    this.#changer = new Changer(db, this.#tables);
    this.#windows = new DueWindows(db, names, leases);
    this.#begin = db.prepare("begin immediate");
    this.#commit = db.prepare("commit");
    this.#sites = db.prepare(
      `select text, n, due from (select site, count(*) n, min(due_at) due from delivery where state = 0 group by site)
         join name on id = site`,
    );
    this.#message = db.prepare("select envelope, prelude, parts, prelude_crc from message where key = ?");
    this.#isMessage = db.prepare("select 1 from message where key = ?");
  }

  /**
   * Runs a batch; a result for each operation, in order.
   * @throws {SqlFault} nothing of the batch was written: the file cannot take it (`SQL_FULL`) or cannot be trusted.
   */
  run(batch: Batch): Result[] {
    const results: Result[] = new Array(batch.ops.length).fill(null);
    if (batch.ops.some(isWrite)) {
      try {
        this.#write(batch, results);
      } catch (thrown) {
        this.giveBack(batch);
        throw thrown;
      }
    }
    for (let i = 0; i < batch.ops.length; i++) {
      const op = batch.ops[i];
      if (op !== undefined && !isWrite(op)) results[i] = this.#read(op);
    }
    return results;
  }

  /** Only the part of a batch that needs no disk: what is given back is nobody's, whatever became of the rest. */
  giveBack(batch: Batch): void {
    for (const op of batch.ops) if (op[0] === "giveBack") this.#giveBack(op);
  }

  /** One transaction around `work`; the leases follow its commit. @throws {SqlFault} after a rollback. */
  transaction(work: () => void): void {
    try {
      this.#begin.run();
      work();
      this.#tables.counters.flush();
      this.#commit.run();
    } catch (thrown) {
      this.#undo();
      throw thrown instanceof SpoolError ? thrown : sqlFault(thrown);
    }
    this.#tables.contents.committed();
    for (const [is, message, rcpt, site, dueAt] of this.#tables.onCommit) {
      if (is === "lease") this.#leases.take(message, rcpt);
      else this.#leases.drop(message, rcpt);
      if (is === "open") this.#leases.open(site, dueAt);
    }
    this.#tables.onCommit.length = 0;
  }

  /** The number of events exceeds the retention so far that tidying cannot wait for idleness. */
  get overfull(): boolean {
    return this.#tables.journal.overfull;
  }

  /** Deletes a slice of what is no longer needed: old events, content without a message. False when nothing is left to do. */
  tidy(now: number): boolean {
    let more = false;
    this.transaction(() => {
      const { journal, contents } = this.#tables;
      more = journal.prune(now, SLICE.events);
      more = contents.sweep(SLICE.parts) || more;
      if (this.#orphansAfter === undefined) return;
      this.#orphansAfter = contents.findOrphans(
        this.#orphansAfter,
        this.found.lastKey,
        SLICE.orphans,
        (key) => this.#isMessage.first(key) !== undefined,
      );
      more = true;
    });
    return more;
  }

  /** The last write of an orderly stop. @throws {SqlFault} */
  markClean(): void {
    const lastKey = readFound(this.#db).lastKey;
    this.transaction(() =>
      this.#db.exec(`update meta set value = 1 where key = 'clean'; update meta set value = ${lastKey} where key = 'last_key'`),
    );
  }

  #undo(): void {
    this.#db.rollback();
    const { names, counters, contents, onCommit, journal } = this.#tables;
    names.forget();
    counters.forget();
    contents.forget();
    onCommit.length = 0;
    journal.forget();
  }

  #write(batch: Batch, results: Result[]): void {
    try {
      this.transaction(() => {
        for (let i = 0; i < batch.ops.length; i++) {
          const op = batch.ops[i];
          if (op !== undefined && isWrite(op)) results[i] = this.#writeOne(op, batch.bytes);
        }
        this.#tables.contents.sweep(PARTS_A_BATCH);
      });
    } catch (thrown) {
      if (!isOneOpsFault(thrown)) throw thrown;
      this.#writeEach(batch, results);
    }
  }

  /** The slow way: an operation that is wrong in itself must not take the others with it. */
  #writeEach(batch: Batch, results: Result[]): void {
    for (let i = 0; i < batch.ops.length; i++) {
      const op = batch.ops[i];
      if (op === undefined || !isWrite(op)) continue;
      try {
        this.transaction(() => {
          results[i] = this.#writeOne(op, batch.bytes);
        });
      } catch (thrown) {
        if (!isOneOpsFault(thrown)) throw thrown;
        results[i] = refusal(thrown);
      }
    }
  }

  #writeOne(op: WriteOp, bytes: Uint8Array): Result {
    switch (op[0]) {
      case "append":
        this.#appender.append(op, bytes);
        return null;
      case "apply": {
        const applied: number[] = op[1].map((change) => (this.#changer.apply(change) ? 1 : 0));
        if (op[2] !== null && !applied.includes(0)) this.#appender.append(op[2], bytes);
        return applied;
      }
      case "record":
        this.#tables.journal.add(op[1], op[2], op[3], op[4]);
        return null;
      case "stage":
        this.#tables.contents.put(op[1], op[2], bytes.subarray(op[3], op[3] + op[4]));
        return null;
      case "unstage":
        this.#tables.contents.drop(op[1], Number.MAX_SAFE_INTEGER);
        return null;
    }
  }

  #read(op: ReadOp): Result {
    try {
      switch (op[0]) {
        case "giveBack":
          this.#giveBack(op);
          return null;
        case "due":
          return this.#windows.take(op[1], op[2], op[3], op[4]);
        case "sites":
          return this.#sites.all<SiteRow>();
        case "message":
          return this.#readMessage(op[1]);
        case "part":
          return this.#tables.contents.read(op[1], op[2]);
      }
    } catch (thrown) {
      return refusal(thrown instanceof SpoolError ? thrown : sqlFault(thrown));
    }
  }

  #giveBack([, refs]: ReadOp & { 0: "giveBack" }): void {
    for (let i = 0; i < refs.length; i += 2) this.#leases.giveBack(refs[i] ?? 0, refs[i + 1] ?? 0);
  }

  #readMessage(key: number): Result {
    const row = this.#message.first<[string, Uint8Array, number, number]>(key);
    if (row === undefined) return null;
    const [envelope, prelude, parts, crc] = row;
    verify(prelude, crc, `the prelude of message ${key}`);
    return [envelope, prelude, parts];
  }
}

function isWrite(op: Batch["ops"][number]): op is WriteOp {
  switch (op[0]) {
    case "append":
    case "apply":
    case "record":
    case "stage":
    case "unstage":
      return true;
    default:
      return false;
  }
}

/** The file is sound; what was asked of it was not. */
function isOneOpsFault(thrown: unknown): boolean {
  return thrown instanceof SpoolError || sqlFault(thrown).code === "SQL_REFUSED";
}

export function refusal(thrown: unknown): Refused {
  if (thrown instanceof SpoolError) return { refused: thrown.code, text: thrown.message };
  const full = sqlFault(thrown).code === "SQL_FULL";
  return { refused: full ? "SPOOL_FULL" : "SPOOL_IO", text: textOf(thrown) };
}

function readFound(db: Database): Found {
  const count = (column: string): number => db.value<number>(`select coalesce(sum(${column}), 0) from counter`) ?? 0;
  const lastKey = db.value<number>(
    `select max(coalesce((select value from meta where key = 'last_key'), 0), coalesce((select max(key) from message), 0),
       coalesce((select max(message) from content), 0), coalesce((select max(message) from event where message is not null), 0))`,
  );
  return {
    clean: db.value<number>("select value from meta where key = 'clean'") === 1,
    queued: count("queued"),
    held: count("held"),
    lastKey: lastKey ?? 0,
  };
}
