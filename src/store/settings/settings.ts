/**
 * What operators change while the program runs, kept as numbered revisions: nothing is overwritten, so each change can
 * be shown and taken back. One small SQLite file beside the spool, written rarely and synced each time; the calls are
 * synchronous and belong to the main thread, in whose life they are single milliseconds.
 */
import type { WallMs } from "../../base/clock.ts";
import { Database, type Statement } from "../sql/sql.ts";

/** What a document describes. `secret` never leaves the node. */
export type DocumentKind = "source" | "action" | "secret";

export interface Document {
  readonly key: string;
  readonly revision: number;
  readonly at: WallMs;
  /** Who wrote it: `operator:ann`, `start`. */
  readonly by: string;
  readonly value: unknown;
}

const CREATE = `
create table if not exists document (
  revision integer primary key autoincrement, kind text not null, key text not null, at integer not null,
  by text not null, value text);
create index if not exists document_key on document (kind, key, revision);
`;

export class Settings implements Disposable {
  readonly #db: Database;
  readonly #insert: Statement;
  readonly #get: Statement;
  readonly #list: Statement;
  readonly #newest: Statement;

  /** `path` may be `:memory:`. @throws {SqlFault} */
  constructor(path: string) {
    this.#db = new Database(path, { busyMs: 2000 });
    this.#db.exec(`pragma journal_mode = wal; pragma synchronous = full; ${CREATE}`);
    const current =
      "select key, revision, at, by, value from document d where kind = ? and revision = (select max(revision) from document where kind = d.kind and key = d.key)";
    this.#insert = this.#db.prepare("insert into document (kind, key, at, by, value) values (?, ?, ?, ?, ?) returning revision");
    this.#get = this.#db.prepare(`${current} and key = ?`);
    this.#list = this.#db.prepare(`${current} and value is not null order by key`);
    this.#newest = this.#db.prepare(`${current} and value is not null order by revision desc limit ?`);
  }

  /** Writes a new revision and returns its number; durable on return. `undefined` removes the document. */
  put(kind: DocumentKind, key: string, value: unknown, at: WallMs, by: string): number {
    const row = this.#insert.first<[number]>(kind, key, at, by, value === undefined ? null : JSON.stringify(value));
    return row?.[0] ?? 0;
  }

  get(kind: DocumentKind, key: string): Document | undefined {
    const row = this.#get.first<Row>(kind, key);
    return row && row[4] !== null ? documentOf(row) : undefined;
  }

  /** Current documents by key. */
  list(kind: DocumentKind): readonly Document[] {
    return this.#list.all<Row>(kind).map(documentOf);
  }

  /** Current documents, last changed first. */
  newest(kind: DocumentKind, limit: number): readonly Document[] {
    return this.#newest.all<Row>(kind, limit).map(documentOf);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}

type Row = readonly [key: string, revision: number, at: number, by: string, value: string | null];

function documentOf([key, revision, at, by, value]: Row): Document {
  return { key, revision, at: at as WallMs, by, value: value === null ? undefined : JSON.parse(value) };
}
