/** What waits or is held, and orders about it. */
import { ACTION_VERBS } from "../../../model/action.ts";
import { after, dryRun, limit, MOST_TEXT, note, selectorProps } from "./fields.ts";
import { ACTS, READS, route } from "./route.ts";
import { actor, delivery } from "./rows.ts";
import { bool, flag, int, list, maybe, object, oneOf, orNull, str, text, time, whole } from "./schema.ts";

const skipped = list(object({ why: str, count: int }));

export const queueRoutes = {
  deliveries: route(
    "Open deliveries in order of acceptance",
    READS,
    { ...selectorProps, after, limit: limit(100), total: flag("also count all that match") },
    object({ deliveries: list(delivery), next: orNull(str), total: orNull(int) }),
  ),

  holds: route(
    "Held mail in groups of one sender and one cause",
    READS,
    {},
    object({
      groups: list(
        object({
          ...{ key: str, sender: str, source: str, tenant: str, why: str, held: int, recipients: int, oldestAt: time, newestAt: time },
          action: orNull(int),
          sample: list(object({ id: str, rcpt: int, to: str, from: str, at: time })),
        }),
      ),
    }),
  ),

  act: route(
    "Holds, releases, bounces, discards, retries or reroutes what matches",
    ACTS,
    {
      verb: oneOf("what to do", ACTION_VERBS),
      selector: object(selectorProps, "which deliveries"),
      all: flag("really everything: needed where the selector has no condition"),
      note,
      dryRun,
      site: maybe(text("where to, for reroute", MOST_TEXT, "upstream:ses-eu")),
    },
    object({
      verb: oneOf("what was done", ACTION_VERBS),
      ...{ dryRun: bool, action: orNull(int), matched: int, done: int, skipped },
      undo: orNull(object({ action: int, until: orNull(time) })),
    }),
  ),

  undo: route(
    "Takes an action back",
    ACTS,
    { action: whole("the action's number", 1) },
    object({ undone: int, action: orNull(int), matched: int, done: int, skipped }),
  ),

  actions: route(
    "What operators did, newest first",
    READS,
    { limit: limit(50) },
    object({
      actions: list(
        object({
          ...{ action: int, at: time, verb: oneOf("what was done", [...ACTION_VERBS, "undo"]), by: actor, note: orNull(str) },
          ...{ selector: str, matched: int, done: int, undone: bool, undoable: bool, until: orNull(time) },
        }),
      ),
    }),
  ),
};
