/**
 * The tables of one day, by format.
 *
 * `delivery` has a row a delivery, narrow so that it can be walked; `p` is its place (`day.ts`). Texts that repeat are
 * numbers of `name`; 0 is none. Times are milliseconds after that of the message's key. `seq0` is the number of its first event,
 * `seqs` the others' distances in base 36; `block` has the events themselves, packed by the dozen. `odd` indexes the
 * states that people look for most, which few rows have.
 *
 * `term` is one inverted index over everything one can look for by value (`terms.ts` has why it is not an index a
 * column); `fresh` holds the entries that are not yet sorted into it. `lane` says what destinations' lanes did.
 */
import type { Database } from "../../sql/sql.ts";
import { HistoryFault } from "../history-fault.ts";
import { SAID } from "./names.ts";

const FORMAT = 2;
const MIN_READER = 2;

/** In the order of every statement that reads or writes whole rows. */
export const COLUMNS = [
  "p", "state", "flags", "tenant", "source", "sender", "mfrom", "fdomain", "addr", "domain", "mid", "n", "attempts",
  "changed", "due", "done", "provider", "class", "code", "enhanced", "host", "ip", "local", "peer", "fault", "said",
  "parts", "seq0", "seqs", "accepted",
] as const; // biome-ignore format: a list of words

/** States 2 and 3 are delivered and relayed. A query that uses the index says exactly this. */
export const IS_ODD = "state not in (2, 3)";

const CREATE = `
create table meta (key text primary key, value integer not null) without rowid;
create table name (
  id integer primary key, kind integer not null, hash integer not null, common integer not null, text text not null);
create index name_hash on name (hash);
create index name_said on name (id) where kind = ${SAID};
create table delivery (
  p integer primary key, state integer not null, flags integer not null, tenant integer not null, source integer not null,
  sender integer not null, mfrom integer not null, fdomain integer not null, addr text not null, domain integer not null,
  mid integer not null, n integer not null, attempts integer not null, changed integer not null, due integer, done integer,
  provider integer not null, class integer not null, code integer not null, enhanced integer not null,
  host integer not null, ip integer not null, local integer not null, peer integer not null, fault integer not null,
  said integer not null, parts text not null, seq0 integer not null, seqs text not null,
  accepted integer not null default 0);
create index odd on delivery (state) where ${IS_ODD};
create table term (h integer not null, p integer not null, primary key (h, p)) without rowid;
create table fresh (id integer primary key autoincrement, entries blob not null);
create table block (seq integer primary key, events integer not null, packed blob not null);
create table lane (site integer not null, at integer not null, seq integer not null, primary key (site, at, seq)) without rowid;
insert into meta values ('min_reader', ${MIN_READER}), ('cursor', 0), ('deliveries', 0), ('base', 0);
pragma user_version = ${FORMAT};
`;

/** Format 1 took the time of the key for that of acceptance. */
const FROM_1 = `
alter table delivery add column accepted integer not null default 0;
update meta set value = ${MIN_READER} where key = 'min_reader';
pragma user_version = ${FORMAT};
`;

/** KiB of pages kept of a day that is written, and of one that is only asked. */
const WRITER_KIB = 8192;
const READER_KIB = 2048;

/**
 * Brings an opened file to this program's format and sets up the connection that writes. A commit is not synced, a
 * checkpoint is: after a power cut the last seconds are missing here and are folded again (`disk/keeper.ts`).
 * @throws {HistoryFault} for a file of a later program that this one cannot read.
 */
export function prepareDay(db: Database): void {
  const format = checkFormat(db);
  db.exec(`pragma page_size = 8192; pragma cache_size = -${WRITER_KIB}; pragma temp_store = memory; pragma secure_delete = fast`);
  db.value("pragma journal_mode = wal");
  db.exec("pragma synchronous = normal; pragma wal_autocheckpoint = 4096; pragma journal_size_limit = 33554432");
  if (format < FORMAT) db.exec(`begin immediate; ${format === 0 ? CREATE : FROM_1} commit`);
}

/** The same for a connection that only reads; what it selects for whole rows. @throws {HistoryFault} also while the file has no tables yet. */
export function prepareReader(db: Database): string {
  const format = checkFormat(db);
  if (format === 0) throw new HistoryFault("HISTORY_AWAY", "this day is just being begun");
  db.exec(`pragma cache_size = -${READER_KIB}; pragma temp_store = memory; pragma query_only = on`);
  return COLUMNS.map((column) => (column === "accepted" && format === 1 ? "0" : column)).join(", ");
}

function checkFormat(db: Database): number {
  const format = db.value<number>("pragma user_version") ?? 0;
  if (format > FORMAT && (db.value<number>("select value from meta where key = 'min_reader'") ?? format) > FORMAT)
    throw new HistoryFault("HISTORY_NEWER", `a later Fairlead wrote this day (format ${format}; this one reads up to ${FORMAT})`);
  return format;
}
