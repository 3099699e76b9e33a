/**
 * What makes a call impossible, as an exception with a stable code. What the world answers (a 451, NXDOMAIN) is never
 * one of these: it is a value in a result. Match `code`, never the text.
 */
export class Fault<Code extends string = string> extends Error {
  readonly code: Code;
  constructor(code: Code, text: string, cause?: unknown) {
    super(text, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
  }
}

/** The system's or a Fault's code of anything thrown; "" if it has none. */
export function codeOf(thrown: unknown): string {
  if (thrown instanceof Error && "code" in thrown && typeof thrown.code === "string") return thrown.code;
  return "";
}

/** One line for a person, whatever was thrown. */
export function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
