/** Suppression entries as rows: how they are written, read and chosen. */
import { type ExpressionBuilder, type Kysely, type Selectable, sql } from "kysely";
import type { WallMs } from "../../base/clock.ts";
import { domainOf } from "../../model/address.ts";
import type { Actor } from "../../model/event.ts";
import type { MessageKey, TenantId } from "../../model/ids.ts";
import type { View } from "../../model/view.ts";
import type { SuppressionTables } from "./schema.ts";
import type { SuppressionCause, SuppressionEntry } from "./suppression.ts";

export type Row = Selectable<SuppressionTables["suppression"]>;
export type NewEntry = Omit<SuppressionEntry, "hits" | "lastHitAt">;

/** Rows of one statement: an engine takes some ten thousand values at once. */
const ROWS_AT_ONCE = 500;
const LONGEST_DETAIL = 500;

const CAUSES: readonly SuppressionCause[] = ["badrcpt", "suspended", "complaint", "unsubscribe", "operator", "import"];
const ACTORS: readonly Actor["kind"][] = ["policy", "dispatch", "expiry", "operator"];

/** Written anew; where an address stands already, what is new counts and its hits stay. */
export async function writeEntries(db: Kysely<SuppressionTables>, entries: readonly NewEntry[]): Promise<void> {
  for (let from = 0; from < entries.length; from += ROWS_AT_ONCE) {
    const rows = entries.slice(from, from + ROWS_AT_ONCE).map(rowOf);
    await db
      .insertInto("suppression")
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(["address", "tenant"]).doUpdateSet((row) => ({
          why: row.ref("excluded.why"),
          detail: row.ref("excluded.detail"),
          message: row.ref("excluded.message"),
          since: row.ref("excluded.since"),
          until: row.ref("excluded.until"),
          actor_kind: row.ref("excluded.actor_kind"),
          actor: row.ref("excluded.actor"),
        })),
      )
      .execute();
  }
}

function rowOf({ tenant, address, why, detail, message, since, until, by }: NewEntry): Row {
  return {
    ...{ tenant, address, domain: domainOf(address), why },
    detail: detail?.slice(0, LONGEST_DETAIL).replaceAll("\0", " ").toWellFormed() ?? null,
    ...{ message: message ?? null, since, until: until ?? null, hits: 0, last_hit_at: null },
    ...{ actor_kind: by.kind, actor: by.id },
  };
}

export function entryOf(row: Row): SuppressionEntry {
  return {
    tenant: row.tenant as TenantId,
    address: row.address,
    why: CAUSES.find((cause) => cause === row.why) ?? "operator",
    ...(row.detail !== null && { detail: row.detail }),
    ...(row.message !== null && { message: row.message as MessageKey }),
    since: row.since as WallMs,
    ...(row.until !== null && { until: row.until as WallMs }),
    hits: row.hits,
    ...(row.last_hit_at !== null && { lastHitAt: row.last_hit_at as WallMs }),
    by: { kind: ACTORS.find((kind) => kind === row.actor_kind) ?? "operator", id: row.actor },
  };
}

export interface Choice {
  readonly addresses?: readonly string[];
  readonly domain?: string;
  readonly why?: SuppressionCause;
  readonly text?: string;
}

/** The condition of everything chosen that the view may see; an entry that is over is not there. */
export function chosen(view: View, { addresses, domain, why, text }: Choice, now: WallMs) {
  return (row: ExpressionBuilder<SuppressionTables, "suppression">) =>
    row.and([
      row.or([row("until", "is", null), row("until", ">", now)]),
      ...(view.sees === "tenant" ? [row("tenant", "=", view.tenant)] : []),
      ...(addresses === undefined ? [] : [row("address", "in", [...addresses])]),
      ...(domain === undefined ? [] : [row("domain", "=", domain)]),
      ...(why === undefined ? [] : [row("why", "=", why)]),
      ...(text === undefined || text === "" ? [] : [sql<boolean>`address like ${`%${literally(text)}%`} escape '!'`]),
    ]);
}

function literally(text: string): string {
  return text.toLowerCase().replaceAll("\0", "").toWellFormed().replace(/[!%_]/g, "!$&");
}
