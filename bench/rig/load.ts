/** Builds and runs the load generator (`load.c` and its files; their options and report are described there). */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { needs } from "../../test/debian.ts";

/** Milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface StreamReport {
  readonly offered: number;
  readonly accepted: number;
  /** Recipients that have it, each counted once. */
  readonly deliveries: number;
  readonly duplicates: number;
  /** Deliveries whose body differed from what was sent. */
  readonly corrupt: number;
  /** Messages answered 4xx, answered 5xx, and lost to broken connections. */
  readonly later: number;
  readonly refused: number;
  readonly errors: number;
  readonly first_refusal?: string;
  readonly inject_s: number;
  readonly all_s: number;
  /** Messages accepted, and deliveries made, a second from the start of the stream to the last of them. */
  readonly inject_rate: number;
  readonly delivery_rate: number;
  readonly start_accept_ms: Spread | null;
  readonly accept_deliver_ms: Spread | null;
  readonly start_deliver_ms: Spread | null;
}

export interface LoadReport {
  readonly sink: {
    readonly sessions: number;
    readonly most_open: number;
    readonly messages: number;
    readonly foreign: number;
    readonly first_delivery_ns: number;
    readonly last_delivery_ns: number;
    readonly cpu_s: number;
  };
  readonly source_cpu_s: number;
  readonly streams: Readonly<Record<string, StreamReport>>;
}

/** Option names of load.c without the dashes. */
export type LoadOptions = Readonly<Record<string, string | number>>;

export interface Load {
  /** The first delivery to the sink on the clock of `process.hrtime`, in ms; needs `first: 1`. */
  readonly firstDelivery: Promise<number>;
  readonly done: Promise<LoadReport>;
  /** Ends it early; `done` still resolves. */
  stop(): void;
}

export interface LoadProgram extends Disposable {
  start(options: LoadOptions, streams?: Readonly<Record<string, LoadOptions>>): Load;
  /** Runs to the end. */
  run(options: LoadOptions, streams?: Readonly<Record<string, LoadOptions>>): Promise<LoadReport>;
}

/** @throws when there is no C compiler and none can be installed. */
export function buildLoad(): LoadProgram {
  if (spawnSync("gcc", ["--version"]).status !== 0 || !existsSync("/usr/include/stdio.h")) {
    const why = needs("gcc", "libc6-dev");
    if (why) throw new Error(`the load generator ${why}`);
  }
  const folder = mkdtempSync(join(tmpdir(), "fairlead-load-"));
  const binary = join(folder, "load");
  const sources = ["load.c", "source.c", "sink.c", "report.c"].map((name) => join(import.meta.dirname, name));
  const built = spawnSync("gcc", ["-O2", "-pthread", "-o", binary, ...sources], { encoding: "utf8" });
  if (built.status !== 0) throw new Error(`the load generator does not build: ${built.stderr}`);
  let tag = 0; // a message of an earlier run that comes late counts for nothing
  const start: LoadProgram["start"] = (options, streams = {}) => {
    const args = [{ tag: ++tag, ...options }, ...Object.entries(streams).map(([stream, own]) => ({ stream, ...own }))].flatMap(argvOf);
    return follow(spawn(binary, args, { stdio: ["ignore", "pipe", "inherit"] }));
  };
  return {
    start,
    run: (options, streams) => start(options, streams).done,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function argvOf(options: LoadOptions): string[] {
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

function follow(child: ChildProcess): Load {
  const first = Promise.withResolvers<number>();
  const done = Promise.withResolvers<LoadReport>();
  first.promise.catch(() => undefined); // not everyone asks
  if (!child.stdout) throw new Error("the load generator has no output");
  createInterface({ input: child.stdout }).on("line", (line) => {
    const report = JSON.parse(line) as Partial<LoadReport> & { first_delivery_ns?: number };
    if (report.first_delivery_ns !== undefined) first.resolve(report.first_delivery_ns / 1e6);
    else done.resolve(report as LoadReport);
  });
  child.on("close", (code) => {
    const why = new Error(`the load generator ended with ${code}`);
    first.reject(why);
    done.reject(why);
  });
  return { firstDelivery: first.promise, done: done.promise, stop: () => void child.kill("SIGTERM") };
}
