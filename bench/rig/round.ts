/** A round: so many messages through one contender, what it took, and whether every one came once and whole. */
import { type Contender, drained } from "./contender.ts";
import { faults, median, type Rig, rounded, streamOf } from "./question.ts";

export interface Round {
  readonly name: string;
  readonly ok: boolean;
  readonly delivery_rate: number;
  readonly inject_rate: number;
  readonly cpu_us_message: number;
  readonly p99_ms: number;
}

/** `count` messages through a contender, as fast as it takes them or at `rate` a second; printed, and judged whole or not at all. */
export async function measure(rig: Rig, contender: Contender, round: number, count: number, rate: number): Promise<Round> {
  const cpu = contender.meter.cpuUs();
  const report = await rig.load.run({
    port: contender.port,
    sink: rig.ports.sink,
    count,
    size: rig.option("size"),
    conc: rig.option("conc"),
    per: rig.option("per"),
    rate,
  });
  const left = await drained(contender, 10_000);
  const cost = contender.meter.cpuUs() - cpu;
  const stream = streamOf(report, "load");
  const wrong = [...faults(stream, count), ...(left > 0 ? [`${left} left in the queue`] : [])];
  const line = {
    name: contender.name,
    ok: wrong.length === 0,
    delivery_rate: stream.delivery_rate,
    inject_rate: stream.inject_rate,
    cpu_us_message: rounded(cost / count),
    p99_ms: stream.accept_deliver_ms?.p99 ?? Number.NaN,
  };
  rig.print({
    round,
    ...line,
    wrong,
    offered_rate: rate || null,
    accept_deliver_ms: stream.accept_deliver_ms,
    start_accept_ms: stream.start_accept_ms,
    sink_sessions: report.sink.sessions,
    ...contender.meter.memory(),
  });
  return line;
}

/** Medians of what rounds measured. */
export function middle(rounds: readonly Round[]): Omit<Round, "name" | "ok"> {
  const of = (field: "delivery_rate" | "inject_rate" | "cpu_us_message" | "p99_ms"): number =>
    rounded(median(rounds.map((round) => round[field])));
  return { delivery_rate: of("delivery_rate"), inject_rate: of("inject_rate"), cpu_us_message: of("cpu_us_message"), p99_ms: of("p99_ms") };
}
