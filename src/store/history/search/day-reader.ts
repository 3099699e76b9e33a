/**
 * One day, asked on a connection that only reads. Rows come in bites, newest first: from the places that a lead names, or
 * by walking all of them; after each bite whoever asked may stop.
 */

import type { FairleadEvent } from "../../../model/event.ts";
import { decodeEvent, type EventRow } from "../../journal/journal.ts";
import type { Cell, Database, Statement } from "../../sql/sql.ts";
import { BlockReader } from "../day/blocks.ts";
import { type Day, Places, startOf } from "../day/day.ts";
import { type KeptCells, keptOf } from "../day/kept.ts";
import { Names, SITE } from "../day/names.ts";
import { IS_ODD, prepareReader } from "../day/schema.ts";
import { eachPlace, entriesOf } from "../day/terms.ts";
import type { HistoryRow } from "../history.ts";
import type { Conditions, Lead } from "./conditions.ts";
import { rowOf } from "./row.ts";

/** Places, or rows of a walk, in a bite: the first is small because a page is, later ones are worth their statement. */
const FIRST_BITE = 256;
const MOST_BITE = 8192;
/** Places of a lead that are counted to see which lead is the shortest. */
const COUNTED = 2000;

export interface Bite<Row> {
  readonly rows: readonly Row[];
  /** Everything at and above it has been looked at. */
  readonly downTo: number;
}

export class DayReader {
  readonly day: Day;
  readonly places: Places;
  readonly names: Names;
  readonly #db: Database;
  readonly #columns: string;
  readonly #blocks: BlockReader;
  readonly #term: Statement;
  readonly #odd: Statement;
  readonly #walk: Statement;
  readonly #freshIds: Statement;
  readonly #freshBlob: Statement;
  readonly #numbers: Statement;
  readonly #lane: Statement;
  /** Entries not yet sorted in, by the blob they came in. */
  readonly #fresh = new Map<number, Float64Array>();

