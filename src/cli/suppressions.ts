/** suppressions list, add, remove, import, export: addresses that are no longer written to. */
import { countText } from "../base/size-text.ts";
import type { ApiClient } from "../control/api/client.ts";
import type { InputOf, ReplyOf } from "../control/api/routes.ts";
import { connect } from "./connect.ts";
import { CsvLineTooLong, csvParts } from "./csv-parts.ts";
import { CommandFault, EXIT, usageFault } from "./exit.ts";
import { inputOctets } from "./input-file.ts";
import { copyOut, list, tell, untilFlag, when } from "./listing.ts";
import { numberFlag } from "./selection.ts";
import type { Call } from "./verb.ts";

type Cause = NonNullable<InputOf<"suppressions">["why"]>;
type Skipped = ReplyOf<"suppress">["skipped"][number];

const PAGE = 1000;
/** Lines that were not taken, told one by one; the others are counted. */
const MOST_TOLD = 20;

export async function run(call: Call): Promise<number> {
  const client = connect(call);
  switch (call.verb.name) {
    case "suppressions add":
      return await add(call, client);
    case "suppressions remove":
      return await remove(call, client);
    case "suppressions import":
      return await imported(call, client);
    case "suppressions export":
      return await exported(call, client);
    default:
      return await listed(call, client);
  }
}

/** The table of verbs lets only causes through. */
function whyFlag({ flags }: Pick<Call, "flags">): Cause | undefined {
  return flags.text("why") as Cause | undefined;
}

async function listed(call: Call, client: ApiClient): Promise<number> {
  const { flags, terminal, operands, signal } = call;
  const [text] = operands;
  const limit = flags.on("all") ? Number.POSITIVE_INFINITY : numberFlag(call, "limit", 100, 100_000_000);
  let after = flags.text("after");
  let shown = 0;
  let page: ReplyOf<"suppressions">;
  do {
    page = await client.call("suppressions", { text, why: whyFlag(call), limit: Math.min(PAGE, limit - shown), after });
    if (page.entries.length > 0 || shown === 0)
      list(call, page.entries, {
        columns: [
          { head: "ADDRESS" },
          { head: "WHY" },
          { head: "SINCE" },
          { head: "UNTIL" },
          { head: "HITS", right: true },
          { head: "TENANT" },
          { head: "BY" },
          { head: "DETAIL" },
        ],
        cells: (entry) => [
          entry.address,
          entry.why,
          when(entry.since, terminal, "-"),
          when(entry.until, terminal, "for good"),
          countText(entry.hits),
          entry.tenant,
          entry.by,
          [entry.message, entry.detail].filter((part) => part !== null).join(" "),
        ],
        none: text === undefined && !flags.on("why") ? "No address is suppressed." : "No suppressed address matches.",
      });
    await terminal.flushed();
    shown += page.entries.length;
    after = page.next ?? undefined;
  } while (page.next !== null && shown < limit && !signal.aborted);
  if (signal.aborted) return EXIT.interrupted;
  if (page.next !== null) terminal.err(`${countText(shown)} of ${countText(page.total)}. More: --after ${page.next}, or --all\n`);
  return shown === 0 && (text !== undefined || flags.on("why")) ? EXIT.notFound : EXIT.done;
}

async function add(call: Call, client: ApiClient): Promise<number> {
  const { operands, flags } = call;
  const until = untilFlag(call);
  const more = { why: whyFlag(call), until, detail: flags.text("detail"), tenant: flags.text("tenant") };
  const { added, skipped } = await client.call("suppress", { entries: operands.map((address) => ({ address, ...more })) });
  return told(call, added, skipped, (line) => operands[line - 1] ?? "");
}

/** @param nameOf what stood at a line, as whoever wrote it knows it. */
function told(call: Call, added: number, skipped: readonly Skipped[], nameOf: (line: number) => string): number {
  const { terminal, flags } = call;
  const nothing = `No address is suppressed that was not before.\n`;
  tell(
    call,
    { added, skipped },
    added === 0 ? nothing : `${countText(added)} address${added === 1 ? " is" : "es are"} not written to any more.\n`,
  );
  if (!flags.on("json")) {
    for (const { line, why } of skipped.slice(0, MOST_TOLD)) terminal.err(`${nameOf(line)}: ${why}\n`);
    if (skipped.length > MOST_TOLD) terminal.err(`and ${countText(skipped.length - MOST_TOLD)} more; all of them: --json\n`);
  }
  if (skipped.length === 0) return EXIT.done;
  return added === 0 ? EXIT.no : EXIT.partlyDone;
}

async function remove(call: Call, client: ApiClient): Promise<number> {
  const { operands, flags } = call;
  const domain = flags.text("domain");
  const why = whyFlag(call);
  if (operands.length === 0 && domain === undefined && why === undefined)
    throw usageFault("nothing says which addresses", "name them, or --domain, or --why");
  const which = { ...(operands.length > 0 && { addresses: [...operands] }), domain, why };
  const result = await client.call("unsuppress", which);
  if (result.removed === 0)
    throw new CommandFault(EXIT.notFound, "not-found", "no suppressed address matches", "look with: fairlead suppressions list");
  tell(call, result, `${countText(result.removed)} address${result.removed === 1 ? " is" : "es are"} written to again.\n`);
  return EXIT.done;
}

async function imported(call: Call, client: ApiClient): Promise<number> {
  const { operands, terminal, signal } = call;
  const [file = ""] = operands;
  let added = 0;
  const skipped: Skipped[] = [];
  const soFar = (): string => (added === 0 ? "nothing was added" : `${countText(added)} were added before it`);
  try {
    for await (const { text, before } of csvParts(inputOctets(file, terminal))) {
      if (signal.aborted) return EXIT.interrupted;
      const part = await client.call("suppress", { text }).catch((thrown: unknown) => {
        terminal.err(`lines from ${countText(before + 1)} on were not taken; ${soFar()}\n`);
        throw thrown;
      });
      added += part.added;
      for (const { line, why } of part.skipped) skipped.push({ line: line + before, why });
    }
  } catch (thrown) {
    if (thrown instanceof CsvLineTooLong)
      throw new CommandFault(EXIT.usage, "usage", `${file}: ${thrown.message}; ${soFar()}`, "is a quotation mark not closed?", thrown);
    if (thrown instanceof TypeError)
      throw new CommandFault(EXIT.usage, "usage", `${file} is not UTF-8; ${soFar()}`, `iconv -f latin1 -t utf-8 ${file}`, thrown);
    throw thrown;
  }
  return told(call, added, skipped, (line) => `${file}:${line}`);
}

async function exported({ flags, terminal }: Call, client: ApiClient): Promise<number> {
  await copyOut(await client.stream("exportSuppressions", { form: flags.on("json") ? "jsonl" : "csv" }), terminal);
  return EXIT.done;
}
