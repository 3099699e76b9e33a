/** What operators did to waiting mail, by number: who, what, how much, and whether it can still be taken back. */
import type { Kysely, Selectable } from "kysely";
import type { WallMs } from "../../base/clock.ts";
import { ACTION_VERBS, type ActionVerb } from "../../model/action.ts";
import type { Actor } from "../../model/event.ts";
import type { TenantId } from "../../model/ids.ts";
import type { View } from "../../model/view.ts";
import type { ControlDatabase } from "../sql/migrations.ts";
import type { SettingsTables } from "./schema.ts";

export interface OperatorAction {
  readonly action: number;
  readonly at: WallMs;
  readonly verb: ActionVerb | "undo";
  readonly by: Actor;
  readonly note?: string;
  /** As the operator gave it: `--sender shop3@srv7 --older 2h`. */
  readonly selector: string;
  readonly matched: number;
  readonly done: number;
  readonly undone: boolean;
  readonly undoable: boolean;
  /** For a discard: when its grace ends. */
  readonly until?: WallMs;
  /** Carried out for good. */
  readonly finished: boolean;
  /** Of whose people it is; absent for the operators of the node. */
  readonly tenant?: TenantId;
}

interface ActionChange {
  readonly matched?: number;
  readonly done?: number;
  readonly undone?: true;
  readonly undoable?: false;
  readonly finished?: true;
}

export class OperatorActions {
  readonly #db: Kysely<SettingsTables>;
  #next: number;

  private constructor(db: Kysely<SettingsTables>, next: number) {
    this.#db = db;
    this.#next = next;
  }

  /** After `ControlSettings.open`, which takes over the actions of an earlier version. */
  static async open(database: ControlDatabase): Promise<OperatorActions> {
    const db = database.tables<SettingsTables>();
    const last = await db.selectFrom("operator_action").select("action").orderBy("action", "desc").limit(1).executeTakeFirst();
    return new OperatorActions(db, (last?.action ?? 0) + 1);
  }

  /** A number for an action that is about to begin: the deliveries that it touches name it. */
  take(): number {
    return this.#next++;
  }

  /** @throws {SqlFault} also if the number is taken. */
  async add(action: OperatorAction): Promise<void> {
    await insertAction(this.#db, action);
    this.#next = Math.max(this.#next, action.action + 1);
  }

  async get(action: number): Promise<OperatorAction | undefined> {
    const row = await this.#db.selectFrom("operator_action").selectAll().where("action", "=", action).executeTakeFirst();
    return row && actionOf(row);
  }

  /** Newest first; of a tenant those of its own people. */
  async list(view: View, limit: number, before?: number): Promise<readonly OperatorAction[]> {
    if (view.sees === "message") return [];
    let query = this.#db.selectFrom("operator_action").selectAll().orderBy("action", "desc").limit(limit);
    if (view.sees === "tenant") query = query.where("tenant", "=", view.tenant);
    if (before !== undefined) query = query.where("action", "<", before);
    return (await query.execute()).map(actionOf);
  }

  /** Discards whose grace has ended and that nobody has taken back or carried out. */
  async dueDiscards(now: WallMs): Promise<readonly OperatorAction[]> {
    const rows = await this.#db
      .selectFrom("operator_action")
      .selectAll()
      .where("verb", "=", "discard")
      .where("undone", "=", 0)
      .where("finished", "=", 0)
      .where("until", "<=", now)
      .orderBy("action")
      .limit(MOST_DUE)
      .execute();
    return rows.map(actionOf);
  }

  /** One that touched nothing. */
  async drop(action: number): Promise<void> {
    await this.#db.deleteFrom("operator_action").where("action", "=", action).execute();
  }

  /** False if there is none of that number. */
  async update(action: number, change: ActionChange): Promise<boolean> {
    const set = {
      ...(change.matched !== undefined && { matched: change.matched }),
      ...(change.done !== undefined && { done: change.done }),
      ...(change.undone && { undone: 1 }),
      ...(change.undoable === false && { undoable: 0 }),
      ...(change.finished && { finished: 1 }),
    };
    if (Object.keys(set).length === 0) return (await this.get(action)) !== undefined;
    const { numUpdatedRows } = await this.#db.updateTable("operator_action").set(set).where("action", "=", action).executeTakeFirst();
    return numUpdatedRows > 0n;
  }
}

/** Discards carried out in one look; the rest come with the next. */
const MOST_DUE = 100;

export async function insertAction(db: Kysely<SettingsTables>, action: OperatorAction): Promise<void> {
  await db
    .insertInto("operator_action")
    .values({
      action: action.action,
      at: action.at,
      verb: action.verb,
      actor_kind: action.by.kind,
      actor: action.by.id,
      note: action.note ?? null,
      selector: action.selector,
      matched: action.matched,
      done: action.done,
      undone: action.undone ? 1 : 0,
      undoable: action.undoable ? 1 : 0,
      until: action.until ?? null,
      finished: action.finished ? 1 : 0,
      tenant: action.tenant ?? null,
    })
    .execute();
}

function actionOf(row: Selectable<SettingsTables["operator_action"]>): OperatorAction {
  return {
    action: row.action,
    at: row.at as WallMs,
    verb: ACTION_VERBS.find((verb) => verb === row.verb) ?? "undo",
    by: { kind: actorKinds.find((kind) => kind === row.actor_kind) ?? "operator", id: row.actor },
    ...(row.note !== null && { note: row.note }),
    selector: row.selector,
    matched: row.matched,
    done: row.done,
    undone: row.undone === 1,
    undoable: row.undoable === 1,
    ...(row.until !== null && { until: row.until as WallMs }),
    finished: row.finished === 1,
    ...(row.tenant !== null && { tenant: row.tenant as TenantId }),
  };
}

const actorKinds: readonly Actor["kind"][] = ["policy", "dispatch", "expiry", "operator"];
