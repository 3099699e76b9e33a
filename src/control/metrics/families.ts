/**
 * What each number is called and means. Names follow Prometheus' conventions: `fairlead_`, base units (seconds, bytes)
 * at the end, `_total` for what only grows. docs/metrics.md lists them for people; a test holds both together.
 */
import type { Counters } from "./counters.ts";
import type { Family, Sample } from "./exposition.ts";
import { type Grid, OTHER, type Spread, type Tally } from "./tally.ts";

/** What was counted from events. */
export function countedFamilies(counters: Counters): readonly Family[] {
  const { messages } = counters;
  return [
    counter("fairlead_events_total", "Events written since the start.", single(messages.events)),
    counter("fairlead_messages_accepted_total", "Messages accepted, own reports included.", single(messages.accepted)),
    counter("fairlead_accepted_bytes_total", "Content bytes of accepted messages.", single(messages.bytes)),
    counter("fairlead_deliveries_accepted_total", "Deliveries accepted, one for each recipient.", single(messages.deliveries)),
    counter("fairlead_source_deliveries_accepted_total", "Deliveries accepted by source.", byName("source", counters.sources)),
    counter("fairlead_refusals_total", "Commands and messages refused at the door by code.", byName("code", counters.refusals)),
    counter("fairlead_deliveries_settled_total", "Deliveries that ended, by how.", byName("state", counters.settled)),
    counter("fairlead_deliveries_possibly_twice_total", "Deliveries that the receiver may have twice.", single(messages.possiblyTwice)),
    counter(
      "fairlead_attempts_total",
      "Attempts by operator of the mail host, by what came of them (ok, later, no, in-doubt) and by the class of the objection.",
      attemptSamples(counters.attempts),
    ),
    counter(
      "fairlead_deferrals_total",
      "Deliveries put off, by whether it counts as an attempt of the message.",
      byName("counted", counters.deferrals),
    ),
    counter(
      "fairlead_delivery_changes_total",
      "Deliveries held, released, retried, rerouted or told as late.",
      byName("change", counters.changes),
    ),
    counter("fairlead_dsns_total", "Failures by whether the sender was told, or why not.", byName("fate", counters.dsns)),
    counter("fairlead_returned_total", "Reports that came back about mail that had left.", byName("what", counters.returned)),
    counter(
      "fairlead_suppression_changes_total",
      "Addresses added to and removed from suppression.",
      byName("change", counters.suppressions),
    ),
    counter("fairlead_lane_changes_total", "Times that a way to a destination was closed or opened.", byName("to", counters.lanes)),
    counter("fairlead_alarms_total", "Alarms by code.", byName("code", counters.alarms)),
    {
      name: "fairlead_acceptance_duration_seconds",
      help: "Time from a message's final dot until it is written and synced, which its 250 waits for.",
      type: "histogram",
      samples: spread({}, counters.commits),
    },
    {
      name: "fairlead_delivery_duration_seconds",
      help: "Time from acceptance to the receiver's yes.",
      type: "histogram",
      samples: [...spread({ state: "delivered" }, counters.delivered), ...spread({ state: "relayed" }, counters.relayed)],
    },
    {
      name: "fairlead_attempt_stage_duration_seconds",
      help: "Time that attempts spent in each stage of the dialogue.",
      type: "histogram",
      samples: Object.entries(counters.stages).flatMap(([stage, times]) => spread({ stage }, times)),
    },
  ];
}

export function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help, type: "counter", samples };
}

export function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help, type: "gauge", samples };
}

export function single(value: number): readonly Sample[] {
  return [{ labels: {}, value }];
}

/** One line for each word, 1 at the one that holds. */
export function oneOf(label: string, words: readonly string[], holds: string): readonly Sample[] {
  return words.map((word) => ({ labels: { [label]: word }, value: word === holds ? 1 : 0 }));
}

function byName(label: string, tally: Tally): readonly Sample[] {
  return tally.entries().map(([name, value]) => ({ labels: { [label]: name }, value }));
}

/** A column's name is `answer class`. */
function attemptSamples(attempts: Grid): readonly Sample[] {
  return attempts.entries().map(([provider, column, value]) => {
    const [answer = "", kind = OTHER] = column.split(" ");
    return { labels: { provider, answer, class: kind }, value };
  });
}

function spread(labels: Readonly<Record<string, string>>, times: Spread): readonly Sample[] {
  const counts = times.cumulative();
  const all = counts.at(-1) ?? 0;
  return [
    ...times.bounds.map((bound, at) => ({ labels: { ...labels, le: String(bound) }, value: counts[at] ?? 0, suffix: "_bucket" })),
    { labels: { ...labels, le: "+Inf" }, value: all, suffix: "_bucket" },
    { labels, value: times.sum, suffix: "_sum" },
    { labels, value: all, suffix: "_count" },
  ];
}
