/** node:test over many files, each in its own process: a line a file, failures whole, skipped tests with their reason. */
import { relative } from "node:path";
import { run } from "node:test";
import type { TestEvent } from "node:test/reporters";
import { inspect } from "node:util";
import { durationText } from "../../src/base/time-text.ts";
import { ROOT } from "./groups.ts";
import { addTallies, NOTHING, type Tally } from "./tally.ts";

/** A file that takes longer hangs. */
const FILE_MS = 10 * 60_000;
const CRASH_FILE_MS = 90 * 60_000;
/** What a failed file printed, the last characters of it. */
const OUTPUT_KEPT = 8_000;

/** Counts tests, not suites. */
export async function runFiles(files: readonly string[], concurrency: number, say: (text: string) => void): Promise<Tally> {
  const timeout = process.env["FAIRLEAD_CRASH"] ? CRASH_FILE_MS : FILE_MS;
  const report = new Report(say);
  for await (const event of run({ files: [...files], concurrency, timeout, cwd: ROOT })) report.take(event);
  return report.end();
}

interface FileReport {
  tally: Tally;
  readonly faults: string[];
  output: string;
}

class Report {
  readonly #say: (text: string) => void;
  readonly #open = new Map<string, FileReport>();
  readonly #skips = new Map<string, number>();
  #all = NOTHING;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  take(event: TestEvent): void {
    switch (event.type) {
      case "test:pass":
      case "test:fail":
        if (event.data.details.type !== "suite") this.#count(event);
        break;
      case "test:stdout":
      case "test:stderr": {
        const file = this.#fileOf(event.data.file);
        file.output = (file.output + event.data.message).slice(-OUTPUT_KEPT);
        break;
      }
      case "test:summary":
        if (event.data.file !== undefined) this.#close(event.data.file, event.data.duration_ms);
        break;
      default: // starts, plans, diagnostics
    }
  }

  end(): Tally {
    for (const path of [...this.#open.keys()]) this.#close(path, undefined); // died without a summary
    for (const [why, count] of this.#skips) this.#say(`   skipped ${count}: ${why}`);
    return this.#all;
  }

  #count(event: Extract<TestEvent, { type: "test:pass" | "test:fail" }>): void {
    const { data } = event;
    const file = this.#fileOf(entryOf(data));
    if (data.skip !== undefined && data.skip !== false) {
      file.tally = addTallies(file.tally, { passed: 0, failed: 0, skipped: 1 });
      const why = typeof data.skip === "string" && data.skip !== "" ? data.skip : "no reason given";
      this.#skips.set(why, (this.#skips.get(why) ?? 0) + 1);
    } else if (event.type === "test:pass") {
      file.tally = addTallies(file.tally, { passed: 1, failed: 0, skipped: 0 });
    } else {
      file.tally = addTallies(file.tally, { passed: 0, failed: 1, skipped: 0 });
      const { cause } = event.data.details.error; // node:test wraps what was thrown
      file.faults.push(
        `✗ ${data.name}${data.line === undefined ? "" : ` (line ${data.line})`}\n${indented(thrownText(cause ?? event.data.details.error))}`,
      );
    }
  }

  #fileOf(path = "?"): FileReport {
    const open = this.#open.get(path) ?? { tally: NOTHING, faults: [], output: "" };
    this.#open.set(path, open);
    return open;
  }

  #close(path: string, ms: number | undefined): void {
    const { tally, faults, output } = this.#fileOf(path);
    this.#open.delete(path);
    this.#all = addTallies(this.#all, tally);
    const took = ms === undefined ? "" : durationText(ms);
    this.#say(`   ${tally.failed > 0 ? "✗" : "✓"} ${relative(ROOT, path).padEnd(56)}${String(tally.passed).padStart(4)}  ${took}`);
    for (const fault of faults) this.#say(indented(fault));
    if (tally.failed > 0 && output !== "") this.#say(indented(`it printed:\n${output.trimEnd()}`));
  }
}

/** An assertion's own properties repeat its message. */
function thrownText(thrown: unknown): string {
  return thrown instanceof Error && thrown.cause === undefined ? (thrown.stack ?? thrown.message) : inspect(thrown);
}

/** A test may be defined in another file than the one that was run; the types do not know `entryFile` yet. */
function entryOf(data: { readonly file?: string | undefined; readonly entryFile?: string }): string | undefined {
  return data.entryFile ?? data.file;
}

function indented(text: string): string {
  return text.replace(/^/gm, "     ");
}
