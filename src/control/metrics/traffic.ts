/**
 * The last hour as the panel and the command line show it: what came in and went out each minute, how long it took,
 * and where mail goes with what it is answered. Counted from events as they are committed; bounded whatever comes.
 */
import type { Clock, WallMs } from "../../base/clock.ts";
import { textOf } from "../../base/fault.ts";
import type { Log } from "../../base/log.ts";
import type { NewEvent } from "../../model/event.ts";
import { keyAt, type SiteKey } from "../../model/ids.ts";
import type { View } from "../../model/view.ts";
import type { LedgerCounts } from "../../store/spool/spool.ts";
import type { FlowStep, LaneRecord, NodeNow, NodeStatus, ProviderDetail, ProviderRecord } from "../api/node-face.ts";
import { Fold } from "./traffic/fold.ts";
import { providerDetail, providerRecords, stepsOf } from "./traffic/providers.ts";
import { type PutOff, putOff } from "./traffic/put-off.ts";
import { type Journal, keepKnown, refill } from "./traffic/refill.ts";
import { FATE, MINUTE_MS, operatorOf, TenantTrack } from "./traffic/tracks.ts";

export type { PutOff };

export interface TrafficPorts {
  readonly clock: Clock;
  readonly log: Log;
  /** Committed events as they happen; the result ends it. */
  readonly onEvents: (listener: (events: readonly NewEvent[]) => void) => () => void;
  /** Where the last hour and what is open are read from after a start. */
  readonly journal: Journal;
  /** Where mail to a domain goes. */
  readonly siteFor: (domain: string) => SiteKey;
}

export interface Hour {
  /** Of the last 60 minutes. */
  readonly counts: Omit<LedgerCounts, "queued" | "held">;
  readonly latency: NodeNow["latency"];
  /** 60 minutes, oldest first; fewer where the journal did not reach back that far. */
  readonly steps: readonly FlowStep[];
}

export interface QueueAge {
  readonly olderThanMs: number;
  readonly deliveries: number;
}

const AGES_MS = [5 * MINUTE_MS, 60 * MINUTE_MS, 4 * 60 * MINUTE_MS, 24 * 60 * MINUTE_MS];

export interface Traffic extends Disposable {
  /** Of a tenant its own. */
  hour(view: View): Hour;
  /** Of the last 60 seconds, everybody's. */
  flow(): NodeStatus["flow"];
  /** Receivers that take nothing of what is tried. */
  putOff(): readonly PutOff[];
  /** What is queued and held at this moment; undefined where not every open delivery is known. */
  standing(view: View): Pick<LedgerCounts, "queued" | "held"> | undefined;
  /** By who runs the destination, those that mail waits for first. `lanes` says what waits now and which ways are closed. */
  providers(lanes: readonly LaneRecord[]): readonly ProviderRecord[];
  provider(key: string, lanes: readonly LaneRecord[]): ProviderDetail | undefined;
  /** Who runs a destination, as far as is known. */
  operatorOf(site: SiteKey): { readonly key: string; readonly name: string };
  /** Queued deliveries by age, each age holding those above it; undefined where not every one is known. */
  ages(): readonly QueueAge[] | undefined;
  /** Resolves once the last hour is read back, or could not be. */
  readonly refilled: Promise<void>;
}

/** Open it before mail moves: what is committed from here on is counted as it comes, what was before is read back. */
export function openTraffic({ clock, log, onEvents, journal, siteFor }: TrafficPorts): Traffic {
  const fold = new Fold(siteFor);
  const ending = new AbortController();
  const openedAt = clock.wall();
  let since = openedAt;
  fold.refilling();
  const end = onEvents((events) => {
    for (const event of events) fold.note(event);
  });
  const ports = { journal, clock, openedAt, signal: ending.signal };
  const refilled = refill(fold, ports)
    .then((whole) => {
      since = whole;
    })
    .catch((thrown: unknown) => {
      fold.open.incomplete();
      if (!ending.signal.aborted) log("warn", "the last hour could not be read back; figures begin now", { why: textOf(thrown) });
    })
    .finally(() => fold.refilled());
  refilled
    .then(() => keepKnown(fold, ports, (thrown) => log("warn", "open mail could not be read again", { why: textOf(thrown) })))
    .catch(() => {}); // ends by the signal's abort
  return {
    refilled,
    hour: (view) => hourOf(fold, view, { now: clock.wall(), since }),
    flow: () => flowOf(fold.whole, clock.wall()),
    putOff: () => putOff(fold, clock.wall()),
    standing: (view) => standingOf(fold, view),
    providers: (lanes) => providerRecords(fold, lanes, clock.wall()),
    provider: (key, lanes) => providerDetail(fold, lanes, key, { now: clock.wall(), since }),
    operatorOf: (site) => fold.sites.find(site)?.operator ?? operatorOf(site),
    ages: () => {
      if (!fold.complete) return undefined;
      const counts = fold.open.before(AGES_MS.map((ms) => keyAt((clock.wall() - ms) as WallMs)));
      return AGES_MS.map((olderThanMs, i) => ({ olderThanMs, deliveries: counts[i] ?? 0 }));
    },
    [Symbol.dispose]: () => {
      ending.abort();
      end();
    },
  };
}

/** A tenant that sent nothing within the hour has no track, and its figures are zero. */
function hourOf(fold: Fold, view: View, when: { readonly now: WallMs; readonly since: WallMs }): Hour {
  const track = trackOf(fold, view) ?? new TenantTrack();
  const minute = Math.floor(when.now / MINUTE_MS);
  const count = (column: number): number => track.minutes.sum(minute, column);
  const settledIn = (at: number): number => SETTLED.reduce((sum, column) => sum + track.minutes.get(at, column), 0);
  return {
    counts: {
      accepted: count(FATE.accepted),
      delivered: count(FATE.delivered),
      relayed: count(FATE.relayed),
      bounced: count(FATE.bounced),
      expired: count(FATE.expired),
      discarded: count(FATE.discarded),
    },
    latency: track.delays.read(when.now),
    steps: stepsOf(when, (at) => ({ accepted: track.minutes.get(at, FATE.accepted), settled: settledIn(at) })),
  };
}

/** The minute that runs, and of the one before it the share that a minute lacks: as if it had come evenly. */
function flowOf({ minutes }: TenantTrack, now: WallMs): NodeStatus["flow"] {
  const minute = Math.floor(now / MINUTE_MS);
  const share = 1 - (now % MINUTE_MS) / MINUTE_MS;
  const rate = (...columns: readonly number[]): number =>
    Math.round(columns.reduce((sum, column) => sum + minutes.get(minute, column) + share * minutes.get(minute - 1, column), 0));
  return { inPerMinute: rate(FATE.accepted), outPerMinute: rate(FATE.delivered, FATE.relayed) };
}

const SETTLED = [FATE.delivered, FATE.relayed, FATE.bounced, FATE.expired, FATE.discarded];

function trackOf(fold: Fold, view: View): TenantTrack | undefined {
  switch (view.sees) {
    case "all":
      return fold.whole;
    case "tenant":
      return fold.tenants.find(view.tenant);
    case "message":
      return undefined;
  }
}

function standingOf(fold: Fold, view: View): Pick<LedgerCounts, "queued" | "held"> | undefined {
  if (!fold.complete || fold.tenants.crowded) return undefined;
  switch (view.sees) {
    case "all":
      return fold.open.standing();
    case "tenant":
      return fold.open.standing(fold.tenants.knownCode(view.tenant) ?? -1);
    case "message":
      return { queued: 0, held: 0 };
  }
}
