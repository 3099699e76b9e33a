/** Where mail goes: providers, lanes, and addresses that are no longer written to. */

import { REPLY_CLASSES } from "../../../model/diagnosis.ts";
import { after, limit, MOST_TEXT, moment, tenant } from "./fields.ts";
import { ABUSE, ACTS, READS, route, streams } from "./route.ts";
import { flowStep, lane, provider } from "./rows.ts";
import { int, lines, list, maybe, num, object, oneOf, orElse, orNull, str, text, time } from "./schema.ts";

export const SUPPRESSION_CAUSES = ["badrcpt", "suspended", "complaint", "unsubscribe", "operator", "import"] as const;
const cause = oneOf("why it is suppressed", SUPPRESSION_CAUSES);
const MOST_ENTRIES = 10_000;
/** A million addresses are imported in several requests. */
const IMPORT_BYTES = 16 * 1024 * 1024;

export const destinationRoutes = {
  destinations: route("Providers with mail waiting first", ABUSE, {}, object({ providers: list(provider) })),

  destination: route(
    "One provider: its sites, what it answers, how mail flows there",
    ABUSE,
    { key: text("the provider's key", 255, "google") },
    object({
      provider,
      sites: list(
        object({
          ...{
            site: str,
            queued: int,
            oldestAt: orNull(time),
            connections: int,
            state: oneOf("whether mail goes there", ["open", "closed"]),
          },
          ...{ why: orNull(str), until: orNull(time), hosts: list(str), perMinute: orNull(num), ceiling: orNull(num) },
        }),
      ),
      replies: list(object({ text: str, class: oneOf("what it objects to", REPLY_CLASSES), count: int, lastAt: time, remedy: str })),
      steps: list(flowStep),
    }),
  ),

  lanes: route("Destinations with their connections and waiting mail", ABUSE, {}, object({ lanes: list(lane) })),

  suppressions: route(
    "Addresses that are no longer written to",
    READS,
    { text: maybe(text("part of the address", MOST_TEXT, "gmail.com")), why: maybe(cause), limit: limit(100), after },
    object({
      entries: list(
        object({
          ...{ tenant: str, address: str, why: cause, detail: orNull(str), message: orNull(str), since: time, until: orNull(time) },
          ...{ hits: int, lastHitAt: orNull(time), by: str },
        }),
      ),
      next: orNull(str),
      total: int,
    }),
  ),

  suppress: route(
    "Writes no more to these addresses; as JSON, or as CSV with the columns address, why, until, detail, tenant",
    ACTS,
    {
      entries: maybe(
        list(
          object({
            address: text("the address", MOST_TEXT, "j.doe@gmail.com"),
            why: maybe(cause),
            until: maybe(moment),
            detail: maybe(text("a note", 500, "asked to be left alone")),
            tenant: maybe(tenant),
          }),
          MOST_ENTRIES,
        ),
      ),
      text: maybe(lines("the CSV", IMPORT_BYTES)),
    },
    object({ added: int, skipped: list(object({ line: int, why: str })) }),
    { also: "text/csv", mostBytes: IMPORT_BYTES },
  ),

  unsuppress: route(
    "Writes to these addresses again",
    ACTS,
    {
      addresses: maybe(list(text("an address", MOST_TEXT, "j.doe@gmail.com"), MOST_ENTRIES)),
      domain: maybe(text("all addresses of this domain", 255, "gmail.com")),
      why: maybe(cause),
    },
    object({ removed: int, undo: orNull(int) }),
  ),

  exportSuppressions: route(
    "All suppressed addresses as a file",
    READS,
    { form: orElse(oneOf("comma-separated or one JSON object a line", ["csv", "jsonl"]), "csv") },
    streams("text/csv", "application/jsonl"),
  ),
};
