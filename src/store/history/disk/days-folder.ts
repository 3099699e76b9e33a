/** The folder of days: a file each, with SQLite's own beside it while it is used. The one place here that touches files. */
import { existsSync, readdirSync, renameSync, rmSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { WallMs } from "../../../base/clock.ts";
import { makeFolder } from "../../../base/folder.ts";
import { Database } from "../../sql/sql.ts";
import { type Day, isDay } from "../day/day.ts";
import type { DayShelf, ShelvedDay } from "../search/open-days.ts";

/** What SQLite keeps beside a database. */
const BESIDE = ["", "-wal", "-shm"];
/** How long a connection waits for another's lock (a backup's, a shell's). */
const BUSY_MS = 2000;

export class DaysFolder implements DayShelf {
  readonly #folder: string;

  /** Makes it, if need be. @throws the system's error */
  constructor(folder: string) {
    this.#folder = folder;
    makeFolder(folder, 0o700);
  }

  list(): readonly ShelvedDay[] {
    return this.#names()
      .flatMap((name): ShelvedDay[] => {
        const day = name.slice(0, -3);
        const stat = name.endsWith(".db") && isDay(day) ? statSync(join(this.#folder, name), { throwIfNoEntry: false }) : undefined;
        return stat === undefined ? [] : [{ day, file: `${stat.dev}:${stat.ino}`, bytes: stat.size + this.#bytes(`${name}-wal`) }];
      })
      .sort((a, b) => (a.day < b.day ? 1 : -1));
  }

  has(day: Day): boolean {
    return existsSync(this.#path(day));
  }

  /** Files that were set aside, and when. */
  broken(): readonly { readonly day: Day; readonly at: WallMs; readonly file: string; readonly bytes: number }[] {
    return this.#names().flatMap((file) => {
      const [, day = "", at] = /^(\d{4}-\d\d-\d\d)\.db\.broken-(\d+)$/.exec(file) ?? [];
      return isDay(day) ? [{ day, at: Number(at) as WallMs, file, bytes: this.#bytes(file) }] : [];
    });
  }

  open(day: Day): Database {
    return new Database(this.#path(day), { readOnly: true, busyMs: BUSY_MS });
  }

  /** Begun if it does not exist. @throws {SqlFault} */
  openToWrite(day: Day): Database {
    return new Database(this.#path(day), { busyMs: BUSY_MS });
  }

  /** The database that remembers how far the journal was read. @throws {SqlFault} */
  openProgress(): Database {
    return new Database(join(this.#folder, "progress.db"), { busyMs: BUSY_MS });
  }

  /** Keeps what is in a file under another name, as it is; its new name. Nobody may have it open. @throws the system's error */
  setAside(which: Day | "progress", at: WallMs): string {
    const name = `${which}.db`;
    const aside = `${name}.broken-${at}`;
    const there = new Set(this.#names());
    for (const beside of BESIDE)
      if (there.has(name + beside)) renameSync(join(this.#folder, name + beside), join(this.#folder, aside + beside));
    return join(this.#folder, aside);
  }

  /** @throws the system's error */
  remove(day: Day): void {
    for (const beside of BESIDE) rmSync(this.#path(day) + beside, { force: true });
  }

  freeBytes(): number {
    const { bsize, bavail } = statfsSync(this.#folder);
    return bsize * bavail;
  }

  diskBytes(): number {
    const { bsize, blocks } = statfsSync(this.#folder);
    return bsize * blocks;
  }

  #names(): string[] {
    return readdirSync(this.#folder);
  }

  #path(day: Day): string {
    return join(this.#folder, `${day}.db`);
  }

  #bytes(name: string): number {
    return statSync(join(this.#folder, name), { throwIfNoEntry: false })?.size ?? 0;
  }
}
