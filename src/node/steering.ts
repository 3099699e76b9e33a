/** The control API's port onto this node: questions answered from the spool and the running parts, orders carried out. */
import type { Clock, WallMs } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type {
  ActionCommand,
  ActionRecord,
  ActionResult,
  Answered,
  HeldGroup,
  LaneRecord,
  MessageRecord,
  NewSource,
  NodeFace,
  NodeStatus,
  PickupResult,
  SourceRecord,
} from "../control/api/node-face.ts";
import type { Actor, FairleadEvent, NewEvent } from "../model/event.ts";
import { type DeliveryRef, idOf, type MessageKey, type NodeNumber, type SiteKey, type SourceName, type TenantId } from "../model/ids.ts";
import { maySee, type View } from "../model/view.ts";
import { DISCARD_GRACE_MS } from "../relay/dispatch/dispatch.ts";
import type { Settings } from "../store/settings/settings.ts";
import type { Ledger, LedgerCounts, Selector, Spool, SpooledDelivery } from "../store/spool/spool.ts";
import type { Pipeline } from "./pipeline.ts";
import { inView, Questions } from "./questions.ts";
import type { SourceStore } from "./source-store.ts";

export interface SteeringPorts {
  readonly name: string;
  readonly number: NodeNumber;
  readonly version: string;
  readonly startedAt: WallMs;
  readonly clock: Clock;
  readonly log: Log;
  readonly spool: Spool;
  readonly settings: Settings;
  readonly pipeline: Pipeline;
  readonly sources: SourceStore;
  readonly pickup: () => Promise<PickupResult>;
  readonly stop: () => void;
}

/** A count of everything; with a million rows it takes a second of the read thread, so it is not made at every question. */
interface Counted {
  readonly at: WallMs;
  readonly tookMs: number;
  readonly ledger: Ledger;
  readonly inDoubt: number;
}

/** An action as settings keep it. */
interface KeptAction extends Omit<ActionRecord, "action"> {
  readonly finished?: boolean;
  /** Of whose people it is; absent for the operators of the node. */
  readonly tenant?: TenantId;
}

const NO_COUNTS: LedgerCounts = { accepted: 0, queued: 0, held: 0, delivered: 0, relayed: 0, bounced: 0, expired: 0, discarded: 0 };
const EVERY_MS = 60_000;
/** A count that took longer than this is good for a minute. */
const CHEAP_MS = 200;
/** The longest that an answer to the final dot is waited for by default (RFC 5321 §4.5.3.2.6). */
const ANSWER_MS = 600_000;

export class Steering implements NodeFace {
  readonly name: string;
  readonly number: NodeNumber;
  readonly version: string;
  readonly #ports: SteeringPorts;
  readonly #questions: Questions;
  #counted: Counted | undefined;
  #flow = { at: 0, accepted: 0, finished: 0, inPerMinute: 0, outPerMinute: 0 };
  #draining = false;
  #nextAction: number;

  constructor(ports: SteeringPorts) {
    this.#ports = ports;
    this.#questions = new Questions(ports.spool, ports.clock);
    this.name = ports.name;
    this.number = ports.number;
    this.version = ports.version;
    this.#nextAction = 1 + Math.max(0, ...ports.settings.list("action").map(({ key }) => Number(key)));
  }

