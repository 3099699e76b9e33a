/** Is mail flowing: health, status, counts, events, and orders to the node itself. */
import { limit } from "./fields.ts";
import { ACTS, OPERATOR, READS, route, streams } from "./route.ts";
import { because, counts, eventRow, flowStep, provider, statusFields } from "./rows.ts";
import { anything, bool, int, list, maybe, num, object, orNull, record, str, text, time, whole, yes } from "./schema.ts";

export const nodeRoutes = {
  health: route("Whether the node answers, and nothing more", "everybody", {}, object({ ok: yes, name: str, version: str, at: time })),

  ready: route("Whether mail is taken; 503 if not", "everybody", {}, object({ ready: bool, why: orNull(str) }), { statuses: [503] }),

  metrics: route("Counters and gauges for Prometheus; from this machine without a login", "everybody", {}, streams("text/plain")),

  status: route("Whether mail flows and what needs a person", READS, {}, object(statusFields)),

  now: route(
    "The status with the last hour, what is in force, and who makes mail wait",
    READS,
    {},
    object({
      ...statusFields,
      lastHour: counts,
      latency: object({ p50Ms: orNull(num), p99Ms: orNull(num), n: int }),
      flowSteps: list(flowStep),
      inForce: list(because),
      providers: list(provider),
    }),
  ),

  ledger: route(
    "Both counts of all mail, made now",
    OPERATOR,
    {},
    object({
      balances: bool,
      drift: list(str),
      tenants: list(object({ tenant: str, events: counts, sweep: object({ queued: int, held: int }) })),
    }),
  ),

  events: route(
    "What happened, in order",
    ACTS,
    {
      after: maybe(whole("the sequence of the last event already seen; the newest ones if not given", 0)),
      limit: limit(100),
      kinds: maybe(list(text("kinds of events", 32, "bounced"), 32)),
    },
    object({ events: list(eventRow), next: int }),
  ),

  live: route(
    "What changes, as it does: server-sent events `changed`, `status` and `gap`",
    READS,
    { after: maybe(whole("the sequence of the last event already seen; `Last-Event-ID` says the same", 0)) },
    streams("text/event-stream"),
  ),

  pickup: route("Looks at the drop folder now", OPERATOR, {}, object({ taken: int, refused: int }), { unrecorded: true }),

  drain: route("Stops gracefully: takes no new mail, finishes open transactions", OPERATOR, {}, object({ draining: yes })),

  openapi: route("This API, described for programs", "everybody", {}, record(anything)),

  storyPage: route(
    "The story of a message for whoever holds its link, without JavaScript",
    "everybody",
    { key: text("the link's key", 64, "Zb3tqk1Yw0a9TqPd") },
    streams("text/html"),
  ),

  codePage: route(
    "What a reply code of Fairlead means, without JavaScript",
    "everybody",
    { code: text("the code", 16, "FL-5203") },
    streams("text/html"),
  ),

  pageStyle: route("How the two pages look", "everybody", {}, streams("text/css")),
};
