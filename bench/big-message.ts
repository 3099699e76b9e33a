/**
 * Ten messages of 50 MB at once: how much memory do they take, and how long does other mail wait meanwhile?
 *
 * Hypothesis: memory grows by less than 64 MB (parts of 256 KiB stream to the spool and from it; nothing holds a whole
 * message), and other mail's p99 from start to delivery stays below 50 ms, because no step on the main thread handles
 * more than a part. Postfix stands beside it: a process a session, content in files, so it hardly grows either.
 *
 * Other mail runs at a steady rate throughout: first alone (the base), then with the ten. The load generator sends at
 * most 256 KiB of a message at a time, so its own share of the wait is the base's. Warm-up: 2,000 small messages and one
 * large. Memory is sampled every 50 ms; growth is the highest sample less the one after the warm-up.
 *
 * Usage: node bench/big-message.ts [--size 50000000 --big 10 --rate 100 --rounds 3 --peer 1 --self 1]
 */
import { systemClock } from "../src/base/clock.ts";
import { type Contender, drained } from "./rig/contender.ts";
import { startFairlead } from "./rig/fairlead.ts";
import { startPostfix } from "./rig/postfix.ts";
import { faults, median, note, question, type Rig, rounded, streamOf } from "./rig/question.ts";

const SAMPLE_MS = 50;

interface Round {
  readonly growthMb: number;
  readonly p99: number;
  readonly base: number;
  readonly ok: boolean;
}

/** The highest memory of the contender until `work` is done. */
async function peak<T>(
  contender: Contender,
  work: Promise<T>,
): Promise<{ readonly value: T; readonly rssMb: number; readonly pssMb: number }> {
  let [rssMb, pssMb, running] = [0, 0, true];
  const sampling = (async () => {
    while (running) {
      const memory = contender.meter.memory();
      rssMb = Math.max(rssMb, memory.rssMb);
      pssMb = Math.max(pssMb, memory.pssMb);
      await systemClock.sleep(SAMPLE_MS);
    }
  })();
  const value = await work.finally(() => (running = false));
  await sampling;
  return { value, rssMb, pssMb };
}

async function round(rig: Rig, contender: Contender, number: number): Promise<Round> {
  const seconds = 5;
  const common = { port: contender.port, sink: rig.ports.sink, timeout: 300 };
  const other = { count: rig.option("rate") * seconds, rate: rig.option("rate"), conc: 50 };
  const base = streamOf(await rig.load.run(common, { other }), "other");
  const before = contender.meter.memory();
  const big = { count: rig.option("big"), conc: rig.option("big"), size: rig.option("size"), after: 1_000, from: "big" };
  const run = await peak(contender, rig.load.run(common, { other, big }));
  const [meanwhile, large] = [streamOf(run.value, "other"), streamOf(run.value, "big")];
  const left = await drained(contender, 30_000);
  const wrong = [
    ...faults(meanwhile, other.count),
    ...faults(large, big.count).map((text) => `big: ${text}`),
    ...(left > 0 ? [`${left} left in the queue`] : []),
  ];
  const growthMb = rounded(run.pssMb - before.pssMb);
  rig.print({
    name: contender.name,
    round: number,
    ok: wrong.length === 0,
    wrong,
    growth_pss_mb: growthMb,
    growth_rss_mb: rounded(run.rssMb - before.rssMb),
    before,
    peak_pss_mb: run.pssMb,
    big_start_accept_ms: large.start_accept_ms,
    big_start_deliver_ms: large.start_deliver_ms,
    other_alone_ms: base.start_deliver_ms,
    other_meanwhile_ms: meanwhile.start_deliver_ms,
  });
  return {
    growthMb,
    p99: meanwhile.start_deliver_ms?.p99 ?? Number.NaN,
    base: base.start_deliver_ms?.p99 ?? Number.NaN,
    ok: wrong.length === 0,
  };
}

async function measure(rig: Rig, contender: Contender): Promise<object> {
  note(`${contender.name}: warming up`);
  await rig.load.run(
    { port: contender.port, sink: rig.ports.sink },
    { small: { count: 2000 }, big: { count: 1, size: rig.option("size") } },
  );
  const rounds: Round[] = [];
  for (let i = 1; i <= rig.option("rounds"); i++) rounds.push(await round(rig, contender, i));
  const of = (field: "growthMb" | "p99" | "base"): number => rounded(median(rounds.map((one) => one[field])));
  return { ok: rounds.every((one) => one.ok), growth_mb: of("growthMb"), other_p99_ms: of("p99"), other_alone_p99_ms: of("base") };
}

await question(
  "Ten of 50 MB at once: memory, and the wait of other mail?",
  { size: 50_000_000, big: 10, rate: 100, rounds: 3, peer: 1, self: 1 },
  async (rig) => {
    const medians: Record<string, object> = {};
    if (rig.option("self")) {
      await using fairlead = await startFairlead({ port: rig.ports.fairlead, sink: rig.ports.sink, parent: rig.folder });
      medians["fairlead"] = await measure(rig, fairlead);
    }
    if (rig.option("peer")) {
      const settings = { message_size_limit: "104857600", mailbox_size_limit: "0" };
      await using postfix = await startPostfix({
        port: rig.ports.postfix,
        relayhost: `[127.0.0.1]:${rig.ports.sink}`,
        parent: rig.folder,
        settings,
      });
      medians["postfix"] = await measure(rig, postfix);
    }
    rig.print({ final: true, medians });
  },
);
