/**
 * The file of one day as its writer has it: events become rows, terms and packed blocks, and the number of the last of
 * them is written in the same transaction. So whatever is offered again is known, and left out.
 */
import { domainOf } from "../../../model/address.ts";
import type { EventBody } from "../../../model/event.ts";
import type { Envelope } from "../../../model/message.ts";
import type { View } from "../../../model/view.ts";
import type { EventRow } from "../../journal/journal.ts";
import type { Database, Statement } from "../../sql/sql.ts";
import { bareMessageId, hashOf, hashOfNumber, idsIn, lowerAscii, wideHashOf } from "../shape.ts";
import { Blocks } from "./blocks.ts";
import { type Day, Places, RECIPIENTS, startOf } from "./day.ts";
import { fold, KNOWN } from "./fold.ts";
import { forgetIn } from "./forget.ts";
import { blank, cellsOf, type Kept, type KeptCells, keptOf } from "./kept.ts";
import { DOMAIN, FROM, IP, MESSAGE_ID, Names, PROVIDER, REPLY_ID, SAID, SENDER, SITE, SOURCE, TENANT, TO } from "./names.ts";
import { COLUMNS } from "./schema.ts";
import { Terms } from "./terms.ts";

/** Refusals that may name one reference; there is one, unless a journal is read that somebody made up. */
const MOST_ALIKE = 16;

/** Events that are kept as they are, and led to no row. */
export interface LeftOut {
  /** Of deliveries that this file does not know: their acceptance is older than the journal. */
  readonly unknown: number;
  /** Of a kind, or in a form, that this program does not know. */
  readonly unread: number;
}

/** Who handed a message over, or tried to. */
interface Origin {
  readonly tenant?: string;
  readonly source?: string;
  readonly sender?: string;
  readonly mailFrom: string;
  readonly peer: string;
}

export class DayFile {
  readonly #db: Database;
  readonly #start: number;
  readonly #places: Places;
  readonly #names: Names;
  readonly #terms: Terms;
  readonly #blocks: Blocks;
  readonly #row: Statement;
  readonly #put: Statement;
  readonly #lane: Statement;
  readonly #mark: Statement;
  /** Rows that the open transaction has touched. */
  readonly #touched = new Map<number, Kept>();
  #cursor = 0;
  #added = 0;
  #left = { unknown: 0, unread: 0 };

  constructor(db: Database, day: Day) {
    this.#db = db;
    this.#start = startOf(day);
    this.#places = new Places(day);
    this.#names = new Names(db);
    this.#terms = new Terms(db);
    this.#blocks = new Blocks(db);
    this.#row = db.prepare(`select ${COLUMNS.join(", ")} from delivery where p = ?`);
    this.#put = db.prepare(`insert or replace into delivery values (${COLUMNS.map(() => "?").join(", ")})`);
    this.#lane = db.prepare("insert or ignore into lane values (?, ?, ?)");
    this.#mark = db.prepare("update meta set value = ? + case key when 'cursor' then 0 else value end where key = ?");
    this.#readCursor();
  }

  /** The number of the last event that is in here. */
  get cursor(): number {
    return this.#cursor;
  }

