/**
 * Which messages came from or go to an address. The spool keeps no index for it (two more writes at a random place for
 * every message would cost more than the whole journal); it walks the accepted events backwards, on the connection for
 * reading. History, with an index by day, answers the same question for what is older.
 */
import type { Database, Statement } from "../../sql/sql.ts";

export class MessagesOf {
  readonly #accepted: Statement;
  readonly #delivering: Statement;
  readonly #sending: Statement;

  constructor(db: Database) {
    this.#accepted = db.prepare(
      `select message, body from event where message is not null and body like '{"kind":"accepted",%'
         and (body like ? escape '\\' or body like ? escape '\\') order by seq desc`,
    );
    this.#delivering = db.prepare("select distinct message from delivery where address = ? collate nocase order by message desc limit ?");
    this.#sending = db.prepare("select key from message where mail_from = ? collate nocase order by key desc limit ?");
  }

  /** Newest first, at most `limit`. */
  find(address: string, limit: number): number[] {
    const keys = new Set<number>();
    for (const [key] of this.#delivering.all<[number]>(address, limit)) keys.add(key);
    for (const [key] of this.#sending.all<[number]>(address, limit)) keys.add(key);
    const pattern = (field: string): string => `%"${field}":${JSON.stringify(address).replace(/[\\%_]/g, "\\$&")}%`;
    let seen = 0;
    for (const [message, body] of this.#accepted.each<[number, string]>(pattern("address"), pattern("mailFrom"))) {
      if (seen >= limit) break;
      if (!names(body, address)) continue;
      keys.add(message);
      seen++;
    }
    return [...keys].sort((a, b) => b - a).slice(0, limit);
  }
}

/** The pattern may have matched inside another field: look properly. */
function names(body: string, address: string): boolean {
  const { envelope } = JSON.parse(body) as { envelope: { mailFrom: string; recipients: { address: string }[] } };
  const wanted = address.toLowerCase();
  return envelope.mailFrom.toLowerCase() === wanted || envelope.recipients.some((recipient) => recipient.address.toLowerCase() === wanted);
}
