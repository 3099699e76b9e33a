/**
 * Failures that are not enough yet (R17): an address that was refused once may be refused by mistake; one that is
 * refused again a day later is not there. One row an address, the first failure's time in it.
 */
import { type Kysely, sql } from "kysely";
import type { WallMs } from "../../base/clock.ts";
import type { TenantId } from "../../model/ids.ts";
import type { SuppressionTables } from "./schema.ts";

export const APART_MS = 24 * 3_600_000;
/** A failure longer ago than this says nothing about today. */
const FORGET_MS = 60 * 24 * 3_600_000;
/** Rows kept; when there are more, the oldest tenth goes. */
const MOST = 200_000;
const AT_ONCE = 200;

type Db = Kysely<SuppressionTables>;
export interface Named {
  readonly tenant: TenantId;
  readonly address: string;
}

/** Whether this one is enough, counting it if not. */
export async function secondFailure(db: Db, { tenant, address }: Named, at: WallMs): Promise<boolean> {
  const first = await db
    .selectFrom("suppression_failure")
    .select("first_at")
    .where("address", "=", address)
    .where("tenant", "=", tenant)
    .executeTakeFirst();
  if (first && first.first_at > at - FORGET_MS) return at - first.first_at >= APART_MS;
  await db
    .insertInto("suppression_failure")
    .values({ tenant, address, first_at: at })
    .onConflict((conflict) => conflict.columns(["address", "tenant"]).doUpdateSet({ first_at: at }))
    .execute();
  return false;
}

export async function forgetFailures(db: Db, all: readonly Named[]): Promise<void> {
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const some = all.slice(from, from + AT_ONCE);
    await db
      .deleteFrom("suppression_failure")
      .where((row) => row.or(some.map(({ tenant, address }) => row.and([row("address", "=", address), row("tenant", "=", tenant)]))))
      .execute();
  }
}

/** Keeps them few; `most` is for tests. */
export async function boundFailures(db: Db, now: WallMs, most = MOST): Promise<void> {
  await db
    .deleteFrom("suppression_failure")
    .where("first_at", "<=", now - FORGET_MS)
    .execute();
  const counted = await db.selectFrom("suppression_failure").select(sql<number>`count(*)`.as("n")).executeTakeFirst();
  const over = Number(counted?.n ?? 0) - most;
  if (over <= 0) return;
  const last = await db
    .selectFrom("suppression_failure")
    .select("first_at")
    .orderBy("first_at")
    .offset(over + Math.floor(most / 10) - 1)
    .limit(1)
    .executeTakeFirst();
  if (last) await db.deleteFrom("suppression_failure").where("first_at", "<=", last.first_at).execute();
}
