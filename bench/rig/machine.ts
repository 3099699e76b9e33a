/** What a measurement was made on and with: the first line of every run. */
import { spawnSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { ROOT } from "./fairlead.ts";

const SYNC_TRIES = 200;

export interface Machine {
  readonly at: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memory_mb: number;
  readonly system: string;
  readonly node: string;
  readonly postfix: string | null;
  readonly commit: string;
  /** Median of 4 KiB appended and synced, in the folder that the contenders use: the price of durability here. */
  readonly fdatasync_us: number;
}

function output(program: string, ...args: string[]): string | null {
  const run = spawnSync(program, args, { encoding: "utf8", cwd: ROOT });
  return run.status === 0 ? run.stdout.trim() : null;
}

export function machine(folder: string): Machine {
  const dirty = output("git", "status", "--porcelain", "--untracked-files=no");
  return {
    at: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? "not known",
    cores: cpus().length,
    memory_mb: Math.round(totalmem() / 2 ** 20),
    system: `${type()} ${release()}`,
    node: process.version,
    postfix: output("dpkg-query", "-W", "-f", "${Version}", "postfix"),
    commit: `${output("git", "rev-parse", "--short", "HEAD") ?? "not known"}${dirty ? " with changes" : ""}`,
    fdatasync_us: syncMedianUs(folder),
  };
}

function syncMedianUs(folder: string): number {
  const path = join(folder, `fairlead-sync-${process.pid}`);
  const file = openSync(path, "w");
  const page = Buffer.alloc(4096, 1);
  const times: number[] = [];
  for (let i = 0; i < SYNC_TRIES; i++) {
    const from = process.hrtime.bigint();
    writeSync(file, page);
    fdatasyncSync(file);
    times.push(Number(process.hrtime.bigint() - from) / 1000);
  }
  closeSync(file);
  rmSync(path);
  return Math.round(times.sort((a, b) => a - b)[SYNC_TRIES / 2] as number);
}
