/**
 * Overrides as they are kept: those in force, and those that ended, so that a person finds later what held and who
 * took it back. What they mean is `relay/limits`' business.
 */
import type { Kysely } from "kysely";
import type { Override } from "../../model/override.ts";
import type { ControlDatabase } from "../sql/migrations.ts";
import { overrideOf, rowOf } from "./override-rows.ts";
import type { OverrideTables } from "./schema.ts";

export { memoryOverrides } from "./memory-overrides.ts";
export { OVERRIDE_MIGRATIONS } from "./schema.ts";

export interface OverrideTable {
  /** All of them, in the order of their ids. @throws {SqlFault} */
  load(): Promise<readonly Override[]>;
  /** Writes it anew, or instead of the one with its id; durable once it resolves. @throws {SqlFault} */
  put(override: Override): Promise<void>;
  /** @throws {SqlFault} */
  forget(ids: readonly number[]): Promise<void>;
}

/** An engine takes some ten thousand values at once. */
const IDS_AT_ONCE = 1000;

/** Those of one node. The database has the overrides' migrations done. */
export class Overrides implements OverrideTable {
  readonly #db: Kysely<OverrideTables>;
  readonly #node: string;

  constructor(database: ControlDatabase, node: string) {
    this.#db = database.tables<OverrideTables>();
    this.#node = node;
  }

  async load(): Promise<readonly Override[]> {
    const rows = await this.#db.selectFrom("override").selectAll().where("node", "=", this.#node).orderBy("id").execute();
    return rows.map(overrideOf).filter((override) => override !== undefined);
  }

  async put(override: Override): Promise<void> {
    const cells = rowOf(override);
    await this.#db
      .insertInto("override")
      .values({ node: this.#node, ...cells })
      .onConflict((conflict) => conflict.columns(["node", "id"]).doUpdateSet(cells))
      .execute();
  }

  async forget(ids: readonly number[]): Promise<void> {
    for (let from = 0; from < ids.length; from += IDS_AT_ONCE)
      await this.#db
        .deleteFrom("override")
        .where("node", "=", this.#node)
        .where("id", "in", ids.slice(from, from + IDS_AT_ONCE))
        .execute();
  }
}
