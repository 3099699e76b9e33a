/** How the program ends: each exit code with its meaning, and the exceptions that become one. */
import { Fault } from "../base/fault.ts";

export const EXIT = {
  done: 0,
  /** The answer is no: status needs you, a check is red. */
  no: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  notFound: 3,
  /** The node cannot be reached. */
  unreachable: 4,
  notAllowed: 5,
  partlyDone: 6,
  /** The first start lacks npm, or Node is too old. */
  cannotStart: 69,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.done, "yes, done"],
  [EXIT.no, "the answer is no"],
  [EXIT.usage, "usage or configuration is wrong"],
  [EXIT.notFound, "not found"],
  [EXIT.unreachable, "the node cannot be reached"],
  [EXIT.notAllowed, "not allowed"],
  [EXIT.partlyDone, "partly done"],
  [EXIT.cannotStart, "the first start lacks npm, or Node is too old"],
  [EXIT.interrupted, "interrupted"],
];

/** Ends a command with a sentence and the next step. */
export class CommandFault extends Fault {
  readonly exit: number;
  readonly fix: string | undefined;
  constructor(exit: number, code: string, text: string, fix?: string, cause?: unknown) {
    super(code, text, cause);
    this.exit = exit;
    this.fix = fix;
  }
}

export function usageFault(text: string, fix?: string): CommandFault {
  return new CommandFault(EXIT.usage, "usage", text, fix);
}