  /** Takes the connection over. @throws {SqlFault | HistoryFault} */
  constructor(db: Database, day: Day) {
    this.#columns = prepareReader(db);
    this.#db = db;
    this.day = day;
    this.places = new Places(day);
    this.names = new Names(db);
    this.#blocks = new BlockReader(db);
    this.#term = db.prepare("select p from term where h = ? and p < ? and p >= ? order by p desc limit ?");
    this.#odd = db.prepare(
      `select p from delivery indexed by odd where state = ? and ${IS_ODD} and p < ? and p >= ? order by p desc limit ?`,
    );
    this.#walk = db.prepare("select p from delivery where p < ? and p >= ? order by p desc limit 1 offset ?");
    this.#freshIds = db.prepare("select id from fresh");
    this.#freshBlob = db.prepare("select entries from fresh where id = ?");
    this.#numbers = db.prepare("select seq0, seqs from delivery where p >= ? and p < ?");
    this.#lane = db.prepare("select seq from lane where site = ? and at between ? and ? order by at, seq limit ?");
  }

  close(): void {
    this.#db.close();
  }

  /** What `ask` reads is of one moment. */
  snapshot<T>(ask: () => T): T {
    this.#db.exec("begin");
    try {
      return ask();
    } finally {
      this.#db.rollback();
    }
  }

  /** Inside a snapshot: whole rows that match, from `below` down to `from`. */
  *rows(conditions: Conditions, from: number, below: number): Generator<Bite<{ readonly place: number; readonly row: HistoryRow }>> {
    for (const { rows, downTo } of this.cells<KeptCells>(this.#columns, conditions, from, below))
      yield { rows: rows.map((cells) => ({ place: cells[0], row: rowOf(keptOf(cells), this.names, this.places) })), downTo };
  }

  /** The same with columns of one's choice. */
  *cells<Row extends readonly Cell[]>(columns: string, conditions: Conditions, from: number, below: number): Generator<Bite<Row>> {
    const { sql, cells } = conditions;
    const lead = this.#shortest(conditions.leads, from, below);
    // "not indexed": by places only. The planner may think that few rows have a state, and read all that have it.
    const where = lead === undefined ? "p < ? and p >= ?" : "p in (select value from json_each(?))";
    const rows = this.#db.prepare(`select ${columns} from delivery not indexed where ${where} and ${sql} order by p desc`);
    let bite = FIRST_BITE;
    for (let upper = below; upper > from; bite = Math.min(bite * 2, MOST_BITE)) {
      if (lead === undefined) {
        const downTo = this.#walk.first<[number]>(upper, from, bite - 1)?.[0] ?? from;
        yield { rows: rows.all<Row>(upper, downTo, ...cells), downTo };
        upper = downTo;
      } else {
        const { places, downTo } = this.#led(lead, from, upper, bite);
        yield { rows: places.length === 0 ? [] : rows.all<Row>(JSON.stringify(places), ...cells), downTo };
        upper = downTo;
      }
    }
  }

  /** Every event of a message, in order. @throws {HistoryFault} `HISTORY_DAMAGED` */
  eventsOf(message: number): EventRow[] {
    const numbers = new Set<number>();
    const [from, below] = this.places.span(message);
    for (const [first, others] of this.#numbers.all<[number, string]>(from, below)) {
      numbers.add(first);
      for (const distance of others === "" ? [] : others.split(" ")) numbers.add(first + Number.parseInt(distance, 36));
    }
    return this.#events([...numbers].sort((a, b) => a - b));
  }

  /** What a destination's lane did, oldest first. */
  laneEvents(site: string, since: number, until: number, limit: number): FairleadEvent[] {
    const start = startOf(this.day);
    const found = this.names.alike(SITE, site).flatMap(({ id }) => this.#lane.all<[number]>(id, since - start, until - start, limit));
    return this.#events(found.map(([seq]) => seq)).map(decodeEvent);
  }

  deliveries(): number {
    return this.#db.value<number>("select value from meta where key = 'deliveries'") ?? 0;
  }

  #events(numbers: readonly number[]): EventRow[] {
    return numbers.map((seq) => this.#blocks.event(seq)).filter((event) => event !== undefined);
  }

  #shortest(leads: readonly Lead[], from: number, below: number): Lead | undefined {
    if (leads.length < 2) return leads[0];
    const counted = leads.map((lead) => ({ lead, count: this.#led(lead, from, below, COUNTED).places.length }));
    return counted.sort((a, b) => a.count - b.count)[0]?.lead;
  }

  /** Places that a lead names below `upper`, newest first, each once, complete down to `downTo`. */
  #led(lead: Lead, from: number, upper: number, bite: number): { readonly places: number[]; readonly downTo: number } {
    const found: number[] = [];
    let downTo = from;
    const take = (places: readonly [number][]): void => {
      if (places.length === bite) downTo = Math.max(downTo, places.at(-1)?.[0] ?? from);
      for (const [place] of places) found.push(place);
    };
    if ("states" in lead) for (const state of lead.states) take(this.#odd.all(state, upper, from, bite));
    else {
      for (const hash of lead.hashes) take(this.#term.all(hash, upper, from, bite));
      this.#freshUnder(lead.hashes, from, upper, found);
    }
    const places = [...new Set(found.filter((place) => place >= downTo))].sort((a, b) => b - a);
    return { places, downTo };
  }

  #freshUnder(hashes: readonly number[], from: number, upper: number, found: number[]): void {
    this.#readFresh();
    for (const entries of this.#fresh.values())
      for (const hash of hashes)
        eachPlace(entries, hash, (place) => {
          if (place < upper && place >= from) found.push(place);
        });
  }

  /** Blobs are written once and go when they are sorted in; only new ones are read. */
  #readFresh(): void {
    const ids = new Set(this.#freshIds.all<[number]>().map(([id]) => id));
    for (const id of this.#fresh.keys()) if (!ids.has(id)) this.#fresh.delete(id);
    for (const id of ids) {
      if (this.#fresh.has(id)) continue;
      const [blob] = this.#freshBlob.first<[Uint8Array]>(id) ?? [];
      if (blob !== undefined) this.#fresh.set(id, entriesOf(blob));
    }
  }
}
