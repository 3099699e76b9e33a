/**
 * A node in memory behind the API's port, for the tests of the API and of the command line: deliveries in an array,
 * actions that change them, time that stands still. It moves no mail.
 */
import type { WallMs } from "../../base/clock.ts";
import type { EventBody, FairleadEvent, NewEvent } from "../../model/event.ts";
import {
  type DeliveryRef,
  keyAt,
  type MessageKey,
  type NodeNumber,
  type SenderKey,
  type SiteKey,
  type SourceName,
  type TenantId,
} from "../../model/ids.ts";
import type { Envelope } from "../../model/message.ts";
import { EVERYTHING, maySee, type View } from "../../model/view.ts";
import type { HistoryQuery, SearchPage } from "../../store/history/history.ts";
import type { Ledger, LedgerCounts, Selector, SpooledDelivery } from "../../store/spool/spool.ts";
import { MemoryLimits } from "./memory-limits.ts";
import { historyRows, matches, shows } from "./memory-rows.ts";
import { MemoryWays } from "./memory-ways.ts";
import type {
  ActionCommand,
  ActionRecord,
  ActionResult,
  Answered,
  Figures,
  HeldGroup,
  LaneRecord,
  MessageRecord,
  NodeFace,
  NodeStatus,
  Past,
  ProviderRecord,
  SourceRecord,
} from "./node-face.ts";

/** Tue 3 March 2026, 10:52 CET. */
export const MEMORY_NOW = Date.parse("2026-03-03T09:52:00Z") as WallMs;

export interface MemoryMessage {
  readonly acceptedAt: WallMs;
  /** When its key was drawn, if that was sooner. */
  readonly begunAt?: WallMs;
  readonly from: string;
  readonly sender: string;
  readonly source: string;
  readonly to: readonly {
    readonly address: string;
    readonly state: "queued" | "held" | "settled";
    readonly why?: string;
    readonly due?: WallMs;
  }[];
  readonly tenant?: string;
  readonly messageId?: string;
  /** Besides `accepted`. */
  readonly events?: readonly { readonly at: WallMs; readonly rcpt: number; readonly body: EventBody }[];
}

export class MemoryNode implements NodeFace {
  readonly name = "n1";
  readonly number = 1 as NodeNumber;
  readonly version = "0.1.0";
  readonly open: SpooledDelivery[] = [];
  readonly commands: ActionCommand[] = [];
  readonly done: ActionRecord[] = [];
  /** Who saw what when it did action N. */
  readonly #doneIn = new Map<number, View>();
  readonly known: SourceRecord[] = [];
  readonly happened: FairleadEvent[] = [];
  readonly envelopes = new Map<MessageKey, Envelope>();
  contentOf: ((key: MessageKey) => AsyncIterable<Uint8Array> | undefined) | undefined;
  draining = false;
  /** Upstreams, and what is known of why gmail.com is closed; with a rate it is only slowed. */
  readonly relays = new Set<string>();
  closed: Pick<LaneRecord, "since" | "of" | "perMinute"> = {};
  pickups = 0;
  readonly limits = new MemoryLimits(() => this.lanes(), MEMORY_NOW);
  readonly ways = new MemoryWays(MEMORY_NOW);
  readonly listeners = new Set<(events: readonly NewEvent[]) => void>();
  /** Set to make every question fail as a broken spool does. */
  broken: Error | undefined;

