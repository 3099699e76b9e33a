/**
 * What a set of processes costs: CPU with its ended children, and memory. Exact where a control group can be made
 * (version 1 or 2, as root); else sums over /proc of the processes below a root, which miss those that ended unseen.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { systemClock } from "../../src/base/clock.ts";

/** USER_HZ, the unit of /proc/PID/stat, on every Linux platform that Node runs on. */
const TICK_US = 10_000;
const GRACE_MS = 5_000;

export interface Memory {
  /** Resident, with what processes share counted for each. */
  readonly rssMb: number;
  /** Proportional: shared pages divided among their users. */
  readonly pssMb: number;
}

export interface Meter extends AsyncDisposable {
  readonly by: "cgroup v1" | "cgroup v2" | "proc";
  /** A command that runs `argv` inside the group, in place of the shell that enters it. */
  wrap(argv: readonly string[]): readonly string[];
  /** Without a control group: a process to count, with all below it. */
  root(pid: number): void;
  pids(): readonly number[];
  cpuUs(): number;
  memory(): Memory;
}

const VERSIONS = [
  { by: "cgroup v1", base: "/sys/fs/cgroup/cpuacct", probe: "cpuacct.usage", cpuUs: (text: string) => Number(text) / 1000 },
  { by: "cgroup v2", base: "/sys/fs/cgroup", probe: "cpu.stat", cpuUs: (text: string) => Number(/usage_usec (\d+)/.exec(text)?.[1]) },
] as const;

/** A meter for what runs under `name`. Disposing ends the processes still in it. */
export function openMeter(name: string): Meter {
  for (const version of VERSIONS) {
    const folder = `${version.base}/fairlead-bench-${process.pid}-${name}`;
    if (!tryMake(folder, `${folder}/${version.probe}`)) continue;
    const pids = (): number[] => numbers(`${folder}/cgroup.procs`);
    return {
      by: version.by,
      wrap: (argv) => ["sh", "-c", `echo $$ >'${folder}/cgroup.procs' && exec "$@"`, "sh", ...argv],
      root: () => undefined,
      pids,
      cpuUs: () => version.cpuUs(readFileSync(`${folder}/${version.probe}`, "utf8")),
      memory: () => memoryOf(pids()),
      [Symbol.asyncDispose]: async () => {
        await endAll(pids);
        tryOrNot(() => rmdirSync(folder));
      },
    };
  }
  return procMeter();
}

function procMeter(): Meter {
  const roots: number[] = [];
  const pids = (): number[] => below(roots);
  return {
    by: "proc",
    wrap: (argv) => argv,
    root: (pid) => roots.push(pid),
    pids,
    cpuUs: () => pids().reduce((sum, pid) => sum + ticks(pid) * TICK_US, 0),
    memory: () => memoryOf(pids()),
    [Symbol.asyncDispose]: () => endAll(pids),
  };
}

function tryMake(folder: string, probe: string): boolean {
  if (!tryOrNot(() => mkdirSync(folder))) return false;
  if (existsSync(probe)) return true;
  tryOrNot(() => rmdirSync(folder));
  return false;
}

/** Whether it worked. What it is used for may fail for reasons that do not matter: no rights, a process that just ended. */
function tryOrNot(what: () => void): boolean {
  try {
    what();
    return true;
  } catch {
    return false; // the caller has another way, or nothing left to do
  }
}

function read(path: string): string {
  let text = "";
  tryOrNot(() => (text = readFileSync(path, "utf8")));
  return text;
}

function numbers(path: string): number[] {
  return read(path).split("\n").filter(Boolean).map(Number);
}

/** The fields of /proc/PID/stat after the name: [0] is the state, [1] the parent. proc(5) */
function stat(pid: number): readonly string[] {
  const text = read(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function ticks(pid: number): number {
  return stat(pid)
    .slice(11, 15)
    .reduce((sum, field) => sum + Number(field), 0); // user, system, and of ended children
}

function below(roots: readonly number[]): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!pid) continue;
    const parent = Number(stat(pid)[1]);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found: number[] = [];
  const todo = roots.filter((pid) => existsSync(`/proc/${pid}`));
  for (let pid = todo.pop(); pid !== undefined; pid = todo.pop()) {
    found.push(pid);
    todo.push(...(children.get(pid) ?? []));
  }
  return found;
}

export function memoryOf(pids: readonly number[]): Memory {
  let rss = 0;
  let pss = 0;
  for (const pid of pids) {
    const text = read(`/proc/${pid}/smaps_rollup`);
    rss += Number(/^Rss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
    pss += Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
  }
  return { rssMb: round(rss / 1024), pssMb: round(pss / 1024) };
}

const round = (value: number): number => Math.round(value * 10) / 10;

async function endAll(pids: () => readonly number[]): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    for (const pid of pids()) tryOrNot(() => void process.kill(pid, signal));
    await ended({ pids });
  }
}

/** Waits until none of them lives, or a grace is over. */
export async function ended(group: Pick<Meter, "pids">): Promise<void> {
  const until = systemClock.mono() + GRACE_MS;
  while (group.pids().some(alive) && systemClock.mono() < until) await systemClock.sleep(20);
}

/** Zombies wait for a parent that is not us. */
function alive(pid: number): boolean {
  const state = stat(pid)[0];
  return state !== undefined && state !== "" && state !== "Z";
}
