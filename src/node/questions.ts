/**
 * What people ask about mail, answered from the spool and its journal. Whoever asks sees his own only: every answer
 * passes the view (R25).
 */
import { hash } from "node:crypto";
import type { Clock, WallMs } from "../base/clock.ts";
import type { HeldGroup, MessageRecord } from "../control/api/node-face.ts";
import { envelopeIn } from "../model/envelope-in.ts";
import type { FairleadEvent } from "../model/event.ts";
import { type DeliveryRef, type MessageKey, timeOfKey } from "../model/ids.ts";
import type { Envelope } from "../model/message.ts";
import { maySee, type View } from "../model/view.ts";
import type { History } from "../store/history/history.ts";
import type { OperatorActions } from "../store/settings/control-settings.ts";
import type { Selector, Spool, SpooledDelivery } from "../store/spool/spool.ts";
import { messagesInPast, type SiteFor, sitesBy, withPast } from "./past.ts";

/** Recipients of one message whose rows are read for its story. */
const MOST_ROWS = 10_000;
const MOST_GROUPS = 500;
const SAMPLE = 3;
/** Destinations of one message, and openings and closings of each, that its story tells. */
const MOST_SITES = 20;
const MOST_LANE_EVENTS = 200;
/** Orders that hold recipients of one message. */
const MOST_ACTIONS = 20;
/** A lane is closed for half an hour at most: one that was closed when a message came was closed since then. */
const BEFORE_MS = 3_600_000;

export interface QuestionPorts {
  readonly spool: Spool;
  readonly clock: Clock;
  /** Absent: what the journal has forgotten is not known. */
  readonly history?: History;
  readonly siteFor: SiteFor;
  readonly actions: Pick<OperatorActions, "get">;
}

export class Questions {
  readonly #spool: Spool;
  readonly #clock: Clock;
  readonly #history: History | undefined;
  readonly #siteFor: SiteFor;
  readonly #actions: QuestionPorts["actions"];

  constructor({ spool, clock, history, siteFor, actions }: QuestionPorts) {
    this.#spool = spool;
    this.#clock = clock;
    this.#history = history;
    this.#siteFor = siteFor;
    this.#actions = actions;
  }

  async deliveries(view: View, selector: Selector, limit: number, after?: DeliveryRef): Promise<readonly SpooledDelivery[]> {
    const within = inView(view, selector);
    return within === undefined ? [] : await this.#spool.find(within, limit, after);
  }

  async count(view: View, selector: Selector): Promise<number> {
    const within = inView(view, selector);
    return within === undefined ? 0 : await this.#spool.count(within);
  }

