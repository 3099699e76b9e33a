/** bounce: reads messages from files or standard input, without a node, and says what bounced, who complained, and why. */
import { createReadStream } from "node:fs";
import { unreachable } from "../base/brand.ts";
import { codeOf, textOf } from "../base/fault.ts";
import { type BouncedRecipient, BounceReader, type BounceReport } from "../mail/bounces/bounces.ts";
import { visibleLine } from "../mail/mime/mime.ts";
import { CommandFault, EXIT } from "./exit.ts";
import { mboxPieces } from "./mbox.ts";
import { plainSigns, stateText, type Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

export async function run({ operands, flags, terminal, signal }: Call): Promise<number> {
  const faults: CommandFault[] = [];
  let [read, found] = [0, 0];
  for (const file of operands)
    try {
      for await (const report of reportsIn(file, terminal, signal)) {
        if (report.kind !== "none") found++;
        const name = operands.length > 1 ? `${shown(file)}: ` : "";
        terminal.out(flags.on("json") ? `${JSON.stringify(jsonOf(file, report))}\n` : linesOf(report, name, terminal));
      }
      read++;
    } catch (thrown) {
      if (signal.aborted) return EXIT.interrupted;
      faults.push(faultOf(file, thrown));
    }
  const [first, ...others] = faults;
  if (first !== undefined && operands.length === 1) throw first;
  for (const fault of [...(first === undefined ? [] : [first]), ...others]) terminal.err(`fairlead: ${fault.message}\n`);
  if (first !== undefined) return read > 0 ? EXIT.partlyDone : first.exit;
  return found > 0 ? EXIT.done : EXIT.no;
}

/** Each message of the file. */
async function* reportsIn(file: string, terminal: Terminal, signal: AbortSignal): AsyncGenerator<BounceReport> {
  const source: AsyncIterable<Uint8Array> = file === "-" ? terminal.stdin : createReadStream(file, { signal });
  let reader: BounceReader | undefined;
  for await (const { begins, bytes } of mboxPieces(source)) {
    if (begins && reader !== undefined) yield reader.end();
    if (begins || reader === undefined) reader = new BounceReader();
    reader.push(bytes);
  }
  yield (reader ?? new BounceReader()).end();
}

function faultOf(file: string, thrown: unknown): CommandFault {
  const name = shown(file);
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
    case "EISDIR":
      return new CommandFault(EXIT.usage, "usage", `${name} is a folder`, `name its files: fairlead bounce ${name}/*`, thrown);
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
      return new CommandFault(EXIT.no, "unreadable", `${name} cannot be read: ${textOf(thrown)}`, undefined, thrown);
  }
}

function jsonOf(file: string, report: BounceReport): object {
  const { original } = report;
  return {
    ...{ file, kind: report.kind, from: report.from },
    recipients: report.recipients.map((one) => ({
      ...{ address: one.address, action: one.action, status: one.status ?? null, reply: one.reply ?? null },
      ...{ diagnostic: one.diagnostic ?? null, class: classOf(report, one) ?? null },
      ...{ confidence: classOf(report, one) === undefined ? null : one.diagnosis.confidence, host: one.host ?? null },
      ...{ command: one.command ?? null, originalRecipient: one.originalRecipient ?? null },
    })),
    feedbackType: report.feedbackType ?? null,
    original:
      original === undefined
        ? null
        : {
            ...{ messageId: original.messageId ?? null, from: original.from ?? null, to: original.to ?? null },
            ...{ subject: original.subject ?? null, returnPath: original.returnPath ?? null },
          },
    ...(report.cut && { cut: true }),
  };
}

/** A complaint, and mail that arrived, have no class of refusal. */
function classOf({ kind }: BounceReport, { action, diagnosis }: BouncedRecipient): string | undefined {
  return kind === "dsn" && (action === "failed" || action === "delayed") ? diagnosis.class : undefined;
}

function linesOf(report: BounceReport, name: string, terminal: Terminal): string {
  const of = report.original?.messageId === undefined ? "" : ` of ${shown(report.original.messageId)}`;
  const from = report.from === "" ? "" : ` from ${shown(report.from)}`;
  const lines = (): string[] => {
    switch (report.kind) {
      case "none":
        return ["no bounce, complaint or automatic answer"];
      case "autoreply":
        return [`automatic answer${from}${of}`];
      case "arf": {
        const about = report.recipients.map(({ address }) => ` by ${shown(address)}`).join(",");
        return [`complaint ${shown(report.feedbackType ?? "")}${about}${of}`];
      }
      case "dsn":
        return report.recipients.length === 0
          ? [`bounce${from}, no recipient named${of}`]
          : report.recipients.map((one) => lineOf(report, one, terminal) + of);
      default:
        return unreachable(report.kind);
    }
  };
  return lines()
    .map((line) => `${plainSigns(name + line, terminal.unicode)}\n`)
    .join("");
}

const WORDS = { failed: "bounced", delayed: "delayed", delivered: "delivered", relayed: "relayed", expanded: "expanded" } as const;
const STATES = { failed: "bounced", delayed: "queued", delivered: "delivered", relayed: "relayed", expanded: "delivered" } as const;

function lineOf(report: BounceReport, one: BouncedRecipient, terminal: Terminal): string {
  const state = terminal.colour ? stateText(STATES[one.action], WORDS[one.action], terminal) : WORDS[one.action];
  const kind = classOf(report, one);
  return `${state} ${shown(one.address)}${kind === undefined ? "" : ` ${kind} ${one.diagnosis.confidence.toFixed(2)}`}`;
}

/** Longer than any address or id; what is longer is an attack on the terminal. */
const SHOWN_MAX = 1_000;

/** Addresses, ids and names come from strangers. */
function shown(text: string): string {
  return visibleLine(text, SHOWN_MAX);
}
