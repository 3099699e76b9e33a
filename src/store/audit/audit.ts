/**
 * Who did or tried what, for as long as retention says. Entries are only ever added; each has the hash of the one
 * before, so that a changed or missing one is seen. Recording returns at once and is written soon after: a database
 * that is slow or away never stops what is recorded. If more comes than can be kept meanwhile, an entry says how much.
 */
import type { Kysely } from "kysely";
import { canonicalJson } from "../../base/canonical-json.ts";
import type { Cancel, Clock, MonoMs, WallMs } from "../../base/clock.ts";
import { textOf } from "../../base/fault.ts";
import type { Log } from "../../base/log.ts";
import type { TenantId } from "../../model/ids.ts";
import type { View } from "../../model/view.ts";
import type { ControlDatabase } from "../sql/migrations.ts";
import { type AuditRow, chainEnd, firstBreak, hashOfEntry } from "./chain.ts";
import type { AuditTables } from "./schema.ts";

export { AUDIT_MIGRATIONS } from "./schema.ts";

/** One thing that somebody did or tried. Before and after are plain data without secrets. */
export interface AuditEntry {
  readonly at: WallMs;
  readonly by: string;
  readonly tenant?: TenantId;
  readonly ip?: string;
  readonly what: string;
  readonly on?: string;
  readonly before?: unknown;
  readonly after?: unknown;
  /** False where it was refused. */
  readonly ok: boolean;
}

export type Chain = { readonly ok: true } | { readonly ok: false; readonly brokenAt: number };

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly (AuditEntry & { readonly seq: number })[];
  readonly chain: Chain;
}

/** Entries that wait to be written; further ones are counted only. */
const MOST_WAITING = 5000;
/** Entries of one transaction. */
const BATCH = 200;
const AGAIN_AFTER_MS = 1000;
/** The whole chain is checked no more often than this. */
const CHECK_EVERY_MS = 3_600_000;
const MOST_LISTED = 1000;

/** What a database that is away keeps from being written. */
export interface Unwritten {
  readonly since: WallMs;
  readonly why: string;
  /** Entries that are written once it is back. */
  readonly waiting: number;
  /** Entries of which only the number will be. */
  readonly lost: number;
}

const LONGEST = { by: 100, ip: 64, what: 64, on: 500, data: 8000 } as const;

export class AuditLog implements AsyncDisposable {
  readonly #db: Kysely<AuditTables>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #waiting: AuditEntry[] = [];
  #lost = 0;
  #away: Pick<Unwritten, "since" | "why"> | undefined;
  #writing: Promise<void> | undefined;
  #again: Cancel | undefined;
  #chain: { readonly at: MonoMs; readonly is: Promise<Chain> } | undefined;

  /** The database has the audit's migrations done. */
  constructor(database: ControlDatabase, ports: { readonly clock: Clock; readonly log: Log }) {
    this.#db = database.tables<AuditTables>();
    this.#clock = ports.clock;
    this.#log = ports.log;
  }

