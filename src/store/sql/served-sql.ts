/**
 * A database that another thread serves: settings, accounts and audit have one of their own, so
 * that a sync never stops the thread that moves mail. Both ends hold one end of a MessageChannel; whoever starts the
 * thread makes it. This file loads no query builder: the serving thread does not need one.
 *
 * A thread may die and be started again. Statements in flight then fail with SQL_IO (whether they were done is not
 * known); later ones wait for the next `attach`, no longer than `WAIT_MS` and no more than `MOST_WAITING` at a time.
 */
import type { MessagePort } from "node:worker_threads";
import type { Cancel, Clock } from "../../base/clock.ts";
import { type Cell, type SqlCode, SqlFault, sqlFault } from "./database.ts";
import { type SqlAnswer, SqlSession } from "./sql-session.ts";

export type { SqlAnswer };

export interface ServeOptions {
  /** How long a statement waits for another connection's lock. */
  readonly busyMs?: number;
}

type ToServer = { readonly is: "ask"; readonly id: number; readonly sql: string; readonly cells: readonly Cell[] };
type ToCaller =
  | { readonly is: "answer"; readonly id: number; readonly answer: SqlAnswer }
  | { readonly is: "fault"; readonly id: number; readonly code: SqlCode; readonly text: string };

const BUSY_MS = 2000;
/** How long a statement waits for a thread to be there. */
const WAIT_MS = 10_000;
/** How many wait at a time; a further one is refused at once. */
const MOST_WAITING = 1000;
/** How long an answer may take: a check of the largest table takes seconds. Later ones are thrown away. */
const ANSWER_MS = 60_000;

/** Runs in the serving thread: answers each statement that comes in, in order. Closing the port, at either end, closes the database. */
export function serveSql(port: MessagePort, path: string, options: ServeOptions = {}): { close(): void } {
  const session = new SqlSession(path, options.busyMs ?? BUSY_MS);
  port.on("message", ({ id, sql, cells }: ToServer) => {
    const say = (message: ToCaller): void => port.postMessage(message);
    try {
      say({ is: "answer", id, answer: session.run(sql, cells) });
    } catch (thrown) {
      const { code, message } = sqlFault(thrown);
      say({ is: "fault", id, code, text: message });
    }
  });
  port.on("close", () => session.close());
  return {
    close() {
      session.close();
      port.close();
    },
  };
}

interface Asked {
  readonly sql: string;
  readonly cells: readonly Cell[];
  readonly resolve: (answer: SqlAnswer) => void;
  readonly reject: (fault: SqlFault) => void;
  readonly late: Cancel;
}

/** The calling side: one for the life of the program, whatever becomes of the threads behind it. */
export class SqlPort {
  readonly #clock: Clock;
  readonly #asked = new Map<number, Asked>();
  readonly #waiting = new Map<number, Asked>();
  #port: MessagePort | undefined;
  #lastId = 0;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on statements go to whoever serves the other end; those in flight at an earlier one fail, those that waited go out. */
  attach(port: MessagePort): void {
    this.#lose("the thread that served it was replaced");
    if (this.#closed) return port.close();
    this.#port = port;
    port.on("message", (message: ToCaller) => this.#heard(message));
    port.on("close", () => {
      if (this.#port === port) this.#lose("the thread that served it ended");
    });
    port.unref(); // what waits for an answer holds the process through its timer
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [id, asked] of waiting) {
      asked.late();
      this.#send(port, id, asked);
    }
  }

  /** How many statements wait for a thread or for its answer. */
  get pending(): number {
    return this.#asked.size + this.#waiting.size;
  }

  /** @throws {SqlFault} */
  run(sql: string, cells: readonly Cell[]): Promise<SqlAnswer> {
    const port = this.#port;
    if (this.#closed) return Promise.reject(new SqlFault("SQL_IO", "the database was closed"));
    if (port === undefined && this.#waiting.size >= MOST_WAITING)
      return Promise.reject(
        new SqlFault("SQL_BUSY", `the thread that serves the database is not there, and ${MOST_WAITING} statements wait`),
      );
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      if (port) return this.#send(port, id, { sql, cells, resolve, reject });
      const late = this.#clock.after(WAIT_MS, () => {
        this.#waiting.delete(id);
        reject(new SqlFault("SQL_IO", `the thread that serves the database was not there for ${WAIT_MS / 1000} s`));
      });
      this.#waiting.set(id, { sql, cells, resolve, reject, late });
    });
  }

  close(): void {
    this.#closed = true;
    this.#lose("the database was closed");
    for (const { late, reject } of this.#waiting.values()) {
      late();
      reject(new SqlFault("SQL_IO", "the database was closed"));
    }
    this.#waiting.clear();
  }

  #send(port: MessagePort, id: number, { sql, cells, resolve, reject }: Omit<Asked, "late">): void {
    const late = this.#clock.after(ANSWER_MS, () => {
      this.#asked.delete(id);
      reject(new SqlFault("SQL_IO", `the thread that serves the database did not answer for ${ANSWER_MS / 1000} s`));
    });
    this.#asked.set(id, { sql, cells, resolve, reject, late });
    try {
      port.postMessage({ is: "ask", id, sql, cells } satisfies ToServer);
    } catch (thrown) {
      late(); // a value that cannot be sent
      this.#asked.delete(id);
      reject(sqlFault(thrown));
    }
  }

  #heard(message: ToCaller): void {
    const asked = this.#asked.get(message.id);
    if (!asked) return; // too late
    this.#asked.delete(message.id);
    asked.late();
    if (message.is === "answer") asked.resolve(message.answer);
    else asked.reject(new SqlFault(message.code, message.text));
  }

  #lose(why: string): void {
    const port = this.#port;
    this.#port = undefined;
    for (const { late, reject } of this.#asked.values()) {
      late();
      reject(new SqlFault("SQL_IO", `${why} before it answered; whether the statement was done is not known`));
    }
    this.#asked.clear();
    port?.close();
  }
}
