/**
 * One sender floods: how long does another sender's message wait?
 *
 * Hypothesis: less than a second, whatever lies queued before it, because due deliveries are taken from the spool in
 * turns of senders, not in order of arrival. A relay with one queue in order of arrival makes the other wait for all
 * the rest: 100,000 messages at the sink's pace are minutes.
 *
 * The sink is slow (it answers the final dot after a delay), so the flood stays queued. While it lies there another
 * sender sends a few messages a second. The answer is the other's time from its start to its delivery, and how much of
 * the flood was still queued at the time. Postfix stands beside it with a smaller flood (`--peer-count`), since its
 * own takes too long; its scheduler is fair between destinations, and not between senders. Warm-up: 1,000 messages of each kind.
 *
 * Usage: node bench/flood.ts [--count 100000 --delay 200 --others 60 --rate 5 --peer-count 20000 --peer 1 --self 1]
 */
import { systemClock } from "../src/base/clock.ts";
import type { Contender } from "./rig/contender.ts";
import { startFairlead } from "./rig/fairlead.ts";
import { startPostfix } from "./rig/postfix.ts";
import { note, question, type Rig, streamOf } from "./rig/question.ts";

/** Sessions of the flooding sender, and messages in each: a script on a hacked account is not shy. */
const FLOOD = { conc: 20, per: 100, senders: 1, from: "flood", size: 5120 };

interface Answer {
  readonly name: string;
  readonly p50_ms: number | null;
  readonly max_ms: number | null;
  readonly queued_before: number;
}

async function flood(rig: Rig, contender: Contender, count: number): Promise<Answer> {
  note(`${contender.name}: warming up`);
  await rig.load.run(
    { port: contender.port, sink: rig.ports.sink },
    { flood: { ...FLOOD, count: 1000 }, other: { count: 1000, senders: 1, from: "other" } },
  );

  note(`${contender.name}: ${count} of one sender`);
  const sink = rig.load.start(
    { port: contender.port, sink: rig.ports.sink, "dot-delay": rig.option("delay"), timeout: 600 },
    {
      flood: { ...FLOOD, count },
      other: { count: rig.option("others"), rate: rig.option("rate"), conc: 10, senders: 1, from: "other", after: rig.option("after") },
    },
  );
  // The others begin when the flood has been running for `after` ms; what is queued halfway through them is the queue they meet.
  await systemClock.sleep(rig.option("after") + (rig.option("others") / rig.option("rate")) * 500);
  const queued = await contender.queued();
  await systemClock.sleep((rig.option("others") / rig.option("rate")) * 500 + 3_000);
  sink.stop();
  const report = await sink.done;
  const [other, many] = [streamOf(report, "other"), streamOf(report, "flood")];
  const ok = other.deliveries === rig.option("others") && other.accepted === rig.option("others");
  rig.print({
    name: contender.name,
    ok,
    flood: { accepted: many.accepted, delivered_meanwhile: many.deliveries, inject_rate: many.inject_rate },
    queued_meanwhile: queued,
    other: {
      accepted: other.accepted,
      delivered: other.deliveries,
      start_accept_ms: other.start_accept_ms,
      start_deliver_ms: other.start_deliver_ms,
    },
    sink_sessions_open: report.sink.most_open,
    ...contender.meter.memory(),
  });
  return {
    name: contender.name,
    p50_ms: other.start_deliver_ms?.p50 ?? null,
    max_ms: ok ? (other.start_deliver_ms?.max ?? null) : null,
    queued_before: queued,
  };
}

await question(
  "One sender floods: how long does another's message wait?",
  { count: 100_000, "peer-count": 20_000, delay: 200, others: 60, rate: 5, after: 20_000, peer: 1, self: 1 },
  async (rig) => {
    const answers: Answer[] = [];
    if (rig.option("self")) {
      await using fairlead = await startFairlead({ port: rig.ports.fairlead, sink: rig.ports.sink, parent: rig.folder });
      answers.push(await flood(rig, fairlead, rig.option("count")));
    }
    if (rig.option("peer")) {
      await using postfix = await startPostfix({ port: rig.ports.postfix, relayhost: `[127.0.0.1]:${rig.ports.sink}`, parent: rig.folder });
      answers.push(await flood(rig, postfix, rig.option("peer-count")));
    }
    rig.print({ final: true, answers });
  },
);
