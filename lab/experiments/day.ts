/**
 * A day of mixed traffic: how long does mail take to each kind of receiver, and what does a bad hour at one of them cost the
 * others?
 *
 * A hosting company's customers send by the hours of the day (people, programs, letters to lists, forwarded mail) through one
 * node, by its real pipeline, to the big world's receivers. At one o'clock Gmail narrows to 30 messages an hour for an hour; at three
 * Yahoo's hosts die for one; at five outlook.com's DNS fails for half an hour; at seven TLS breaks at the web hosts.
 *
 * Usage: node lab/experiments/day.ts [--seed 1] [--share 0.02] [--hours 24] [--out FOLDER]
 * `share` is the part of the company that is simulated: 0.02 of it sends some 2,000 messages, in a minute or two.
 * Prints one page. With --out: day.csv by hour and receiver, and day.svg.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { NODE, NodeUnderTest } from "../../test/sim/node-under-test.ts";
import { type BigWorld, openBigWorld } from "../world/big-world.ts";
import type { House } from "../world/houses/house.ts";
import type { Trouble } from "../world/troubles.ts";
import { World } from "../world/world.ts";
import { type DayFigures, DayLedger } from "./day-ledger.ts";
import { dayPlot } from "./day-plot.ts";

const HOUR_MS = 3_600_000;

interface Planned {
  readonly atHour: number;
  readonly forMs: number;
  readonly trouble: Trouble;
}

const BAD_HOURS: readonly Planned[] = [
  { atHour: 13, forMs: HOUR_MS, trouble: { is: "throttle", house: "gmail", perHour: 30 } },
  { atHour: 15, forMs: HOUR_MS, trouble: { is: "host dies", house: "yahoo" } },
  { atHour: 17, forMs: HOUR_MS / 2, trouble: { is: "dns fails", domain: "outlook.com" } },
  { atHour: 19, forMs: HOUR_MS, trouble: { is: "tls breaks", house: "exim" } },
];

/** What came of the node's mail by the end. */
export interface Day {
  readonly figures: DayFigures;
  readonly settled: Readonly<Record<string, number>>;
  readonly balances: boolean;
  /** What the world's receivers saw the node do wrong. */
  readonly violations: readonly string[];
  /** Of everything that happened: the same seed gives the same. */
  readonly hash: string;
}

/** Runs it from midnight. `quiet`: without the bad hours. */
export async function runDay(
  seed: string,
  { share, hours, quiet = false }: { readonly share: number; readonly hours: number; readonly quiet?: boolean },
): Promise<Day> {
  const start = Date.UTC(2026, 2, 2);
  const world = new World(seed, { start });
  const ledger = new DayLedger(start);
  const big = await world.clock.during(
    openBigWorld(world, {
      node: NODE,
      egresses: [{ ip: NODE.ip, name: "relay.example.net", warm: true }],
      arrived: (arrival) => ledger.arrived(arrival),
      traffic: { share, handed: (mail, _, told, at) => ledger.handed(mail, told, at) },
    }),
  );
  for (const house of big.houses.values()) ledger.receives(house.name, house.domains);
  const node = new NodeUnderTest(world);
  await node.start();
  big.traffic.start();
  if (!quiet) for (const planned of BAD_HOURS) rehearse(big, planned);
  await world.clock.runFor(hours * HOUR_MS);
  big.traffic.stop();
  const { hash } = world.chronicle;
  const counted = await world.clock.during(node.spool.ledger());
  const settled: Record<string, number> = {};
  for (const events of counted.byEvents.values())
    for (const [what, count] of Object.entries(events)) settled[what] = (settled[what] ?? 0) + count;
  return {
    ...{ figures: ledger.figures(objections(big)), settled, balances: counted.balances, hash },
    violations: world.receivers.flatMap(({ name, violations }) => violations.map((one) => `${name}: ${one}`)),
  };
}

function rehearse({ internet, troubles }: BigWorld, { atHour, forMs, trouble }: Planned): void {
  internet.clock.after(atHour * HOUR_MS, () => {
    const { id } = troubles.make(trouble);
    internet.clock.after(forMs, () => troubles.end(id));
  });
}

function objections({ houses }: BigWorld): ReadonlyMap<string, Pick<House["state"], "deferred" | "refused" | "title">> {
  return new Map([...houses].map(([name, { state }]) => [name, state]));
}

const COLUMNS = ["receiver", "handed", "arrived", "junk", "deferred", "refused", "median", "95 %", "99 %"];

function page({ figures, settled, balances, violations, hash }: Day): string {
  const rows = figures.houses.map((one) => [
    ...[one.title, one.handed, one.arrived, one.junk, one.deferred, one.refused].map(String),
    ...[one.median, one.p95, one.p99].map(took),
  ]);
  const all = [COLUMNS, ...rows];
  const widths = COLUMNS.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  const table = all.map((cells) =>
    cells.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join("  "),
  );
  const ends = Object.entries(settled).map(([what, count]) => `${what} ${count}`);
  return [
    ...table,
    "",
    `The node: ${ends.join(", ")}; its ledger ${balances ? "balances" : "DOES NOT BALANCE"}.`,
    `Receivers saw ${violations.length === 0 ? "no breach of SMTP" : violations.join("; ")}. Everything that happened: ${hash.slice(0, 16)}.`,
    "",
  ].join("\n");
}

function took(ms: number): string {
  if (Number.isNaN(ms)) return "–";
  return ms < 1_000 ? `${Math.round(ms)} ms` : ms < 120_000 ? `${(ms / 1_000).toFixed(1)} s` : `${(ms / 60_000).toFixed(0)} min`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      share: { type: "string", default: "0.02" },
      hours: { type: "string", default: "24" },
      out: { type: "string" },
    },
  });
  const day = await runDay(values.seed, { share: Number(values.share) || 0.02, hours: Number(values.hours) || 24 });
  process.stdout.write(page(day));
  if (values.out === undefined) return;
  mkdirSync(values.out, { recursive: true });
  writeFileSync(join(values.out, "day.csv"), day.figures.csv);
  writeFileSync(join(values.out, "day.svg"), dayPlot(day.figures.hours));
}

if (import.meta.main) await main();
