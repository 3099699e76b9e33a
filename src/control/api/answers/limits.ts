/** What limits the way out: told with who set it and until when, changed, and taken back. */

import { findByKey } from "../../../mail/replies/providers.ts";
import type { EgressName } from "../../../model/egress.ts";
import type { SiteKey } from "../../../model/ids.ts";
import {
  changeText,
  type LimitSetting,
  type Override,
  type OverrideChange,
  type OverrideOrder,
  type OverrideScope,
  scopeText,
} from "../../../model/override.ts";
import { type Answers, type Asked, actorOf } from "../asked.ts";
import { noProvider, scopeOfKey, waitingWithin } from "../destination-key.ts";
import type { LaneLimits, LimitDesk } from "../limit-desk.ts";
import { laneLimitsRow, overrideName, overrideRow, ruleRow, stackOf } from "../limit-shapes.ts";
import { readMoment } from "../reference.ts";
import { answered, notFound, Refused, wired } from "../refused.ts";
import type { limitRoutes } from "../routes/limits.ts";
import type { ReceivedBy, ReplyOf } from "../routes.ts";
import { iso, isoOrNull } from "../wire-form.ts";

const MOST_LANES = 200;

export const limitAnswers: Answers<keyof typeof limitRoutes> = {
  overrides: async (asked, { ended }) => ({
    overrides: newestFirst(desk(asked).table.list({ ended })).map((one) => overrideRow(one, asked.now)),
    rules: desk(asked).rules().map(ruleRow),
  }),

  addOverride: async (asked, input) => {
    const scope = scopeIn(input);
    const change = changeIn(input);
    return await add(asked, { scope, change, cause: input.cause, ...untilIn(asked, input.until) }, input.dryRun);
  },

  undoOverride: async (asked, { override: id }) => {
    asked.remark({ on: overrideName(id) });
    const override = await undo(asked, id);
    asked.remark({ on: `${overrideName(id)}: ${scopeText(override.scope)}`, before: changeText(override.change) });
    const { scope, immuneUntil } = override;
    return {
      undone: overrideRow(override, asked.now),
      waiting: await waitingWithin(scope, asked.node),
      immuneUntil: isoOrNull(immuneUntil),
    };
  },

  pauseDestination: async (asked, { key, egress, until, note, dryRun }) => {
    asked.remark({ on: key });
    const scope = scopeOfKey(key, egress);
    return await add(asked, { scope, change: { is: "pause" }, cause: note ?? "paused by hand", ...untilIn(asked, until) }, dryRun);
  },

  resumeDestination: async (asked, { key, egress, dryRun }) => {
    asked.remark({ on: `${key}${dryRun ? " (dry run)" : ""}` });
    return await resume(asked, scopeOfKey(key, egress), dryRun);
  },

  undoLane: async (asked, { lane }) => {
    asked.remark({ on: lane });
    const { restored } = answered(await desk(asked).undoLane(lane as SiteKey, actorOf(asked)));
    asked.remark({ after: { perMinute: restored.perMinute ?? null } });
    return { lane: restored.lane, perMinute: restored.perMinute ?? null, immuneUntil: iso(restored.immuneUntil) };
  },

  explainLimit: async (asked, { key, egress, limit }) => {
    const scope = scopeOfKey(key, egress);
    return { lanes: (await desk(asked).explain(scope, limit)).map(laneLimitsRow) };
  },
};

function desk({ node }: Asked): LimitDesk {
  return wired(node.limits, "table of limits");
}

function newestFirst(overrides: readonly Override[]): readonly Override[] {
  return overrides.toSorted((a, b) => b.id - a.id);
}

async function undo(asked: Asked, id: number): Promise<Override> {
  const undone = await desk(asked).table.undo(id, actorOf(asked));
  if (undone.is === "undone") return undone.override;
  if (undone.unknown) throw notFound(`there is no override ${overrideName(id)}`, "list them: fairlead override list");
  throw new Refused("too-late", `${overrideName(id)} ${undone.why}`, "what holds now: fairlead override list");
}

type Order = Omit<OverrideOrder, "by">;
type Given = ReceivedBy<"addOverride">;

function scopeIn({ egress, provider, domain }: Given): OverrideScope {
  if (egress === undefined && provider === undefined && domain === undefined)
    throw new Refused("bad-request", "nothing says what it is for", "give egress, provider or domain");
  if (provider !== undefined && findByKey(provider.toLowerCase()) === undefined) throw noProvider(provider);
  return {
    ...(egress === undefined ? {} : { egress: egress as EgressName }),
    ...(provider === undefined ? {} : { provider: provider.toLowerCase() }),
    ...(domain === undefined ? {} : { domain: domain.replace(/^upstream:/, "").toLowerCase() }),
  };
}

function changeIn({ limit, op, n, pause, reroute }: Given): OverrideChange {
  const kinds = [limit !== undefined || op !== undefined || n !== undefined, pause, reroute !== undefined].filter(Boolean).length;
  if (kinds !== 1) throw new Refused("bad-request", "an override is one of: limit with op and n, pause, reroute");
  if (pause) return { is: "pause" };
  if (reroute !== undefined) return { is: "reroute", to: reroute as EgressName };
  if (limit === undefined || op === undefined || n === undefined)
    throw new Refused("bad-request", "limit, op and n go together", "limit perMinute, op max, n 40");
  if (op === "scale" && n > 100) throw new Refused("bad-request", "n of scale must be from 0.01 to 100");
  if (op !== "scale" && limit !== "perMinute" && !Number.isInteger(n))
    throw new Refused("bad-request", `n must be a whole number: so many ${limit}`);
  return { is: "limit", limit, setting: { op, n } satisfies LimitSetting };
}

