/**
 * How many messages a second does the relay take, sync, and hand on; how much CPU does one cost; how long does one wait?
 *
 * Hypothesis: at least five times Postfix's rate at no more than a fifth of its CPU, with one and with 100 messages a
 * session; p99 from acceptance to delivery at half that rate ≤ 30 ms. Most of the cost is the kernel's (sockets, one
 * sync for many messages), so a process that batches commits and reuses connections wins by the number of system calls.
 *
 * Postfix stands beside it in the same run: rounds alternate, source and sink are the same, both sync before the 250.
 * Warm-up: 2,000 messages each, not counted (the JIT's share; Postfix starts its processes in it). A round counts only if
 * every message was accepted and came exactly once and whole, and the queue was empty after it.
 *
 * Usage: node bench/relay.ts [--count 6000 --rounds 5 --conc 20 --per 1 --size 5120 --peer 1 --half 0.5]
 */
import type { Contender } from "./rig/contender.ts";
import { drained } from "./rig/contender.ts";
import { startFairlead } from "./rig/fairlead.ts";
import { startPostfix } from "./rig/postfix.ts";
import { faults, median, note, question, type Rig, rounded, streamOf } from "./rig/question.ts";

interface Round {
  readonly name: string;
  readonly ok: boolean;
  readonly delivery_rate: number;
  readonly inject_rate: number;
  readonly cpu_us_message: number;
  readonly p99_ms: number;
}

async function measure(rig: Rig, contender: Contender, round: number, count: number, rate: number): Promise<Round> {
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

function middle(rounds: readonly Round[]): Omit<Round, "name" | "ok"> {
  const of = (field: "delivery_rate" | "inject_rate" | "cpu_us_message" | "p99_ms"): number =>
    rounded(median(rounds.map((round) => round[field])));
  return { delivery_rate: of("delivery_rate"), inject_rate: of("inject_rate"), cpu_us_message: of("cpu_us_message"), p99_ms: of("p99_ms") };
}

await question(
  "How fast, how dear, how late is a relayed message beside Postfix?",
  { count: 6000, rounds: 5, conc: 20, per: 1, size: 5120, warm: 2000, half: 0.5, peer: 1, self: 1 },
  async (rig) => {
    const contenders: Contender[] = [];
    if (rig.option("self"))
      contenders.push(rig.stack.use(await startFairlead({ port: rig.ports.fairlead, sink: rig.ports.sink, parent: rig.folder })));
    if (rig.option("peer"))
      contenders.push(
        rig.stack.use(await startPostfix({ port: rig.ports.postfix, relayhost: `[127.0.0.1]:${rig.ports.sink}`, parent: rig.folder })),
      );
    const rounds = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]));
    for (const { name, port } of contenders) {
      note(`warming up ${name}`);
      await rig.load.run({
        port,
        sink: rig.ports.sink,
        count: rig.option("warm"),
        size: rig.option("size"),
        conc: rig.option("conc"),
        per: rig.option("per"),
      });
    }
    for (let i = 1; i <= rig.option("rounds"); i++) {
      for (const contender of contenders) rounds.get(contender.name)?.push(await measure(rig, contender, i, rig.option("count"), 0));
    }
    const medians = Object.fromEntries([...rounds].map(([name, list]) => [name, middle(list)]));
    const [ours, theirs] = [medians["fairlead"], medians["postfix"]];
    const ratios =
      ours && theirs
        ? {
            ratio_delivery: rounded(ours.delivery_rate / theirs.delivery_rate),
            ratio_inject: rounded(ours.inject_rate / theirs.inject_rate),
            ratio_cpu: rounded(ours.cpu_us_message / theirs.cpu_us_message),
          }
        : {};
    const first = contenders[0];
    const rate = (medians[first?.name ?? ""]?.delivery_rate ?? 0) * rig.option("half");
    const half = first && rate > 0 ? await measure(rig, first, 0, Math.max(1000, Math.round(rate * 5)), rate) : null;
    const ok = [...rounds.values()].flat().every((round) => round.ok);
    rig.print({
      final: true,
      ok,
      cpu_by: first?.meter.by,
      medians,
      ...ratios,
      half: half && { name: half.name, offered_rate: rounded(rate), p99_ms: half.p99_ms, ok: half.ok },
    });
  },
);
