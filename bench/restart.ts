/**
 * After a stop or a crash with mail queued: how long until it takes mail again, and until the first queued message is out?
 *
 * Hypothesis: ready in less than a second and the first delivery within another, whether the end was orderly or kill -9,
 * and nearly whatever the length of the queue: there is no log to replay, SQLite recovers at most its WAL, and dispatch
 * reads a window instead of the queue. Postfix stands beside it with as many files, its back-off set to a second so that
 * what was deferred is due at once; its start is a scan of folders.
 *
 * The queue is filled through the SMTP port while nothing listens upstream. Times count from the start of the command.
 * Rounds alternate between an orderly stop and kill -9 (for Postfix: its master and all below it). No warm-up: a
 * start is cold by nature; the file cache is warm for both. A round is ok if every message came at least once; one that was
 * under way when the power went may come twice, and is counted.
 *
 * Usage: node bench/restart.ts [--count 20000 --rounds 3 --peer-count 5000 --peer 1 --self 1]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../src/base/clock.ts";
import { type Contender, drained } from "./rig/contender.ts";
import { type Fairlead, startFairlead } from "./rig/fairlead.ts";
import type { Load } from "./rig/load.ts";
import { type Postfix, startPostfix } from "./rig/postfix.ts";
import { median, note, question, type Rig, rounded, streamOf } from "./rig/question.ts";

const ENDS = ["clean", "kill"] as const;

interface Start {
  readonly after: (typeof ENDS)[number];
  readonly readyMs: number;
  readonly firstDeliveryMs: number;
}

async function fill(rig: Rig, contender: Contender, count: number): Promise<number> {
  const report = await rig.load.run({ port: contender.port, sink: 0, count, per: 100, timeout: 900 });
  return streamOf(report, "load").accepted;
}

/** A sink that waits for what was queued: its messages are of another run, so it counts transactions only. */
function sinkOnly(rig: Rig): Load {
  return rig.load.start({ sink: rig.ports.sink, count: 0, first: 1, timeout: 600 });
}

async function watch(
  rig: Rig,
  after: Start["after"],
  count: number,
  start: () => Promise<Contender & { readonly startedMs: number; readonly readyMs: number }>,
): Promise<Start> {
  const sink = sinkOnly(rig);
  await systemClock.sleep(200); // it listens before the contender starts
  await using contender = await start();
  const first = await sink.firstDelivery;
  const left = await drained(contender, 120_000);
  sink.stop();
  const { messages, last_delivery_ns } = (await sink.done).sink;
  const facts = { after, readyMs: rounded(contender.readyMs), firstDeliveryMs: rounded(first - contender.startedMs) };
  const ok = left === 0 && messages >= count;
  rig.print({
    name: contender.name,
    ok,
    queued: count,
    ...facts,
    delivered: messages,
    again: messages - count,
    drained_s: rounded(last_delivery_ns / 1e9 - first / 1e3),
    left,
    ...contender.meter.memory(),
  });
  return facts;
}

async function ours(rig: Rig): Promise<Start[]> {
  const starts: Start[] = [];
  for (let i = 0; i < rig.option("rounds") * ENDS.length; i++) {
    const after = ENDS[i % ENDS.length] as Start["after"];
    const data = mkdtempSync(join(rig.folder, "fairlead-restart-"));
    rig.stack.defer(() => rmSync(data, { recursive: true, force: true }));
    const options = { port: rig.ports.fairlead, sink: rig.ports.sink, data };
    const before: Fairlead = await startFairlead(options);
    const count = await fill(rig, before, rig.option("count"));
    if (after === "kill") await before.kill();
    await before[Symbol.asyncDispose]();
    starts.push(await watch(rig, after, count, () => startFairlead(options)));
  }
  return starts;
}

async function theirs(rig: Rig): Promise<Start[]> {
  const starts: Start[] = [];
  const settings = { minimal_backoff_time: "1s", queue_run_delay: "1s", maximal_backoff_time: "2s" };
  for (let i = 0; i < rig.option("rounds") * ENDS.length; i++) {
    const after = ENDS[i % ENDS.length] as Start["after"];
    const postfix: Postfix = rig.stack.use(
      await startPostfix({ port: rig.ports.postfix, relayhost: `[127.0.0.1]:${rig.ports.sink}`, parent: rig.folder, settings }),
    );
    const count = await fill(rig, postfix, rig.option("peer-count"));
    if (after === "kill") await postfix.kill();
    else await postfix.stop();
    starts.push(
      await watch(rig, after, count, async () => {
        const startedMs = Number(process.hrtime.bigint()) / 1e6;
        await postfix.start();
        const readyMs = Number(process.hrtime.bigint()) / 1e6 - startedMs;
        return Object.assign(Object.create(postfix) as Postfix, { startedMs, readyMs, [Symbol.asyncDispose]: async () => undefined });
      }),
    );
    await postfix[Symbol.asyncDispose]();
  }
  return starts;
}

function medians(starts: readonly Start[]): object {
  const of = (after: Start["after"], field: "readyMs" | "firstDeliveryMs"): number =>
    rounded(median(starts.filter((start) => start.after === after).map((start) => start[field])));
  return Object.fromEntries(
    ENDS.map((after) => [after, { ready_ms: of(after, "readyMs"), first_delivery_ms: of(after, "firstDeliveryMs") }]),
  );
}

await question(
  "Started again with mail queued: when is it ready, when is the first message out?",
  { count: 20_000, "peer-count": 5_000, rounds: 3, peer: 1, self: 1 },
  async (rig) => {
    const answers: Record<string, object> = {};
    if (rig.option("self")) {
      note("fairlead");
      answers["fairlead"] = { queued: rig.option("count"), ...medians(await ours(rig)) };
    }
    if (rig.option("peer")) {
      note("postfix");
      answers["postfix"] = { queued: rig.option("peer-count"), ...medians(await theirs(rig)) };
    }
    rig.print({ final: true, medians: answers });
  },
);
