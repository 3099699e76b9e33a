/**
 * Statements as text, one after the other, on one connection: what a thread that serves SQL does for its callers, and
 * what tests do in their own thread. After a fault of the file the connection is closed, because what it holds in memory
 * is then not to be trusted (a second sync may "succeed" on pages that were never written); the next statement opens
 * another.
 */
import { type Cell, Database, type Statement, sqlFault } from "./database.ts";

/** What a statement gives: rows as tuples in the order of the columns, or how many rows it changed. */
export interface SqlAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly changes: number;
}

/** Prepared statements kept; the one unused for longest goes. The control plane has about a hundred. */
const MOST_PREPARED = 300;
const DEFINES = /^\s*(?:create|alter|drop|pragma|vacuum)\b/i;

interface Prepared {
  readonly statement: Statement;
  readonly columns: readonly string[];
}

export class SqlSession {
  readonly #path: string;
  readonly #busyMs: number;
  readonly #prepared = new Map<string, Prepared>();
  #db: Database | undefined;

  /** Opens the file with the first statement, so that a file that cannot be opened is that statement's fault. */
  constructor(path: string, busyMs: number) {
    this.#path = path;
    this.#busyMs = busyMs;
  }

  /** `begin` ends a transaction that somebody left open; `rollback` outside of one is nothing. @throws {SqlFault} */
  run(sql: string, cells: readonly Cell[]): SqlAnswer {
    try {
      const db = (this.#db ??= this.#open());
      if (sql === "rollback") {
        db.rollback();
        return NOTHING;
      }
      if (sql.startsWith("begin")) db.rollback();
      const { statement, columns } = this.#prepare(db, sql);
      if (columns.length > 0) return { columns, rows: statement.all(...cells), changes: 0 };
      const changes = statement.run(...cells);
      if (DEFINES.test(sql)) this.#prepared.clear(); // the columns of the others may be other ones now
      return { columns, rows: [], changes };
    } catch (thrown) {
      const fault = sqlFault(thrown);
      if (fault.code === "SQL_IO" || fault.code === "SQL_CORRUPT") this.close();
      throw fault;
    }
  }

  close(): void {
    const db = this.#db;
    this.#db = undefined;
    this.#prepared.clear();
    try {
      db?.rollback();
      db?.close();
    } catch {
      // It is given up because it is broken; its file is found as the last commit left it.
    }
  }

  /** What is deleted here may be a secret or an address that was to be forgotten, so its bytes go too. */
  #open(): Database {
    const db = new Database(this.#path, { busyMs: this.#busyMs });
    try {
      db.exec("pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on");
    } catch (thrown) {
      db.close();
      throw thrown;
    }
    return db;
  }

  #prepare(db: Database, sql: string): Prepared {
    const known = this.#prepared.get(sql);
    this.#prepared.delete(sql); // and to the end, as the last one used
    const statement = known?.statement ?? db.prepare(sql);
    const prepared = known ?? { statement, columns: statement.columns() };
    this.#prepared.set(sql, prepared);
    const [oldest = sql] = this.#prepared.keys();
    if (this.#prepared.size > MOST_PREPARED) this.#prepared.delete(oldest);
    return prepared;
  }
}

const NOTHING: SqlAnswer = { columns: [], rows: [], changes: 0 };
