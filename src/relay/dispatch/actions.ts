/**
 * What an operator does to queued and held mail: by any selection, in bulk, through the same versioned changes as
 * everything else. Walks the selection page by page, so a million rows delay nobody; a row that someone else changed
 * meanwhile is skipped and said so.
 */
import type { Clock, WallMs } from "../../base/clock.ts";
import { type ActionVerb, APPLIES_TO } from "../../model/action.ts";
import type { Actor, EventBody } from "../../model/event.ts";
import type { DeliveryRef, SiteKey } from "../../model/ids.ts";
import type { Change, Selector, Spool, SpooledDelivery } from "../../store/spool/spool.ts";
import { type Routes, siteOf } from "../deliver/deliver.ts";
import type { Dispatch } from "./dispatch.ts";
import type { ReportRow, Reports } from "./report.ts";

export interface Order {
  readonly verb: ActionVerb;
  readonly selector: Selector;
  /** Written into each row and event, by which an undo finds them again. */
  readonly action: number;
  readonly by: Actor;
  readonly note?: string;
  /** Where to, for `reroute`. */
  readonly site?: SiteKey;
  readonly dryRun: boolean;
}

export interface Tally {
  readonly matched: number;
  readonly done: number;
  readonly skipped: readonly { readonly why: string; readonly count: number }[];
}

export interface ActionPorts {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly dispatch: Dispatch;
  readonly reports: Reports;
  readonly routes: Routes;
  readonly inDoubtAfterMs: number;
  begin(label: string): () => void;
}

/** A discarded delivery is held for so long first: the last moment to take it back. */
export const DISCARD_GRACE_MS = 3_600_000;

const PAGE = 200;
const UNDER_WAY = "an attempt is under way, or ended without an answer";
const OVERTAKEN = "another change came first";
/** What becomes of one row: its change (and report), or why it is left alone. */
type Decision = { readonly change: Change; readonly report?: ReportRow; readonly due?: SiteKey } | { readonly skip: string };
type Decide = (row: SpooledDelivery, now: WallMs) => Decision | Promise<Decision>;

export class Actions {
  readonly #ports: ActionPorts;

  constructor(ports: ActionPorts) {
    this.#ports = ports;
  }

