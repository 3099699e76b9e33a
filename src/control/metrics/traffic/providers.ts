/** Destinations by who runs them: what was counted joined with what waits and which ways are closed now. */
import type { WallMs } from "../../../base/clock.ts";
import { type MessageKey, timeOfKey } from "../../../model/ids.ts";
import type { FlowStep, LaneRecord, ProviderDetail, ProviderRecord } from "../../api/node-face.ts";
import { type Fold, OTHERS } from "./fold.ts";
import { FLOW, MINUTE_MS, MINUTES, type Operator, operatorOf, type SiteTrack } from "./tracks.ts";

/** Rows of one answer; what mail waits for least is one row. */
const ROWS_MOST = 500;
const SITES_SHOWN = 200;
const REPLIES_SHOWN = 20;
const ANSWERS_MINUTES = 15;

interface Destination {
  readonly site: string;
  readonly track: SiteTrack | undefined;
  readonly lanes: readonly LaneRecord[];
  readonly oldestAt: WallMs | undefined;
}

interface Group {
  readonly operator: Operator;
  readonly destinations: readonly Destination[];
}

/** Those that mail waits for come first, then the busiest. */
export function providerRecords(fold: Fold, lanes: readonly LaneRecord[], now: WallMs): readonly ProviderRecord[] {
  const all = groups(fold, lanes, now);
  const rows = all.map((group) => ({ group, row: record(group, now) })).sort((a, b) => order(a.row, b.row));
  if (rows.length <= ROWS_MOST) return rows.map(({ row }) => row);
  const rest = rows.slice(ROWS_MOST - 1).flatMap(({ group }) => group.destinations);
  const operator = { key: OTHERS, name: OTHERS, known: false };
  const shown = rows.slice(0, ROWS_MOST - 1).filter(({ row }) => row.key !== OTHERS);
  return [...shown.map(({ row }) => row), record({ operator, destinations: rest }, now)];
}

export function providerDetail(
  fold: Fold,
  lanes: readonly LaneRecord[],
  key: string,
  when: { readonly now: WallMs; readonly since: WallMs },
): ProviderDetail | undefined {
  const { now } = when;
  const group = groups(fold, lanes, now).find(({ operator }) => operator.key === key);
  if (!group) return undefined;
  const { destinations } = group;
  const tracks = destinations.flatMap(({ track }) => track ?? []);
  const heard = fold.books.get(key)?.book.read(now) ?? [];
  return {
    provider: record(group, now),
    sites: destinations
      .filter(({ site }) => !site.startsWith("at:"))
      .flatMap((one) => laneRows(one))
      .sort((a, b) => closedFirst(a) - closedFirst(b) || b.queued - a.queued)
      .slice(0, SITES_SHOWN),
    replies: heard.slice(0, REPLIES_SHOWN).map((reply) => ({ ...reply, lastAt: reply.lastAt as WallMs })),
    steps: stepsOf(when, (minute) => ({
      accepted: sum(tracks, (track) => track.minutes.get(minute, FLOW.accepted)),
      settled: sum(tracks, (track) => track.minutes.get(minute, FLOW.settled)),
    })),
  };
}

/** A step for each minute that is known whole, the current one last. */
export function stepsOf(
  { now, since }: { readonly now: WallMs; readonly since: WallMs },
  read: (minute: number) => Omit<FlowStep, "at">,
): readonly FlowStep[] {
  const last = Math.floor(now / MINUTE_MS);
  const first = Math.max(last - MINUTES + 1, Math.ceil(since / MINUTE_MS));
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => ({ at: ((first + i) * MINUTE_MS) as WallMs, ...read(first + i) }));
}

function groups(fold: Fold, lanes: readonly LaneRecord[], now: WallMs): readonly Group[] {
  const byOperator = new Map<string, { operator: Operator; destinations: Destination[] }>();
  const minute = Math.floor(now / MINUTE_MS);
  const oldest = oldestBySite(fold);
  const bySite: ReadonlyMap<string, readonly LaneRecord[]> = Map.groupBy(lanes, ({ site }) => site);
  const place = (site: string, track: SiteTrack | undefined): void => {
    const operator = track?.operator ?? operatorOf(site);
    const group = byOperator.get(operator.key) ?? { operator, destinations: [] };
    group.destinations.push({ site, track, lanes: bySite.get(site) ?? [], oldestAt: oldest.get(site) });
    byOperator.set(operator.key, group);
  };
  for (const track of [...fold.sites.all(), fold.sites.rest]) if (bySite.has(track.site) || busy(track, minute)) place(track.site, track);
  for (const site of bySite.keys()) if (fold.sites.find(site) === undefined) place(site, undefined);
  return [...byOperator.values()];
}

