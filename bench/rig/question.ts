/**
 * The frame of a question: options, the machine line, JSON lines out, and everything that was started ended again,
 * also on Ctrl-C.
 */
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { freePort } from "../../test/outside/free-port.ts";
import { buildLoad, type LoadProgram, type LoadReport, type StreamReport } from "./load.ts";
import { machine } from "./machine.ts";

export interface Rig {
  readonly load: LoadProgram;
  /** Ends with the run, last opened first. */
  readonly stack: AsyncDisposableStack;
  /** Where data folders go: a real disk, not a tmpfs. */
  readonly folder: string;
  /** Where contenders and the sink listen in this run. */
  readonly ports: { readonly fairlead: number; readonly postfix: number; readonly sink: number; readonly spare: number };
  readonly option: (name: string) => number;
  readonly print: (line: object) => void;
}

/**
 * Runs a question. Every option is a number with a default; `--dir` is where data folders go.
 * @param asked What it asks, for the first line.
 */
export async function question(
  asked: string,
  defaults: Readonly<Record<string, number>>,
  measure: (rig: Rig) => Promise<void>,
): Promise<void> {
  const texts = Object.keys(defaults).map((name) => [name, { type: "string" as const }]);
  const { values } = parseArgs({ options: { ...Object.fromEntries(texts), dir: { type: "string" } } });
  const given = values as Readonly<Record<string, string | undefined>>;
  const options: Record<string, number> = { ...defaults };
  for (const name of Object.keys(defaults)) if (given[name] !== undefined) options[name] = Number(given[name]);
  const folder = given["dir"] ?? (tmpdir() === "/tmp" ? "/var/tmp" : tmpdir());

  await using stack = new AsyncDisposableStack();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void stack.disposeAsync().then(() => process.exit(130)));
  }
  const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  print({ question: asked, options, machine: machine(folder) });
  await measure({
    load: stack.use(buildLoad()),
    stack,
    folder,
    ports: { fairlead: await freePort(), postfix: await freePort(), sink: await freePort(), spare: await freePort() },
    option: (name) => {
      const value = options[name];
      if (value === undefined) throw new Error(`no option ${name}`);
      return value;
    },
    print,
  });
}

/** Progress, for a person who waits. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

export function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}

export function streamOf(report: LoadReport, name: string): StreamReport {
  const stream = report.streams[name];
  if (!stream) throw new Error(`no stream ${name} in the report`);
  return stream;
}

/** What makes a round worth nothing: one line a reason, none if all messages came once and whole. */
export function faults(stream: StreamReport, count: number, rcpts = 1): string[] {
  const wrong: [string, boolean][] = [
    ["not all accepted", stream.accepted !== count],
    ["not all delivered", stream.deliveries !== count * rcpts],
    ["duplicates", stream.duplicates > 0],
    ["corrupt", stream.corrupt > 0],
    ["errors", stream.errors > 0],
  ];
  return wrong.filter(([, is]) => is).map(([name]) => name);
}
