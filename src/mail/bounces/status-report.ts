/** Delivery status notifications (RFC 3464, RFC 6533): a block about the message, then a block a recipient. */
import { addressesIn, typedAddress } from "./addresses-in-text.ts";
import { type Block, firstOf, readBlocks } from "./field-blocks.ts";
import type { Action } from "./report.ts";

/** What one block says of one recipient. */
export interface StatusLine {
  readonly address: string;
  readonly originalRecipient: string | undefined;
  readonly action: Action | undefined;
  readonly status: string | undefined;
  readonly diagnostic: string | undefined;
  readonly host: string | undefined;
}

export interface StatusReport {
  readonly reporter: string | undefined;
  readonly lines: readonly StatusLine[];
}

const ACTIONS: readonly Action[] = ["failed", "delayed", "delivered", "relayed", "expanded"];
/** Action words of reporters that did not read the standard. */
const OTHER_ACTIONS: Readonly<Record<string, Action>> = {
  failure: "failed",
  expired: "failed",
  delay: "delayed",
  deferred: "delayed",
  deliverable: "delivered",
};

/** `text` is a delivery-status part, or any text that may hold such blocks. Undefined: it holds none. */
export function readStatusReport(text: string): StatusReport | undefined {
  let reporter: string | undefined;
  const lines: StatusLine[] = [];
  for (const block of joinedBlocks(parted(text))) {
    reporter ??= mtaName(firstOf(block, "reporting-mta", "arf-from", "x-reporting-mta"));
    const line = lineOf(block);
    if (line !== undefined) lines.push(line);
  }
  return lines.length === 0 ? undefined : { reporter, lines };
}

/** Some reporters put no empty line between recipients: a field that only one of them can have begins the next. */
function parted(text: string): string {
  let seen = new Set<string>();
  return text
    .split("\n")
    .map((line) => {
      if (line.trim() === "") seen = new Set();
      const name = /^(final-recipient|original-recipient)[ \t]*:/i.exec(line)?.[1]?.toLowerCase();
      if (name === undefined) return line;
      const again = seen.has(name);
      if (again) seen = new Set();
      seen.add(name);
      return again ? `\n${line}` : line;
    })
    .join("\n");
}

/** Some reporters put an empty line between a recipient and its status; a block that names nobody belongs to the one before. */
function joinedBlocks(text: string): Block[] {
  const blocks: Map<string, readonly string[]>[] = [];
  for (const read of readBlocks(text)) {
    const block = new Map(read);
    const before = blocks.at(-1);
    const orphan = !names(block) && (block.has("action") || block.has("status") || block.has("diagnostic-code"));
    if (before !== undefined && orphan && (names(before) || before.has("action"))) {
      for (const [name, values] of block) if (!before.has(name)) before.set(name, values);
    } else if (before !== undefined && names(block) && !names(before) && before.has("action")) {
      for (const [name, values] of block) before.set(name, values);
    } else blocks.push(block);
  }
  return blocks;
}

function names(block: Block): boolean {
  return block.has("final-recipient") || block.has("original-recipient") || block.has("x-actual-recipient");
}

function lineOf(block: Block): StatusLine | undefined {
  const final = typedAddress(firstOf(block, "final-recipient") ?? "");
  const actual = typedAddress(firstOf(block, "x-actual-recipient") ?? "");
  const original = typedAddress(firstOf(block, "original-recipient") ?? "");
  const usable = [final, original, actual].find((address) => address !== undefined && addressesIn(address).length > 0);
  const address = usable ?? final ?? original ?? actual;
  if (address === undefined) return undefined;
  return {
    address,
    originalRecipient: original !== undefined && original !== address ? original : undefined,
    action: actionOf(firstOf(block, "action")),
    status: statusIn(firstOf(block, "status") ?? ""),
    diagnostic: diagnosticOf(block),
    host: mtaName(firstOf(block, "remote-mta")),
  };
}

function actionOf(value: string | undefined): Action | undefined {
  const word = /^[a-z]+/i.exec(value ?? "")?.[0].toLowerCase() ?? "";
  return ACTIONS.find((action) => action === word) ?? (Object.hasOwn(OTHER_ACTIONS, word) ? OTHER_ACTIONS[word] : undefined);
}

/** The longest of several, without its type. */
function diagnosticOf(block: Block): string | undefined {
  const texts = [...(block.get("diagnostic-code") ?? []), ...(block.get("x-supplementary-info") ?? [])]
    .map((value) => value.replace(/^\s*[A-Za-z][A-Za-z0-9-]{0,30}\s*;\s*/, "").trim())
    .filter((text) => text !== "");
  // RFC 3464 lets a comment stand behind the code: `5.1.1 (no such user)`.
  const comment = /\((.*)\)\s*$/.exec(firstOf(block, "status") ?? "")?.[1];
  return texts.sort((a, b) => b.length - a.length)[0] ?? comment;
}

/** The first enhanced code of a text. */
export function statusIn(text: string): string | undefined {
  return /(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/.exec(text)?.[1];
}

/** `dns; mx.example.org [192.0.2.1]` → `mx.example.org`. */
export function mtaName(value: string | undefined): string | undefined {
  const name = value
    ?.replace(/^\s*[A-Za-z0-9-]{1,20}\s*;\s*/, "")
    .replace(/^[<[\s]+/, "")
    .split(/[\s()<>\]:]/, 1)[0];
  return name === undefined || name === "" || name.toLowerCase() === "unknown" ? undefined : name.replace(/\.$/, "");
}
