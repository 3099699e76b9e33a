/**
 * The one file that knows node:sqlite (its classes change names between Node versions). Statements bind positionally
 * and give rows as tuples; whatever SQLite throws becomes a `SqlFault` that says what to do about it.
 */

import type { StatementSync } from "node:sqlite";
import { DatabaseSync } from "node:sqlite";
import { Fault, textOf } from "../../base/fault.ts";

export type Cell = number | string | Uint8Array | null;

/**
 * `SQL_FULL`: no space; the file is sound. `SQL_IO`: a read, write or sync failed; what the file holds is not known.
 * `SQL_CORRUPT`: it holds what it should not. `SQL_BUSY`: another connection has the lock. `SQL_REFUSED`: the statement
 * was wrong (a constraint, a type); the file is sound.
 */
export type SqlCode = "SQL_FULL" | "SQL_IO" | "SQL_CORRUPT" | "SQL_BUSY" | "SQL_REFUSED";
export class SqlFault extends Fault<SqlCode> {}

/** A prepared statement. Cells are bound in order; rows are tuples in the order of the columns. */
export class Statement {
  readonly #raw: StatementSync;

  constructor(raw: StatementSync) {
    raw.setReturnArrays(true);
    this.#raw = raw;
  }

  /** How many rows it changed. */
  run(...cells: Cell[]): number {
    return this.#raw.run(...cells).changes as number;
  }

  /** The first row; the caller states the columns' types. */
  first<Row extends readonly Cell[]>(...cells: Cell[]): Row | undefined {
    return this.#raw.get(...cells) as unknown as Row | undefined;
  }

  all<Row extends readonly Cell[]>(...cells: Cell[]): Row[] {
    return this.#raw.all(...cells) as unknown as Row[];
  }

  /** Names of the columns that it gives rows of; empty where it gives none. */
  columns(): readonly string[] {
    return this.#raw.columns().map(({ name }) => name);
  }

  /** Row by row; leaving the loop early resets the statement. Not to be entered twice at a time. */
  each<Row extends readonly Cell[]>(...cells: Cell[]): Iterable<Row> {
    return this.#raw.iterate(...cells) as unknown as Iterable<Row>;
  }
}

export interface OpenOptions {
  readonly readOnly?: boolean;
  /** How long to wait for another connection's lock. */
  readonly busyMs?: number;
}

/** One connection. Calls are synchronous: it belongs to the thread that may wait. */
export class Database {
  readonly #raw: DatabaseSync;

  /** @throws {SqlFault} */
  constructor(path: string, options: OpenOptions = {}) {
    try {
      this.#raw = new DatabaseSync(path, {
        readOnly: options.readOnly ?? false,
        timeout: options.busyMs ?? 0,
        enableForeignKeyConstraints: false,
      });
    } catch (thrown) {
      throw sqlFault(thrown);
    }
  }

  prepare(sql: string): Statement {
    return new Statement(this.#raw.prepare(sql));
  }

  exec(sql: string): void {
    this.#raw.exec(sql);
  }

  /** The first cell of the first row. */
  value<Value extends Cell>(sql: string, ...cells: Cell[]): Value | undefined {
    return this.prepare(sql).first<[Value]>(...cells)?.[0];
  }

  /** Ends a transaction that failed, if SQLite has not done so itself. */
  rollback(): void {
    if (this.#raw.isTransaction) this.#raw.exec("rollback");
  }

  close(): void {
    this.#raw.close();
  }
}

/** Primary result codes of sqlite3.h. */
const BUSY = 5;
const LOCKED = 6;
const NO_MEMORY = 7;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

/** What was thrown, as a SqlFault. What is not SQLite's own (a value that cannot be bound) is the statement's fault, not the file's. */
export function sqlFault(thrown: unknown): SqlFault {
  if (thrown instanceof SqlFault) return thrown;
  if (!(thrown instanceof Error) || !("errcode" in thrown) || typeof thrown.errcode !== "number")
    return new SqlFault("SQL_REFUSED", textOf(thrown), thrown);
  const text = `${thrown.message} (SQLite ${thrown.errcode})`;
  return new SqlFault(codeFor(thrown.errcode & 0xff), text, thrown);
}

function codeFor(primary: number): SqlCode {
  switch (primary) {
    case FULL:
      return "SQL_FULL";
    case BUSY:
    case LOCKED:
      return "SQL_BUSY";
    case IO_ERROR:
    case CANNOT_OPEN:
    case READ_ONLY:
    case NO_MEMORY:
      return "SQL_IO";
    case CORRUPT:
    case NOT_A_DATABASE:
      return "SQL_CORRUPT";
    default:
      return "SQL_REFUSED";
  }
}
