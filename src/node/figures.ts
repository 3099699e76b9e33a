/** Rates, answers and what is in force, for the API: the traffic of the last hour joined with how this node stands now. */
import type { Clock, WallMs } from "../base/clock.ts";
import type { ActionRecord, Figures, HeldGroup, InForce, LaneRecord, NodeFace } from "../control/api/node-face.ts";
import type { Traffic } from "../control/metrics/traffic.ts";
import { changeText, type Override, scopeText } from "../model/override.ts";
import type { View } from "../model/view.ts";
import type { LedgerCounts, Spool, SpoolHealth } from "../store/spool/spool.ts";

export interface FiguresPorts {
  readonly clock: Clock;
  readonly traffic: Traffic;
  readonly node: Pick<NodeFace, "lanes" | "holds" | "actions">;
  readonly spool: Pick<Spool, "health" | "onHealth">;
  /** Decisions about limits that are in force. */
  readonly overrides: () => readonly Override[];
  /** What was queued and held when it was last counted, of a tenant its own; for a queue too long to be known by heart. */
  readonly standing: (view: View) => Promise<Pick<LedgerCounts, "queued" | "held">>;
}

const PROVIDERS_NOW = 20;
const CARDS_MOST = 20;
/** The newest actions: an older one is in force only if nobody released its mail since. */
const ACTIONS_MOST = 1_000;

export function figuresOf({ clock, traffic, node, spool, overrides, standing }: FiguresPorts): Figures {
  let healthSince = clock.wall();
  spool.onHealth(() => {
    healthSince = clock.wall();
  });
  return {
    now: async (view) => {
      const everything = view.sees === "all";
      const [ways, groups, actions, { queued, held }] = await Promise.all([
        everything ? node.lanes() : [],
        node.holds(view),
        node.actions(view, ACTIONS_MOST),
        traffic.standing(view) ?? standing(view),
      ]);
      const { counts, latency, steps } = traffic.hour(view);
      const waiting = traffic.providers(ways).filter((row) => row.queued > 0 || row.limit !== undefined);
      const cards = [
        ...(everything ? diskCard(spool.health(), healthSince) : []),
        ...(everything ? overrideCards(overrides()) : []),
        ...laneCards(ways, traffic, clock.wall()),
        ...holdCards(groups, actions),
      ];
      return {
        lastHour: { ...counts, queued, held },
        latency,
        steps,
        inForce: cards.sort((a, b) => b.since - a.since),
        providers: everything ? waiting.slice(0, PROVIDERS_NOW) : [],
      };
    },
    providers: async () => traffic.providers(await node.lanes()),
    provider: async (key) => traffic.provider(key, await node.lanes()),
  };
}

function diskCard(health: SpoolHealth, since: WallMs): readonly InForce[] {
  switch (health.is) {
    case "ok":
      return [];
    case "full":
      return [
        {
          ...{ id: "disk", what: "no mail is taken", on: "intake", by: "Fairlead", since },
          cause: `the disk is nearly full: ${Math.round(health.freeBytes / 1e6)} MB are left`,
          then: "mail is taken again by itself once there is room; deliveries go on meanwhile",
        },
      ];
    case "sick":
      return [
        {
          ...{ id: "disk", what: "no mail is taken and none is sent", on: "the spool", by: "Fairlead", since },
          cause: health.why,
          then: "the disk is tried again every 10 seconds",
        },
      ];
  }
}

/** The newest first; all of them are in the list of overrides. */
function overrideCards(overrides: readonly Override[]): readonly InForce[] {
  return overrides
    .slice(-CARDS_MOST)
    .reverse()
    .map(({ id, scope, change, cause, by, from, until }) => ({
      ...{ id: `override ${id}`, what: changeText(change), on: scopeText(scope), cause, since: from },
      by: by.kind === "operator" ? by.id : "Fairlead",
      ...(until !== undefined && { until }),
      then: until === undefined ? "it stays until somebody takes it back" : "what was before holds again",
      undo: `o${id}`,
    }));
}