/** Empty where not every open delivery is known: an age that may be wrong is not told. */
function oldestBySite(fold: Fold): ReadonlyMap<string, WallMs> {
  if (!fold.complete) return new Map();
  return new Map([...fold.open.oldest()].map(([code, key]) => [fold.sites.at(code).site, timeOfKey(key as MessageKey)]));
}

function busy({ minutes }: SiteTrack, minute: number): boolean {
  return Object.values(FLOW).some((column) => minutes.sum(minute, column) > 0);
}

function record({ operator, destinations }: Group, now: WallMs): ProviderRecord {
  const minute = Math.floor(now / MINUTE_MS);
  const tracks = destinations.flatMap(({ track }) => track ?? []);
  const answers = (column: number): number => sum(tracks, ({ minutes }) => minutes.sum(minute, column, ANSWERS_MINUTES));
  const lanes = destinations.flatMap((one) => one.lanes);
  const waiting = destinations.flatMap(({ oldestAt, lanes: own }) =>
    oldestAt !== undefined && own.some(({ queued }) => queued > 0) ? oldestAt : [],
  );
  return {
    key: operator.key,
    provider: operator.name,
    queued: sum(lanes, ({ queued }) => queued),
    ...(waiting.length > 0 && { oldestAt: Math.min(...waiting) as WallMs }),
    deliveredPerHour: sum(tracks, ({ minutes }) => minutes.sum(minute, FLOW.ok)),
    answers: { ok: answers(FLOW.ok), later: answers(FLOW.later), no: answers(FLOW.no) },
    ...limitOf(lanes, destinations.length),
    sites: destinations.length,
  };
}

/** What holds mail back there now: closed ways, else slowed ones; the reason of the one that most waits for; when the first opens. */
function limitOf(lanes: readonly LaneRecord[], sites: number): Pick<ProviderRecord, "limit" | "why" | "opensAt"> {
  const closed = lanes.filter(({ state }) => state === "closed").sort((a, b) => b.queued - a.queued);
  const [worst] = closed;
  if (!worst) return slowestOf(lanes);
  const opens = closed.flatMap(({ until }) => until ?? []);
  return {
    limit: sites === 1 ? "closed" : `${closed.length} of ${sites} closed`,
    ...(worst.why !== undefined && { why: worst.why }),
    ...(opens.length > 0 && { opensAt: Math.min(...opens) as WallMs }),
  };
}

function slowestOf(lanes: readonly LaneRecord[]): Pick<ProviderRecord, "limit" | "why"> {
  const slow = lanes.filter(({ perMinute }) => perMinute !== undefined).sort((a, b) => b.queued - a.queued);
  const [worst] = slow;
  if (!worst) return {};
  const total = Math.round(10 * sum(slow, ({ perMinute = 0 }) => perMinute)) / 10;
  return {
    limit: `${total} a minute${slow.length === lanes.length ? "" : `, ${slow.length} of ${lanes.length} ways`}`,
    ...(worst.why !== undefined && { why: worst.why }),
  };
}

function laneRows({ site, track, lanes, oldestAt }: Destination): ProviderDetail["sites"] {
  const hosts = track?.hosts ?? [];
  const quiet = { egress: "default", site: site as LaneRecord["site"], state: "open", connections: 0, queued: 0 } as const;
  return (lanes.length > 0 ? lanes : [quiet]).map((lane) => ({
    ...lane,
    ...(oldestAt !== undefined && lane.queued > 0 && { oldestAt }),
    hosts,
  }));
}

function closedFirst({ state }: { readonly state: LaneRecord["state"] }): number {
  return state === "closed" ? 0 : 1;
}

function order(a: ProviderRecord, b: ProviderRecord): number {
  return b.queued - a.queued || b.deliveredPerHour - a.deliveredPerHour || (a.key < b.key ? -1 : 1);
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  let total = 0;
  for (const one of all) total += of(one);
  return total;
}
