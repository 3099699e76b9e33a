/** settings diff, apply, export, rollback, revisions: what is changed while the node runs, as numbered revisions. */
import { countText } from "../base/size-text.ts";
import type { ApiClient } from "../control/api/client.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { connect, sameNode } from "./connect.ts";
import { EXIT, usageFault } from "./exit.ts";
import { inputText } from "./input-file.ts";
import { copyOut, list, tell, when } from "./listing.ts";
import { numberFlag } from "./selection.ts";
import { oneLine } from "./table-text.ts";
import type { Call } from "./verb.ts";

type Applied = ReplyOf<"applySettings">;
type Change = Applied["changes"][number];

/** As the API has it. */
const MOST_YAML = 1_000_000;

export async function run(call: Call): Promise<number> {
  const client = connect(call);
  switch (call.verb.name) {
    case "settings diff":
      return await diff(call, client);
    case "settings apply":
      return await apply(call, client);
    case "settings export":
      return await exported(call, client);
    case "settings rollback":
      return await rollback(call, client);
    default:
      return await revisions(call, client);
  }
}

async function diff(call: Call, client: ApiClient): Promise<number> {
  const [from = "", to] = call.operands;
  if (!/^\d+$/.test(from)) {
    if (to !== undefined)
      throw usageFault("settings diff compares a file with what is set, or two revisions", "settings diff FILE, or settings diff 41 43");
    const yaml = await inputText(from, call.terminal, MOST_YAML);
    const trial = await client.call("applySettings", { yaml, dryRun: true });
    return differs(call, trial, `${changesText(trial)}`);
  }
  const second = to === undefined ? (await client.call("settings", {})).revision : revisionIn(to);
  const { changes } = await client.call("diffSettings", { from: revisionIn(from), to: second });
  return differs(call, { changes }, changesText({ changes, effect: [] }));
}

/** A difference is no failure, unless `--check` asks whether there is one. */
function differs(call: Call, data: Pick<Applied, "changes">, text: string): number {
  tell(call, data, data.changes.length === 0 ? "Nothing differs.\n" : text);
  return call.flags.on("check") && data.changes.length > 0 ? EXIT.no : EXIT.done;
}

async function apply(call: Call, client: ApiClient): Promise<number> {
  const { flags, operands, terminal } = call;
  const yaml = await inputText(operands[0] ?? "", terminal, MOST_YAML);
  const expect = flags.text("expect") === undefined ? {} : { expect: numberFlag(call, "expect", 0, Number.MAX_SAFE_INTEGER, 0) };
  const dryRun = flags.on("dry-run") || flags.on("check");
  const applied = await client.call("applySettings", { yaml, dryRun, note: flags.text("note"), ...expect });
  if (dryRun) return differs(call, applied, `${changesText(applied)}Nothing was changed yet.\n`);
  return done(call, applied);
}

async function rollback(call: Call, client: ApiClient): Promise<number> {
  const { flags, operands } = call;
  const dryRun = flags.on("dry-run");
  const applied = await client.call("rollbackSettings", { to: revisionIn(operands[0] ?? ""), note: flags.text("note"), dryRun });
  if (dryRun) return differs(call, applied, `${changesText(applied)}Nothing was changed yet.\n`);
  return done(call, applied);
}

function done(call: Call, applied: Applied): number {
  const { revision, changes } = applied;
  const undo = revision === null ? "" : ` Back: fairlead settings rollback ${revision - 1}${sameNode(call)}`;
  const text =
    revision === null || changes.length === 0
      ? "Nothing differs: no revision was made.\n"
      : `${changesText(applied)}Revision ${revision} is in force.${undo}\n`;
  tell(call, applied, text);
  return EXIT.done;
}

/** `+` new, `-` gone, `~` changed; then what it means for mail. */
function changesText({ changes, effect }: Pick<Applied, "changes" | "effect">): string {
  const effects = effect.map((line) => `  ${oneLine(line)}\n`).join("");
  return `${changes.map(changeText).join("")}${effects === "" ? "" : `Effect:\n${effects}`}`;
}

function changeText({ path, before, after }: Change): string {
  const value = (it: unknown): string => oneLine(typeof it === "string" ? it : (JSON.stringify(it) ?? "nothing"));
  if (before === null || before === undefined) return `+ ${path}: ${value(after)}\n`;
  if (after === null || after === undefined) return `- ${path}: ${value(before)}\n`;
  return `~ ${path}: ${value(before)} → ${value(after)}\n`;
}

async function exported(call: Call, client: ApiClient): Promise<number> {
  const { flags, terminal } = call;
  if (flags.on("json")) terminal.out(`${JSON.stringify(await client.call("settings", {}))}\n`);
  else await copyOut(await client.stream("exportSettings", {}), terminal);
  return EXIT.done;
}

async function revisions(call: Call, client: ApiClient): Promise<number> {
  const { operands, flags, terminal } = call;
  const [one] = operands;
  if (one !== undefined) {
    const found = await client.call("revision", { revision: revisionIn(one) });
    const back = found.rolledBackTo === null ? "" : `, back to ${found.rolledBackTo}`;
    const note = found.note === null ? "" : `: ${oneLine(found.note)}`;
    tell(
      call,
      found,
      `Revision ${found.revision}, ${when(found.at, terminal, "-")}, by ${found.by}${back}${note}\n${changesText({ changes: found.changes, effect: [] })}`,
    );
    return EXIT.done;
  }
  const before = flags.text("before") === undefined ? {} : { before: numberFlag(call, "before", 1, Number.MAX_SAFE_INTEGER) };
  const page = await client.call("revisions", { limit: numberFlag(call, "limit", 50, 1000), ...before });
  list(call, page.revisions, {
    columns: [{ head: "REVISION", right: true }, { head: "AT" }, { head: "BY" }, { head: "CHANGES", right: true }, { head: "NOTE" }],
    cells: (row) => [
      String(row.revision),
      when(row.at, terminal, "-"),
      row.by,
      countText(row.changes),
      [row.rolledBackTo === null ? null : `back to ${row.rolledBackTo}`, row.note].filter((part) => part !== null).join("; "),
    ],
    none: flags.on("before") ? "No revision is that old." : "Nothing was changed yet: what holds is what the node began with.",
  });
  return EXIT.done;
}

function revisionIn(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw usageFault(`${text.slice(0, 40)} is no revision's number`, "list them: fairlead settings revisions");
  return Number(text);
}
