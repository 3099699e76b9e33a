/** An SMTP reply: RFC 5321 §4.2, with the enhanced status code of RFC 3463 where one was given. */
export interface Reply {
  readonly code: number;
  /** `5.1.1`; absent where the text has none. */
  readonly enhanced?: string;
  /** Without codes, lines joined by one space, control characters replaced; ≤ 2,000 characters. */
  readonly text: string;
}

/** One line as it would stand in a log: `550 5.1.1 no such user`. */
export function replyLine(reply: Reply): string {
  return [reply.code, reply.enhanced, reply.text].filter((part) => part !== undefined && part !== "").join(" ");
}
