/**
 * The suppression list over the control database, with what is asked at every RCPT in memory. An entry that is over
 * stays for a while: the address is tried again, and if that fails too, the entry is back at once; if mail is taken,
 * it goes.
 */
import { type Kysely, sql } from "kysely";
import type { Cancel, Clock, WallMs } from "../../base/clock.ts";
import { textOf } from "../../base/fault.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { Actor } from "../../model/event.ts";
import type { TenantId } from "../../model/ids.ts";
import type { View } from "../../model/view.ts";
import type { ControlDatabase } from "../sql/migrations.ts";
import { AddressFilter, normalAddress } from "./address-filter.ts";
import { boundFailures, forgetFailures, type Named, secondFailure } from "./failures.ts";
import type { SuppressionTables } from "./schema.ts";
import type { RecipientFailure, Suppression, SuppressionEntry, SuppressionPage } from "./suppression.ts";
import { type Choice, chosen, entryOf, type NewEntry, type Row, writeEntries } from "./suppression-rows.ts";

const DAY_MS = 24 * 3_600_000;
export const USUAL_DAYS = 30;
/** How long an entry that is over still counts as a first failure. */
const PROBATION_MS = 30 * DAY_MS;
const FLUSH_MS = 1000;
const SWEEP_MS = 3_600_000;
/** Different addresses with hits, or with mail taken, between two flushes; what is above is not counted. */
const MOST_NOTED = 5000;
const LOAD_PAGE = 5000;
const MOST_LISTED = 1000;
/** A total above this is not counted to the end. */
const MOST_COUNTED = 100_000;
const MOST_REMOVED = 100_000;
const REMOVE_PAGE = 500;
const BY_RULE: Actor = { kind: "policy", id: "suppression" };

export interface SuppressionPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How long failures and complaints suppress, asked each time; 30 days where absent. */
  readonly days?: () => number;
}

interface Hits {
  readonly named: Named;
  readonly n: number;
  readonly at: WallMs;
}

export class SuppressionList implements Suppression, AsyncDisposable {
  readonly #db: Kysely<SuppressionTables>;
  readonly #ports: SuppressionPorts;
  readonly #hits = new Map<string, Hits>();
  readonly #worked = new Map<string, Named>();
  #entries: AddressFilter;
  #failing: AddressFilter;
  #loaded = false;
  #flushing: Cancel | undefined;
  #sweeping: Cancel | undefined;
  #closed = false;

  constructor(database: ControlDatabase, ports: SuppressionPorts) {
    this.#db = database.tables<SuppressionTables>();
    this.#ports = ports;
    this.#entries = new AddressFilter(ports.random);
    this.#failing = new AddressFilter(ports.random);
    this.#sweepLater();
  }

  /** Reads all addresses into memory; until it resolves, `mayMatch` says "perhaps" to all. @throws {SqlFault} */
  async load(): Promise<void> {
    for (let after = FIRST; ; ) {
      const rows = await this.#db
        .selectFrom("suppression")
        .select(["address", "tenant", "until"])
        .where(behind(after))
        .orderBy("address")
        .orderBy("tenant")
        .limit(LOAD_PAGE)
        .execute();
      for (const { tenant, address, until } of rows) this.#remember({ tenant: tenant as TenantId, address }, until !== null);
      const last = rows.at(-1);
      if (!last || rows.length < LOAD_PAGE) break;
      after = last;
    }
    for (let after = FIRST; ; ) {
      const rows = await this.#db
        .selectFrom("suppression_failure")
        .select(["address", "tenant"])
        .where(behind(after))
        .orderBy("address")
        .orderBy("tenant")
        .limit(LOAD_PAGE)
        .execute();
      for (const { tenant, address } of rows) this.#failing.add(tenant as TenantId, address);
      const last = rows.at(-1);
      if (!last || rows.length < LOAD_PAGE) break;
      after = last;
    }
    this.#loaded = true;
  }

