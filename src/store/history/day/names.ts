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

/** Names remembered of each direction and file, in two generations; about 150 bytes each. */
const CACHED = 16_384;
/** Rows of a day that a name may have before it counts as common. */
const COMMON_ROWS = 8192;

interface Known {
  readonly id: number;
  /** Rows met since it was last read; of a common one infinitely many. */
  met: number;
}

export class Names {
  readonly #find: Statement;
  readonly #insert: Statement;
  readonly #mark: Statement;
  readonly #text: Statement;
  readonly #alike: Statement;
  readonly #like: Statement;
  /** By kind and text; what the younger generation lacks is looked for in the older one before the table. */
  #young: Map<string, Known>[] = [];
  #old: Map<string, Known>[] = [];
  #count = 0;
  readonly #byId = new Map<number, Known>();
  readonly #texts = new Map<number, string>();

  constructor(db: Database) {
    this.#find = db.prepare("select id, common from name where hash = ? and kind = ? and text = ?");
    this.#insert = db.prepare("insert into name (kind, hash, common, text) values (?, ?, 0, ?) returning id");
    this.#mark = db.prepare("update name set common = 1 where id = ?");
    this.#text = db.prepare("select text from name where id = ?");
    this.#alike = db.prepare("select id, common from name where hash = ? and kind = ? and text = ? collate nocase");
    this.#like = db.prepare(`select id, common from name where kind = ${SAID} and instr(lower(text), ?) > 0 limit ?`);
  }

  /** The number of a text, given to it now if it is new; 0 for none. In the caller's transaction. */
  id(kind: number, text: string | undefined): number {
    if (text === undefined || text === "") return 0;
    const known = this.#young[kind]?.get(text);
    return known === undefined ? this.#meet(kind, text) : known.id;
  }

  #meet(kind: number, text: string): number {
    const known = this.#old[kind]?.get(text) ?? this.#read(kind, text);
    if (++this.#count > CACHED) {
      this.#old = this.#young;
      this.#young = [];
      this.#count = 1;
      this.#byId.clear();
      for (const names of this.#old) for (const one of names?.values() ?? []) this.#byId.set(one.id, one);
    }
    this.#young[kind] ??= new Map();
    this.#young[kind].set(text, known);
    this.#byId.set(known.id, known);
    return known.id;
  }

  #read(kind: number, text: string): Known {
    const hash = hashOf(kind, text);
    const [id, common] = this.#find.first<[number, number]>(hash, kind, text) ?? [
      this.#insert.first<[number]>(kind, hash, text)?.[0] ?? 0,
      0,
    ];
    return { id, met: common === 1 ? Number.POSITIVE_INFINITY : 0 };
  }

  /** Counts a row that has this name; whether a term shall lead to it. In the caller's transaction. */
  isRare(id: number): boolean {
    const known = this.#byId.get(id);
    if (known === undefined) return true; // a term too many is harmless
    known.met++;
    if (known.met === COMMON_ROWS) {
      this.#mark.run(id);
      known.met = Number.POSITIVE_INFINITY;
    }
    return known.met < COMMON_ROWS;
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

  /** The number of a text as it is written; undefined where this day never met it. */
  exact(kind: number, text: string): Found | undefined {
    const found = this.#find.first<[number, number]>(hashOf(kind, text), kind, text);
    return found && foundOf(found);
  }

  /** Numbers of shapes that contain a text, given in small letters; at most `most`. */
  saying(text: string, most: number): Found[] {
    return this.#like.all<[number, number]>(text, most).map(foundOf);
  }

  forget(): void {
    this.#young = [];
    this.#old = [];
    this.#count = 0;
    this.#byId.clear();
    this.#texts.clear();
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
