/**
 * What the control API asks of the running node: the port between who steers and what runs. The composition root
 * implements it over spool, dispatch and intake; tests have one in memory. Plain data in and out; times are wall times,
 * ids are keys: the API turns them into what people see.
 *
 * A method rejects only when the node cannot answer at all (a SpoolError, an abort). What an operator may hear as an
 * answer ("no such source") is a `Refusal` in the result.
 */
import type { WallMs } from "../../base/clock.ts";
import type { ClosedSites, MessageRecord } from "../../diagnose/story/story.ts";
import type { ActionVerb } from "../../model/action.ts";
import type { ReplyClass } from "../../model/diagnosis.ts";
import type { Actor, FairleadEvent, NewEvent } from "../../model/event.ts";
import type { DeliveryRef, MessageKey, NodeNumber, SiteKey, SourceName, TenantId } from "../../model/ids.ts";
import type { View } from "../../model/view.ts";
import type { HistoryHealth, HistoryQuery, Tally as HistoryTally, SearchPage } from "../../store/history/history.ts";
import type { OperatorAction } from "../../store/settings/control-settings.ts";
import type { Ledger, LedgerCounts, Selector, SpooledDelivery, SpoolHealth } from "../../store/spool/spool.ts";
import type { LimitDesk } from "./limit-desk.ts";
import type { WayDesk } from "./way-desk.ts";

/** The answer is no. `fix` is the next step in words or a command; `code` is stable. */
export interface Refusal {
  readonly code: "not-found" | "exists" | "too-wide" | "bad-value" | "fixed" | "too-late" | "not-undoable" | "not-allowed" | "draining";
  readonly text: string;
  readonly fix?: string;
}

export type Answered<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly refusal: Refusal };

export type NeedCode =
  | "disk-full"
  | "spool-sick"
  | "upstream-closed"
  | "ledger"
  | "held"
  | "history-stopped"
  | "history-behind"
  | "history-day-lost"
  | "history-gap"
  | "certificate"
  | "webhook-stopped"
  | "audit-unwritten"
  | "way-broken"
  | "lane-closed"
  | "put-off"
  | "dnssec-stripped";

/** Something a person should look at. `line` is one sentence; `fix` one command or instruction. */
export interface Need {
  readonly code: NeedCode;
  readonly line: string;
  readonly fix?: string;
  /** The panel's page that shows it, as `#/holds`. */
  readonly link?: string;
}

/**
 * How the node is, for a view: counts, what is in doubt, the oldest and needs are of what the view may see. The rest is
 * the node's own, and the API tells it to nobody who sees one tenant's mail only.
 */
export interface NodeStatus {
  readonly at: WallMs;
  readonly startedAt: WallMs;
  readonly phase: "starting" | "running" | "draining";
  /** Where it takes mail: `smtp 127.0.0.1:2525`. */
  readonly listeners: readonly { readonly name: string; readonly address: string }[];
  /** Deliveries in the last 60 seconds: accepted, and delivered or relayed. */
  readonly flow: { readonly inPerMinute: number; readonly outPerMinute: number };
  /** From the last count of the ledger. */
  readonly counts: LedgerCounts;
  /** Queued deliveries past the final dot without a recorded reply. */
  readonly inDoubt: number;
  /** The queued delivery accepted first; absent when nothing is queued. */
  readonly oldest?: { readonly ref: DeliveryRef; readonly acceptedAt: WallMs; readonly site: SiteKey };
  /** The last count, at `at`. */
  readonly ledger: { readonly at: WallMs; readonly balances: boolean; readonly drift: readonly string[] };
  readonly spool: SpoolHealth;
  readonly history: HistoryHealth;
  readonly needs: readonly Need[];
  /** While draining: what it waits for, from `Activities.describe()`. */
  readonly waitsFor?: string;
}

export type { MessageRecord };

export interface ActionCommand {
  readonly verb: ActionVerb;
  readonly selector: Selector;
  /** What a dry run counts and a real run records; ≤ 500 characters. */
  readonly note?: string;
  /** Changes nothing: tells what would match and be skipped. */
  readonly dryRun: boolean;
  readonly by: Actor;
  /** Where to, for `reroute` only. */
  readonly site?: SiteKey;
}