  /** Returns at once; written soon, in this order. */
  record(entry: AuditEntry): void {
    if (this.#waiting.length >= MOST_WAITING) this.#lost++;
    else this.#waiting.push(entry);
    if (this.#again === undefined) this.#write();
  }

  /** Undefined while all goes well. */
  get unwritten(): Unwritten | undefined {
    return this.#away && { ...this.#away, waiting: this.#waiting.length, lost: this.#lost };
  }

  /** Resolves once what was recorded before the call is written, or could not be. */
  async flush(): Promise<void> {
    this.#again?.();
    this.#again = undefined;
    this.#write();
    await this.#writing;
  }

  /** Of a tenant: what its own people did. */
  async list(
    view: View,
    page: { readonly limit: number; readonly before?: number; readonly who?: string; readonly what?: string },
  ): Promise<AuditPage> {
    if (view.sees === "message") return { entries: [], chain: { ok: true } };
    await this.flush();
    let query = this.#db.selectFrom("audit_entry").selectAll().orderBy("seq", "desc").limit(Math.min(page.limit, MOST_LISTED));
    if (view.sees === "tenant") query = query.where("tenant", "=", view.tenant);
    if (page.before !== undefined) query = query.where("seq", "<", page.before);
    if (page.who !== undefined) query = query.where("actor", "=", page.who);
    if (page.what !== undefined) query = query.where("what", "=", page.what);
    const [rows, chain] = await Promise.all([query.execute(), this.#recentCheck()]);
    return { entries: rows.map(entryOf), chain };
  }

  /** Checks every entry that is kept. */
  async verify(): Promise<Chain> {
    const is = firstBreak(this.#db).then((brokenAt): Chain => (brokenAt === undefined ? { ok: true } : { ok: false, brokenAt }));
    this.#chain = { at: this.#clock.mono(), is };
    is.catch(() => (this.#chain = undefined));
    return await is;
  }

  /** Removes the oldest entries, up to the first that is not older than `before`; how many. The chain begins behind them from then on. */
  async forget(before: WallMs): Promise<number> {
    return await this.#db.transaction().execute(async (inside) => {
      const kept = await inside
        .selectFrom("audit_entry")
        .select("seq")
        .where("at", ">=", before)
        .orderBy("seq")
        .limit(1)
        .executeTakeFirst();
      let query = inside.selectFrom("audit_entry").select(["seq", "hash"]).orderBy("seq", "desc").limit(1);
      if (kept) query = query.where("seq", "<", kept.seq);
      const last = await query.executeTakeFirst();
      if (!last) return 0;
      await inside
        .insertInto("audit_anchor")
        .values({ id: 1, ...last })
        .onConflict((conflict) => conflict.column("id").doUpdateSet(last))
        .execute();
      const { numDeletedRows } = await inside.deleteFrom("audit_entry").where("seq", "<=", last.seq).executeTakeFirst();
      return Number(numDeletedRows);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
    this.#again?.();
    if (this.#waiting.length > 0)
      this.#log("error", "entries of the audit could not be written", { lost: this.#waiting.length + this.#lost });
  }

  async #recentCheck(): Promise<Chain> {
    const last = this.#chain;
    return last && this.#clock.mono() - last.at < CHECK_EVERY_MS ? await last.is : await this.verify();
  }

  #write(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0 || this.#lost > 0) {
      const lost = this.#lost;
      const batch = this.#waiting.slice(0, BATCH);
      // Its place is behind what came before it; that is the end of a full queue.
      if (lost > 0 && batch.length === this.#waiting.length) batch.push(lostEntry(lost, this.#clock.wall()));
      const taken = batch.length - (batch.at(-1)?.what === OVERFLOW ? 1 : 0);
      try {
        await this.#append(batch);
        if (this.#away !== undefined) this.#log("info", "the audit is written again");
        this.#away = undefined;
      } catch (thrown) {
        const why = textOf(thrown);
        const isNews = this.#away === undefined; // it is tried each second, and a disk may be full of what is said of that
        this.#away = { since: this.#away?.since ?? this.#clock.wall(), why };
        this.#log(isNews ? "warn" : "debug", "the audit cannot be written now; it is tried again", { why, waiting: this.#waiting.length });
        this.#again = this.#clock.after(AGAIN_AFTER_MS, () => {
          this.#again = undefined;
          this.#write();
        });
        return;
      }
      this.#waiting.splice(0, taken);
      if (taken < batch.length) this.#lost -= lost;
    }
  }

  async #append(batch: readonly AuditEntry[]): Promise<void> {
    await this.#db.transaction().execute(async (inside) => {
      let { seq, hash } = await chainEnd(inside);
      const rows = batch.map((entry): AuditRow => {
        const row = { seq: ++seq, ...cellsOf(entry) };
        hash = hashOfEntry(row, hash);
        return { ...row, hash };
      });
      if (rows.length > 0) await inside.insertInto("audit_entry").values(rows).execute();
    });
  }
}

const OVERFLOW = "audit-overflow";

function lostEntry(lost: number, at: WallMs): AuditEntry {
  return { at, by: "fairlead", what: OVERFLOW, after: { lost }, ok: false };
}

function cellsOf({ at, by, tenant, ip, what, on, before, after, ok }: AuditEntry): Omit<AuditRow, "seq" | "hash"> {
  return {
    at,
    actor: plain(by, LONGEST.by),
    tenant: tenant ?? null,
    ip: ip === undefined ? null : plain(ip, LONGEST.ip),
    what: plain(what, LONGEST.what),
    target: on === undefined ? null : plain(on, LONGEST.on),
    before: dataText(before),
    after: dataText(after),
    ok: ok ? 1 : 0,
  };
}

/** PostgreSQL takes neither zero bytes nor halves of characters: one entry with them would stop all behind it. */
function plain(text: string, most: number): string {
  return text.slice(0, most).replaceAll("\0", " ").toWellFormed();
}

/** What is too large to keep is cut, and says so. JSON writes out what PostgreSQL does not take. */
function dataText(value: unknown): string | null {
  if (value === undefined) return null;
  const text = canonicalJson(value);
  return text.length <= LONGEST.data
    ? text
    : canonicalJson({ cut: text.slice(0, LONGEST.data / 2).toWellFormed(), characters: text.length });
}

function entryOf(row: AuditRow): AuditEntry & { readonly seq: number } {
  return {
    seq: row.seq,
    at: row.at as WallMs,
    by: row.actor,
    ...(row.tenant !== null && { tenant: row.tenant as TenantId }),
    ...(row.ip !== null && { ip: row.ip }),
    what: row.what,
    ...(row.target !== null && { on: row.target }),
    ...(row.before !== null && { before: JSON.parse(row.before) }),
    ...(row.after !== null && { after: JSON.parse(row.after) }),
    ok: row.ok === 1,
  };
}
