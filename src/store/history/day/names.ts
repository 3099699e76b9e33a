/**
 * Texts that repeat (senders, hosts, shapes of replies …) as small numbers, each day's file with its own. They are found
 * by a hash, not by an index over texts; the maps in memory are bounded copies, thrown away when full or after a rollback.
 *
 * A name that very many rows have is marked common: from then on no terms are kept for it, since walking the rows finds
 * it as soon.
 */
import type { Database, Statement } from "../../sql/sql.ts";
import { hashOf } from "../shape.ts";

export const TENANT = 1;
export const SOURCE = 2;
export const SENDER = 3;
export const FROM = 4;
export const DOMAIN = 5;
export const PROVIDER = 6;
export const CLASS = 7;
export const ENHANCED = 8;
export const HOST = 9;
export const IP = 10;
export const FAULT = 11;
/** The shape of a reply, a fault or a reason. */
export const SAID = 12;
/** A destination, of lanes. */
export const SITE = 13;
/** What only a term has; such values are in no dictionary. */
export const TO = 20;
export const MESSAGE_ID = 21;
export const REPLY_ID = 22;

/** Of each direction and file; about 150 bytes each. */
const CACHED = 8192;
/** Rows of a day that a name may have before it counts as common. */
const COMMON_ROWS = 8192;

export class Names {
  readonly #find: Statement;
  readonly #insert: Statement;
  readonly #mark: Statement;
  readonly #text: Statement;
  readonly #alike: Statement;
  readonly #like: Statement;
  readonly #ids = new Map<string, number>();
  readonly #texts = new Map<number, string>();
  /** Rows met since it was last read; of a common one infinitely many. */
  readonly #met = new Map<number, number>();

  constructor(db: Database) {
    this.#find = db.prepare("select id, common from name where hash = ? and kind = ? and text = ?");
    this.#insert = db.prepare("insert into name (kind, hash, common, text) values (?, ?, 0, ?) returning id");
    this.#mark = db.prepare("update name set common = 1 where id = ?");
    this.#text = db.prepare("select text from name where id = ?");
    this.#alike = db.prepare("select id, common from name where hash = ? and kind = ? and text = ? collate nocase");
    this.#like = db.prepare("select id, common from name where kind = ? and instr(lower(text), ?) > 0 limit ?");
  }

  /** The number of a text, given to it now if it is new; 0 for none. In the caller's transaction. */
  id(kind: number, text: string | undefined): number {
    if (text === undefined || text === "") return 0;
    const known = `${kind} ${text}`;
    const cached = this.#ids.get(known);
    if (cached !== undefined) return cached;
    const hash = hashOf(kind, text);
    const [id, common] = this.#find.first<[number, number]>(hash, kind, text) ?? [
      this.#insert.first<[number]>(kind, hash, text)?.[0] ?? 0,
      0,
    ];
    if (this.#ids.size >= CACHED) this.forget();
    this.#ids.set(known, id);
    this.#met.set(id, common === 1 ? Number.POSITIVE_INFINITY : 0);
    return id;
  }

  /** Counts a row that has this name; whether a term shall lead to it. In the caller's transaction. */
  isRare(id: number): boolean {
    const met = (this.#met.get(id) ?? 0) + 1;
    this.#met.set(id, met);
    if (met === COMMON_ROWS) {
      this.#mark.run(id);
      this.#met.set(id, Number.POSITIVE_INFINITY);
    }
    return met < COMMON_ROWS;
  }

  text(id: number): string | undefined {
    if (id === 0) return undefined;
    const cached = this.#texts.get(id);
    if (cached !== undefined) return cached;
    const text = this.#text.first<[string]>(id)?.[0];
    if (this.#texts.size >= CACHED) this.#texts.clear();
    if (text !== undefined) this.#texts.set(id, text);
    return text;
  }

  /** Every number of a text, whatever its case; none where this day never met it. "" is 0. */
  alike(kind: number, text: string): Found[] {
    if (text === "") return [{ id: 0, common: true }];
    return this.#alike.all<[number, number]>(hashOf(kind, text), kind, text).map(foundOf);
  }

  /** Numbers of texts that contain this one, given in small letters; at most `most`. */
  containing(kind: number, text: string, most: number): Found[] {
    return this.#like.all<[number, number]>(kind, text, most).map(foundOf);
  }

  forget(): void {
    this.#ids.clear();
    this.#texts.clear();
    this.#met.clear();
  }
}

export interface Found {
  readonly id: number;
  /** There are rows that no term leads to. */
  readonly common: boolean;
}

function foundOf([id, common]: [number, number]): Found {
  return { id, common: common === 1 };
}
