/** hold, release, bounce, discard, retry, reroute: acts on what matches, says what it did and how to take it back. */
import type { WallMs } from "../base/clock.ts";
import { countText } from "../base/size-text.ts";
import { zoneClock } from "../base/time-text.ts";
import type { ApiClient } from "../control/api/client.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { type ActionVerb, APPLIES_TO } from "../model/action.ts";
import { connect, sameNode } from "./connect.ts";
import { CommandFault, EXIT, usageFault } from "./exit.ts";
import { fullSelections, type Selection } from "./selection.ts";
import { plainSigns } from "./terminal.ts";
import type { Call } from "./verb.ts";

type Result = ReplyOf<"act">;

/** Above this a person confirms. */
const ASK_ABOVE = 1000;

export async function run(call: Call): Promise<number> {
  const { flags } = call;
  const verb = call.verb.name.split(" ")[1] as ActionVerb; // the table loads this file for these verbs only
  const client = connect(call);
  const all = flags.on("all");
  const site = flags.text("via");
  if (verb === "reroute" && site === undefined) throw usageFault("reroute needs --via: where to");
  const [selector = {}] = await fullSelections(call, client, "one");
  if (!all && isEmpty(selector))
    throw usageFault(`${verb} needs ids, an address or a selector`, `really everything: fairlead ${verb} --all`);
  // What cannot change by this verb is not counted, and not asked about.
  const which: Selection = { states: APPLIES_TO[verb], ...selector };
  const order = { verb, selector: which, all, note: flags.text("note"), site };
  const { total } = await client.call("deliveries", { ...which, limit: 1, total: true });
  const count = total ?? 0;
  if (count === 0)
    throw new CommandFault(
      EXIT.notFound,
      "not-found",
      `no ${APPLIES_TO[verb].join(" or ")} delivery matches`,
      (await keyFix(client, which)) ?? "look with: fairlead queue list",
    );
  if (flags.on("dry-run")) {
    const trial = await client.call("act", { ...order, dryRun: true });
    return report(call, trial, `${countText(trial.done)} would be ${DONE[verb]}.`);
  }
  if (count > ASK_ABOVE && !flags.on("yes")) await confirm(call, verb, count);
  const result = await client.call("act", order);
  return report(call, result, sentence(call, verb, result, site));
}

const DONE: Readonly<Record<ActionVerb, string>> = {
  hold: "held",
  release: "released",
  bounce: "bounced",
  discard: "discarded",
  retry: "tried now",
  reroute: "rerouted",
};

/** A sender's key ends with its source, which an address alone lacks: then the keys of mail from it are named. */
async function keyFix(client: ApiClient, which: Selection): Promise<string | undefined> {
  const { sender, ...rest } = which;
  if (sender === undefined) return undefined;
  const { deliveries } = await client.call("deliveries", { ...rest, from: sender, limit: LOOKED_AT });
  const keys = [...new Set(deliveries.map((row) => row.sender))].slice(0, KEYS_NAMED);
  if (keys.length > 0) return `the sender's key has its source behind it: ${keys.map((key) => `--sender ${key}`).join(" or ")}`;
  return "a sender's key is account@source, as shop@a.example@srv1; by the address alone: --from ADDRESS";
}

const LOOKED_AT = 100;
const KEYS_NAMED = 3;

function isEmpty(selector: Selection): boolean {
  return Object.entries(selector).every(([name, value]) => name === "states" || value === undefined);
}

async function confirm({ terminal, signal }: Call, verb: ActionVerb, count: number): Promise<void> {
  const question = `${verb.charAt(0).toUpperCase()}${verb.slice(1)} ${countText(count)} deliveries`;
  if (!terminal.inIsTerminal) throw usageFault(`${question}: nobody is there to ask`, "repeat with --yes, or look first with --dry-run");
  terminal.err(`${question}? [y/N] `);
  const interrupted = new Promise<never>((_, fail) => signal.addEventListener("abort", () => fail(signal.reason), { once: true }));
  const answer = await Promise.race([firstLine(terminal.stdin), interrupted]);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFault(EXIT.no, "declined", "nothing was changed");
}

/** Up to the first line end, or to the end of the input. */
async function firstLine(input: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const part of input) {
    text += Buffer.from(part).toString("utf8");
    if (text.includes("\n") || text.length > 1000) break;
  }
  return text.split("\n", 1)[0] ?? "";
}

function sentence(call: Call, verb: ActionVerb, result: Result, site: string | undefined): string {
  const count = countText(result.done);
  const back = result.undo === null ? "" : `fairlead undo ${result.undo.action}${sameNode(call)}`;
  switch (verb) {
    case "discard": {
      if (result.undo === null || result.undo.until === null) return `${count} discarded.${back === "" ? "" : ` Back: ${back}`}`;
      const now = call.terminal.clock.wall();
      const until = zoneClock(call.terminal.zone).minutes(Date.parse(result.undo.until) as WallMs, now);
      return `${count} discarded; gone at ${until}. Until then back: ${back}`;
    }
    case "bounce":
      return `${count} bounced. This cannot be undone.`;
    case "retry":
      return `${count} due now.`;
    case "reroute":
      return `${count} go by ${site}.${back === "" ? "" : ` Back: ${back}`}`;
    default:
      return `${count} ${DONE[verb]}.${back === "" ? "" : ` Back: ${back}`}`;
  }
}

/** Shared with undo. */
export function report({ flags, terminal }: Call, result: Pick<Result, "matched" | "done" | "skipped">, line: string): number {
  if (flags.on("json")) terminal.out(`${JSON.stringify(result)}\n`);
  else {
    terminal.out(plainSigns(`${line}\n`, terminal.unicode));
    for (const { why, count } of result.skipped) terminal.err(`${countText(count)} skipped: ${why}\n`);
  }
  if (result.done === 0) return EXIT.no;
  return result.skipped.length > 0 ? EXIT.partlyDone : EXIT.done;
}
