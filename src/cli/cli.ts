/**
 * The command line's face: finds the verb, reads its flags, runs its command, and turns whatever happens into one
 * sentence with the next step and an exit code.
 */
import { textOf } from "../base/fault.ts";
import { ApiFailure } from "../control/api/client.ts";
import { asCommandFault } from "./connect.ts";
import { CommandFault, EXIT, usageFault } from "./exit.ts";
import { parseWords } from "./flag-values.ts";
import { groupHelp, helpScreen, verbHelp } from "./help.ts";
import { guarded, plainSigns, type Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";
import { findVerb, guessVerb, listVerb, verbsUnder } from "./verbs.ts";

/** Resolves with the exit code; never rejects. */
export async function runCli(words: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<number> {
  const json = words.includes("--json");
  try {
    return await run(words, terminal, signal);
  } catch (thrown) {
    if (signal.aborted) return EXIT.interrupted;
    return fail(asCommandFault(thrown), json, guarded(terminal));
  }
}

async function run(words: readonly string[], given: Terminal, signal: AbortSignal): Promise<number> {
  const [first = "help", ...rest] = words;
  if (first === "help" || first === "--help" || first === "-h")
    return help(
      rest.filter((word) => !word.startsWith("-")),
      given,
    );
  if (first === "--version" || first === "-v") return await run(["version", ...rest], given, signal);
  const found = findVerb(words);
  if (found === undefined) {
    if (verbsUnder(first).length > 0) {
      const operand = rest.find((word) => !word.startsWith("-"));
      if (operand === undefined) return help([first], given);
      throw unknown(`${first} ${operand}`);
    }
    throw unknown(first);
  }
  const { verb, behind } = found;
  if (verb.raw === undefined && (behind.includes("--help") || behind.includes("-h")))
    return help(verb.name.startsWith(`${first} `) && rest[0]?.startsWith("-") ? [first] : verb.name.split(" "), given);
  const parsed = verb.raw ? { operands: behind, flags: NO_FLAGS } : parseWords(verb, behind);
  const look = { ...given, colour: colourOf(parsed.flags.text("color"), given) };
  const terminal = verb.raw ? look : guarded(look, verb.screens);
  const command = await verb.load();
  try {
    return await command.run({ verb, ...parsed, terminal, signal });
  } catch (thrown) {
    throw withFix(asCommandFault(thrown), verb);
  }
}

/** Whatever failed without a next step has one all the same: what there is, or how it is meant. */
function withFix(thrown: unknown, verb: Verb): unknown {
  if (!(thrown instanceof CommandFault) || thrown.fix !== undefined) return thrown;
  if (!(thrown.cause instanceof ApiFailure) && thrown.exit !== EXIT.usage) return thrown; // it says all there is to say
  const all = thrown.exit === EXIT.notFound || thrown.exit === EXIT.no ? listVerb(verb) : undefined;
  const fix = all === undefined ? `fairlead help ${verb.name}` : `look with: fairlead ${all.name}`;
  return new CommandFault(thrown.exit, thrown.code, thrown.message, fix, thrown.cause);
}

const NO_FLAGS = { on: () => false, text: () => undefined, all: () => [] };

function colourOf(choice: string | undefined, terminal: Terminal): boolean {
  return choice === "always" || (choice !== "never" && terminal.colour);
}

function help(words: readonly string[], terminal: Terminal): number {
  const show = (text: string): number => {
    terminal.out(plainSigns(text, terminal.unicode));
    return EXIT.done;
  };
  const [first] = words;
  if (first === undefined) return show(helpScreen());
  const group = words.length === 1 ? verbsUnder(first) : [];
  if (group.length > 0) return show(groupHelp(first, group));
  const found = findVerb(words);
  if (found !== undefined) return show(verbHelp(found.verb));
  throw unknown(words.join(" "));
}

function unknown(words: string): CommandFault {
  const guess: Verb | undefined = guessVerb(words);
  return usageFault(`there is no ${words}`, guess === undefined ? "fairlead help" : `did you mean: fairlead ${guess.name}`);
}

/** Errors go to stderr; with --json as an object of the API's form. */
function fail(thrown: unknown, json: boolean, terminal: Terminal): number {
  const fault = thrown instanceof CommandFault ? thrown : new CommandFault(EXIT.no, "internal", textOf(thrown), undefined, thrown);
  if (json) terminal.err(`${JSON.stringify({ error: { code: fault.code, text: fault.message, fix: fault.fix ?? null } })}\n`);
  else {
    terminal.err(plainSigns(`fairlead: ${fault.message}${fault.fix === undefined ? "" : `\n  → ${fault.fix}`}\n`, terminal.unicode));
    if (!(thrown instanceof CommandFault) && terminal.env["FAIRLEAD_DEBUG"] && thrown instanceof Error) terminal.err(`${thrown.stack}\n`);
  }
  return fault.exit;
}