  async messagesOf(view: View, address: string, limit: number): Promise<readonly MessageKey[]> {
    const recent = await this.#spool.messagesOf(address, limit);
    const seen = view.sees === "all" ? recent.map(() => true) : await Promise.all(recent.map(async (key) => await this.#knows(view, key)));
    const mine = recent.filter((_, i) => seen[i]);
    // Where the journal has fewer than were asked for, it does not reach back far enough.
    if (this.#history === undefined || recent.length >= limit) return mine;
    const past = await messagesInPast(this.#history, view, address, limit);
    return [...new Set([...mine, ...past])].sort((a, b) => b - a).slice(0, limit);
  }

  /** Undefined for what is not known any more and for what the view may not see. */
  async message(view: View, key: MessageKey): Promise<MessageRecord | undefined> {
    const known = await this.#recent(view, key);
    if (this.#history === undefined) return known;
    return await withPast(this.#history, view, key, known, { now: this.#clock.wall(), siteFor: this.#siteFor });
  }

  async #knows(view: View, key: MessageKey): Promise<boolean> {
    return (await this.#recent(view, key)) !== undefined;
  }

  /** From the spool and its journal. */
  async #recent(view: View, key: MessageKey): Promise<MessageRecord | undefined> {
    const [open, stored] = await Promise.all([this.#spool.find({ messages: [key] }, MOST_ROWS), this.#spool.message(key)]);
    // After the rows: what changed in between is then seen twice, as its row was and by its event, which the story believes.
    const events = await this.#spool.eventsOf(key);
    const envelope = stored?.envelope ?? envelopeIn(events, key);
    if (!envelope || !maySee(view, envelope.tenant, key)) return undefined;
    const sites = sitesBy(envelope, events, this.#siteFor);
    const [lanes, discards] = await Promise.all([this.#lanes(envelope, open, { events, sites }), this.#discards(open)]);
    return { envelope, open, events, sites, lanes, discards };
  }

  async content(view: View, key: MessageKey): Promise<AsyncIterable<Uint8Array> | undefined> {
    const spool = this.#spool;
    const stored = await spool.message(key);
    if (!stored || !maySee(view, stored.envelope.tenant, key)) return undefined;
    return (async function* () {
      yield stored.prelude;
      for (let part = 0; part < stored.parts; part++) yield await spool.part(key, part);
    })();
  }

  async holds(view: View): Promise<readonly HeldGroup[]> {
    if (view.sees === "message") return [];
    const groups = await this.#spool.heldGroups(view.sees === "tenant" ? view.tenant : undefined, MOST_GROUPS);
    return await Promise.all(
      groups.map(async ({ oldest, newest, ...group }) => ({
        ...group,
        key: hash("sha256", `${group.tenant}\n${group.sender}\n${group.why}`, "hex").slice(0, 12),
        oldestAt: timeOfKey(oldest),
        newestAt: timeOfKey(newest),
        sample: await this.#spool.find({ states: ["held"], tenant: group.tenant, sender: group.sender, reply: group.why }, SAMPLE),
      })),
    );
  }

  async events(view: View, after: number, limit: number): Promise<readonly FairleadEvent[]> {
    const events = await this.#spool.eventsAfter(after, limit);
    if (view.sees === "all") return events;
    const keys = new Set(events.flatMap(({ message }) => (message === undefined ? [] : [message])));
    const seen = new Set<MessageKey>();
    for (const key of keys) if (await this.#knows(view, key)) seen.add(key);
    return events.filter(({ message }) => message !== undefined && seen.has(message));
  }

  /** While the settings cannot be read a story says what the spool knows: that it is held, and by whom. */
  async #discards(open: readonly SpooledDelivery[]): Promise<ReadonlyMap<number, WallMs>> {
    const numbers = new Set(open.flatMap(({ state, action }) => (state === "held" && action !== undefined ? action : [])));
    const asked = [...numbers].slice(0, MOST_ACTIONS).map(async (action) => await this.#actions.get(action).catch(() => undefined));
    const found = await Promise.all(asked);
    return new Map(
      found.flatMap((one) => (one?.verb === "discard" && !one.undone && one.until !== undefined ? [[one.action, one.until] as const] : [])),
    );
  }

  /** What the lanes of its destinations did while it waited: an attempt that was not made left no event of its own. */
  async #lanes(
    { acceptedAt }: Envelope,
    open: readonly SpooledDelivery[],
    { events, sites }: Required<Pick<MessageRecord, "events" | "sites">>,
  ): Promise<readonly FairleadEvent[]> {
    const until = open.length > 0 ? this.#clock.wall() : (events.at(-1)?.at ?? acceptedAt);
    const since = (acceptedAt - BEFORE_MS) as WallMs;
    const asked = [...new Set([...open.map(({ site }) => site), ...sites.values()])].slice(0, MOST_SITES);
    const found = await Promise.all(asked.map((site) => this.#spool.laneEvents(site, since, until, MOST_LANE_EVENTS)));
    return found.flat();
  }
}

/** Undefined: nothing that the view may see can match. */
export function inView(view: View, selector: Selector): Selector | undefined {
  switch (view.sees) {
    case "all":
      return selector;
    case "tenant":
      return selector.tenant === undefined || selector.tenant === view.tenant ? { ...selector, tenant: view.tenant } : undefined;
    case "message":
      return selector.messages === undefined || selector.messages.includes(view.message)
        ? { ...selector, messages: [view.message] }
        : undefined;
  }
}
