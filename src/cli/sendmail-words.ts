/**
 * The words of sendmail's command line, as thirty years of programs write them: flags run together, values attached or
 * apart, and many that mean nothing here. A flag that nobody knows is an error, because its value might be taken for a
 * recipient.
 */
import type { Notify } from "../model/message.ts";

export interface SendmailWords {
  /** `m` a message on standard input, `s` an SMTP session, `p` list the queue, `i` newaliases (nothing to do). */
  readonly mode: "m" | "s" | "p" | "i" | "help";
  /** -t */
  readonly fromHeaders: boolean;
  /** -i: a lone dot is text. */
  readonly dotsAreText: boolean;
  /** -f or -r; "" is the null sender. */
  readonly sender?: string;
  /** -F */
  readonly fullName?: string;
  readonly verbose: boolean;
  readonly notify?: Notify;
  readonly ret?: "full" | "headers";
  readonly envid?: string;
  /** -B; absent: what the content turns out to be. */
  readonly body?: "7bit" | "8bit";
  /** Ours: --data DIR. */
  readonly data?: string;
  readonly recipients: readonly string[];
}

/** With a value, attached or as the next word. */
const VALUED = "BCFLNORVXfhpr";
/** With a value only if it is attached. */
const ATTACHED = "Abdeoq";
/** Alone. */
const PLAIN = "EGIUimnstv";
/** Sendmail's name for what a program was called as. */
const CALLED_AS: Readonly<Record<string, SendmailWords["mode"]>> = { mailq: "p", newaliases: "i" };

type Draft = { -readonly [K in keyof SendmailWords]: SendmailWords[K] };

/** The words read, or a sentence about the first one that cannot be. `calledAs` is the program's name. */
export function readSendmailWords(words: readonly string[], calledAs = "sendmail"): SendmailWords | string {
  const recipients: string[] = [];
  const draft: Draft = { mode: CALLED_AS[calledAs] ?? "m", fromHeaders: false, dotsAreText: false, verbose: false, recipients };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") {
      recipients.push(...words.slice(at + 1));
      break;
    }
    if (word === "--help") return { ...draft, mode: "help" };
    if (word === "--data" || word.startsWith("--data=")) {
      const folder = word === "--data" ? words[++at] : word.slice("--data=".length);
      if (folder === undefined || folder === "") return "--data needs a folder";
      draft.data = folder;
      continue;
    }
    if (!word.startsWith("-") || word === "-") {
      recipients.push(word);
      continue;
    }
    const wrong = flagsIn(word.slice(1), draft, () => words[++at]);
    if (wrong !== undefined) return wrong;
  }
  return draft;
}

/** The letters of one word: `ti`, `oi`, `fme@example.org`. */
function flagsIn(letters: string, draft: Draft, next: () => string | undefined): string | undefined {
  for (let i = 0; i < letters.length; i++) {
    const letter = letters.charAt(i);
    if (PLAIN.includes(letter)) {
      plain(letter, draft);
      continue;
    }
    const rest = letters.slice(i + 1);
    if (ATTACHED.includes(letter)) return letter === "b" ? modeOf(rest, draft) : letter === "o" ? oldOption(rest, draft) : undefined;
    if (!VALUED.includes(letter)) return `unknown flag -${letter}`;
    const value = rest === "" ? next() : rest;
    return value === undefined ? `-${letter} needs a value` : valued(letter, value, draft);
  }
  return letters === "" ? "a lone - is no flag" : undefined;
}

function plain(letter: string, draft: Draft): void {
  if (letter === "t") draft.fromHeaders = true;
  if (letter === "i") draft.dotsAreText = true;
  if (letter === "v") draft.verbose = true;
  if (letter === "I") draft.mode = "i";
  // E, G, U, m, n, s: about trust, aliases and message parts that do not exist here.
}

function modeOf(letter: string, draft: Draft): string | undefined {
  if (letter !== "m" && letter !== "s" && letter !== "p" && letter !== "i")
    return `-b${letter} is not done here${letter === "d" || letter === "D" ? "; a node runs by: fairlead up" : ""}`;
  draft.mode = letter;
  return undefined;
}

/** -oi, -oem, -odb …: only -oi means something. */
function oldOption(option: string, draft: Draft): undefined {
  if (option === "i") draft.dotsAreText = true;
  return undefined;
}

function valued(letter: string, value: string, draft: Draft): string | undefined {
  switch (letter) {
    case "f":
    case "r":
      draft.sender = value === "<>" ? "" : value;
      return undefined;
    case "F":
      draft.fullName = value;
      return undefined;
    case "N":
      return notify(value.toLowerCase(), draft);
    case "R":
      if (!["full", "hdrs"].includes(value.toLowerCase())) return "-R takes full or hdrs";
      draft.ret = value.toLowerCase() === "full" ? "full" : "headers";
      return undefined;
    case "V":
      if (!/^[\x21-\x7e]{1,100}$/.test(value)) return "-V takes up to 100 printable characters"; // RFC 3461 §4.4
      draft.envid = value;
      return undefined;
    case "B":
      if (/^8BITMIME$/i.test(value)) draft.body = "8bit";
      if (/^7BIT$/i.test(value)) draft.body = "7bit";
      return undefined;
    case "O":
      if (/^IgnoreDots(=(true|yes|t|y|1))?$/i.test(value)) draft.dotsAreText = true;
      return undefined;
    default:
      return undefined; // C, L, X, h, p: configuration, log tag, traffic log, hops, protocol
  }
}

function notify(value: string, draft: Draft): string | undefined {
  const words = value.split(",").filter((word) => word !== "");
  if (words.length === 1 && words[0] === "never") draft.notify = "never";
  else if (words.length > 0 && words.every((word) => word === "success" || word === "failure" || word === "delay"))
    draft.notify = [...new Set(words as ("success" | "failure" | "delay")[])];
  else return "-N takes never, or some of success,failure,delay";
  return undefined;
}
