/** The control API's port onto this node: questions answered from the spool and the running parts, orders carried out. */
import type { Clock, WallMs } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type {
  ActionCommand,
  ActionRecord,
  Figures,
  HeldGroup,
  LaneRecord,
  MessageRecord,
  Need,
  NewSource,
  NodeFace,
  NodeStatus,
  Past,
  PickupResult,
  SourceRecord,
} from "../control/api/node-face.ts";
import type { WayDesk } from "../control/api/way-desk.ts";
import type { Traffic } from "../control/metrics/traffic.ts";
import type { ClosedSites } from "../diagnose/story/story.ts";
import type { Actor, FairleadEvent, NewEvent } from "../model/event.ts";
import type { DeliveryRef, MessageKey, NodeNumber, SiteKey, SourceName, TenantId } from "../model/ids.ts";
import { maySee, type View } from "../model/view.ts";
import type { Limits } from "../relay/limits/limits.ts";
import type { History, HistoryHealth } from "../store/history/history.ts";
import type { OperatorActions } from "../store/settings/control-settings.ts";
import type { HeldCount, Ledger, LedgerCounts, Selector, SiteQueue, Spool, SpooledDelivery } from "../store/spool/spool.ts";
import { figuresOf } from "./figures.ts";
import { keptReading } from "./kept-reading.ts";
import { laneScope, limiterOf, type NodeLimitPorts, NodeLimits } from "./limit-desk.ts";
import { needsOf } from "./needs.ts";
import { Orders } from "./orders.ts";
import { pastOf, type SiteFor } from "./past.ts";
import type { Pipeline } from "./pipeline.ts";
import { Questions } from "./questions.ts";
import type { SourceStore } from "./source-store.ts";
import { paceOf, pausedBy, shutOrSlow } from "./ways.ts";

export interface SteeringPorts {
  readonly name: string;
  readonly number: NodeNumber;
  readonly version: string;
  readonly startedAt: WallMs;
  readonly clock: Clock;
  readonly log: Log;
  readonly spool: Spool;
  readonly actions: OperatorActions;
  readonly pipeline: Pipeline;
  readonly sources: SourceStore;
  readonly pickup: () => Promise<PickupResult>;
  readonly stop: () => void;
  /** Absent: what the journal has forgotten is not known. */
  readonly history?: History;
  /** Rates and answers, once somebody counts them. */
  readonly traffic?: Traffic;
  /** What parts know that are not asked here: webhooks that were given up. */
  readonly needs: () => readonly Need[];
  /** When the certificate that listeners show ends. */
  readonly certificateUntil: () => WallMs;
  readonly mayRelease: (tenant: TenantId) => boolean;
  readonly siteFor: SiteFor;
  /** Where mail goes that does not go by MX. */
  readonly upstreams: ReadonlySet<string>;
  readonly limits: Limits;
  /** Absent: they are neither told nor changed. */
  readonly ways?: WayDesk;
  /** Connections to one upstream, and to one domain's hosts. */
  readonly connections: NodeLimitPorts["connections"];
}

/** A count of everything; with a million rows it takes a second of the read thread, so it is not made at every question. */
interface Counted {
  readonly at: WallMs;
  readonly tookMs: number;
  readonly ledger: Ledger;
  readonly inDoubt: number;
}

const OFF: HistoryHealth = { is: "off" };
const NO_COUNTS: LedgerCounts = { accepted: 0, queued: 0, held: 0, delivered: 0, relayed: 0, bounced: 0, expired: 0, discarded: 0 };
const EVERY_MS = 60_000;
/** A count that took longer than this is good for a minute. */
const CHEAP_MS = 200;
/** Groups of held mail that are looked at for what needs a person, the oldest first. */
const HELD_MOST = 10_000;
/** The longest that an answer to the final dot is waited for by default (RFC 5321 §4.5.3.2.6). */
const ANSWER_MS = 600_000;

export class Steering implements NodeFace {
  readonly name: string;
  readonly number: NodeNumber;
  readonly version: string;
  readonly #ports: SteeringPorts;
  readonly #questions: Questions;
  readonly #orders: Orders;
  #counted: Counted | undefined;
  #draining = false;
  readonly #queues: () => Promise<readonly SiteQueue[]>;
  readonly #held: () => Promise<readonly HeldCount[]>;
  readonly past?: Past;
  readonly figures?: Figures;
  readonly limits: NodeLimits;
  readonly ways?: WayDesk;

  constructor(ports: SteeringPorts) {
    this.#ports = ports;
    this.#questions = new Questions(ports);
    this.name = ports.name;
    this.number = ports.number;
    this.version = ports.version;
    this.#orders = new Orders({ ...ports, node: ports.number });
    const { history, traffic, clock, spool } = ports;
    this.#queues = keptReading(clock, () => spool.sites());
    this.#held = keptReading(clock, () => spool.heldGroups(undefined, HELD_MOST));
    const { limits, connections, pipeline } = ports;
    this.limits = new NodeLimits({ clock, limits, dispatch: pipeline.dispatch, connections, lanes: () => this.lanes() });
    if (ports.ways) this.ways = ports.ways;
    if (history) this.past = pastOf(history);
    if (traffic)
      this.figures = figuresOf({
        clock,
        traffic,
        node: this,
        spool,
        overrides: () => limits.list(),
        standing: async (view) => this.#counts((await this.#recentCount()).ledger, view),
      });
  }

