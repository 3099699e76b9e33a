/** What a verb is: the table in `verbs.ts` is made of these; help, parsing and completion are made from that. */

import type { ExitCode } from "./exit.ts";
import type { FlagValues } from "./flag-values.ts";
import type { Terminal } from "./terminal.ts";

export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** What stands behind it, as help shows it (`DIR`); absent: it is a switch. */
  readonly value?: string;
  readonly says: string;
  /** What holds without it, as text. */
  readonly usual?: string;
  /** It may be given several times, and takes more values behind it up to the next flag. */
  readonly many?: true;
  /** For completion. */
  readonly choices?: readonly string[];
}

/** A question of the help screen. */
export type Question = "Run" | "Find out" | "Act" | "Connect" | "Offline";

/** Verbs whose names begin with the same word. */
export interface Group {
  readonly name: string;
  /** Half a sentence; the verbs' second words follow it. */
  readonly says: string;
}

export interface Verb {
  /** One or two words: `status`, `queue hold`. */
  readonly name: string;
  /** Other names; of a group's first word, it is meant only where nothing stands behind it. */
  readonly aliases?: readonly string[];
  readonly under: Question;
  /** One sentence. */
  readonly says: string;
  /** Operands as help shows them: `ID | ADDRESS …`. */
  readonly operands?: string;
  /** Fewest and most operands; none if absent. */
  readonly takes?: readonly [least: number, most: number];
  readonly flags: readonly Flag[];
  readonly examples: readonly [string, string, string];
  /** Besides 0 and 2, which every verb has. */
  readonly exits: readonly ExitCode[];
  /** It draws the terminal's screen anew. */
  readonly screens?: true;
  /** Operands may begin with a dash: `-state:held` is one. */
  readonly dashWords?: true;
  /** What an operand may be, for completion. */
  readonly choices?: readonly string[];
  /** Operands as `key:value`, for completion; no values: any. */
  readonly words?: Readonly<Record<string, readonly string[]>>;
  /** Everything behind the verb is its own business: no flag is read here. */
  readonly raw?: true;
  load(): Promise<{ readonly run: Command }>;
}

export interface Call {
  readonly verb: Verb;
  readonly operands: readonly string[];
  readonly flags: FlagValues;
  readonly terminal: Terminal;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
}

export type Command = (call: Call) => Promise<number>;