export interface ActionResult {
  /** Absent in a dry run and when nothing matched. */
  readonly action?: number;
  readonly matched: number;
  readonly done: number;
  /** Rows that did not change, by reason: "another change came first", "an attempt is under way" … */
  readonly skipped: readonly { readonly why: string; readonly count: number }[];
  /** What an undo would bring back, and until when; absent when the verb cannot be undone. */
  readonly undo?: { readonly action: number; readonly until?: WallMs };
}

/** What an operator did, as the API tells it. */
export type ActionRecord = Omit<OperatorAction, "finished" | "tenant">;

interface SourceCommon {
  readonly name: SourceName;
  readonly tenant: TenantId;
  readonly createdAt: WallMs;
  /** It comes from a flag or the configuration file and is changed there. */
  readonly fixed: boolean;
  /** When it last handed over mail in this process; absent if it did not. */
  readonly seenAt?: WallMs;
}

export type SourceRecord =
  | (SourceCommon & { readonly kind: "range"; readonly cidrs: readonly string[] })
  | (SourceCommon & { readonly kind: "credential"; readonly login: string });

export type NewSource =
  | {
      readonly kind: "range";
      readonly name: SourceName;
      readonly cidrs: readonly string[] /** Ranges wider than /16 (IPv6: /32) need it (R24). */;
      readonly wide: boolean;
      readonly tenant?: TenantId;
    }
  | {
      readonly kind: "credential";
      readonly name: SourceName;
      readonly login: string /** Absent: one is made and shown once. */;
      readonly password?: string;
      readonly tenant?: TenantId;
    };

export interface LaneRecord {
  readonly egress: string;
  readonly site: SiteKey;
  readonly state: "open" | "closed";
  readonly why?: string;
  /** When it was closed or slowed, and when it opens. */
  readonly since?: WallMs;
  readonly until?: WallMs;
  /** Messages a minute at most, since the receiver objected; `ceiling` is a little below what was too much. */
  readonly perMinute?: number;
  readonly ceiling?: number;
  /** Why it is closed: nobody was reached, too much came, or our address is not wanted. */
  readonly cause?: "unreachable" | "pushback" | "shunned";
  /** Whose mail closed it, where that is recorded. */
  readonly of?: TenantId;
  /** Who runs the destination, by key, where that is known. */
  readonly provider?: string;
  /** What set the limit that holds. */
  readonly limitedBy?: "rule" | "law" | "operator";
  /** What `fairlead undo` takes to end it: an override as `o12`, or the lane's own key for what the law decided. */
  readonly undo?: string;
  readonly connections: number;
  readonly queued: number;
  readonly nextDueAt?: WallMs;
}

/** One card *Because*: what the program or a person did, why, and how to take it back. */
export interface InForce {
  readonly id: string;
  readonly what: string;
  readonly on: string;
  readonly cause: string;
  readonly link?: string;
  readonly by: string;
  readonly since: WallMs;
  readonly until?: WallMs;
  readonly then?: string;
  /** What `fairlead undo` takes to end it: an operator action's number, an override as `o12`, or a lane's key. */
  readonly undo?: string;
}

/** Attempts of the last quarter of an hour: taken, put off, refused. */
export interface Answers {
  readonly ok: number;
  readonly later: number;
  readonly no: number;
}

/** Sites by who runs them; what has no known operator stands under its own name. */
export interface ProviderRecord {
  readonly key: string;
  readonly provider: string;
  readonly queued: number;
  readonly oldestAt?: WallMs;
  readonly deliveredPerHour: number;
  readonly answers: Answers;
  /** What limits it now, why, and when that ends. */
  readonly limit?: string;
  readonly why?: string;
  readonly opensAt?: WallMs;
  readonly sites: number;
}

export interface ProviderDetail {
  readonly provider: ProviderRecord;
  readonly sites: readonly (LaneRecord & { readonly oldestAt?: WallMs; readonly hosts: readonly string[] })[];
  /** Refusals of the last 24 h by their text without its changing parts, most frequent first, ≤ 20. */
  readonly replies: readonly {
    readonly text: string;
    readonly class: ReplyClass;
    readonly count: number;
    readonly lastAt: WallMs;
    readonly remedy: string;
  }[];
  readonly steps: readonly FlowStep[];
}

export interface FlowStep {
  readonly at: WallMs;
  readonly accepted: number;
  readonly settled: number;
}