  /** Adds a message and returns its key. */
  add(message: MemoryMessage): MessageKey {
    const key = (keyAt(message.begunAt ?? message.acceptedAt) + this.envelopes.size) as MessageKey;
    const recipients = message.to.map(({ address }) => ({ address, domain: address.slice(address.lastIndexOf("@") + 1) }));
    const envelope: Envelope = {
      key,
      acceptedAt: message.acceptedAt,
      expiresAt: (message.acceptedAt + 3 * 86_400_000) as WallMs,
      tenant: (message.tenant ?? "default") as TenantId,
      ...(message.messageId === undefined ? {} : { messageId: message.messageId }),
      source: message.source as SourceName,
      sender: message.sender as SenderKey,
      mailFrom: message.from,
      recipients,
      class: "normal",
      bytes: 18_432,
      body: "7bit",
      smtpUtf8: false,
      peer: { ip: "192.0.2.7", helo: "srv.example", tls: "TLSv1.3 TLS_AES_256_GCM_SHA384", listener: "smtp" },
    };
    this.envelopes.set(key, envelope);
    const { key: _, ...accepted } = envelope;
    this.#happen(message.acceptedAt, key, undefined, { kind: "accepted", envelope: accepted });
    for (const event of message.events ?? []) this.#happen(event.at, key, event.rcpt, event.body);
    for (const [rcpt, { address, state, why, due }] of message.to.entries()) {
      if (state !== "settled") this.open.push(this.#delivery(envelope, rcpt, address, state, why, due));
    }
    return key;
  }

  #delivery(
    envelope: Envelope,
    rcpt: number,
    address: string,
    state: "queued" | "held",
    why: string | undefined,
    due = MEMORY_NOW,
  ): SpooledDelivery {
    const { acceptedAt, expiresAt, tenant, sender, source, mailFrom, bytes, body, smtpUtf8 } = envelope;
    const domain = address.slice(address.lastIndexOf("@") + 1);
    const attempts = this.happened.filter(
      (event) => event.message === envelope.key && event.rcpt === rcpt && event.body.kind === "deferred",
    ).length;
    return {
      ...{ acceptedAt, expiresAt, tenant, sender, source, mailFrom, bytes, body, smtpUtf8, address, domain, state, attempts },
      ...{ ref: { message: envelope.key, rcpt }, version: 1, dueAt: due, site: domain as SiteKey, class: "normal", delayTold: false },
      ...(why === undefined ? {} : { why }),
    };
  }

