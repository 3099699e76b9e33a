/**
 * What does history cost the relay while it writes and is searched?
 *
 * Hypothesis: with history on the relay does at least 90 % of the rate that it does without, history has taken all of a
 * round within seconds of its end, and a search in between answers within 100 ms. Folding has a thread of its own at a
 * lower priority; what remains is its share of the processor and of the disk.
 *
 * The same program stands beside itself: once as it is, once with so large a reserve of free space (`spool.keepFree`) that
 * history, which yields to the spool, takes nothing. Rounds alternate, and so does who begins; both have the same sink. Once a second the one with
 * history is asked for an address, a sender and words of a reply. FAIRLEAD_BENCH_HISTORY names a folder of days that it has
 * already, as `history.ts --keep 1` leaves it: it is linked into its data folder, whose journal begins anew.
 *
 * Usage: node bench/with-history.ts [--count 12000 --rounds 5 --conc 20 --per 1 --size 5120]
 */
import { mkdtempSync, statfsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../src/base/clock.ts";
import type { Contender } from "./rig/contender.ts";
import { api, type Fairlead, startFairlead } from "./rig/fairlead.ts";
import { median, note, question, type Rig, rounded } from "./rig/question.ts";
import { measure, middle, type Round } from "./rig/round.ts";

const QUERIES = ["to:nobody@example.net", "from:nobody@example.net", "reply:nobody"];

async function start(rig: Rig, name: string, port: number, config?: string): Promise<Fairlead> {
  const data = mkdtempSync(join(rig.folder, "fairlead-data-"));
  const past = process.env["FAIRLEAD_BENCH_HISTORY"];
  if (past !== undefined && config === undefined) symlinkSync(past, join(data, "history"));
  const started = await startFairlead({ port, sink: rig.ports.sink, data, ...(config !== undefined && { config }) });
  return Object.assign(rig.stack.use(started), { name });
}

/** How far history is behind; undefined where it takes nothing. */
async function behind({ data }: Fairlead): Promise<number | undefined> {
  const { history } = (await api(data, "/api/v1/status")) as { readonly history: { readonly is: string; readonly behind: number } };
  return history.is === "ok" ? history.behind : undefined;
}

/** Asks once a second until the signal; how long each took. */
async function search({ data }: Fairlead, signal: AbortSignal, took: number[]): Promise<void> {
  for (let n = 0; !signal.aborted; n++) {
    const began = systemClock.mono();
    await api(data, `/api/v1/search?limit=50&q=${encodeURIComponent(QUERIES[n % QUERIES.length] ?? "")}`);
    took.push(systemClock.mono() - began);
    await systemClock.sleep(1000, signal).catch(() => undefined); // the round is over
  }
}

async function searched(rig: Rig, fairlead: Fairlead, round: number, took: number[]): Promise<Round> {
  const over = new AbortController();
  const searching = search(fairlead, over.signal, took);
  const line = await measure(rig, fairlead, round, rig.option("count"), 0);
  over.abort();
  await searching;
  return line;
}

/** From the end of a round until every delivery of it stands in history's files. */
async function takenMs(fairlead: Fairlead, deliveries: number): Promise<number> {
  const began = systemClock.mono();
  while ((await kept(fairlead)) < deliveries) await systemClock.sleep(50);
  return systemClock.mono() - began;
}

async function kept({ data }: Fairlead): Promise<number> {
  const { history } = (await api(data, "/api/v1/retention")) as {
    readonly history: { readonly files: readonly { readonly deliveries: number }[] };
  };
  return history.files.reduce((sum, { deliveries }) => sum + deliveries, 0);
}

await question(
  "What does history cost the relay while it writes and is searched?",
  { count: 12_000, rounds: 5, conc: 20, per: 1, size: 5120, warm: 4000 },
  async (rig) => {
    const { bavail, bsize } = statfsSync(rig.folder);
    const reserve = Math.floor((bavail * bsize * 0.8) / 2 ** 20);
    const on = await start(rig, "with history", rig.ports.fairlead);
    const off = await start(rig, "without", rig.ports.spare, `spool:\n  keepFree: ${reserve} MB\n`);
    const before = await kept(on);
    for (const contender of [on, off] as readonly Contender[]) {
      note(`warming up: ${contender.name}`);
      await measure(rig, contender, 0, rig.option("warm"), 0);
    }
    if ((await behind(off)) !== undefined)
      throw new Error("the one without history has one: is there more free space than it was told of?");
    const [rounds, took, late] = [
      new Map<string, Round[]>([
        [on.name, []],
        [off.name, []],
      ]),
      [] as number[],
      [] as number[],
    ];
    for (let i = 1; i <= rig.option("rounds"); i++) {
      const bare = async () => void rounds.get(off.name)?.push(await measure(rig, off, i, rig.option("count"), 0));
      if (i % 2 === 1) await bare();
      rounds.get(on.name)?.push(await searched(rig, on, i, took));
      if (i % 2 === 0) await bare(); // whoever comes second finds other caches than the first
      late.push(await takenMs(on, before + rig.option("warm") + i * rig.option("count")));
    }
    const medians = Object.fromEntries([...rounds].map(([name, list]) => [name, middle(list)]));
    const [ours, bare] = [medians[on.name], medians[off.name]];
    rig.print({
      final: true,
      ok: [...rounds.values()].flat().every((round) => round.ok),
      medians,
      ...(ours && bare && { ratio_delivery: rounded(ours.delivery_rate / bare.delivery_rate) }),
      search_ms: { n: took.length, p50: rounded(median(took)), max: rounded(Math.max(...took)) },
      caught_up_ms: { p50: rounded(median(late)), max: rounded(Math.max(...late)) },
    });
  },
);
