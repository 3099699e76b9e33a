/**
 * Kysely on our two ways to SQLite: a database that another thread serves, and one in this thread for tests and
 * simulation. One connection, lent to one caller at a time; a transaction keeps it until it ends.
 */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { type Cell, SqlFault } from "./database.ts";
import type { SqlPort } from "./served-sql.ts";
import { type SqlAnswer, SqlSession } from "./sql-session.ts";

interface Runner {
  run(sql: string, cells: readonly Cell[]): Promise<SqlAnswer>;
  close(): void;
}

/** Callers that wait for the connection; a further one is refused with SQL_BUSY. */
const MOST_WAITING = 5000;
const LOCAL_BUSY_MS = 2000;

/** The database at the other end of the port. Destroying it closes the port. */
export function portDialect(port: SqlPort): Dialect {
  return dialectOf(() => port);
}

/** A database in this thread; `path` may be `:memory:`. Its statements are synchronous inside. */
export function localDialect(path: string): Dialect {
  return dialectOf(() => {
    const session = new SqlSession(path, LOCAL_BUSY_MS);
    return { run: async (sql, cells) => session.run(sql, cells), close: () => session.close() };
  });
}

function dialectOf(open: () => Runner): Dialect {
  return {
    createAdapter: () => new OneConnectionAdapter(),
    createDriver: () => new OneConnectionDriver(open()),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

class OneConnectionAdapter extends SqliteAdapter {
  /** Kysely's own queue in front of a single connection has no bound; the driver's has. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }

  /** True of SQLite, so a migration happens whole or not at all. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class OneConnectionDriver implements Driver {
  readonly #runner: Runner;
  readonly #waiting: (() => void)[] = [];
  #lent = false;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#waiting.length >= MOST_WAITING)
      throw new SqlFault("SQL_BUSY", `${MOST_WAITING} callers wait for the database; this one was turned away`);
    if (this.#lent) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#lent = true;
    return new Connection(this.#runner);
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    await connectionOf(connection).end();
    const next = this.#waiting.shift();
    if (next) next();
    else this.#lent = false;
  }

  /** Immediate: a transaction that will write asks for the lock before it has read what another may change. */
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connectionOf(connection).begin();
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connectionOf(connection).commit();
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connectionOf(connection).rollback();
  }

  async destroy(): Promise<void> {
    this.#runner.close();
  }
}

/**
 * The connection as one caller holds it. When the file or the thread fails within a transaction, what was begun is gone
 * and a new connection would run the rest of it on its own: so every further statement fails as that one did.
 */
class Connection implements DatabaseConnection {
  readonly #runner: Runner;
  #inTransaction = false;
  #lost: SqlFault | undefined;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { columns, rows, changes } = await this.#run(sql, parameters as readonly Cell[]);
    return { rows: rows.map((row) => objectOf(columns, row) as Row), numAffectedRows: BigInt(changes) };
  }

  // biome-ignore lint/correctness/useYield: it ends before it has anything to give
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new SqlFault("SQL_REFUSED", "rows are read in pages, not streamed");
  }

  async begin(): Promise<void> {
    this.#inTransaction = true; // before the answer: one that comes too late leaves a transaction open all the same
    await this.#run("begin immediate", []);
  }

  async commit(): Promise<void> {
    await this.#run("commit", []);
    this.#inTransaction = false;
  }

  async rollback(): Promise<void> {
    await this.#runner.run("rollback", []);
    this.#inTransaction = false;
  }

  /** Before another caller gets it. */
  async end(): Promise<void> {
    if (!this.#inTransaction) return;
    await this.#runner.run("rollback", []).catch(() => {}); // no connection, no transaction: `begin` looks again
  }

  async #run(sql: string, cells: readonly Cell[]): Promise<SqlAnswer> {
    if (this.#lost) throw this.#lost;
    try {
      return await this.#runner.run(sql, cells);
    } catch (thrown) {
      if (this.#inTransaction && thrown instanceof SqlFault && thrown.code !== "SQL_REFUSED") this.#lost = thrown;
      throw thrown;
    }
  }
}

function connectionOf(connection: DatabaseConnection): Connection {
  if (connection instanceof Connection) return connection;
  throw new SqlFault("SQL_REFUSED", "that connection is another driver's");
}

function objectOf(columns: readonly string[], row: readonly Cell[]): Record<string, Cell> {
  const object: Record<string, Cell> = {};
  for (let i = 0; i < columns.length; i++) object[columns[i] ?? ""] = row[i] ?? null;
  return object;
}
