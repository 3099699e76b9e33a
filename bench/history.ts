/**
 * What does history cost, and how fast does it find? Hypotheses: an address, a Message-ID, a sender and words of a reply
 * among 10 million deliveries each within 100 ms (median of 50), while writing goes on; ≥ 5,000 deliveries a second
 * folded on one thread, two events each, dialogues included.
 *
 *   node bench/history.ts [--count 10000000 --days 7 --copies 1 --searches 50 --rate 2000 --keep 0]
 *   node bench/history.ts --count 1430000 --days 1 --copies 7   # yesterday alone is filled, and stands for seven days
 *
 * Fills a folder through the real fold, from a journal that makes up its events as they are read (their making is taken
 * off the time). Then opens history as the node does, on a journal that goes on at `--rate` deliveries a second, and asks
 * it; times are those of whoever asks. One JSON line a finding; the last has `"final": true`. `--dir FOLDER`: a real disk.
 */
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { systemClock, type WallMs } from "../src/base/clock.ts";
import { type Log, silentLog } from "../src/base/log.ts";
import type { TenantId } from "../src/model/ids.ts";
import { EVERYTHING, type View } from "../src/model/view.ts";
import { DaysFolder } from "../src/store/history/disk/days-folder.ts";
import { Keeper } from "../src/store/history/disk/keeper.ts";
import { type History, type HistoryQuery, openHistory } from "../src/store/history/history.ts";
import { Journal } from "../src/store/journal/journal.ts";
import { prepareWriter } from "../src/store/spool/engine/schema.ts";
import { Database } from "../src/store/sql/sql.ts";
import { machine } from "./rig/machine.ts";
import { type MadeUp, madeUpMail } from "./rig/made-up-mail.ts";

const DAY_MS = 86_400_000;
const { values } = parseArgs({
  options: {
    count: { type: "string", default: "10000000" },
    days: { type: "string", default: "7" },
    copies: { type: "string", default: "1" },
    searches: { type: "string", default: "50" },
    rate: { type: "string", default: "2000" },
    keep: { type: "string", default: "0" },
    dir: { type: "string", default: "/var/tmp" },
  },
});
const [count = 0, days = 0, copies = 0, searches = 0, rate = 0] = [
  values.count,
  values.days,
  values.copies,
  values.searches,
  values.rate,
].map(Number);
const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const log: Log = (level, sentence, fields) => void (level === "error" && process.stderr.write(`${sentence} ${JSON.stringify(fields)}\n`));

