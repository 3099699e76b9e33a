/**
 * The tables, by format. Times are Unix milliseconds. A message's first content part lives in its own row (a mail of
 * 5 KB is then one page, measured a third cheaper than a table of its own); further and staged parts are in `content`.
 *
 * `delivery` holds the unsettled ones only; state 0 is queued, 1 held; `alone` is 1 for the only delivery of a message
 * whose content is all in its row, so that settling it needs to look for no others. Partial indexes cover queued rows:
 * by due time in a site, by sender in a site (for fair windows), by expiry.
 */
import type { Database } from "../../sql/sql.ts";
import { SpoolError } from "../spool-error.ts";

/** The format this program writes, and the oldest program that may read it. */
export const FORMAT = 2;
const MIN_READER = 2;

export const QUEUED = 0;
export const HELD = 1;

const CREATE = `
create table meta (key text primary key, value) without rowid;
create table name (id integer primary key, kind integer not null, text text not null, unique (kind, text));
create table message (
  key integer primary key, accepted_at integer not null, expires_at integer not null, class text not null,
  mail_from text not null, bytes integer not null, body text not null, smtp_utf8 integer not null, ret text, envid text,
  parts integer not null, envelope text not null, prelude_crc integer not null, prelude blob not null,
  content_crc integer, content blob);
create table content (
  message integer not null, part integer not null, crc integer not null, bytes blob not null,
  primary key (message, part)) without rowid;
create table delivery (
  message integer not null, rcpt integer not null, state integer not null, version integer not null,
  site integer not null, sender integer not null, tenant integer not null, source integer not null,
  due_at integer not null, expires_at integer not null, attempts integer not null, sent_at integer, last_host text,
  why text, delay_told integer not null, action integer, address text not null, domain text not null, dsn text,
  alone integer not null, tls text,
  primary key (message, rcpt)) without rowid;
create index delivery_due on delivery (site, due_at) where state = 0;
create index delivery_sender on delivery (site, sender, due_at) where state = 0;
create index delivery_expires on delivery (expires_at) where state = 0;
create index delivery_held on delivery (state) where state = 1;
create table event (seq integer primary key, at integer not null, message integer, rcpt integer, body text not null);
create index event_message on event (message) where message is not null;
create table counter (
  tenant integer primary key, accepted integer not null, queued integer not null, held integer not null,
  delivered integer not null, relayed integer not null, bounced integer not null, expired integer not null,
  discarded integer not null);
insert into meta values ('min_reader', ${MIN_READER}), ('clean', 1), ('last_key', 0), ('probe', 0);
pragma user_version = ${FORMAT};
`;

/** By the format before. A program that does not know what a message asks of TLS must not send it: so it may not read the file. */
const UPGRADES: readonly string[] = [
  "",
  "alter table delivery add column tls text; update meta set value = 2 where key = 'min_reader'; pragma user_version = 2;",
];

/** Few events are about no message: what lanes did, alarms. Added to older files as they are opened; harmless to older programs. */
const INDEX_LANES = "create index if not exists event_lane on event (at) where message is null";

/**
 * Brings an opened database to this program's format and sets up the connection that writes. Its memory is bounded by
 * the cache: 32 MB.
 * @throws {SpoolError} `SPOOL_NEWER` when a later program wrote it and says that we cannot read it; nothing was changed then.
 */
export function prepareWriter(db: Database): void {
  const format = db.value<number>("pragma user_version") ?? 0;
  if (format > FORMAT) {
    const needs = db.value<number>("select value from meta where key = 'min_reader'") ?? format;
    if (needs > FORMAT)
      throw new SpoolError(
        "SPOOL_NEWER",
        `the spool has format ${format}, written by a later Fairlead; this one reads up to format ${FORMAT}`,
      );
  }
  // A mail of usual size fits an 8 KB page. No automatic checkpoints: `disk/checkpoints.ts` makes them.
  db.exec("pragma page_size = 8192; pragma cache_size = -32768; pragma temp_store = memory");
  db.value("pragma journal_mode = wal");
  db.exec("pragma synchronous = full; pragma wal_autocheckpoint = 0; pragma journal_size_limit = 67108864");
  if (format === 0) db.exec(`begin immediate; ${CREATE} commit`);
  for (let before = Math.max(1, format); format > 0 && before < FORMAT; before++) db.exec(`begin immediate; ${UPGRADES[before]} commit`);
  db.exec(INDEX_LANES);
}