  #happen(at: WallMs, message: MessageKey, rcpt: number | undefined, body: EventBody): void {
    for (const listener of this.listeners) listener([{ at, ref: rcpt === undefined ? { message } : { message, rcpt }, body }]);
    this.happened.push({ seq: this.happened.length + 1, at, message, ...(rcpt === undefined ? {} : { rcpt }), body });
  }

  async status(view: View): Promise<NodeStatus> {
    const oldest = this.open.find((row) => row.state === "queued" && maySee(view, row.tenant));
    return {
      at: MEMORY_NOW,
      startedAt: (MEMORY_NOW - 3_600_000) as WallMs,
      phase: this.draining ? "draining" : "running",
      listeners: [{ name: "smtp", address: "127.0.0.1:2525" }],
      flow: { inPerMinute: 1356, outPerMinute: 1176 },
      counts: this.#counts(view),
      inDoubt: 0,
      ...(oldest === undefined ? {} : { oldest: { ref: oldest.ref, acceptedAt: oldest.acceptedAt, site: oldest.site } }),
      ledger: { at: MEMORY_NOW, balances: true, drift: [] },
      spool: { is: "ok", freeBytes: 61 * 1024 ** 3 },
      history: { is: "ok", behind: 0, at: MEMORY_NOW },
      needs: [],
    };
  }

  #counts(view: View): LedgerCounts {
    const count = (state: string): number => this.open.filter((row) => row.state === state && maySee(view, row.tenant)).length;
    const settled = (kind: string): number =>
      this.happened.filter((event) => event.body.kind === kind && this.#mayHear(view, event)).length;
    const accepted = [...this.envelopes.values()]
      .filter(({ tenant }) => maySee(view, tenant))
      .reduce((sum, { recipients }) => sum + recipients.length, 0);
    const [delivered, relayed, bounced, expired, discarded] = ["delivered", "relayed", "bounced", "expired", "discarded"].map(settled) as [
      number,
      number,
      number,
      number,
      number,
    ];
    return { accepted, queued: count("queued"), held: count("held"), delivered, relayed, bounced, expired, discarded };
  }

  #mayHear(view: View, { message }: FairleadEvent): boolean {
    const tenant = message === undefined ? undefined : this.envelopes.get(message)?.tenant;
    return view.sees === "all" || (tenant !== undefined && maySee(view, tenant, message));
  }

  async deliveries(view: View, selector: Selector, limit: number, after?: DeliveryRef): Promise<readonly SpooledDelivery[]> {
    if (this.broken !== undefined) throw this.broken;
    const later = (row: SpooledDelivery): boolean =>
      after === undefined || row.ref.message > after.message || (row.ref.message === after.message && row.ref.rcpt > after.rcpt);
    return this.open.filter((row) => maySee(view, row.tenant) && matches(selector, row) && later(row)).slice(0, limit);
  }

  async count(view: View, selector: Selector): Promise<number> {
    return this.open.filter((row) => maySee(view, row.tenant) && matches(selector, row)).length;
  }

  async messagesOf(view: View, address: string, limit: number): Promise<readonly MessageKey[]> {
    const named = [...this.envelopes.values()].filter(
      ({ tenant, key, mailFrom, recipients }) =>
        maySee(view, tenant, key) && (mailFrom === address || recipients.some((to) => to.address === address)),
    );
    return named
      .map(({ key }) => key)
      .sort((a, b) => b - a)
      .slice(0, limit);
  }

  readonly past: Past = {
    search: async (view, query, page) => this.#search(view, query, page),
    tally: async (view, query) => {
      const { rows } = this.#search(view, query, { limit: Number.MAX_SAFE_INTEGER });
      const byState = { queued: 0, held: 0, delivered: 0, relayed: 0, bounced: 0, expired: 0, discarded: 0, refused: 0 };
      for (const { state } of rows) byState[state]++;
      return { byState, exact: true, steps: [] };
    },
  };

  #search(view: View, query: HistoryQuery, { limit, after }: { readonly limit: number; readonly after?: string }): SearchPage {
    const rows = [...this.envelopes.values()].flatMap((envelope) => historyRows(envelope, this)).filter((row) => shows(view, query, row));
    rows.sort((a, b) => b.ref.message - a.ref.message || a.ref.rcpt - b.ref.rcpt);
    const from = Number(after ?? 0);
    const next = rows.length > from + limit ? { next: String(from + limit) } : {};
    return { rows: rows.slice(from, from + limit), ...next, searchedBackTo: query.since ?? (0 as WallMs), tookMs: 7 };
  }

  async message(view: View, key: MessageKey): Promise<MessageRecord | undefined> {
    const envelope = this.envelopes.get(key);
    if (envelope === undefined || !maySee(view, envelope.tenant, key)) return undefined;
    return {
      envelope,
      open: this.open.filter((row) => row.ref.message === key),
      events: this.happened.filter((event) => event.message === key),
    };
  }

  async content(view: View, key: MessageKey): Promise<AsyncIterable<Uint8Array> | undefined> {
    return (await this.message(view, key)) && this.contentOf?.(key);
  }

  async holds(view: View): Promise<readonly HeldGroup[]> {
    const groups = Map.groupBy(
      this.open.filter((row) => row.state === "held" && maySee(view, row.tenant)),
      ({ sender, why }) => `${sender} ${why}`,
    );
    return [...groups.values()].map((rows, i) => {
      const [first, last] = [rows[0] as SpooledDelivery, rows.at(-1) as SpooledDelivery];
      const { sender, source, tenant, why = "no reason recorded" } = first;
      return {
        ...{ key: `group ${i}`, sender, source, tenant, why, held: rows.length },
        ...{ oldestAt: first.acceptedAt, newestAt: last.acceptedAt, sample: rows.slice(0, 3) },
      };
    });
  }

  readonly figures: Figures = {
    now: async (view) => ({
      lastHour: this.#counts(view),
      latency: { p50Ms: 1100, p99Ms: 9800, n: 81_353 },
      steps: [],
      inForce: [],
      providers: view.sees === "all" ? [this.#google()] : [],
    }),
    providers: async () => [this.#google()],
    provider: async (key) => (key === "google" ? { provider: this.#google(), sites: [], replies: [], steps: [] } : undefined),
  };

  #google(): ProviderRecord {
    const queued = this.open.filter(({ state }) => state === "queued").length;
    return { key: "google", provider: "Google", queued, deliveredPerHour: 40, answers: { ok: 91, later: 9, no: 0 }, sites: 1 };
  }

  onEvents(listener: (events: readonly NewEvent[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async act(view: View, command: ActionCommand): Promise<Answered<{ readonly result: ActionResult }>> {
    this.commands.push(command);
    const from = command.verb === "release" ? "held" : command.verb === "hold" ? "queued" : undefined;
    const matching = this.open.filter((row) => maySee(view, row.tenant) && matches(command.selector, row));
    const fit = matching.filter((row) => from === undefined || row.state === from);
    const skipped =
      matching.length === fit.length
        ? []
        : [{ why: command.verb === "hold" ? "already held" : "not held", count: matching.length - fit.length }];
    if (command.dryRun || fit.length === 0)
      return { ok: true, result: { matched: matching.length, done: command.dryRun ? fit.length : 0, skipped } };
    for (const row of fit) this.#change(row, command);
    const action = 101 + this.done.length;
    const undoable = command.verb !== "bounce" && command.verb !== "retry";
    this.#doneIn.set(action, view);
    this.done.unshift({
      ...{ action, at: MEMORY_NOW, verb: command.verb, by: command.by, selector: JSON.stringify(command.selector) },
      ...{
        matched: matching.length,
        done: fit.length,
        undone: false,
        undoable,
        ...(command.note === undefined ? {} : { note: command.note }),
      },
    });
    return { ok: true, result: { action, matched: matching.length, done: fit.length, skipped, ...(undoable ? { undo: { action } } : {}) } };
  }

  #change(row: SpooledDelivery, { verb, site }: ActionCommand): void {
    const at = this.open.indexOf(row);
    if (verb === "bounce" || verb === "discard") this.open.splice(at, 1);
    else this.open[at] = { ...row, state: verb === "hold" ? "held" : "queued", ...(site === undefined ? {} : { site }) };
  }

  #mayUndo(view: View, action: number): boolean {
    return view.sees === "all" || JSON.stringify(this.#doneIn.get(action)) === JSON.stringify(view);
  }

  async undo(view: View, action: number): Promise<Answered<{ readonly result: ActionResult }>> {
    const record = this.done.find((done) => done.action === action);
    if (record === undefined || !this.#mayUndo(view, action))
      return {
        ok: false,
        refusal: { code: "not-found", text: `there is no action ${action}`, fix: "list them with: fairlead queue list --actions" },
      };
    if (!record.undoable) return { ok: false, refusal: { code: "not-undoable", text: `${record.verb} cannot be undone` } };
    return { ok: true, result: { action: 200, matched: record.done, done: record.done, skipped: [] } };
  }

  async actions(view: View, limit: number): Promise<readonly ActionRecord[]> {
    return this.done.filter(({ action }) => this.#mayUndo(view, action)).slice(0, limit);
  }

  async sources(view: View): Promise<readonly SourceRecord[]> {
    return this.known.filter(({ tenant }) => maySee(view, tenant));
  }

  async addSource(source: Parameters<NodeFace["addSource"]>[0]): ReturnType<NodeFace["addSource"]> {
    if (this.known.some(({ name }) => name === source.name))
      return {
        ok: false,
        refusal: {
          code: "exists",
          text: `there is a source ${source.name} already`,
          fix: `remove it first: fairlead source remove ${source.name}`,
        },
      };
    const common = { name: source.name, tenant: source.tenant ?? ("default" as TenantId), createdAt: MEMORY_NOW, fixed: false };
    const record: SourceRecord =
      source.kind === "range" ? { ...common, kind: "range", cidrs: source.cidrs } : { ...common, kind: "credential", login: source.login };
    this.known.push(record);
    return {
      ok: true,
      source: record,
      ...(source.kind === "credential" && source.password === undefined ? { password: "made-once-1" } : {}),
    };
  }

  async removeSource(name: SourceName): ReturnType<NodeFace["removeSource"]> {
    const at = this.known.findIndex((source) => source.name === name);
    const [removed] = at < 0 ? [] : this.known.splice(at, 1);
    return removed === undefined
      ? { ok: false, refusal: { code: "not-found", text: `there is no source ${name}` } }
      : { ok: true, removed };
  }

  async lanes(): ReturnType<NodeFace["lanes"]> {
    return [...this.closedSites()].map(([site, why]) => ({
      ...{ egress: "default", site, state: why.perMinute === undefined ? "closed" : "open", connections: 0, queued: this.open.length },
      ...{ provider: "google", limitedBy: "law", undo: site, ...why },
    }));
  }

  closedSites(): ReturnType<NodeFace["closedSites"]> {
    const why = { why: "421 4.7.28 unusual rate", until: (MEMORY_NOW + 60_000) as WallMs, ...this.closed };
    return new Map([["gmail.com" as SiteKey, why]]);
  }

  upstreams(): ReadonlySet<string> {
    return this.relays;
  }

  async events(view: View, after: number, limit: number): Promise<readonly FairleadEvent[]> {
    return this.happened.slice(after, after + limit).filter((event) => this.#mayHear(view, event));
  }

  async ledger(): Promise<Ledger> {
    const counts = this.#counts(EVERYTHING);
    const tenant = "default" as TenantId;
    return {
      byEvents: new Map([[tenant, counts]]),
      bySweep: new Map([[tenant, { queued: counts.queued, held: counts.held }]]),
      balances: true,
      drift: [],
    };
  }

  async pickup(): ReturnType<NodeFace["pickup"]> {
    this.pickups += 1;
    return { taken: 0, refused: 0 };
  }

  drain(): void {
    this.draining = true;
  }
}