  /**
   * Takes what is new of these events, in order, in one transaction; what it could make no row of.
   * @throws {SqlFault | HistoryFault} nothing was written then.
   */
  fold(events: readonly EventRow[]): LeftOut {
    this.#db.exec("begin immediate");
    try {
      for (const event of events) if (event[0] > this.#cursor) this.#take(event);
      for (const row of this.#touched.values()) this.#put.run(...cellsOf(row));
      this.#blocks.flush();
      this.#terms.save();
      this.#mark.run(this.#cursor, "cursor");
      this.#mark.run(this.#added, "deliveries");
      this.#db.exec("commit");
    } catch (thrown) {
      this.#forget();
      throw thrown;
    }
    const left = this.#left;
    this.#startOver();
    return left;
  }

  /** Sorts in a slice of the terms that wait, if enough of them do; true while there is more to do. @throws {SqlFault} */
  tidy(over: boolean): boolean {
    if (!this.#terms.isDue(over)) return false;
    try {
      return this.#terms.merge();
    } catch (thrown) {
      this.#forget();
      throw thrown;
    }
  }

  /** Everything folded so far survives a power cut from here on. @throws {SqlFault} */
  sync(base: number): void {
    this.#db.exec("pragma synchronous = full");
    try {
      this.#db.exec(`update meta set value = ${base} where key = 'base'`); // a commit is what syncs the log
    } finally {
      this.#db.exec("pragma synchronous = normal");
    }
  }

  /** What was added to the journal's numbers when this file was last synced. */
  get base(): number {
    return this.#db.value<number>("select value from meta where key = 'base'") ?? 0;
  }

  /** What the file's own check finds wrong with it; undefined: nothing. @throws {SqlFault} */
  damage(): string | undefined {
    const found = this.#db.value<string>("pragma quick_check(1)");
    return found === "ok" ? undefined : found;
  }

  /** Removes every trace of an address; how many rows changed. @throws {SqlFault | HistoryFault} nothing was changed then. */
  forgetAddress(view: View, address: string): number {
    while (this.#terms.merge());
    this.#db.exec("pragma secure_delete = on; begin immediate");
    try {
      const changed = forgetIn(this.#db, { places: this.#places, names: this.#names, blocks: this.#blocks }, view, address);
      this.#db.exec("commit");
      this.#db.value("pragma wal_checkpoint(truncate)");
      return changed;
    } finally {
      this.#forget();
      this.#db.exec("pragma secure_delete = fast");
    }
  }

  close(): void {
    this.#db.close();
  }

  #readCursor(): void {
    this.#cursor = this.#db.value<number>("select value from meta where key = 'cursor'") ?? 0;
  }

  #startOver(): void {
    this.#touched.clear();
    this.#added = 0;
    this.#left = { unknown: 0, unread: 0 };
  }

  #forget(): void {
    this.#db.rollback();
    this.#startOver();
    this.#names.forget();
    this.#terms.forget();
    this.#blocks.forget();
    this.#readCursor();
  }

  #take(event: EventRow): void {
    const [seq, at, message, rcpt, json] = event;
    this.#cursor = seq;
    this.#blocks.add(event);
    const body = bodyOf(json);
    if (body === undefined) this.#left.unread++;
    else
      try {
        this.#happened(seq, at, message, rcpt, body);
      } catch (thrown) {
        if (!(thrown instanceof TypeError)) throw thrown;
        this.#left.unread++; // it lacks what its kind has
      }
  }

  #happened(seq: number, at: number, message: number | null, rcpt: number | null, body: EventBody): void {
    if (message === null) {
      if (body.kind === "lane") this.#lane.run(this.#names.id(SITE, body.site), at - this.#start, seq);
      return;
    }
    if (body.kind === "accepted") return this.#accept(seq, at, message, body.envelope);
    if (body.kind === "refused") return this.#refuse(seq, at, message, body);
    const row = this.#known(this.#places.of(message, rcpt ?? 0));
    if (row === undefined) {
      this.#left.unknown++;
      return;
    }
    row.seqs += `${row.seqs === "" ? "" : " "}${(seq - row.seq0).toString(36)}`;
    if (rcpt !== null && rcpt >= RECIPIENTS) return; // it is told with the last that has a place, which is another's
    const since = this.#places.time(row.p);
    const { said, parts, ip, local, provider } = row;
    fold(row, body, at - since, (wall) => wall - since, this.#names);
    if (row.said !== said) this.#name(row.said, SAID, row.p);
    if (row.parts !== parts) for (const id of idsIn(row.parts)) this.#terms.add(hashOf(REPLY_ID, id), row.p);
    if (row.ip !== ip) this.#name(row.ip, IP, row.p);
    if (row.local !== local) this.#name(row.local, IP, row.p);
    if (row.provider !== provider) this.#name(row.provider, PROVIDER, row.p);
  }

  #accept(seq: number, at: number, message: number, envelope: Omit<Envelope, "key">): void {
    const names = this.#names;
    const { recipients } = envelope;
    const messageId = envelope.messageId === undefined ? "" : bareMessageId(envelope.messageId);
    const since = this.#places.time(this.#places.of(message, 0));
    const first = this.#from(blank(this.#places.of(message, 0), seq), { ...envelope, peer: envelope.peer.ip });
    first.mid = messageId === "" ? 0 : wideHashOf(messageId);
    first.n = recipients.length;
    first.accepted = envelope.acceptedAt - since;
    first.changed = at - since;
    recipients.slice(0, RECIPIENTS).forEach(({ address, domain }, rcpt) => {
      const row = rcpt === 0 ? first : { ...first, p: this.#places.of(message, rcpt) };
      row.addr = address;
      row.domain = names.id(DOMAIN, lowerAscii(domain));
      this.#begin(row);
      if (messageId !== "") this.#terms.add(hashOf(MESSAGE_ID, messageId), row.p);
    });
  }

  #refuse(seq: number, at: number, message: number, body: EventBody & { readonly kind: "refused" }): void {
    const p = this.#freePlace(message);
    if (p === undefined) return;
    const row = this.#from(blank(p, seq), body);
    const to = body.rcptTo ?? "";
    row.addr = to;
    row.domain = this.#names.id(DOMAIN, domainOf(to));
    row.n = to === "" ? 0 : 1;
    const since = this.#places.time(p);
    row.accepted = at - since;
    fold(row, body, at - since, (wall) => wall - since, this.#names);
    this.#begin(row);
    this.#name(row.said, SAID, p);
  }

  /** Whose it is. */
  #from(row: Kept, { tenant, source, sender, mailFrom, peer }: Origin): Kept {
    const names = this.#names;
    row.tenant = names.id(TENANT, tenant);
    row.source = names.id(SOURCE, source);
    row.sender = names.id(SENDER, sender);
    row.mfrom = names.id(FROM, mailFrom);
    row.fdomain = names.id(DOMAIN, domainOf(mailFrom));
    row.peer = names.id(IP, peer);
    return row;
  }