  mayMatch(tenant: TenantId, address: string): boolean {
    const normal = normalAddress(address);
    return normal !== undefined && (!this.#loaded || this.#entries.has(tenant, normal));
  }

  async find(tenant: TenantId, address: string, now: WallMs): Promise<SuppressionEntry | undefined> {
    const normal = normalAddress(address);
    const row = normal === undefined ? undefined : await this.#row(this.#db, { tenant, address: normal });
    if (!row || isOver(row, now)) return undefined;
    const key = keyOf(row);
    const noted = this.#hits.get(key);
    const hits: Hits = { named: { tenant, address: row.address }, n: (noted?.n ?? 0) + 1, at: now };
    if (noted !== undefined || this.#hits.size < MOST_NOTED) this.#hits.set(key, hits);
    this.#flushLater();
    return { ...entryOf(row), hits: row.hits + hits.n, lastHitAt: now };
  }

  async failed(failure: RecipientFailure): Promise<SuppressionEntry | undefined> {
    const { tenant, why, exact, detail, message, at } = failure;
    const address = normalAddress(failure.address);
    if (address === undefined) return undefined;
    const named = { tenant, address };
    const made = await this.#db.transaction().execute(async (inside) => {
      const before = await this.#row(inside, named);
      if (before && !isOver(before, at)) return undefined;
      if (!before && !exact && why !== "complaint" && !(await secondFailure(inside, named, at))) return undefined;
      const until = (at + (this.#ports.days?.() ?? USUAL_DAYS) * DAY_MS) as WallMs;
      const entry: NewEntry = { ...named, why, detail, message, since: at, until, by: BY_RULE };
      await writeEntries(inside, [entry]);
      await forgetFailures(inside, [named]);
      return { ...entry, hits: before?.hits ?? 0, ...(before?.last_hit_at && { lastHitAt: before.last_hit_at as WallMs }) };
    });
    if (made) this.#remember(named, true);
    else this.#failing.add(tenant, address);
    return made;
  }

  worked(tenant: TenantId, address: string): void {
    if (!this.#loaded || this.#failing.size === 0) return;
    const normal = normalAddress(address);
    if (normal === undefined || !this.#failing.has(tenant, normal) || this.#worked.size >= MOST_NOTED) return;
    const named = { tenant, address: normal };
    this.#worked.set(keyOf(named), named);
    this.#flushLater();
  }

  async add(entries: readonly NewEntry[]): Promise<number> {
    const valid = new Map<string, NewEntry>();
    for (const entry of entries) {
      const address = normalAddress(entry.address);
      if (address !== undefined) valid.set(keyOf({ tenant: entry.tenant, address }), { ...entry, address });
    }
    const all = [...valid.values()];
    await writeEntries(this.#db, all);
    for (const entry of all) this.#remember(entry, entry.until !== undefined);
    return all.length;
  }

  /** At most 100,000 at a time. */
  async remove(view: View, which: Pick<Choice, "addresses" | "domain" | "why">): Promise<readonly SuppressionEntry[]> {
    if (view.sees === "message" || Object.values(which).every((one) => one === undefined)) return [];
    const { addresses, ...rest } = which;
    const normal = addresses?.map(normalAddress).filter((address) => address !== undefined);
    const choice = { ...rest, ...(rest.domain !== undefined && { domain: normalDomain(rest.domain) }) };
    if (normal === undefined) return await this.#removeChosen(view, choice);
    const removed: SuppressionEntry[] = [];
    for (let from = 0; from < normal.length; from += REMOVE_PAGE)
      removed.push(...(await this.#removeChosen(view, { ...choice, addresses: normal.slice(from, from + REMOVE_PAGE) })));
    return removed;
  }

  async list(view: View, page: Parameters<Suppression["list"]>[1]): Promise<SuppressionPage> {
    if (view.sees === "message") return { entries: [], total: 0 };
    await this.#flush();
    const limit = Math.min(page.limit, MOST_LISTED);
    const now = this.#ports.clock.wall();
    const condition = chosen(view, page, now);
    const after = page.after === undefined ? undefined : readCursor(page.after);
    let query = this.#db
      .selectFrom("suppression")
      .selectAll()
      .where(condition)
      .orderBy("address")
      .orderBy("tenant")
      .limit(limit + 1);
    if (after) query = query.where(behind(after));
    const rows = await query.execute();
    const { n } = await this.#db
      .selectFrom((inner) => inner.selectFrom("suppression").select("address").where(condition).limit(MOST_COUNTED).as("some"))
      .select(({ fn }) => fn.countAll<number>().as("n"))
      .executeTakeFirstOrThrow();
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return { entries: rows.slice(0, limit).map(entryOf), total: Number(n), ...(last && { next: cursorOf(last) }) };
  }

  /** What is over for good, and failures of long ago, go. */
  async sweep(): Promise<void> {
    const now = this.#ports.clock.wall();
    await this.#db
      .deleteFrom("suppression")
      .where("until", "<=", now - PROBATION_MS)
      .execute();
    await boundFailures(this.#db, now);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#flushing?.();
    this.#sweeping?.();
    await this.#flush().catch((thrown: unknown) =>
      this.#ports.log("warn", "hits of suppressed addresses were lost", { why: textOf(thrown) }),
    );
  }

  async #row(db: Kysely<SuppressionTables>, { tenant, address }: Named): Promise<Row | undefined> {
    return await db.selectFrom("suppression").selectAll().where("address", "=", address).where("tenant", "=", tenant).executeTakeFirst();
  }

  async #removeChosen(view: View, choice: Choice): Promise<readonly SuppressionEntry[]> {
    const now = this.#ports.clock.wall();
    const removed: SuppressionEntry[] = [];
    while (removed.length < MOST_REMOVED) {
      const rows = await this.#db.transaction().execute(async (inside) => {
        const some = await inside
          .selectFrom("suppression")
          .selectAll()
          .where(chosen(view, choice, now))
          .orderBy("address")
          .limit(REMOVE_PAGE)
          .execute();
        if (some.length > 0)
          await inside
            .deleteFrom("suppression")
            .where((row) => row.or(some.map(({ tenant, address }) => row.and([row("address", "=", address), row("tenant", "=", tenant)]))))
            .execute();
        return some;
      });
      removed.push(...rows.map(entryOf));
      if (rows.length < REMOVE_PAGE) break;
    }
    return removed;
  }

  /** What mail taken may end is asked for then. */
  #remember({ tenant, address }: Named, ends: boolean): void {
    this.#entries.add(tenant, address);
    if (ends) this.#failing.add(tenant, address);
  }

  #flushLater(): void {
    if (this.#closed) return;
    this.#flushing ??= this.#ports.clock.after(FLUSH_MS, () => {
      this.#flushing = undefined;
      this.#flush().catch((thrown: unknown) => this.#ports.log("warn", "hits of suppressed addresses were lost", { why: textOf(thrown) }));
    });
  }

