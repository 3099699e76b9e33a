/**
 * Sites, senders, tenants and sources repeat in every delivery; the tables hold a small number for each. The map in
 * memory is a bounded copy that is thrown away after a rollback or when full.
 */
import type { Database, Statement } from "../../sql/sql.ts";

export const TENANT = 1;
export const SOURCE = 2;
export const SENDER = 3;
export const SITE = 4;
export type NameKind = 1 | 2 | 3 | 4;

/** Of each kind. About 100 bytes each. */
const CACHED = 20_000;
/** Names in the table above which a start looks for those that nothing uses any more. */
const MANY = 200_000;

export class Names {
  readonly #db: Database;
  readonly #find: Statement;
  readonly #insert: Statement;
  readonly #known: Map<string, number>[] = Array.from({ length: 5 }, () => new Map());

  constructor(db: Database) {
    this.#db = db;
    this.#find = db.prepare("select id from name where kind = ? and text = ?");
    this.#insert = db.prepare("insert into name (kind, text) values (?, ?) returning id");
  }

  /** The number of a name; undefined if it was never written. */
  find(kind: NameKind, text: string): number | undefined {
    const known = this.#of(kind);
    const id = known.get(text) ?? this.#find.first<[number]>(kind, text)?.[0];
    if (id !== undefined) known.set(text, id);
    return id;
  }

  /** The number of a name, given to it now if it is new. In the caller's transaction. */
  id(kind: NameKind, text: string): number {
    const found = this.find(kind, text);
    if (found !== undefined) return found;
    const [id] = this.#insert.first<[number]>(kind, text) ?? [0];
    this.#of(kind).set(text, id);
    return id;
  }

  /** Sites and senders come and go for years: deletes what no delivery names, where there are very many. At start only. */
  dropUnused(): void {
    if ((this.#db.value<number>("select count(*) from name") ?? 0) <= MANY) return;
    this.#db.exec(
      `delete from name where kind = ${SITE} and id not in (select site from delivery);
       delete from name where kind = ${SENDER} and id not in (select sender from delivery)`,
    );
  }

  forget(): void {
    for (const known of this.#known) known.clear();
  }

  #of(kind: NameKind): Map<string, number> {
    const known = this.#known[kind] as Map<string, number>;
    if (known.size >= CACHED) known.clear();
    return known;
  }
}