  /** Once a minute: the ledger is counted, rates are taken, discards whose grace is over are carried out. */
  watch(signal: AbortSignal): void {
    const { clock, log } = this.#ports;
    const loop = async (): Promise<void> => {
      while (!signal.aborted) {
        this.#takeFlow();
        await this.#finishDiscards().catch((thrown: unknown) =>
          log("warn", "a discard could not be carried out yet", { why: String(thrown) }),
        );
        const counted = await this.#count().catch(() => undefined); // a sick spool says so through its health
        const ledger = counted?.ledger;
        if (ledger && !ledger.balances) log("error", "the ledger does not balance", { drift: ledger.drift.join("; ") });
        await clock.sleep(EVERY_MS, signal);
      }
    };
    loop().catch(() => {}); // ends by the signal's abort
  }

  async status(view: View): Promise<NodeStatus> {
    const { spool, pipeline, clock, startedAt } = this.#ports;
    const { at, ledger, inDoubt } = await this.#recentCount();
    const [oldest] = await this.#questions.deliveries(view, { states: ["queued"] }, 1);
    const counts = [...ledger.byEvents].filter(([tenant]) => maySee(view, tenant)).reduce((sum, [, one]) => add(sum, one), NO_COUNTS);
    const closed = pipeline.dispatch.lanes().filter((lane) => lane.state.is === "closed");
    const health = spool.health();
    const needs = closed
      .slice(0, 10)
      .map(({ site, state }) => ({ code: "lane-closed", line: `${site} is closed: ${state.is === "closed" ? state.why : ""}` }));
    if (!ledger.balances) needs.unshift({ code: "ledger", line: `the ledger does not balance: ${ledger.drift.join("; ")}` });
    if (health.is === "full")
      needs.unshift({
        code: "disk-full",
        line: `the disk is nearly full (${Math.round(health.freeBytes / 1e6)} MB left): no mail is taken`,
      });
    if (health.is === "sick") needs.unshift({ code: "spool-sick", line: `the spool cannot be written: ${health.why}` });
    const waitsFor = this.#draining ? pipeline.describe() : "";
    return {
      at: clock.wall(),
      startedAt,
      phase: this.#draining ? "draining" : "running",
      listeners: pipeline.intake.addresses.map(({ name, local }) => ({ name, address: `${local.ip}:${local.port}` })),
      flow: { inPerMinute: this.#flow.inPerMinute, outPerMinute: this.#flow.outPerMinute },
      counts,
      inDoubt,
      ...(oldest && { oldest: { ref: oldest.ref, acceptedAt: oldest.acceptedAt, site: oldest.site } }),
      ledger: { at, balances: ledger.balances, drift: ledger.drift },
      spool: health,
      history: { is: "off" },
      needs,
      ...(waitsFor !== "" && { waitsFor }),
    };
  }

  async deliveries(view: View, selector: Selector, limit: number, after?: DeliveryRef): Promise<readonly SpooledDelivery[]> {
    return await this.#questions.deliveries(view, selector, limit, after);
  }

  async count(view: View, selector: Selector): Promise<number> {
    return await this.#questions.count(view, selector);
  }

  async messagesOf(view: View, address: string, limit: number): Promise<readonly MessageKey[]> {
    return await this.#questions.messagesOf(view, address, limit);
  }

  async message(view: View, key: MessageKey): Promise<MessageRecord | undefined> {
    return await this.#questions.message(view, key);
  }

  async content(view: View, key: MessageKey): Promise<AsyncIterable<Uint8Array> | undefined> {
    return await this.#questions.content(view, key);
  }

  async holds(view: View): Promise<readonly HeldGroup[]> {
    return await this.#questions.holds(view);
  }

  onEvents(listener: (events: readonly NewEvent[]) => void): () => void {
    return this.#ports.spool.onEvents(listener);
  }

  async act(view: View, command: ActionCommand): Promise<Answered<{ readonly result: ActionResult }>> {
    const { clock, pipeline, settings } = this.#ports;
    const selector = inView(view, command.selector);
    if (selector === undefined) return { ok: true, result: { matched: 0, done: 0, skipped: [] } };
    if (command.verb === "reroute" && command.site === undefined)
      return { ok: false, refusal: { code: "bad-value", text: "reroute needs a way to go", fix: "--via upstream:HOST:PORT" } };
    const action = command.dryRun ? 0 : this.#nextAction++;
    const tally = await pipeline.actions.run({ ...command, selector, action });
    if (command.dryRun || tally.matched === 0) return { ok: true, result: tally };
    const undoable = command.verb !== "bounce" && command.verb !== "retry";
    const until = command.verb === "discard" ? ((clock.wall() + DISCARD_GRACE_MS) as WallMs) : undefined;
    const kept: KeptAction = {
      at: clock.wall(),
      verb: command.verb,
      by: command.by,
      ...(command.note !== undefined && { note: command.note }),
      selector: describe(selector, this.number),
      matched: tally.matched,
      done: tally.done,
      undone: false,
      undoable,
      ...(until !== undefined && { until }),
      ...tenantOf(view),
    };
    settings.put("action", String(action), kept, clock.wall(), command.by.id);
    return {
      ok: true,
      result: { ...tally, action, ...(undoable && tally.done > 0 && { undo: { action, ...(until !== undefined && { until }) } }) },
    };
  }

  async undo(view: View, action: number, by: Actor): Promise<Answered<{ readonly result: ActionResult }>> {
    const { clock, pipeline, settings } = this.#ports;
    const kept = settings.get("action", String(action))?.value as KeptAction | undefined;
    if (!kept || !isTheirs(view, kept)) return { ok: false, refusal: { code: "not-found", text: `there is no action ${action}` } };
    if (kept.undone) return { ok: false, refusal: { code: "too-late", text: `action ${action} was undone already` } };
    if (kept.finished) return { ok: false, refusal: { code: "too-late", text: `action ${action} was carried out; its mail is gone` } };
    const number = this.#nextAction++;
    const tally = kept.verb === "undo" ? undefined : await pipeline.actions.undo(kept.verb, action, { action: number, by });
    if (!tally) return { ok: false, refusal: { code: "not-undoable", text: `${kept.verb} cannot be undone` } };
    settings.put("action", String(action), { ...kept, undone: true, undoable: false }, clock.wall(), by.id);
    const undoing: KeptAction = {
      at: clock.wall(),
      verb: "undo",
      by,
      selector: `action ${action}`,
      ...tallyOf(tally),
      undone: false,
      undoable: false,
      ...tenantOf(view),
    };
    settings.put("action", String(number), undoing, clock.wall(), by.id);
    return { ok: true, result: { ...tally, action: number } };
  }

  async actions(view: View, limit: number): Promise<readonly ActionRecord[]> {
    return this.#ports.settings
      .list("action")
      .map(({ key, value }) => ({ action: Number(key), ...(value as KeptAction) }))
      .filter((kept) => isTheirs(view, kept))
      .sort((a, b) => b.action - a.action)
      .slice(0, limit);
  }

  async sources(view: View): Promise<readonly SourceRecord[]> {
    const all = this.#ports.sources.list((name) => this.#ports.pipeline.intake.seenAt(name));
    return all.filter(({ tenant }) => maySee(view, tenant));
  }

  async addSource(source: NewSource): ReturnType<NodeFace["addSource"]> {
    return await this.#ports.sources.add(source);
  }

  async removeSource(name: SourceName): ReturnType<NodeFace["removeSource"]> {
    return this.#ports.sources.remove(name);
  }

  async lanes(): Promise<readonly LaneRecord[]> {
    const queued = new Map((await this.#ports.spool.sites()).map((row) => [row.site, row]));
    const lanes = new Map<SiteKey, LaneRecord>();
    for (const { site, state, connections } of this.#ports.pipeline.dispatch.lanes()) {
      const row = queued.get(site);
      const shut = state.is === "open" ? {} : { why: state.is === "closed" ? state.why : state.fault.fault.text, until: state.until };
      lanes.set(site, {
        egress: "default",
        site,
        state: state.is === "open" ? "open" : "closed",
        ...shut,
        connections,
        queued: row?.queued ?? 0,
        ...(row && { nextDueAt: row.nextDueAt }),
      });
    }
    for (const [site, row] of queued)
      if (!lanes.has(site))
        lanes.set(site, { egress: "default", site, state: "open", connections: 0, queued: row.queued, nextDueAt: row.nextDueAt });
    return [...lanes.values()].sort((a, b) => b.queued - a.queued);
  }

  async events(view: View, after: number, limit: number): Promise<readonly FairleadEvent[]> {
    return await this.#questions.events(view, after, limit);
  }

  async ledger(): Promise<Ledger> {
    return (await this.#count()).ledger;
  }

  async #recentCount(): Promise<Counted> {
    const last = this.#counted;
    const fresh = last !== undefined && last.tookMs > CHEAP_MS && this.#ports.clock.wall() - last.at < EVERY_MS;
    return fresh ? last : await this.#count();
  }

  async #count(): Promise<Counted> {
    const { clock, spool } = this.#ports;
    const started = clock.mono();
    const ledger = await spool.ledger();
    const inDoubt = await spool.count({ states: ["queued"], sentBefore: (clock.wall() - ANSWER_MS) as WallMs });
    this.#counted = { at: clock.wall(), tookMs: clock.mono() - started, ledger, inDoubt };
    return this.#counted;
  }

  async pickup(): Promise<PickupResult> {
    return await this.#ports.pickup();
  }

  drain(): void {
    this.#draining = true;
    this.#ports.stop();
  }

  async #finishDiscards(): Promise<void> {
    const { settings, pipeline, clock } = this.#ports;
    for (const { key, value } of settings.list("action")) {
      const kept = value as KeptAction;
      if (kept.verb !== "discard" || kept.undone || kept.finished || kept.until === undefined || kept.until > clock.wall()) continue;
      await pipeline.actions.finishDiscard(Number(key), kept.by);
      settings.put("action", key, { ...kept, finished: true, undoable: false }, clock.wall(), "fairlead");
    }
  }

  #takeFlow(): void {
    const { clock, pipeline } = this.#ports;
    const now = clock.mono();
    const { accepted } = pipeline.intake;
    const finished = pipeline.dispatch.finished.accepted;
    const minutes = (now - this.#flow.at) / EVERY_MS;
    const rate = (before: number, after: number): number => (minutes > 0 ? Math.round((after - before) / minutes) : 0);
    this.#flow = {
      at: now,
      accepted,
      finished,
      inPerMinute: rate(this.#flow.accepted, accepted),
      outPerMinute: rate(this.#flow.finished, finished),
    };
  }
}

function tenantOf(view: View): { readonly tenant?: TenantId } {
  return view.sees === "tenant" ? { tenant: view.tenant } : {};
}

function isTheirs(view: View, { tenant }: KeptAction): boolean {
  return view.sees === "all" || (view.sees === "tenant" && view.tenant === tenant);
}

function tallyOf({ matched, done }: { matched: number; done: number }): { matched: number; done: number } {
  return { matched, done };
}

function add(a: LedgerCounts, b: LedgerCounts): LedgerCounts {
  return {
    accepted: a.accepted + b.accepted,
    queued: a.queued + b.queued,
    held: a.held + b.held,
    delivered: a.delivered + b.delivered,
    relayed: a.relayed + b.relayed,
    bounced: a.bounced + b.bounced,
    expired: a.expired + b.expired,
    discarded: a.discarded + b.discarded,
  };
}

/** A selection as the command line would say it. */
function describe(selector: Selector, node: NodeNumber): string {
  const flags: string[] = [];
  for (const key of selector.messages ?? []) flags.push(`--id ${idOf(key, node)}`);
  for (const { message, rcpt } of selector.refs ?? []) flags.push(`--id ${idOf(message, node)}.${rcpt}`);
  if (selector.sender !== undefined) flags.push(`--sender ${selector.sender}`);
  if (selector.mailFrom !== undefined) flags.push(`--from ${selector.mailFrom}`);
  if (selector.recipient !== undefined) flags.push(`--to ${selector.recipient}`);
  if (selector.recipientDomain !== undefined) flags.push(`--domain ${selector.recipientDomain}`);
  if (selector.source !== undefined) flags.push(`--source ${selector.source}`);
  if (selector.site !== undefined) flags.push(`--site ${selector.site}`);
  if (selector.acceptedBefore !== undefined) flags.push(`--before ${new Date(selector.acceptedBefore).toISOString()}`);
  if (selector.reply !== undefined) flags.push(`--reply ${JSON.stringify(selector.reply)}`);
  return flags.join(" ") || "everything";
}
