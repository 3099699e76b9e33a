/**
 * The events themselves, as the journal wrote them, packed together: a hundred neighbours say nearly the same, so each
 * takes some 80 bytes instead of 800, at 1.5 µs. The last block grows with each transaction until it is full, and is
 * written again each time; so a quiet day packs as well as a busy one.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { textOf } from "../../../base/fault.ts";
import type { EventRow } from "../../journal/journal.ts";
import type { Database, Statement } from "../../sql/sql.ts";
import { HistoryFault } from "../history-fault.ts";

/** Text of one block; reading one event unpacks as much, in about 0.1 ms. */
const FULL_CHARS = 64 * 1024;
const FULL_EVENTS = 128;
/** The journal's own bounds keep bodies far below: what unpacks to more is not ours. */
const UNPACKED_BYTES = 64 * 1024 * 1024;
/** Unpacked blocks remembered; the rows of one page lie close together. */
const CACHED = 8;

const PACKING = { params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 } };
const HOLDING = "select seq, packed from block where seq <= ? order by seq desc limit 1";

/** Reads events on any connection. */
export class BlockReader {
  readonly #holding: Statement;
  readonly #cache = new Map<number, Map<number, EventRow>>();

  constructor(db: Database) {
    this.#holding = db.prepare(HOLDING);
  }

  /** The event of a number. @throws {HistoryFault} `HISTORY_DAMAGED` */
  event(seq: number): EventRow | undefined {
    for (const block of this.#cache.values()) if (block.has(seq)) return block.get(seq);
    const [first, packed] = this.#holding.first<[number, Uint8Array]>(seq) ?? [];
    if (first === undefined || packed === undefined) return undefined;
    const block = new Map(unpack(packed, first).split("\n").map(rowOfLine));
    const oldest = this.#cache.keys().next().value;
    if (this.#cache.size >= CACHED && oldest !== undefined) this.#cache.delete(oldest);
    this.#cache.set(first, block);
    return block.get(seq);
  }
}

/** Writes them, in the caller's transactions. */
export class Blocks {
  readonly #write: Statement;
  readonly #holding: Statement;
  /** The block that still grows: its events as lines, and their characters. */
  #lines: string[] = [];
  #first = 0;
  #chars = 0;
  #dirty = false;

  constructor(db: Database) {
    this.#write = db.prepare("insert or replace into block (seq, events, packed) values (?, ?, ?)");
    this.#holding = db.prepare(HOLDING);
    this.forget();
  }

  /** After a rollback, and at the start: goes on with the last block that is written. @throws {HistoryFault} */
  forget(): void {
    this.#lines = [];
    this.#chars = 0;
    this.#dirty = false;
    const [first, packed] = this.#holding.first<[number, Uint8Array]>(Number.MAX_SAFE_INTEGER) ?? [];
    if (first === undefined || packed === undefined) return;
    const lines = unpack(packed, first).split("\n");
    if (lines.length >= FULL_EVENTS) return;
    this.#lines = lines;
    this.#first = first;
    this.#chars = lines.reduce((sum, line) => sum + line.length, 0);
  }

  /** Numbers grow. The transaction ends with `flush`. */
  add([seq, at, message, rcpt, body]: EventRow): void {
    if (this.#lines.length === 0) this.#first = seq;
    const line = `${seq}\t${at}\t${message ?? ""}\t${rcpt ?? ""}\t${body}`;
    this.#lines.push(line);
    this.#chars += line.length;
    this.#dirty = true;
    if (this.#chars >= FULL_CHARS || this.#lines.length >= FULL_EVENTS) {
      this.flush();
      this.#lines = [];
      this.#chars = 0;
    }
  }

  flush(): void {
    if (!this.#dirty) return;
    this.#write.run(this.#first, this.#lines.length, zstdCompressSync(this.#lines.join("\n"), PACKING));
    this.#dirty = false;
  }

  /** Writes a block that holds a text (in small letters) again where `change` makes something else of a line. @throws {HistoryFault} */
  rewrite(first: number, text: string, change: (line: string, message: number | null) => string): void {
    const [seq, packed] = this.#holding.first<[number, Uint8Array]>(first) ?? [];
    if (seq !== first || packed === undefined) return;
    const before = unpack(packed, first);
    if (!before.toLowerCase().includes(text)) return;
    const lines = before.split("\n");
    const after = lines.map((line) => change(line, rowOfLine(line)[1][2])).join("\n");
    if (after !== before) this.#write.run(first, lines.length, zstdCompressSync(after, PACKING));
  }
}

function rowOfLine(line: string): [number, EventRow] {
  const [seq = "", at = "", message = "", rcpt = ""] = line.split("\t", 4);
  const body = line.slice(seq.length + at.length + message.length + rcpt.length + 4);
  return [Number(seq), [Number(seq), Number(at), message === "" ? null : Number(message), rcpt === "" ? null : Number(rcpt), body]];
}

function unpack(packed: Uint8Array, first: number): string {
  try {
    return zstdDecompressSync(packed, { maxOutputLength: UNPACKED_BYTES }).toString();
  } catch (thrown) {
    throw new HistoryFault("HISTORY_DAMAGED", `the events from ${first} on cannot be unpacked: ${textOf(thrown)}`, thrown);
  }
}
