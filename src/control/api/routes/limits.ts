/** What limits the way out: overrides, pauses, what the law decided, and which of all of it holds. The node's people's alone. */
import { dryRun, limit, MOST_TEXT, moment, note } from "./fields.ts";
import { ABUSE, OPERATOR, route } from "./route.ts";
import { actor } from "./rows.ts";
import { bool, flag, int, list, maybe, num, object, oneOf, orNull, shape, str, text, time, whole } from "./schema.ts";

export const LIMITS = ["connections", "perMinute", "perConnection", "recipients"] as const;
export const LIMIT_OPS = ["max", "min", "pin", "scale"] as const;

export const destinationKey = text("a provider's key, a recipient domain, or an upstream as HOST:PORT", MOST_TEXT, "google");
export const egressName = text("the egress that mail leaves by", 64, "default");
const provider = text("the provider's key", 64, "google");
const domain = text("a recipient domain, or an upstream as HOST:PORT", MOST_TEXT, "gmail.com");
const cause = text("why, for whoever wonders later", 500, "maintenance at the receiver");
const limitName = oneOf("which limit", LIMITS);
const limitOp = oneOf("max and min bound, pin sets, scale multiplies what rules allow", LIMIT_OPS);
/** Of scale from 0.01 to 100; of the others whole, but for messages a minute. */
const limitNumber = shape<number>({ type: "number", description: "the number that goes with op", minimum: 0.01, maximum: 1_000_000 });

/** What `fairlead undo` takes: an override as `o12`, a lane's own key, an operator action's number. */
const undo = orNull(str);

export const override = object({
  ...{ id: int, undo, on: str, says: str, egress: orNull(str), provider: orNull(str), domain: orNull(str) },
  change: object({
    is: oneOf("what is changed", ["limit", "pause", "reroute"]),
    ...{ limit: orNull(limitName), op: orNull(limitOp), n: orNull(num), to: orNull(str) },
  }),
  ...{ cause: str, by: actor, since: time, until: orNull(time), ended: bool, immuneUntil: orNull(time) },
  ...{ undoneAt: orNull(time), undoneBy: orNull(actor) },
});

const rule = object({
  ...{ on: str, provider: orNull(str), domain: orNull(str), limit: limitName, n: num, says: str, source: str },
  from: oneOf("who wrote it", ["shipped", "operator"]),
});

/** One voice in what a lane may do. `holds`: it decides. */
export const limitRow = object({
  set: oneOf("what set it", [
    ...(["configuration", "shipped-rule", "operator-rule", "override", "law", "window", "provider-law", "provider-window"] as const),
  ]),
  ...{ limit: orNull(limitName), value: orNull(num), says: str, cause: orNull(str), by: orNull(str), since: orNull(time) },
  ...{ until: orNull(time), undo, holds: bool, ceiling: orNull(num), cuts: orNull(int) },
});

export const laneLimits = object({
  ...{ lane: str, egress: str, provider: orNull(str), domain: str, state: oneOf("whether mail goes there", ["open", "closed"]) },
  ...{ connections: int, queued: int, stack: list(limitRow) },
});

/** `override` is null in a dry run; `stands`: one that says the same was in force; `waiting`: deliveries that it is about now. */
const added = object({ override: orNull(override), dryRun: bool, stands: bool, waiting: int, warning: orNull(str), undo });

export const limitRoutes = {
  overrides: route(
    "What people and the program decided about limits, newest first; and the rules, which are read only",
    ABUSE,
    { ended: flag("those that ended in the last 30 days too") },
    object({ overrides: list(override), rules: list(rule) }),
  ),

  addOverride: route(
    "Bounds, sets or scales a limit, pauses, or leaves by another egress: for everything that all of egress, provider and domain fit",
    OPERATOR,
    {
      ...{ egress: maybe(egressName), provider: maybe(provider), domain: maybe(domain) },
      ...{ limit: maybe(limitName), op: maybe(limitOp), n: maybe(limitNumber) },
      ...{ pause: flag("nothing is sent"), reroute: maybe(text("leave by this egress instead", 64, "ses-eu")) },
      ...{ cause, until: maybe(moment), dryRun },
    },
    added,
  ),

  undoOverride: route(
    "Takes an override back; the program does not decide the same for the same cause for an hour",
    OPERATOR,
    { override: whole("the override's id", 1) },
    object({ undone: override, waiting: int, immuneUntil: orNull(time) }),
  ),

  pauseDestination: route(
    "Sends nothing to a provider, a domain or an upstream; what waits is not touched",
    OPERATOR,
    { key: destinationKey, egress: maybe(egressName), until: maybe(moment), note, dryRun },
    added,
  ),

  resumeDestination: route(
    "Ends pauses of a provider, a domain or an upstream, and tries with one message what the law has paused there",
    OPERATOR,
    { key: destinationKey, egress: maybe(egressName), dryRun },
    object({
      ...{ ended: list(override), dryRun: bool, probes: int, waiting: int, perMinute: orNull(num) },
      /** What holds besides, of the lane that most waits for. */
      holds: list(limitRow),
    }),
  ),

  undoLane: route(
    "Takes back what the law decided for a lane; it does not decide the same for the same cause for an hour",
    OPERATOR,
    { lane: text("the lane's key, as in lanes", MOST_TEXT, "mx:gmail.com") },
    object({ lane: str, perMinute: orNull(num), immuneUntil: time }),
  ),

  explainLimit: route(
    "All that limits each lane to a destination, and which of it holds",
    ABUSE,
    { key: destinationKey, egress: maybe(egressName), limit: limit(20, 200) },
    object({ lanes: list(laneLimits) }),
  ),
};