  /** Once a minute: the ledger is counted, discards whose grace is over are carried out. */
  watch(signal: AbortSignal): void {
    const { clock, log } = this.#ports;
    const loop = async (): Promise<void> => {
      while (!signal.aborted) {
        await this.#orders
          .finishDiscards()
          .catch((thrown: unknown) => log("warn", "a discard could not be carried out yet", { why: String(thrown) }));
        const counted = await this.#count().catch(() => undefined); // a sick spool says so through its health
        const ledger = counted?.ledger;
        if (ledger && !ledger.balances) log("error", "the ledger does not balance", { drift: ledger.drift.join("; ") });
        await clock.sleep(EVERY_MS, signal);
      }
    };
    loop().catch(() => {}); // ends by the signal's abort
  }

  /** The API tells a tenant nothing of the node's own: rates, listeners, needs. */
  async status(view: View): Promise<NodeStatus> {
    const { spool, pipeline, clock, startedAt, certificateUntil, traffic } = this.#ports;
    const { at, ledger, inDoubt } = await this.#recentCount();
    const [oldest] = await this.#questions.deliveries(view, { states: ["queued"] }, 1);
    const counts = this.#counts(ledger, view);
    const told = { at, balances: ledger.balances, drift: ledger.drift };
    const how = { spool: spool.health(), history: this.#ports.history?.health() ?? OFF };
    const needs = needsOf({
      ...{ ...how, now: clock.wall(), ledger: told, lanes: pipeline.dispatch.lanes(), putOff: traffic?.putOff() ?? [] },
      ...{ others: this.#ports.needs(), certificateUntil: certificateUntil(), held: counts.held > 0 ? await this.#held() : [] },
    });
    const waitsFor = this.#draining ? pipeline.describe() : "";
    return {
      ...how,
      at: clock.wall(),
      startedAt,
      phase: this.#draining ? "draining" : "running",
      listeners: pipeline.intake.addresses.map(({ name, local }) => ({ name, address: `${local.ip}:${local.port}` })),
      flow: traffic?.flow() ?? { inPerMinute: 0, outPerMinute: 0 },
      counts,
      inDoubt: view.sees === "all" ? inDoubt : await this.#questions.count(view, inDoubtAt(clock.wall())),
      ...(oldest && { oldest: { ref: oldest.ref, acceptedAt: oldest.acceptedAt, site: oldest.site } }),
      ledger: told,
      needs: view.sees === "all" ? needs : [],
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

  async act(view: View, command: ActionCommand): ReturnType<NodeFace["act"]> {
    return await this.#orders.act(view, command);
  }

  async undo(view: View, action: number, by: Actor): ReturnType<NodeFace["undo"]> {
    return await this.#orders.undo(view, action, by);
  }

  async actions(view: View, limit: number): Promise<readonly ActionRecord[]> {
    return await this.#orders.list(view, limit);
  }

  async sources(view: View): Promise<readonly SourceRecord[]> {
    const all = this.#ports.sources.list((name) => this.#ports.pipeline.intake.seenAt(name));
    return all.filter(({ tenant }) => maySee(view, tenant));
  }

  async addSource(source: NewSource, by: Actor): ReturnType<NodeFace["addSource"]> {
    return await this.#ports.sources.add(source, by);
  }

  async removeSource(name: SourceName, by: Actor): ReturnType<NodeFace["removeSource"]> {
    return await this.#ports.sources.remove(name, by);
  }

  upstreams(): ReadonlySet<string> {
    return this.#ports.upstreams;
  }

  async lanes(): Promise<readonly LaneRecord[]> {
    const queued = new Map((await this.#queues()).map((row) => [row.site, row]));
    const closed = this.closedSites();
    const known = new Map(this.#ports.pipeline.dispatch.lanes().map((lane) => [lane.site, lane]));
    const record = (site: SiteKey): LaneRecord => {
      const row = queued.get(site);
      const lane = known.get(site);
      const scope = laneScope(site, lane?.provider);
      const effective = this.#ports.limits.effective(scope);
      const shut = effective.paused ? pausedBy(effective.paused) : closed.get(site);
      const { egress, provider } = scope;
      return {
        ...{ egress, site, state: shut === undefined || shut.perMinute !== undefined ? "open" : "closed", ...shut },
        ...(provider !== undefined && { provider }),
        ...(lane && paceOf(lane)),
        ...limiterOf(site, lane, effective),
        ...{ connections: lane?.connections ?? 0, queued: row?.queued ?? 0 },
        ...(row && { nextDueAt: row.nextDueAt }),
      };
    };
    return [...new Set([...known.keys(), ...queued.keys()])].map(record).sort((a, b) => b.queued - a.queued);
  }

  closedSites(): ClosedSites {
    return new Map(
      this.#ports.pipeline.dispatch.lanes().flatMap((lane) => {
        const found = shutOrSlow(lane);
        return found ? [[lane.site, found] as const] : [];
      }),
    );
  }

  async events(view: View, after: number, limit: number): Promise<readonly FairleadEvent[]> {
    return await this.#questions.events(view, after, limit);
  }

  async ledger(): Promise<Ledger> {
    return (await this.#count()).ledger;
  }

  /** From the last count of the ledger; what waits now is known by heart where it is not too much. */
  #counts(ledger: Ledger, view: View): LedgerCounts {
    return { ...countsOf(ledger, view), ...this.#ports.traffic?.standing(view) };
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
    const inDoubt = await spool.count(inDoubtAt(clock.wall()));
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
}

function countsOf(ledger: Ledger, view: View): LedgerCounts {
  return [...ledger.byEvents].filter(([tenant]) => maySee(view, tenant)).reduce((sum, [, one]) => add(sum, one), NO_COUNTS);
}

/** Past the final dot for so long that the answer will not come. */
function inDoubtAt(now: WallMs): Selector {
  return { states: ["queued"], sentBefore: (now - ANSWER_MS) as WallMs };
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
