/**
 * How far each webhook of this node is, and how it goes: so that after a restart it is told what it was not told yet,
 * and a receiver that was being given time is given the rest of it. What a webhook is stands in the settings.
 */
import type { Kysely } from "kysely";
import type { WallMs } from "../../base/clock.ts";
import type { ControlDatabase } from "../sql/migrations.ts";
import type { HookTables } from "./schema.ts";

export { HOOK_MIGRATIONS } from "./schema.ts";

export type HookRun =
  | { readonly is: "ok" }
  /** `failures` in a row since `since`. */
  | { readonly is: "retrying"; readonly failures: number; readonly since: WallMs; readonly nextTryAt: WallMs; readonly why: string }
  /** Until a person sets it going again. */
  | { readonly is: "stopped"; readonly why: string };

export interface HookState {
  /** The last event that it was told, or that was not for it. */
  readonly cursor: number;
  /** How often it was told again from an earlier event. */
  readonly replays: number;
  readonly lastOkAt?: WallMs;
  readonly run: HookRun;
  /** Events that were no longer kept when their turn came, the last time that happened. */
  readonly lost?: { readonly from: number; readonly to: number };
}

type Row = HookTables["webhook_state"];

export class HookStates {
  readonly #db: Kysely<HookTables>;
  readonly #node: string;

  /** The database has the migrations of webhooks done. */
  constructor(database: ControlDatabase, node: string) {
    this.#db = database.tables<HookTables>();
    this.#node = node;
  }

  /** By name. @throws {SqlFault} */
  async load(): Promise<Map<string, HookState>> {
    const rows = await this.#db.selectFrom("webhook_state").selectAll().where("node", "=", this.#node).orderBy("name").execute();
    return new Map(rows.map((row) => [row.name, stateOf(row)]));
  }

  /** @throws {SqlFault} */
  async save(name: string, state: HookState): Promise<void> {
    const cells = cellsOf(state);
    await this.#db
      .insertInto("webhook_state")
      .values({ node: this.#node, name, ...cells })
      .onConflict((conflict) => conflict.columns(["node", "name"]).doUpdateSet(cells))
      .execute();
  }

  /** @throws {SqlFault} */
  async remove(name: string): Promise<void> {
    await this.#db.deleteFrom("webhook_state").where("node", "=", this.#node).where("name", "=", name).execute();
  }
}

function cellsOf({ cursor, replays, lastOkAt, run, lost }: HookState): Omit<Row, "node" | "name"> {
  return {
    ...{ cursor, replays, last_ok_at: lastOkAt ?? null, run: run.is },
    why: run.is === "ok" ? null : run.why,
    failures: run.is === "retrying" ? run.failures : 0,
    failing_since: run.is === "retrying" ? run.since : null,
    next_try_at: run.is === "retrying" ? run.nextTryAt : null,
    lost_from: lost?.from ?? null,
    lost_to: lost?.to ?? null,
  };
}

function stateOf(row: Row): HookState {
  const { cursor, replays, last_ok_at, lost_from, lost_to } = row;
  return {
    ...{ cursor, replays, run: runOf(row) },
    ...(last_ok_at !== null && { lastOkAt: last_ok_at as WallMs }),
    ...(lost_from !== null && lost_to !== null && { lost: { from: lost_from, to: lost_to } }),
  };
}

function runOf({ run, why, failures, failing_since, next_try_at }: Row): HookRun {
  if (run === "stopped") return { is: "stopped", why: why ?? "" };
  if (run !== "retrying" || failing_since === null || next_try_at === null) return { is: "ok" };
  return { is: "retrying", failures, since: failing_since as WallMs, nextTryAt: next_try_at as WallMs, why: why ?? "" };
}