  /** A new row, with the terms that lead to it. */
  #begin(row: Kept): void {
    const { p } = row;
    this.#touched.set(p, row);
    this.#added++;
    if (row.addr !== "") this.#terms.add(hashOf(TO, row.addr), p);
    this.#name(row.domain, DOMAIN, p);
    this.#name(row.mfrom, FROM, p);
    if (row.fdomain !== row.domain) this.#name(row.fdomain, DOMAIN, p);
    this.#name(row.sender, SENDER, p);
    this.#name(row.source, SOURCE, p);
    this.#name(row.tenant, TENANT, p);
    this.#name(row.peer, IP, p);
  }

  /** A term for a name that few rows have. */
  #name(id: number, kind: number, place: number): void {
    if (id !== 0 && this.#names.isRare(id)) this.#terms.add(hashOfNumber(kind, id), place);
  }

  #known(place: number): Kept | undefined {
    const touched = this.#touched.get(place);
    if (touched !== undefined) return touched;
    const cells = this.#row.first<KeptCells>(place);
    if (cells === undefined) return undefined;
    const row = keptOf(cells);
    this.#touched.set(place, row);
    return row;
  }

  #freePlace(message: number): number | undefined {
    for (let rcpt = 0; rcpt < MOST_ALIKE; rcpt++) {
      const p = this.#places.of(message, rcpt);
      if (this.#known(p) === undefined) return p;
    }
    return undefined;
  }
}

/** The journal's own writing; what a later program wrote, or a disk made of it, must not stop those that follow. */
function bodyOf(json: string): EventBody | undefined {
  try {
    const body = JSON.parse(json) as EventBody;
    return KNOWN.has(body.kind) ? body : undefined;
  } catch {
    return undefined;
  }
}