  /** What is noted goes to the database; counts are not worth a second try. */
  async #flush(): Promise<void> {
    const hits = [...this.#hits.values()];
    const worked = [...this.#worked.values()];
    this.#hits.clear();
    this.#worked.clear();
    if (hits.length === 0 && worked.length === 0) return;
    const now = this.#ports.clock.wall();
    await this.#db.transaction().execute(async (inside) => {
      for (const { named, n, at } of hits)
        await inside
          .updateTable("suppression")
          .set((row) => ({ hits: row("hits", "+", n), last_hit_at: at }))
          .where("address", "=", named.address)
          .where("tenant", "=", named.tenant)
          .execute();
      await forgetFailures(inside, worked);
      for (const { tenant, address } of worked)
        await inside
          .deleteFrom("suppression")
          .where("address", "=", address)
          .where("tenant", "=", tenant)
          .where("until", "<=", now)
          .execute();
    });
  }

  #sweepLater(): void {
    this.#sweeping = this.#ports.clock.after(SWEEP_MS, () => {
      this.sweep()
        .catch((thrown: unknown) => this.#ports.log("warn", "the suppression list could not be swept", { why: textOf(thrown) }))
        .finally(() => this.#closed || this.#sweepLater());
    });
  }
}

interface Place {
  readonly address: string;
  readonly tenant: string;
}

const FIRST: Place = { address: "", tenant: "" };

/** Rows after a place, in the order of address and tenant. */
function behind({ address, tenant }: Place) {
  return sql<boolean>`(address, tenant) > (${address}, ${tenant})`;
}

function isOver({ until }: Row, now: WallMs): boolean {
  return until !== null && until <= now;
}

function keyOf({ tenant, address }: { readonly tenant: string; readonly address: string }): string {
  return `${tenant}\n${address}`;
}

function normalDomain(domain: string): string {
  return normalAddress(`x@${domain.replace(/^@/, "")}`)?.slice(2) ?? domain;
}

function cursorOf({ address, tenant }: Row): string {
  return Buffer.from(JSON.stringify([address, tenant])).toString("base64url");
}

/** A cursor that is none begins at the beginning. */
function readCursor(text: string): Place | undefined {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    const [address, tenant]: readonly unknown[] = Array.isArray(read) ? read : [];
    return typeof address === "string" && typeof tenant === "string" ? { address, tenant } : undefined;
  } catch {
    return undefined; // not ours
  }
}
