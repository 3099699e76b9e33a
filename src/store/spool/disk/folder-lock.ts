/**
 * One Fairlead a folder. The lock is SQLite's own on a small database beside the spool, held for the life of the
 * process: the system drops it when the process dies, however it dies, and readers of the spool do not need it. The
 * holder's pid stands in it, readable while it is held.
 */
import { join } from "node:path";
import process from "node:process";
import { Database, sqlFault } from "../../sql/sql.ts";
import { SpoolError } from "../spool-error.ts";

const TRIES = 5;

export class FolderLock {
  readonly #db: Database;

  /** @throws {SpoolError} `SPOOL_LOCKED` naming the holder. */
  constructor(folder: string) {
    this.#db = new Database(join(folder, "spool.lock"));
    try {
      this.#take(folder);
    } catch (thrown) {
      this.#db.close();
      throw thrown;
    }
  }

  release(): void {
    this.#db.close();
  }

  #take(folder: string): void {
    const holder = (): number | undefined => this.#db.value<number>("select pid from holder");
    for (let i = 0; i < TRIES; i++) {
      try {
        this.#db.exec("begin immediate; create table if not exists holder (pid integer)");
        if (i > 0 && holder() === process.pid) return; // the open transaction keeps the lock
        this.#db.exec(`delete from holder; insert into holder values (${process.pid}); commit`);
      } catch (thrown) {
        const fault = sqlFault(thrown);
        if (fault.code !== "SQL_BUSY") throw fault;
        this.#db.rollback();
        throw new SpoolError("SPOOL_LOCKED", `the spool in ${folder} is in use by process ${holder() ?? "unknown"}`, fault);
      }
    }
    throw new SpoolError("SPOOL_LOCKED", `the spool in ${folder} is being opened by another process`);
  }
}
