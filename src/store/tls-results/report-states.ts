/**
 * What becomes of a domain's report on a day:
 *
 *     (counted) ─plan─▶ due ─begin─▶ sending ─settle─▶ sent, unasked, failed
 *                        ▲                      │
 *                        └────── not yet ◀──────┘
 *
 * `sending` is written before anything leaves. A program that dies there does not know whether the report went out, and
 * does not send it again: RFC 8460 makes reports optional, and one that comes twice is counted twice by some.
 */
import { type Kysely, sql } from "kysely";
import type { WallMs } from "../../base/clock.ts";
import type { TlsTables } from "./schema.ts";

type Db = Kysely<TlsTables>;

const SETTLED = ["sent", "unasked", "failed"] as const;
const STATES = ["due", "sending", ...SETTLED] as const;

export interface ReportState {
  /** `unasked`: the domain asks for no reports. `failed`: nobody took it while it was worth sending. */
  readonly is: (typeof STATES)[number];
  /** When it is due or, settled, when that was. */
  readonly at: WallMs;
  readonly attempts: number;
  /** Who took it: a mail address each, or a URL. */
  readonly places: readonly string[];
  readonly why?: string;
}

export type ReportOutcome =
  | { readonly is: "sent"; readonly places: readonly string[] }
  | { readonly is: "unasked" | "failed"; readonly why: string }
  | { readonly is: "due"; readonly at: WallMs; readonly why: string };

export interface DueReport {
  readonly day: number;
  readonly domain: string;
  readonly attempts: number;
}

/** Domains that are planned at a time. */
const PLANNED_AT_ONCE = 500;

export class ReportStates {
  readonly #db: Db;
  readonly #node: string;

  constructor(db: Db, node: string) {
    this.#db = db;
    this.#node = node;
  }

  /** Before the first `begin` of this process: what was on its way when the last one ended. @throws {SqlFault} */
  async settleInterrupted(now: WallMs): Promise<void> {
    await this.#db
      .updateTable("tls_report")
      .set({ state: "failed", at: now, why: "the program ended while it was being sent; it may have arrived" })
      .where("node", "=", this.#node)
      .where("state", "=", "sending")
      .execute();
  }

  /** Each domain of the day becomes due at its moment. Some at a time: true once all are. @throws {SqlFault} */
  async plan(day: number, dueAt: (domain: string) => WallMs): Promise<boolean> {
    const rows = await this.#db
      .selectFrom("tls_policy as p")
      .select("p.domain")
      .distinct()
      .where("p.node", "=", this.#node)
      .where("p.day", "=", day)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom("tls_report as r")
              .select("r.domain")
              .where("r.node", "=", this.#node)
              .where("r.day", "=", day)
              .whereRef("r.domain", "=", "p.domain"),
          ),
        ),
      )
      .orderBy("p.domain")
      .limit(PLANNED_AT_ONCE)
      .execute();
    if (rows.length > 0) {
      const made = rows.map(({ domain }) => ({
        node: this.#node,
        day,
        domain,
        state: "due",
        at: dueAt(domain),
        attempts: 0,
        places: "[]",
      }));
      await this.#db.insertInto("tls_report").values(made).execute();
    }
    if (rows.length === PLANNED_AT_ONCE) return false;
    await this.#db.updateTable("tls_day").set({ planned: 1 }).where("node", "=", this.#node).where("day", "=", day).execute();
    return true;
  }

  /** Days from `first` to before `end` with sessions whose domains are not all planned. @throws {SqlFault} */
  async unplanned(first: number, end: number): Promise<readonly number[]> {
    const rows = await this.#db
      .selectFrom("tls_day")
      .select("day")
      .where("node", "=", this.#node)
      .where("day", ">=", first)
      .where("day", "<", end)
      .where("planned", "=", 0)
      .orderBy("day")
      .execute();
    return rows.map(({ day }) => day);
  }

  /** The longest due first. @throws {SqlFault} */
  async due(now: WallMs, limit: number): Promise<readonly DueReport[]> {
    return await this.#db
      .selectFrom("tls_report")
      .select(["day", "domain", "attempts"])
      .where("node", "=", this.#node)
      .where("state", "=", "due")
      .where("at", "<=", now)
      .orderBy("at")
      .limit(limit)
      .execute();
  }

  /** When the next one is due. @throws {SqlFault} */
  async nextDueAt(): Promise<WallMs | undefined> {
    const row = await this.#db
      .selectFrom("tls_report")
      .select(({ fn }) => fn.min("at").as("at"))
      .where("node", "=", this.#node)
      .where("state", "=", "due")
      .executeTakeFirst();
    return row?.at === null || row?.at === undefined ? undefined : (Number(row.at) as WallMs);
  }

  /** True: it is the caller's to send, durably. @throws {SqlFault} */
  async begin({ day, domain }: DueReport): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable("tls_report")
      .set({ state: "sending", attempts: sql<number>`attempts + 1` })
      .where("node", "=", this.#node)
      .where("day", "=", day)
      .where("domain", "=", domain)
      .where("state", "=", "due")
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** @throws {SqlFault} */
  async settle({ day, domain }: DueReport, outcome: ReportOutcome, now: WallMs): Promise<void> {
    await this.#db
      .updateTable("tls_report")
      .set({
        state: outcome.is,
        at: outcome.is === "due" ? outcome.at : now,
        places: JSON.stringify(outcome.is === "sent" ? outcome.places : []),
        why: outcome.is === "sent" ? null : outcome.why,
      })
      .where("node", "=", this.#node)
      .where("day", "=", day)
      .where("domain", "=", domain)
      .execute();
  }
}

export function stateOf(row: Pick<TlsTables["tls_report"], "state" | "at" | "attempts" | "places" | "why">): ReportState {
  return {
    is: STATES.find((one) => one === row.state) ?? "failed",
    at: row.at as WallMs,
    attempts: row.attempts,
    places: JSON.parse(row.places) as readonly string[],
    ...(row.why !== null && { why: row.why }),
  };
}
