/** History as the control API asks for it, and as what the spool has forgotten of a message. Nothing is merged that a view may not see. */
import type { WallMs } from "../base/clock.ts";
import type { MessageRecord, Past } from "../control/api/node-face.ts";
import type { FairleadEvent } from "../model/event.ts";
import type { MessageKey, SiteKey } from "../model/ids.ts";
import type { Envelope } from "../model/message.ts";
import type { View } from "../model/view.ts";
import type { History } from "../store/history/history.ts";

/** Rows that are looked at to name the messages of an address; a message may have many to it. */
const ROWS_EACH = 4;
/** Destinations of one message, and openings and closings of each, that its story tells. */
const MOST_SITES = 20;
const MOST_LANE_EVENTS = 200;
const CATCH_UP_MS = 100;
/** Events behind from which waiting for the rest is no use. */
const BUSY = 1000;
/** A lane that was closed when a message came had been closed before. */
const BEFORE_MS = 24 * 3_600_000;

export function pastOf(history: History): Past {
  return {
    search: async (view, query, page) => {
      if (page.after === undefined) await fresh(history); // what comes now stands above a page that goes on
      return await history.search(view, query, page);
    },
    tally: async (view, query) => {
      await fresh(history);
      return await history.tally(view, query);
    },
  };
}

/** Who looks for what he sent just now finds it, unless history is busy with more than that. */
async function fresh(history: History): Promise<void> {
  const health = history.health();
  if (health.is === "ok" && health.behind < BUSY) await history.caughtUp(CATCH_UP_MS);
}

/** Where mail to a domain goes. */
export type SiteFor = (domain: string) => SiteKey;

/** Where each recipient's mail went: by the routes as they are, or to where it was sent by an order. */
export function sitesBy({ recipients }: Pick<Envelope, "recipients">, events: readonly FairleadEvent[], siteFor: SiteFor): Sites {
  const ordered = new Map(events.flatMap(({ rcpt, body }) => (body.kind === "rerouted" ? [[rcpt, body.site] as const] : [])));
  return new Map(recipients.map(({ domain }, rcpt) => [rcpt, (ordered.get(rcpt) as SiteKey | undefined) ?? siteFor(domain)]));
}

type Sites = NonNullable<MessageRecord["sites"]>;

/** Messages to or from an address, newest first. */
export async function messagesInPast(history: History, view: View, address: string, limit: number): Promise<readonly MessageKey[]> {
  const page = { limit: Math.min(1000, limit * ROWS_EACH) };
  const found = await Promise.all([history.search(view, { to: [address] }, page), history.search(view, { from: [address] }, page)]);
  // Below the older end of a page that goes on, the other half cannot be complete.
  const end = Math.max(...found.map(({ next, rows }) => (next === undefined ? 0 : (rows.at(-1)?.ref.message ?? 0))));
  const keys = new Set(found.flatMap(({ rows }) => rows.map(({ ref }) => ref.message)).filter((key) => key >= end));
  return [...keys].sort((a, b) => b - a).slice(0, limit);
}

/**
 * What the spool and its journal still know of a message, completed by history: all of it where they know nothing, the
 * events that the journal has pruned where it has some. `now` ends the time in which lanes may have made it wait.
 */
export async function withPast(
  history: History,
  view: View,
  key: MessageKey,
  known: MessageRecord | undefined,
  { now, siteFor }: { readonly now: WallMs; readonly siteFor: SiteFor },
): Promise<MessageRecord | undefined> {
  const first = known?.events[0];
  if (first?.body.kind === "accepted" || first?.body.kind === "refused") return known; // the journal has all of it
  const past = await history.record(view, key).catch((thrown: unknown) => {
    if (known === undefined) throw thrown;
    return undefined; // what the spool knows is told, whether history answers or not
  });
  if (past === undefined) return known;
  const { envelope } = past;
  const open = known?.open ?? [];
  const events = known === undefined || first === undefined ? past.events : [...before(past.events, first), ...known.events];
  const until = open.length > 0 ? now : (events.at(-1)?.at ?? envelope.acceptedAt);
  const sites = sitesBy(envelope, events, siteFor);
  const asked = new Set([...open.map(({ site }) => site), ...sites.values()]);
  const lanes = await Promise.all([...asked].slice(0, MOST_SITES).map((site) => lanesInPast(history, site, envelope.acceptedAt, until)));
  return { ...known, envelope: known?.envelope ?? envelope, open, events, sites, lanes: lanes.flat() };
}

/** What a destination's lane did from shortly before a message came until a moment, oldest first. */
export async function lanesInPast(history: History, site: SiteKey, acceptedAt: WallMs, until: WallMs): Promise<readonly FairleadEvent[]> {
  return await history.laneEvents(site, (acceptedAt - BEFORE_MS) as WallMs, until, MOST_LANE_EVENTS);
}

/** Events of history from before the first that the journal still has. */
function before(events: readonly FairleadEvent[], first: FairleadEvent): readonly FairleadEvent[] {
  const same = events.findIndex(({ at, rcpt, body }) => at === first.at && rcpt === first.rcpt && body.kind === first.body.kind);
  return same < 0 ? events : events.slice(0, same);
}
