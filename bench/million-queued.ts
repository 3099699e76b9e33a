/**
 * A million deliveries are queued: what memory does that take, how long is a restart, and is new mail slower?
 *
 * Hypothesis: memory ≤ 300 MB (the queue is rows on disk, of which windows come to memory); from the start of the
 * command to the first delivery ≤ 3 s; new mail at ≥ 80 % of the rate with an empty queue, since the indexes that a new
 * message touches grow by a level of the tree and no more.
 *
 * The million is real files, written through the spool's own append while no node runs; most of it is deferred for
 * hours, `--due` deliveries wait to go out at once. Two nodes run, one on the full data folder and one on an empty one,
 * and rounds of new mail alternate between them, after a warm-up of 2,000 each. Postfix stands beside it with as many
 * deferred messages as it takes in reasonable time (`--peer-count`), against an empty Postfix, in the same way.
 *
 * Usage: node bench/million-queued.ts [--queued 1000000 --due 5000 --size 2048 --count 6000 --rounds 3 --peer-count 20000 --peer 1 --self 1]
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { systemClock, type WallMs } from "../src/base/clock.ts";
import { type Contender, drained } from "./rig/contender.ts";
import { startFairlead } from "./rig/fairlead.ts";
import { fillSpool } from "./rig/fill.ts";
import { startPostfix } from "./rig/postfix.ts";
import { faults, median, note, question, type Rig, rounded, streamOf } from "./rig/question.ts";

const HOURS_6 = 6 * 3_600_000;

function megabytes(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.round(files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0) / 1e6);
}

/** New mail into both in alternating rounds; the ratio of their median rates. */
async function compare(rig: Rig, full: Contender, empty: Contender): Promise<object> {
  const rates: Record<"full" | "empty", number[]> = { full: [], empty: [] };
  let ok = true;
  for (let i = 0; i <= rig.option("rounds"); i++) {
    for (const [which, contender] of [
      ["empty", empty],
      ["full", full],
    ] as const) {
      const count = i === 0 ? rig.option("warm") : rig.option("count");
      const before = await contender.queued();
      const report = await rig.load.run({ port: contender.port, sink: rig.ports.sink, count });
      if (i === 0) continue;
      const stream = streamOf(report, "load");
      const until = systemClock.mono() + 10_000;
      while ((await contender.queued()) > before && systemClock.mono() < until) await systemClock.sleep(50);
      const wrong = [...faults(stream, count), ...((await contender.queued()) > before ? ["queue grew"] : [])];
      ok &&= wrong.length === 0;
      rates[which].push(stream.delivery_rate);
      rig.print({
        name: contender.name,
        queue: which,
        round: i,
        ok: wrong.length === 0,
        wrong,
        delivery_rate: stream.delivery_rate,
        accept_deliver_ms: stream.accept_deliver_ms,
        ...contender.meter.memory(),
      });
    }
  }
  const [withQueue, without] = [median(rates.full), median(rates.empty)];
  return { ok, rate_full: rounded(withQueue), rate_empty: rounded(without), ratio: rounded(withQueue / without) };
}

async function ours(rig: Rig): Promise<object> {
  const data = mkdtempSync(join(rig.folder, "fairlead-million-"));
  rig.stack.defer(() => rmSync(data, { recursive: true, force: true }));
  note(`filling with ${rig.option("queued")} deliveries`);
  const filledS = await fillSpool({
    data,
    count: rig.option("queued"),
    dueNow: rig.option("due"),
    dueAt: (systemClock.wall() + HOURS_6) as WallMs,
    size: rig.option("size"),
    site: `upstream:127.0.0.1:${rig.ports.sink}`,
    senders: 1000,
  });
  rig.print({ name: "fairlead", filled: rig.option("queued"), seconds: rounded(filledS), disk_mb: megabytes(data) });

  const sink = rig.load.start({ sink: rig.ports.sink, count: 0, first: 1, timeout: 600 });
  await systemClock.sleep(200); // it listens before the node starts
  await using full = await startFairlead({ port: rig.ports.fairlead, sink: rig.ports.sink, data });
  const first = rounded((await sink.firstDelivery) - full.startedMs);
  const start = { ready_ms: rounded(full.readyMs), first_delivery_ms: first };
  rig.print({ name: "fairlead", queued: rig.option("queued"), ...start, ...full.meter.memory() });
  const until = systemClock.mono() + 60_000;
  while ((await full.queued()) > rig.option("queued") - rig.option("due") && systemClock.mono() < until) await systemClock.sleep(100);
  sink.stop();
  await sink.done;

  await using empty = await startFairlead({ port: rig.ports.spare, sink: rig.ports.sink, parent: rig.folder });
  const compared = await compare(rig, full, empty);
  return { queued: rig.option("queued"), ...start, ...compared, memory: full.meter.memory(), memory_empty: empty.meter.memory() };
}

async function theirs(rig: Rig): Promise<object> {
  const common = {
    relayhost: `[127.0.0.1]:${rig.ports.sink}`,
    parent: rig.folder,
    settings: { minimal_backoff_time: "6h", maximal_backoff_time: "6h", queue_run_delay: "6h" },
  };
  await using full = await startPostfix({ ...common, name: "postfix-full", port: rig.ports.postfix });
  await using empty = await startPostfix({ ...common, name: "postfix-empty", port: rig.ports.spare });
  note(`filling Postfix with ${rig.option("peer-count")}`);
  await rig.load.run({ port: full.port, sink: 0, count: rig.option("peer-count"), per: 100, size: rig.option("size"), timeout: 900 });
  await drained({ ...full, queued: async () => full.undecided() }, 120_000);
  // A destination that refused connections is left alone for a while; a fresh start forgets that, and keeps the queue.
  await full.stop();
  await full.start();
  const compared = await compare(rig, full, empty);
  return { queued: rig.option("peer-count"), ...compared, memory: full.meter.memory(), memory_empty: empty.meter.memory() };
}

await question(
  "A million queued: memory, restart, and the rate of new mail?",
  { queued: 1_000_000, due: 5000, size: 2048, count: 6000, rounds: 3, warm: 2000, "peer-count": 20_000, peer: 1, self: 1 },
  async (rig) => {
    const answers: Record<string, object> = {};
    if (rig.option("self")) answers["fairlead"] = await ours(rig);
    if (rig.option("peer")) answers["postfix"] = await theirs(rig);
    rig.print({ final: true, answers });
  },
);
