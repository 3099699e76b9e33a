/**
 * With nothing to do: how long until it is ready, and what does it hold while it waits?
 *
 * Hypothesis: ready in less than a second from the second start on, when compiled code is kept, and at most 150 MB with
 * every role in one process (history, panel, metrics). In November 2026 the first held and the second did not: 162 MB,
 * of it some 10 for each of four threads. Postfix stands beside it while its queue manager and pickup wait.
 *
 * Each start has its own empty data folder; memory is looked at `--after` seconds after the start. No warm-up but one
 * start that is thrown away: it compiles.
 *
 * Usage: node bench/idle.ts [--rounds 5 --after 10 --peer 1]
 */
import { systemClock } from "../src/base/clock.ts";
import type { Contender } from "./rig/contender.ts";
import { startFairlead } from "./rig/fairlead.ts";
import { startPostfix } from "./rig/postfix.ts";
import { median, note, question, type Rig, rounded } from "./rig/question.ts";

interface Idle {
  readonly readyMs?: number;
  readonly rssMb: number;
  readonly pssMb: number;
}

async function look(rig: Rig, contender: Contender, readyMs?: number): Promise<Idle> {
  await systemClock.sleep(rig.option("after") * 1000);
  const seen = { ...(readyMs !== undefined && { readyMs: rounded(readyMs) }), ...contender.meter.memory() };
  rig.print({ name: contender.name, ...seen });
  return seen;
}

async function ours(rig: Rig): Promise<Idle> {
  await using fairlead = await startFairlead({ port: rig.ports.fairlead, sink: rig.ports.sink, parent: rig.folder });
  return await look(rig, fairlead, fairlead.readyMs);
}

async function theirs(rig: Rig): Promise<Idle> {
  await using postfix = await startPostfix({
    ...{ port: rig.ports.postfix, relayhost: `[127.0.0.1]:${rig.ports.sink}`, parent: rig.folder },
  });
  return await look(rig, postfix);
}

function middle(seen: readonly Idle[]): object {
  const starts = seen.flatMap(({ readyMs }) => readyMs ?? []);
  return {
    ...(starts.length > 0 && { ready_ms: median(starts) }),
    rss_mb: rounded(median(seen.map(({ rssMb }) => rssMb))),
    pss_mb: rounded(median(seen.map(({ pssMb }) => pssMb))),
  };
}

await question("With nothing to do: when is it ready, and what does it hold?", { rounds: 5, after: 10, peer: 1 }, async (rig) => {
  note("a first start, which compiles");
  await ours(rig);
  const answers: Record<string, Idle[]> = { fairlead: [] };
  for (let i = 0; i < rig.option("rounds"); i++) {
    answers["fairlead"]?.push(await ours(rig));
    if (rig.option("peer")) (answers["postfix"] ??= []).push(await theirs(rig));
  }
  rig.print({ final: true, medians: Object.fromEntries(Object.entries(answers).map(([name, seen]) => [name, middle(seen)])) });
});