/** Fills the days up to now. */
function fill(folder: string, mail: MadeUp): Readonly<Record<string, number>> & { readonly filled: number } {
  let making = 0;
  const journal = {
    after: (_: number, limit: number) => {
      const at = process.cpuUsage();
      const events = mail.deliveries < count ? mail.next(limit) : [];
      making += cpuMs(at);
      return events;
    },
    bounds: (): readonly [number, number] => [1, mail.deliveries < count ? Number.MAX_SAFE_INTEGER : mail.events],
  };
  const keeper = new Keeper({ folder: new DaysFolder(folder), journal, clock: systemClock, log, retentionDays: 30, leastFreeBytes: 0 });
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  let told = 0;
  while (keeper.step()) {
    if (mail.deliveries - told < 500_000) continue;
    told = mail.deliveries;
    process.stderr.write(`${told} deliveries, ${Math.round(told / ((performance.now() - wall) / 1000))}/s with their making\n`);
  }
  keeper.close();
  const ms = cpuMs(cpu) - making;
  return {
    filled: mail.deliveries,
    events: mail.events,
    cpu_us_delivery: round((ms * 1000) / mail.deliveries),
    folded_per_cpu_second: Math.round(mail.deliveries / (ms / 1000)),
    wall_per_second: Math.round(mail.deliveries / ((performance.now() - wall) / 1000)),
    bytes_delivery: Math.round(bytesIn(folder) / mail.deliveries),
    rss_mb: Math.round(process.memoryUsage().rss / 1e6),
  };
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** Places count from a day's begin, so a day's file is as good under another day's name. */
function copyDays(folder: string): void {
  const name = (back: number): string => join(folder, `${new Date(systemClock.wall() - back * DAY_MS).toISOString().slice(0, 10)}.db`);
  for (let i = 1; i < copies; i++) copyFileSync(name(1), name(1 + i));
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** Mail goes on in a journal of its own, as a spool's thread would write it. */
async function goOn(db: Database, journal: Journal, mail: MadeUp, signal: AbortSignal, told: () => void): Promise<void> {
  const started = performance.now();
  const before = mail.deliveries;
  while (!signal.aborted) {
    const due = (rate * (performance.now() - started)) / 1000 - (mail.deliveries - before);
    if (due > 0) {
      db.exec("begin immediate");
      for (const [, at, message, rcpt, body] of mail.next(Math.ceil(due * 2))) journal.add(at, message, rcpt, body);
      db.exec("commit");
      told();
    }
    await systemClock.sleep(20).catch(() => {});
  }
}

const TENANT: View = { sees: "tenant", tenant: "tenant3" as TenantId };
const KINDS: readonly (readonly [string, (mail: MadeUp) => HistoryQuery, View?])[] = [
  ["address", (mail) => ({ to: [mail.some("address")] })],
  ["address, never met", () => ({ to: [`nobody${Math.random()}@gmail.com`] })],
  ["Message-ID", (mail) => ({ messageId: [mail.some("messageId")] })],
  ["sender", (mail) => ({ sender: [mail.some("sender")] })],
  ["receiver's id", (mail) => ({ reply: [mail.some("replyId")] })],
  ["words of a reply", (mail) => ({ reply: [mail.some("words")] })],
  ["domain", (mail) => ({ to: [`@${mail.some("domain")}`] })],
  ["ip", (mail) => ({ ip: [mail.some("ip")] })],
  ["sender and bounced", (mail) => ({ sender: [mail.some("sender")], state: ["bounced"] })],
  ["source, bounced, not gmail", (mail) => ({ source: [mail.some("source")], state: ["bounced"], not: { to: ["@gmail.com"] } })],
  ["class", () => ({ class: ["full"] })],
  ["newest", () => ({})],
  ["words never said", () => ({ reply: ["no such words"] })],
  ["a tenant's bounced", () => ({ state: ["bounced"] }), TENANT],
];

async function ask(history: History, mail: MadeUp): Promise<Record<string, object>> {
  const answers: Record<string, object> = {};
  await history.search(EVERYTHING, {}, { limit: 1 }); // the thread that answers starts with the first question
  for (const [name, make, view = EVERYTHING] of KINDS) {
    const times: number[] = [];
    let rows = 0;
    for (let i = 0; i < searches; i++) {
      const at = performance.now();
      rows += (await history.search(view, make(mail), { limit: 50 })).rows.length;
      times.push(performance.now() - at);
    }
    times.sort((a, b) => a - b);
    answers[name] = { median_ms: round(times[times.length >> 1] ?? 0), p95_ms: round(times[Math.floor(times.length * 0.95)] ?? 0), rows };
    print({ search: name, ...answers[name] });
  }
  const at = performance.now();
  const tally = await history.tally(EVERYTHING, { since: (systemClock.wall() - DAY_MS) as WallMs });
  answers["tally of a day"] = { ms: round(performance.now() - at), exact: tally.exact };
  const record = performance.now();
  for (let i = 0; i < searches; i++) await history.record(EVERYTHING, mail.someKey());
  answers["record"] = { mean_ms: round((performance.now() - record) / searches) };
  return answers;
}

print({ question: "What does history cost, and how fast does it find?", options: values, machine: machine(values.dir) });
const data = mkdtempSync(join(values.dir, "fairlead-bench-history-"));
try {
  const folder = join(data, "history");
  const now = systemClock.wall();
  const since = copies > 1 ? now - (now % DAY_MS) - days * DAY_MS : now - days * DAY_MS;
  const mail = madeUpMail(since, (days * DAY_MS) / count);
  const filled = fill(folder, mail);
  copyDays(folder);
  print(filled);
  const db = new Database(join(data, "spool.db"));
  prepareWriter(db);
  db.exec(`insert into event (seq, at, body) values (${mail.events}, 0, '{"kind":"alarm","code":"","text":""}')`);
  const journal = new Journal(db, { ms: DAY_MS, rows: 1e9 });
  let told = (): void => {};
  const history = openHistory({
    folder,
    journal: { path: join(data, "spool.db"), onEvents: (listener) => ((told = listener), () => {}), flushed: async () => {} },
    clock: systemClock,
    log: silentLog,
    keepFreeBytes: 0,
  });
  const stop = new AbortController();
  mail.hurry();
  const [wall, cpu, before] = [performance.now(), process.cpuUsage(), mail.deliveries];
  const going = goOn(db, journal, mail, stop.signal, () => told());
  const answers = await ask(history, mail);
  stop.abort();
  await going;
  const health = history.health();
  const caughtUp = await history.caughtUp(60_000);
  const [seconds, share] = [(performance.now() - wall) / 1000, cpuMs(cpu)];
  const forgetting = performance.now();
  const forgotten = await history.forget(EVERYTHING, mail.some("address"));
  answers["forget"] = { rows: forgotten, seconds: round((performance.now() - forgetting) / 1000) };
  print({
    final: true,
    searched: mail.deliveries + filled.filled * (copies - 1),
    ...filled,
    answers,
    while_searching: {
      deliveries_per_second: Math.round((mail.deliveries - before) / seconds),
      behind_events: health.is === "off" ? 0 : health.behind,
      caught_up: caughtUp,
      cpu_share: round(share / 1000 / seconds),
      rss_mb: Math.round(process.memoryUsage().rss / 1e6),
    },
  });
  await history[Symbol.asyncDispose]();
  db.close();
} finally {
  if (values.keep === "0") rmSync(data, { recursive: true, force: true });
}