function untilIn({ now }: Asked, written: string | undefined): Pick<Order, "until"> {
  if (written === undefined) return {};
  const until = readMoment("until", written);
  if (until <= now) throw new Refused("bad-request", "until is a moment that has passed");
  return { until };
}

async function add(asked: Asked, order: Order, dryRun: boolean): Promise<ReplyOf<"addOverride">> {
  const { scope, change } = order;
  asked.remark({ on: `${scopeText(scope)}${dryRun ? " (dry run)" : ""}` });
  const waiting = await waitingWithin(scope, asked.node);
  const warning = warningOf(order);
  if (dryRun) {
    desk(asked); // a node without limits says so in a dry run too
    return { override: null, dryRun, stands: false, waiting, warning, undo: null };
  }
  const done = await desk(asked).table.add({ ...order, by: actorOf(asked) });
  if (done.is === "refused") throw new Refused("refused", `the override ${done.why}`, "what is in force: fairlead override list");
  const { override } = done;
  const name = overrideName(override.id);
  asked.remark({ after: { undo: name, says: changeText(change), until: isoOrNull(override.until) } });
  const stands = done.is === "stands";
  return { override: overrideRow(override, asked.now), dryRun, stands, waiting, warning: done.warning ?? warning, undo: name };
}

/** What an operator may not have thought of. */
function warningOf({ change, until }: Order): string | null {
  switch (change.is) {
    case "pause":
      return until === undefined ? "it has no end, and mail that waits too long is returned all the same" : null;
    case "reroute":
      return "receivers judge an address they do not know; a limit of one address is not to be met by another";
    case "limit":
      return change.setting.op === "pin" && change.limit === "perMinute"
        ? "while it holds, objections of the receiver do not slow it"
        : null;
  }
}

async function resume(asked: Asked, scope: OverrideScope, dryRun: boolean): Promise<ReplyOf<"resumeDestination">> {
  const limits = desk(asked);
  const before = await limits.explain(scope, MOST_LANES);
  const paused = before.filter(({ law, providerLaw }) => [law, providerLaw].some((one) => one !== undefined && one.phase !== "running"));
  const pauses = limits.table.list().filter((one) => one.change.is === "pause" && isWithin(one.scope, scope, before));
  const open = { dryRun, waiting: await waitingWithin(scope, asked.node) };
  if (dryRun)
    return { ...open, ended: pauses.map((one) => overrideRow(one, asked.now)), probes: paused.length, ...afterwards(before[0], pauses) };
  if (pauses.length === 0 && paused.length === 0) throw notPaused(scope, before);
  const ended: Override[] = [];
  for (const { id } of pauses) ended.push(await undo(asked, id));
  const probes = paused.length === 0 ? 0 : await limits.probe(scope, actorOf(asked));
  asked.remark({ after: { ended: ended.map(({ id }) => overrideName(id)), probes } });
  const [lane] = await limits.explain(scope, 1);
  return { ...open, ended: ended.map((one) => overrideRow(one, asked.now)), probes, ...afterwards(lane, []) };
}

function notPaused(scope: OverrideScope, lanes: readonly LaneLimits[]): Refused {
  const wider = lanes.find(({ effective }) => effective.paused)?.effective.paused;
  if (wider === undefined) return new Refused("refused", `${scopeText(scope)} is not paused`, "what limits it: fairlead explain-limit");
  const text = `${scopeText(scope)} is paused as a part of ${scopeText(wider.scope)}: ${wider.cause}`;
  return new Refused("refused", text, `end that pause: fairlead undo ${overrideName(wider.id)}`);
}

/** A wider pause is somebody's decision about more than this, and stays. */
function isWithin(inner: OverrideScope, outer: OverrideScope, lanes: readonly LaneLimits[]): boolean {
  const ofProvider = lanes.some(({ domain, provider }) => domain === inner.domain && provider === outer.provider);
  return (
    (outer.egress === undefined || inner.egress === outer.egress) &&
    (outer.domain === undefined || inner.domain === outer.domain) &&
    (outer.provider === undefined || inner.provider === outer.provider || ofProvider)
  );
}

/** What holds once these pauses are over, and how fast mail goes then. */
function afterwards(lane: LaneLimits | undefined, over: readonly Override[]): Pick<ReplyOf<"resumeDestination">, "perMinute" | "holds"> {
  if (lane === undefined) return { perMinute: null, holds: [] };
  const gone = new Set<string | null>(over.map(({ id }) => overrideName(id)));
  const holds = stackOf(lane).filter((row) => row.holds && !gone.has(row.undo));
  const rates = [lane.configured.perMinute, lane.effective.perMinute, lane.law?.perMinute, lane.providerLaw?.perMinute];
  const known = rates.filter((rate) => rate !== undefined);
  return { perMinute: lane.effective.pinned ? (lane.effective.perMinute ?? null) : known.length === 0 ? null : Math.min(...known), holds };
}
