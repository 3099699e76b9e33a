/** bounce: reads messages from files, folders or standard input, without a node, and says what bounced, who complained, and why. */
import { createReadStream } from "node:fs";
import { codeOf, textOf } from "../base/fault.ts";
import { BounceReader, type BounceReport } from "../mail/bounces/bounces.ts";
import { bounceJson, bounceText, shown } from "./bounce-text.ts";
import { CommandFault, EXIT } from "./exit.ts";
import { mailFiles } from "./mail-files.ts";
import { mboxPieces } from "./mbox.ts";
import { plainSigns, type Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

export async function run({ operands, flags, terminal, signal }: Call): Promise<number> {
  const json = flags.on("json");
  const faults: CommandFault[] = [];
  const failed = (path: string, thrown: unknown, offset: number): void => {
    faults.push(faultOf(path, thrown, offset));
  };
  let [read, found] = [0, 0];
  for await (const named of mailFiles(operands)) {
    if (signal.aborted) return EXIT.interrupted;
    if (named.is === "unlisted") {
      failed(named.path, named.thrown, 0);
      continue;
    }
    const file = named.path;
    const several = operands.length > 1 || named.inFolder;
    const progress = { octets: 0 };
    try {
      for await (const { report, offset, nth } of reportsIn(file, terminal, signal, progress)) {
        if (report.kind !== "none") found++;
        const name = nth > 0 ? `${shown(file)}+${offset}: ` : several ? `${shown(file)}: ` : "";
        terminal.out(json ? `${JSON.stringify(bounceJson({ file, offset }, report))}\n` : bounceText(report, name, terminal));
        await terminal.flushed();
      }
      read++;
    } catch (thrown) {
      if (signal.aborted) return EXIT.interrupted;
      failed(file, thrown, progress.octets);
    }
  }
  const [first, ...others] = faults;
  if (first === undefined) return found > 0 ? EXIT.done : read > 0 ? EXIT.no : nothingIn(operands);
  if (others.length === 0 && read === 0) throw first;
  for (const fault of faults) tell(fault, json, terminal);
  return read > 0 ? EXIT.partlyDone : first.exit;
}

function nothingIn(operands: readonly string[]): never {
  throw new CommandFault(EXIT.notFound, "not-found", `there is no file in ${operands.map((name) => shown(name)).join(", ")}`);
}

function tell({ code, message, fix }: CommandFault, json: boolean, terminal: Terminal): void {
  const text = json
    ? JSON.stringify({ error: { code, text: message, fix: fix ?? null } })
    : plainSigns(`fairlead: ${message}`, terminal.unicode);
  terminal.err(`${text}\n`);
}

interface Read {
  readonly report: BounceReport;
  /** Octets of the file before the message. */
  readonly offset: number;
  readonly nth: number;
}

/** Each message of the file. `progress` is how far it was read when something goes wrong. */
async function* reportsIn(file: string, terminal: Terminal, signal: AbortSignal, progress: { octets: number }): AsyncGenerator<Read> {
  const source: AsyncIterable<Uint8Array> = file === "-" ? terminal.stdin : createReadStream(file, { signal });
  let reader = new BounceReader();
  let [offset, nth] = [0, 0];
  for await (const { begins, bytes } of mboxPieces(source)) {
    if (begins && progress.octets > 0) {
      yield { report: reader.end(), offset, nth: nth++ };
      reader = new BounceReader();
      offset = progress.octets;
    }
    reader.push(bytes);
    progress.octets += bytes.length;
  }
  yield { report: reader.end(), offset, nth };
}

function faultOf(file: string, thrown: unknown, offset: number): CommandFault {
  const name = file === "-" ? "standard input" : shown(file);
  switch (codeOf(thrown)) {
    case "ENOENT":
    case "ENOTDIR":
      return new CommandFault(
        EXIT.notFound,
        "not-found",
        `${name} does not exist`,
        /[/.]eml$|\//.test(name) ? undefined : `to return queued mail to its sender: fairlead queue bounce ${name}`,
        thrown,
      );
    case "EACCES":
    case "EPERM":
      return new CommandFault(
        EXIT.notAllowed,
        "not-allowed",
        `${name} cannot be read: permission denied`,
        "ask its owner, or run as root",
        thrown,
      );
    default:
      return new CommandFault(
        EXIT.no,
        "unreadable",
        `${name} cannot be read${offset > 0 ? ` beyond octet ${offset}` : ""}: ${textOf(thrown)}`,
        undefined,
        thrown,
      );
  }
}