/** Closed and slowed ways that mail waits for, most first; those that somebody paused have a card of their own. */
function laneCards(lanes: readonly LaneRecord[], traffic: Traffic, now: WallMs): readonly InForce[] {
  const limited = lanes.filter(
    ({ state, queued, perMinute, undo, site }) =>
      queued > 0 && (undo === undefined || undo === site) && (state === "closed" || perMinute !== undefined),
  );
  const most = limited.sort((a, b) => b.queued - a.queued).slice(0, CARDS_MOST);
  return most.map(({ site, why, since, until, queued, undo, ...lane }) => ({
    id: `lane ${site}`,
    what: `${limitText(lane)}; ${deliveries(queued)} ${queued === 1 ? "waits" : "wait"}`,
    on: site.replace(/^(mx|upstream):/, ""),
    cause: why ?? "it could not be reached",
    link: `#/destinations/${encodeURIComponent(traffic.operatorOf(site).key)}`,
    by: "Fairlead",
    since: since ?? now,
    ...(until !== undefined && { until }),
    then: thenText(lane),
    ...(undo !== undefined && { undo }),
  }));
}

function limitText({ state, cause, perMinute }: Pick<LaneRecord, "state" | "cause" | "perMinute">): string {
  if (state === "open") return `at most ${perMinute} messages a minute`;
  return cause === "pushback" ? "paused" : "closed";
}

function thenText({ state, cause }: Pick<LaneRecord, "state" | "cause">): string {
  if (state === "open") return "it rises while nothing is refused, and ends after an hour in which it is not needed";
  switch (cause) {
    case "pushback":
      return "one message is tried; if it is refused too the pause doubles, to two hours at most";
    case "shunned":
      return "one message is tried; if it is refused too it stays closed for longer, four hours at most";
    default:
      return "one connection is tried; if that fails too it stays closed for longer, half an hour at most";
  }
}

/** Held mail by what holds it: an operator's action, or a reason of the program's. */
function holdCards(groups: readonly HeldGroup[], actions: readonly ActionRecord[]): readonly InForce[] {
  const byCause = new Map<string, HeldGroup[]>();
  for (const group of groups) {
    const cause = group.action === undefined ? `hold ${group.key}` : `action ${group.action}`;
    byCause.set(cause, [...(byCause.get(cause) ?? []), group]);
  }
  const known = new Map(actions.map((one) => [one.action, one]));
  const cards = [...byCause].map(([id, [first, ...more]]) => first && holdCard(id, [first, ...more], known.get(first.action ?? -1)));
  return cards
    .flatMap((card) => card ?? [])
    .sort((a, b) => b.held - a.held)
    .slice(0, CARDS_MOST)
    .map(({ held: _, ...card }) => card);
}

function holdCard(
  id: string,
  groups: readonly [HeldGroup, ...HeldGroup[]],
  action: ActionRecord | undefined,
): InForce & { readonly held: number } {
  const [first] = groups;
  const held = groups.reduce((sum, group) => sum + group.held, 0);
  const senders = new Set(groups.map(({ sender }) => sender)).size;
  const discard = action?.verb === "discard";
  return {
    ...{ id, held, what: `${deliveries(held)} ${discard ? "to be discarded" : "held"}`, cause: first.why },
    on: senders === 1 ? first.sender : `${senders} senders`,
    link: groups.length === 1 ? `#/holds/${first.key}` : "#/holds",
    by: action?.by.id ?? (first.action === undefined ? "Fairlead" : "an operator"),
    since: action?.at ?? (Math.min(...groups.map(({ oldestAt }) => oldestAt)) as WallMs),
    ...(action?.until !== undefined && { until: action.until }),
    then: discard ? "it is discarded for good" : "it stays until somebody releases or returns it",
    ...(action?.undoable && !action.undone && { undo: String(action.action) }),
  };
}

function deliveries(n: number): string {
  return n === 1 ? "1 delivery" : `${n.toLocaleString("en-US")} deliveries`;
}
