/** Searches over the deliveries, for people and for the expiry sweep: a selector becomes one SQL condition. */
import type { Cell, Database, Statement } from "../../sql/sql.ts";
import { SENDER, SITE, SOURCE, TENANT } from "../engine/names.ts";
import type { DeliveryRow, HeldRow } from "../engine/ops.ts";
import { DELIVERY_COLUMNS, DELIVERY_TABLES } from "../engine/rows.ts";
import type { Selector } from "../spool.ts";

/** Statements kept: one for each combination of conditions that was asked for. */
const STATEMENTS = 64;

export class Finder {
  readonly #db: Database;
  readonly #prepared = new Map<string, Statement>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** In key order after (message, rcpt). */
  find(selector: Selector, limit: number, message: number, rcpt: number): DeliveryRow[] {
    const { where, cells, index } = condition(selector);
    const tables = DELIVERY_TABLES.replace("delivery d", `delivery d ${index}`);
    const sql = `select ${DELIVERY_COLUMNS} from ${tables} where (d.message, d.rcpt) > (?, ?) and ${where}
      order by d.message, d.rcpt limit ?`;
    return this.#statement(sql).all<DeliveryRow>(message, rcpt, ...cells, limit);
  }

  count(selector: Selector): number {
    const { where, cells, index } = condition(selector);
    const tables = where.includes("m.") ? DELIVERY_TABLES : "delivery d";
    const sql = `select count(*) from ${tables.replace("delivery d", `delivery d ${index}`)} where ${where}`;
    return this.#statement(sql).first<[number]>(...cells)?.[0] ?? 0;
  }

  /** By sender and reason, oldest first. Every held row is read: holds are few, and a hold of a million is read in a second. */
  heldGroups(tenant: string | null, limit: number): HeldRow[] {
    const mine = tenant === null ? "" : `and tenant = (select id from name where kind = ${TENANT} and text = ?)`;
    const name = (column: string): string => `(select text from name where id = ${column})`;
    const sql = `select ${name("sender")}, ${name("source")}, ${name("tenant")}, coalesce(why, ''), held, oldest, newest, action from (
        select sender, source, tenant, why, count(*) held, min(message) oldest, max(message) newest, max(action) action
        from delivery indexed by delivery_held where state = 1 ${mine} group by sender, source, tenant, why)
      order by oldest limit ?`;
    return this.#statement(sql).all<HeldRow>(...(tenant === null ? [] : [tenant]), limit);
  }

  #statement(sql: string): Statement {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      if (this.#prepared.size >= STATEMENTS) this.#prepared.clear();
      statement = this.#db.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}

interface Condition {
  readonly where: string;
  readonly cells: readonly Cell[];
  /** Says which index to use where the planner would walk the whole table for the sake of the order. */
  readonly index: string;
}

function condition(selector: Selector): Condition {
  const terms: string[] = [];
  const cells: Cell[] = [];
  const add = (term: string, ...bound: Cell[]): void => {
    terms.push(term);
    cells.push(...bound);
  };
  const named = (column: string, kind: number, text: string | undefined): void => {
    if (text !== undefined) add(`d.${column} = (select id from name where kind = ${kind} and text = ?)`, text);
  };

  const states = new Set(selector.states ?? ["queued", "held"]);
  const only = states.size === 1 ? [...states][0] : undefined;
  if (states.size === 0) add("0");
  if (only !== undefined) add(`d.state = ${only === "queued" ? 0 : 1}`);
  if (selector.messages !== undefined) add("d.message in (select value from json_each(?))", JSON.stringify(selector.messages));
  if (selector.refs !== undefined) {
    const refs = JSON.stringify(selector.refs.map((ref) => [ref.message, ref.rcpt]));
    add("(d.message, d.rcpt) in (select value ->> 0, value ->> 1 from json_each(?))", refs);
  }
  named("tenant", TENANT, selector.tenant);
  named("sender", SENDER, selector.sender);
  named("source", SOURCE, selector.source);
  named("site", SITE, selector.site);
  if (selector.mailFrom !== undefined) add("m.mail_from = ? collate nocase", selector.mailFrom);
  if (selector.recipient !== undefined) add("d.address = ? collate nocase", selector.recipient);
  if (selector.recipientDomain !== undefined) add("d.domain = ? collate nocase", selector.recipientDomain);
  if (selector.acceptedBefore !== undefined) add("m.accepted_at < ?", selector.acceptedBefore);
  if (selector.expiresBefore !== undefined) add("d.expires_at < ?", selector.expiresBefore);
  if (selector.sentBefore !== undefined) add("d.sent_at < ?", selector.sentBefore);
  if (selector.reply !== undefined) add("instr(lower(d.why), lower(?)) > 0", selector.reply);
  if (selector.action !== undefined) add("d.action = ?", selector.action);

  const listed = selector.messages !== undefined || selector.refs !== undefined;
  const expiring = only === "queued" && selector.expiresBefore !== undefined;
  const index = listed ? "" : only === "held" ? "indexed by delivery_held" : expiring ? "indexed by delivery_expires" : "";
  return { where: terms.length === 0 ? "1" : terms.join(" and "), cells, index };
}
