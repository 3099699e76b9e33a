/**
 * The real program, started and asked as an operator would: by its launcher, its flags and its commands. Tests in
 * `peers/`, `crash/` and `abuse/` know nothing else of it.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { systemClock } from "../../src/base/clock.ts";
import { freePort } from "./free-port.ts";

export const ROOT = join(import.meta.dirname, "../..");
const READY_WITHIN_MS = 60_000;
const LINES_KEPT = 200;

export interface ProgramOptions {
  /** Where it relays to. Absent: as the configuration says, or by MX. */
  readonly upstreamPort?: number;
  /** A folder to keep; by default a new one that goes with the test. */
  readonly data?: string;
  readonly port?: number;
  /** The text of a configuration file. */
  readonly config?: string;
  readonly allow?: string;
  readonly args?: readonly string[];
  /** A lab of this seed instead of the real internet; `port` is its panel's. */
  readonly lab?: string;
}

export interface Program extends AsyncDisposable {
  readonly port: number;
  readonly data: string;
  readonly pid: number;
  /** What it printed, both streams, the last lines. */
  readonly said: readonly string[];
  /** Runs a command of the CLI on this node; its exit code and output. */
  cli(...args: string[]): { readonly code: number | null; readonly stdout: string; readonly stderr: string };
  /** GET on its control socket. @throws on anything but 200. */
  api(path: string): Promise<unknown>;
  status(): Promise<Status>;
  /** Deliveries queued or held, counted now (status may be of a moment ago). */
  open(): Promise<number>;
  story(id: string): Promise<Story>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Resolves with its exit code when it has ended; null after a signal. */
  readonly gone: Promise<number | null>;
  /** Rejects with what it printed when it ends before it is ready. */
  readonly ready: Promise<void>;
}

/** Retries within seconds, so that a test sees what hours would bring. */
export const QUICK_RETRIES = "retry:\n  schedule: [1s, 1s, 2s]\n  inDoubtAfter: 1s\n";

/** The fields that tests read. */
export interface Status {
  readonly counts: Readonly<Record<"accepted" | "queued" | "held" | "delivered" | "relayed" | "bounced" | "expired" | "discarded", number>>;
  readonly inDoubt: number;
  readonly ledger: { readonly balances: boolean; readonly drift: readonly string[] };
}

export interface Story {
  readonly id: string;
  readonly line: string;
  readonly recipients: readonly {
    readonly to: string;
    readonly line: string;
    readonly now: { readonly k: string; readonly possiblyTwice?: boolean; readonly inDoubt?: boolean };
  }[];
}

/** Whether there is a program to start yet: until then these tests skip. */
export function programMissing(): string | false {
  return existsSync(join(ROOT, "src/cli/up.ts")) ? false : "the program does not run yet";
}

/** @throws with what it printed when it ends before it is ready. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const program = await launchProgram(options);
  await program.ready;
  return program;
}

/** Starts it and does not wait. */
export async function launchProgram(options: ProgramOptions): Promise<Program> {
  const data = options.data ?? mkdtempSync(join(tmpdir(), "fairlead-test-"));
  const port = options.port ?? (await freePort());
  const place = options.lab === undefined ? outside(options, port) : ["--lab", "--seed", options.lab, "--http", `127.0.0.1:${port}`];
  const args = ["up", "--data", data, ...place];
  if (options.config !== undefined) {
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, "test.yaml"), options.config);
    args.push("--config", join(data, "test.yaml"));
  }
  const child = spawn(join(ROOT, "fairlead"), [...args, ...(options.args ?? [])], { stdio: ["ignore", "pipe", "pipe"] });
  const gone = new Promise<number | null>((resolve) => child.once("close", resolve));
  const said: string[] = [];
  const ready = untilReady(child, said, gone);
  ready.catch(() => undefined); // who does not wait for it does not hear of it
  const signal = async (name: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(name);
    return gone;
  };
  const api = (path: string): Promise<unknown> => get(join(data, "control.sock"), path);
  return {
    port,
    data,
    pid: child.pid as number,
    said,
    gone,
    ready,
    cli: (...words) => {
      const run = spawnSync(join(ROOT, "fairlead"), [...words, "--data", data], { encoding: "utf8", maxBuffer: 1 << 28 });
      return { code: run.status, stdout: run.stdout, stderr: run.stderr };
    },
    api,
    status: async () => (await api("/api/v1/status")) as Status,
    open: async () => {
      const { tenants } = (await api("/api/v1/ledger")) as {
        readonly tenants: readonly { readonly sweep: { readonly queued: number; readonly held: number } }[];
      };
      return tenants.reduce((sum, { sweep }) => sum + sweep.queued + sweep.held, 0);
    },
    story: async (id) => (await api(`/api/v1/messages/${id}`)) as Story,
    stop: () => signal("SIGTERM"),
    kill: async () => void (await signal("SIGKILL")),
    [Symbol.asyncDispose]: async () => {
      await signal("SIGKILL");
      if (options.data === undefined) rmSync(data, { recursive: true, force: true });
    },
  };
}

function outside({ allow, upstreamPort }: ProgramOptions, port: number): readonly string[] {
  const way = upstreamPort === undefined ? [] : ["--upstream", `smtp://127.0.0.1:${upstreamPort}`];
  return ["--smtp", `127.0.0.1:${port}`, "--allow", allow ?? "127.0.0.0/8", ...way];
}

function untilReady(child: ChildProcess, said: string[], gone: Promise<number | null>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = systemClock.after(READY_WITHIN_MS, () => reject(new Error(`not ready in time; it said:\n${said.join("\n")}`)));
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        if (said.length > LINES_KEPT) said.shift();
        if (!line.includes("Ready in")) return;
        cancel();
        resolve();
      });
    }
    void gone.then((code) => (cancel(), reject(new Error(`ended with ${code}; it said:\n${said.join("\n")}`))));
  });
}

function get(socketPath: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, timeout: 30_000, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const text = Buffer.concat(parts).toString("utf8");
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${path}: ${response.statusCode} ${text}`));
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}

/**
 * Waits for what happens in other processes: tries again until `look` answers something else than undefined or false.
 * @throws when it has not within the time, with `what` it waited for.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = 20_000,
): Promise<T> {
  const end = systemClock.mono() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (systemClock.mono() > end) throw new Error(`waited ${withinMs} ms in vain for: ${what}`);
    await systemClock.sleep(25);
  }
}
