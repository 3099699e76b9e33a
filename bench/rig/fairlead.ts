/** Fairlead as a contender: the real program by its launcher, with a data folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { systemClock } from "../../src/base/clock.ts";
import { openMeter } from "./accounting.ts";
import { type Contender, greeted } from "./contender.ts";

export const ROOT = join(import.meta.dirname, "../..");

export interface FairleadOptions {
  readonly port: number;
  /** Absent: mail goes by MX. */
  readonly sink?: number;
  /** A data folder that outlives this start; by default a new one that goes with it. */
  readonly data?: string;
  /** Added to the configuration file. */
  readonly config?: string;
  readonly parent?: string;
}

export interface Fairlead extends Contender {
  readonly data: string;
  readonly startedMs: number;
  /** From the start of the launcher to the line "Ready in", in ms. */
  readonly readyMs: number;
  /** Kills every process of it, as a crash would; its data stays. */
  kill(): Promise<void>;
}

const READY_WITHIN_MS = 120_000;

/** @throws when it ends or is not ready in time. */
export async function startFairlead(options: FairleadOptions): Promise<Fairlead> {
  const data = options.data ?? mkdtempSync(join(options.parent ?? tmpdir(), "fairlead-data-"));
  const meter = openMeter("fairlead");
  const args = [
    "up",
    "--data",
    data,
    "--smtp",
    `127.0.0.1:${options.port}`,
    "--allow",
    "127.0.0.0/8",
    ...(options.sink === undefined ? [] : ["--upstream", `smtp://127.0.0.1:${options.sink}`]),
  ];
  if (options.config !== undefined) {
    writeFileSync(join(data, "bench.yaml"), options.config);
    args.push("--config", join(data, "bench.yaml"));
  }
  const startedMs = Number(process.hrtime.bigint()) / 1e6;
  const [program, ...rest] = meter.wrap([join(ROOT, "fairlead"), ...args]);
  const child = spawn(program as string, rest, { stdio: ["ignore", "pipe", "inherit"] });
  meter.root(child.pid as number);
  const stop = async (): Promise<void> => {
    await meter[Symbol.asyncDispose]();
    if (options.data === undefined) rmSync(data, { recursive: true, force: true });
  };
  try {
    const readyMs = (await ready(child)) - startedMs;
    await greeted(options.port, 5_000);
    return {
      name: "fairlead",
      port: options.port,
      meter,
      data,
      startedMs,
      readyMs,
      queued: () => openDeliveries(data),
      kill: async () => {
        for (const pid of meter.pids()) process.kill(pid, "SIGKILL");
        if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once("close", resolve));
      },
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function ready(child: ChildProcess): Promise<number> {
  if (!child.stdout) throw new Error("no output to read");
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    const cancel = systemClock.after(READY_WITHIN_MS, () => reject(new Error("Fairlead was not ready in time")));
    lines.on("line", (line) => {
      if (!line.includes("Ready in")) return;
      cancel();
      resolve(Number(process.hrtime.bigint()) / 1e6);
    });
    child.on("close", (code) => (cancel(), reject(new Error(`Fairlead ended with ${code} before it was ready`))));
  });
}

/** Asks the control socket: a CLI process for each look would compete with what is measured. Counted now; status may be of a moment ago. */
async function openDeliveries(data: string): Promise<number> {
  const { tenants } = (await api(data, "/api/v1/ledger")) as {
    readonly tenants: readonly { readonly sweep: { readonly queued: number; readonly held: number } }[];
  };
  return tenants.reduce((sum, { sweep }) => sum + sweep.queued + sweep.held, 0);
}

/** GET on the control socket of the node that runs on `data`. @throws on anything but 200. */
export function api(data: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: join(data, "control.sock"), path, timeout: 30_000, agent: false }, (response) => {
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
