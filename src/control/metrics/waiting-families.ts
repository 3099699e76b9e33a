/** What waits and behind what: ways to destinations, operators of mail hosts, ages. */
import type { WallMs } from "../../base/clock.ts";
import type { LaneRecord, ProviderRecord } from "../api/node-face.ts";
import type { Family, Sample } from "./exposition.ts";
import { gauge, single } from "./families.ts";
import { OTHER } from "./tally.ts";
import type { QueueAge } from "./traffic.ts";

/** Those that mail waits for most; all that Fairlead knows by name are hardly more. */
export const PROVIDERS_TOLD = 64;

export function laneFamilies(
  lanes: readonly Pick<LaneRecord, "state" | "connections" | "queued" | "since" | "nextDueAt" | "perMinute">[],
  sessions: number,
  now: WallMs,
): readonly Family[] {
  const closed = lanes.filter(({ state }) => state === "closed");
  const slow = lanes.filter(({ state, perMinute }) => state === "open" && perMinute !== undefined);
  const longest = Math.max(0, ...closed.flatMap(({ since, queued }) => (since !== undefined && queued > 0 ? now - since : [])));
  const overdue = Math.max(
    0,
    ...lanes.flatMap((lane) => (lane.state === "open" && !slow.includes(lane) && lane.nextDueAt !== undefined ? now - lane.nextDueAt : [])),
  );
  return [
    gauge("fairlead_lanes", "Ways to destinations with mail, by state.", [
      { labels: { state: "open" }, value: lanes.length - closed.length - slow.length },
      { labels: { state: "slowed" }, value: slow.length },
      { labels: { state: "closed" }, value: closed.length },
    ]),
    gauge(
      "fairlead_lanes_closed_deliveries",
      "Queued deliveries whose way is closed now.",
      single(closed.reduce((sum, { queued }) => sum + queued, 0)),
    ),
    gauge(
      "fairlead_lane_closed_longest_seconds",
      "How long a destination that mail waits for has not been reached, the longest of them; 0 when all are.",
      single(longest / 1000),
    ),
    gauge(
      "fairlead_queue_overdue_seconds",
      "How long the delivery that is due first, and whose way is open, is due; 0 when none is.",
      single(overdue / 1000),
    ),
    gauge("fairlead_connections", "SMTP connections open now.", [
      { labels: { direction: "in" }, value: sessions },
      { labels: { direction: "out" }, value: lanes.reduce((sum, { connections }) => sum + connections, 0) },
    ]),
  ];
}

/** What has no known operator stands under a name of its own, which has a dot in it: together they are `other`. */
export function providerFamilies(
  rows: readonly Pick<ProviderRecord, "key" | "queued" | "oldestAt" | "limit">[],
  now: WallMs,
): readonly Family[] {
  const named = rows.filter(({ key }) => !/[.:]/.test(key) && key !== "others").slice(0, PROVIDERS_TOLD);
  const rest = rows.filter((row) => !named.includes(row));
  const groups = [...named.map((row) => [row.key, [row]] as const), ...(rest.length > 0 ? ([[OTHER, rest]] as const) : [])];
  const told = (value: (group: typeof rows) => number | undefined): readonly Sample[] =>
    groups.flatMap(([provider, group]) => {
      const number = value(group);
      return number === undefined ? [] : { labels: { provider }, value: number };
    });
  return [
    gauge(
      "fairlead_provider_queue_deliveries",
      "Queued deliveries by operator of the mail hosts.",
      told((group) => group.reduce((sum, { queued }) => sum + queued, 0)),
    ),
    gauge(
      "fairlead_provider_oldest_age_seconds",
      "Age of the queued delivery that was accepted first, by operator; absent where none is queued or it is not known.",
      told((group) => {
        const oldest = Math.min(...group.flatMap(({ oldestAt }) => oldestAt ?? []));
        return Number.isFinite(oldest) ? Math.max(0, now - oldest) / 1000 : undefined;
      }),
    ),
    gauge(
      "fairlead_provider_limited",
      "Whether a way to this operator's hosts is closed or slowed: 1 if one is.",
      told((group) => (group.some(({ limit }) => limit !== undefined) ? 1 : 0)),
    ),
  ];
}

/** Nothing where not every queued delivery is known: a count that may be wrong is not told. */
export function ageFamilies(ages: readonly QueueAge[] | undefined): readonly Family[] {
  if (ages === undefined) return [];
  const samples = ages.map(({ olderThanMs, deliveries }) => ({ labels: { than_seconds: String(olderThanMs / 1000) }, value: deliveries }));
  return [
    gauge("fairlead_queue_older_deliveries", "Queued deliveries older than so many seconds; each age holds those above it.", samples),
  ];
}