/** What "now" shows besides the status. All from memory. */
export interface NodeNow {
  /** Of the last 60 minutes; queued and held are what stands now. */
  readonly lastHour: LedgerCounts;
  /** Accepted to delivered or relayed, of the last 60 minutes. */
  readonly latency: { readonly p50Ms?: number; readonly p99Ms?: number; readonly n: number };
  /** 60 minutes, oldest first. */
  readonly steps: readonly FlowStep[];
  readonly inForce: readonly InForce[];
  readonly providers: readonly ProviderRecord[];
}

/** Held mail as a person decides about it: one sender, one cause. */
export interface HeldGroup {
  readonly key: string;
  readonly sender: string;
  readonly source: SourceName;
  readonly tenant: TenantId;
  readonly why: string;
  readonly held: number;
  readonly oldestAt: WallMs;
  readonly newestAt: WallMs;
  readonly action?: number;
  readonly sample: readonly SpooledDelivery[];
}

export interface PickupResult {
  /** Files that became messages, and files set aside because they cannot. */
  readonly taken: number;
  readonly refused: number;
}

/** Rates and answers from memory. */
export interface Figures {
  now(view: View): Promise<NodeNow>;
  providers(): Promise<readonly ProviderRecord[]>;
  provider(key: string): Promise<ProviderDetail | undefined>;
}

/** History, and what it has not folded yet. */
export interface Past {
  search(view: View, query: HistoryQuery, page: { readonly limit: number; readonly after?: string }): Promise<SearchPage>;
  tally(view: View, query: HistoryQuery): Promise<HistoryTally>;
}

export interface NodeFace {
  readonly name: string;
  /** Part of every id. */
  readonly number: NodeNumber;
  readonly version: string;

  /** Of a tenant: its own counts and nothing of others. */
  status(view: View): Promise<NodeStatus>;
  /** Absent: this node keeps none, and says so when asked. */
  readonly figures?: Figures;
  readonly past?: Past;
  readonly limits?: LimitDesk;
  readonly ways?: WayDesk;
  /** Open deliveries in key order after `after`. */
  deliveries(view: View, selector: Selector, limit: number, after?: DeliveryRef): Promise<readonly SpooledDelivery[]>;
  count(view: View, selector: Selector): Promise<number>;
  /** Messages to or from an address, newest first, settled ones while they are known. */
  messagesOf(view: View, address: string, limit: number): Promise<readonly MessageKey[]>;
  /** From the spool while it is open, else from history; refusals by their reference. Undefined for what the view may not see. */
  message(view: View, key: MessageKey): Promise<MessageRecord | undefined>;
  /** Prelude and content as they would be sent; undefined once settled. */
  content(view: View, key: MessageKey): Promise<AsyncIterable<Uint8Array> | undefined>;
  holds(view: View): Promise<readonly HeldGroup[]>;

  /** Only what the view may see is matched. */
  act(view: View, command: ActionCommand): Promise<Answered<{ readonly result: ActionResult }>>;
  undo(view: View, action: number, by: Actor): Promise<Answered<{ readonly result: ActionResult }>>;
  /** Newest first; of a tenant those of its own people. */
  actions(view: View, limit: number): Promise<readonly ActionRecord[]>;

  sources(view: View): Promise<readonly SourceRecord[]>;
  /** Durable when it resolves. `password` is the generated one; nobody can read it again. */
  addSource(source: NewSource, by: Actor): Promise<Answered<{ readonly source: SourceRecord; readonly password?: string }>>;
  removeSource(name: SourceName, by: Actor): Promise<Answered<{ readonly removed: SourceRecord }>>;

  /** With how much waits there, which may be a moment old. */
  lanes(): Promise<readonly LaneRecord[]>;
  /** Destinations that no connection is made to now, or that are slowed: every story asks, so it costs no look at the spool. */
  closedSites(): ClosedSites;
  /** Names and addresses of upstreams that mail leaves or left through: the inside, to a tenant. Absent: it has none. */
  upstreams?(): ReadonlySet<string>;
  /** In order; of a tenant only what concerns its messages. */
  events(view: View, after: number, limit: number): Promise<readonly FairleadEvent[]>;
  /** Called after each commit with what was recorded; for live views and counters. The result ends it. */
  onEvents(listener: (events: readonly NewEvent[]) => void): () => void;
  ledger(): Promise<Ledger>;
  /** Looks at the drop folder now. */
  pickup(): Promise<PickupResult>;
  /** Starts a graceful stop, as SIGTERM does; returns at once. */
  drain(): void;
}