  async run(order: Order): Promise<Tally> {
    const states = APPLIES_TO[order.verb].filter((state) => order.selector.states?.includes(state) ?? true);
    const retried = new Set<SiteKey>();
    const tally = await this.#walk({ ...order.selector, states }, order.dryRun, `${order.verb} by an operator`, (row, now) => {
      if (order.verb === "retry" && !order.dryRun) retried.add(row.site);
      return this.#decide(row, order, now);
    });
    // Retry means now: a lane closed after a failed connection would keep the mail for up to half an hour more.
    for (const site of retried) this.#ports.dispatch.reopen(site);
    return tally;
  }

  /** Takes an earlier order back as far as its rows have not moved on. `undefined`: it cannot be undone. */
  async undo(verb: ActionVerb, action: number, undoing: { readonly action: number; readonly by: Actor }): Promise<Tally | undefined> {
    const back: Decide | undefined = this.#backOf(verb, action, undoing);
    return back && (await this.#walk({ states: ["queued", "held"], action }, false, `undoing action ${action}`, back));
  }

  /** Ends the grace of a discard: what is still held by it is gone. */
  async finishDiscard(action: number, by: Actor): Promise<Tally> {
    return await this.#walk({ states: ["held"], action }, false, `discarding, action ${action}`, (row) => ({
      change: { ref: row.ref, version: row.version, to: "discarded", event: { kind: "discarded", why: row.why ?? "", by, action } },
    }));
  }

  #decide(row: SpooledDelivery, order: Order, now: WallMs): Decision {
    const { by, action, note } = order;
    const base = { ref: row.ref, version: row.version };
    if (row.state === "queued" && row.sentAt !== undefined && now < row.sentAt + this.#ports.inDoubtAfterMs) return { skip: UNDER_WAY };
    const why = note ?? `${order.verb === "discard" ? "discarded" : "held"} by ${by.id}`;
    switch (order.verb) {
      case "hold":
      case "discard":
        return { change: { ...base, to: "held", why, action, event: { kind: "held", why, by, action } } };
      case "release":
        return this.#queue(row, now, row.site, { kind: "released", why: note ?? `released by ${by.id}`, by, action });
      case "retry":
        return this.#queue(row, now, row.site, { kind: "retried", by, action });
      case "reroute":
        return order.site === undefined || order.site === row.site
          ? { skip: "it goes that way already" }
          : this.#queue(row, now, order.site, { kind: "rerouted", by, action, site: order.site });
      case "bounce": {
        const [fate = "not wanted"] = this.#ports.reports.fates([row]);
        const said = note ?? "returned by an operator";
        const event: EventBody = { kind: "bounced", why: said, dsn: fate, by, action };
        const report: ReportRow | undefined = fate === "sent" ? { delivery: row, action: "failed", why: said, status: "5.7.1" } : undefined;
        return { change: { ...base, to: "bounced", event }, ...(report && { report }) };
      }
    }
  }

  #queue(row: SpooledDelivery, now: WallMs, site: SiteKey, event: EventBody): Decision {
    const change: Change = {
      ref: row.ref,
      version: row.version,
      to: "queued",
      dueAt: now,
      attempts: row.attempts,
      sentAt: row.sentAt ?? null,
      ...(site !== row.site && { site }),
      event,
    };
    return { change, due: site };
  }

  #backOf(verb: ActionVerb, of: number, { action, by }: { readonly action: number; readonly by: Actor }): Decide | undefined {
    const why = `action ${of} was undone by ${by.id}`;
    switch (verb) {
      case "hold":
        return (row, now) =>
          row.state === "held" ? this.#queue(row, now, row.site, { kind: "released", why, by, action }) : { skip: OVERTAKEN };
      case "release":
        return (row) => (row.state === "queued" ? this.#holdAgain(row, why, action, by) : { skip: OVERTAKEN });
      case "discard":
        return async (row, now) => {
          if (row.state !== "held") return { skip: OVERTAKEN };
          const before = await this.#heldBefore(row.ref, of);
          return before === undefined
            ? this.#queue(row, now, row.site, { kind: "released", why, by, action })
            : this.#holdAgain(row, before, action, by);
        };
      case "reroute":
        return (row, now) => this.#queue(row, now, siteOf(this.#ports.routes.routeFor(row).route), { kind: "rerouted", by, action });
      case "bounce":
      case "retry":
        return undefined;
    }
  }

  #holdAgain(row: SpooledDelivery, why: string, action: number, by: Actor): Decision {
    return { change: { ref: row.ref, version: row.version, to: "held", why, action, event: { kind: "held", why, by, action } } };
  }

  /** Why a delivery was held before an action took hold of it; undefined if it was queued. The events know. */
  async #heldBefore(ref: DeliveryRef, action: number): Promise<string | undefined> {
    let why: string | undefined;
    for (const { rcpt, body } of await this.#ports.spool.eventsOf(ref.message)) {
      if (rcpt !== ref.rcpt) continue;
      if (body.kind === "held" && body.action === action) break;
      if (body.kind === "held") why = body.why;
      if (body.kind === "released") why = undefined;
    }
    return why;
  }

  async #walk(selector: Selector, dryRun: boolean, label: string, decide: Decide): Promise<Tally> {
    const end = this.#ports.begin(label);
    const skipped = new Map<string, number>();
    let matched = 0;
    let done = 0;
    try {
      for (let after: DeliveryRef | undefined; ; ) {
        const page = await this.#ports.spool.find(selector, PAGE, after);
        matched += page.length;
        // Together, so that the page's messages share a commit.
        const messages = [...Map.groupBy(page, (row) => row.ref.message).values()];
        const skip = (why: string, n: number): void => void skipped.set(why, (skipped.get(why) ?? 0) + n);
        for (const n of await Promise.all(messages.map((rows) => this.#visit(rows, dryRun, decide, skip)))) done += n;
        after = page.at(-1)?.ref;
        if (page.length < PAGE || after === undefined) break;
      }
    } finally {
      end();
    }
    return { matched, done, skipped: [...skipped].map(([why, count]) => ({ why, count })) };
  }

  /** Rows of one message: their changes share a transaction and a report. Returns how many changed. */
  async #visit(
    rows: readonly SpooledDelivery[],
    dryRun: boolean,
    decide: Decide,
    skip: (why: string, count: number) => void,
  ): Promise<number> {
    const now = this.#ports.clock.wall();
    const plans: Exclude<Decision, { skip: string }>[] = [];
    for (const row of rows) {
      const decision = await decide(row, now);
      if ("skip" in decision) skip(decision.skip, 1);
      else plans.push(decision);
    }
    if (dryRun || plans.length === 0) return plans.length;
    const told = plans.map((plan) => plan.report).filter((row) => row !== undefined);
    const report = await this.#ports.reports.compose(told);
    const applied = await this.#ports.spool.apply(
      plans.map((plan) => plan.change),
      "durable",
      report,
    );
    const stale = applied.filter((answer) => answer === "stale").length;
    if (stale > 0) skip(OVERTAKEN, stale);
    if (report && stale > 0 && stale < plans.length) await this.#ports.spool.apply([], "durable", report);
    for (const plan of plans) if (plan.due) this.#ports.dispatch.expect(plan.due, { dueAt: now });
    for (const first of report?.first ?? []) if (first.state === "queued") this.#ports.dispatch.expect(first.site, first);
    return plans.length - stale;
  }
}
