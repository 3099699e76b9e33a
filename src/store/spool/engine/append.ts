/** How a message enters: its row, a delivery for each recipient that is not discarded at once, and the events that say so. */
import { crc32 } from "node:zlib";
import type { Database, Statement } from "../../sql/sql.ts";
import { PART_BYTES, SpoolError } from "../spool-error.ts";
import { SENDER, SITE, SOURCE, TENANT } from "./names.ts";
import type { AppendOp, RcptCells } from "./ops.ts";
import { RCPT_FIELDS } from "./ops.ts";
import { HELD, QUEUED } from "./schema.ts";
import type { Tables } from "./tables.ts";

/** Who held or discarded a recipient before it was queued. */
const AT_INTAKE = { kind: "policy", id: "intake" };

export class Appender {
  readonly #tables: Tables;
  readonly #message: Statement;
  readonly #delivery: Statement;

  constructor(db: Database, tables: Tables) {
    this.#tables = tables;
    this.#message = db.prepare(`insert into message values (?${", ?".repeat(15)})`);
    this.#delivery = db.prepare(
      `insert into delivery (message, rcpt, state, version, site, sender, tenant, source, due_at, expires_at, attempts, why, delay_told,
         address, domain, dsn, alone, tls)
       values (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, 0, ?, 0, ?, ?, ?, ?, ?)`,
    );
  }

  /** In the caller's transaction. `bytes` is the batch's arena. */
  append(op: AppendOp, bytes: Uint8Array): void {
    const [, key, tenantName, source, sender, acceptedAt, expiresAt] = op;
    const { names, journal, counters } = this.#tables;
    const tenant = names.id(TENANT, tenantName);
    const sourceId = names.id(SOURCE, source);
    const senderId = names.id(SENDER, sender);
    journal.add(acceptedAt, key, null, `{"kind":"accepted","envelope":${op[14]}}`);

    const rcpts = op[20];
    const total = rcpts.length / RCPT_FIELDS;
    const alone = total === 1 && op[17] >= 0 && op[18] <= PART_BYTES ? 1 : 0;
    let stored = 0;
    for (let rcpt = 0; rcpt < total; rcpt++) {
      const [state, site, dueAt, why, address, domain, dsn] = rcpts.slice(rcpt * RCPT_FIELDS, (rcpt + 1) * RCPT_FIELDS) as RcptCells;
      if (state === "discarded") {
        counters.add(tenant, "discarded", 1);
        journal.add(acceptedAt, key, rcpt, JSON.stringify({ kind: "discarded", why, by: AT_INTAKE }));
        continue;
      }
      stored++;
      const held = state === "held";
      if (held) journal.add(acceptedAt, key, rcpt, JSON.stringify({ kind: "held", why, by: AT_INTAKE }));
      counters.add(tenant, held ? "held" : "queued", 1);
      const siteId = names.id(SITE, site);
      this.#delivery.run(
        key,
        rcpt,
        held ? HELD : QUEUED,
        siteId,
        senderId,
        tenant,
        sourceId,
        dueAt,
        expiresAt,
        why,
        address,
        domain,
        dsn,
        alone,
        op[21],
      );
      if (held) continue;
      if (state === "leased") this.#tables.onCommit.push(["lease", key, rcpt, siteId, dueAt]);
      else this.#tables.onCommit.push(["open", key, rcpt, siteId, dueAt]);
    }
    counters.add(tenant, "accepted", total);
    if (stored > 0) this.#store(op, bytes);
    else if (op[19] > 0) this.#tables.contents.drop(key, op[19]);
  }

  #store(op: AppendOp, arena: Uint8Array): void {
    const [
      ,
      key,
      ,
      ,
      ,
      acceptedAt,
      expiresAt,
      cls,
      mailFrom,
      bytes,
      body,
      smtpUtf8,
      ret,
      envid,
      envelope,
      preludeAt,
      preludeLength,
      contentAt,
      length,
      staged,
    ] = op;
    const { contents } = this.#tables;
    let parts = staged;
    let first: Uint8Array | null = null;
    if (contentAt >= 0) {
      first = arena.subarray(contentAt, contentAt + Math.min(length, PART_BYTES));
      parts = Math.max(1, Math.ceil(length / PART_BYTES));
      for (let part = 1; part < parts; part++)
        contents.put(key, part, arena.subarray(contentAt + part * PART_BYTES, contentAt + Math.min(length, (part + 1) * PART_BYTES)));
    } else if (!contents.complete(key, parts)) {
      throw new SpoolError("SPOOL_IO", `message ${key} was appended with ${parts} staged parts that are not all there`);
    }
    const prelude = arena.subarray(preludeAt, preludeAt + preludeLength);
    this.#message.run(
      key, acceptedAt, expiresAt, cls, mailFrom, bytes, body, smtpUtf8, ret, envid,
      parts, envelope, crc32(prelude), prelude, first === null ? null : crc32(first), first,
    ); // biome-ignore format: the order of the columns
  }
}
