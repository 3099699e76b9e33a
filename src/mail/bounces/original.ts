/** The message that a report is about, from what came back of its header, and where a return path of ours may hide. */
import { addressesIn, typedAddress } from "./addresses-in-text.ts";
import { type Block, firstOf } from "./field-blocks.ts";
import { TOKENS_MAX } from "./limits.ts";
import type { Original } from "./report.ts";

/** Fields by which senders know their messages again. */
const OF_INTEREST = /^(?:x-|list-(?:id|unsubscribe)$|feedback-id$|precedence$|auto-submitted$|errors-to$|sender$|date$)/;
const VALUE_MAX = 1_000;

export function originalOf(header: Block | undefined): Original | undefined {
  if (header === undefined || header.size === 0) return undefined;
  const headers = new Map<string, string>();
  for (const [name, values] of header) if (OF_INTEREST.test(name)) headers.set(name, cut(values[0] ?? ""));
  const text = (name: string): string | undefined => {
    const value = firstOf(header, name);
    return value === undefined ? undefined : cut(value);
  };
  const [messageId, from, to, subject] = ["message-id", "from", "to", "subject"].map(text);
  const returnPath = text("return-path");
  return {
    ...(messageId !== undefined && { messageId }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(subject !== undefined && { subject }),
    ...(returnPath !== undefined && { returnPath: addressesIn(returnPath)[0] ?? returnPath }),
    headers,
  };
}

/** Fields of a report's own header that name the envelope it came back to. */
const ENVELOPE = ["x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "to"];
/** Fields of the returned message and of complaints that may hold the return path it left with. */
const PATHS = ["return-path", "errors-to", "sender", "original-mail-from", "original-rcpt-to", "original-envelope-id", "x-postfix-sender"];

/** Candidates, likeliest first: whoever made the tokens checks them. */
export function tokensOf(report: Block, original: Block | undefined, machine: readonly Block[]): string[] {
  const found = new Set<string>();
  const take = (value: string): void => {
    for (const address of addressesIn(typedAddress(value) ?? value)) if (found.size < TOKENS_MAX) found.add(address);
  };
  for (const block of [original, ...machine]) for (const name of PATHS) for (const value of block?.get(name) ?? []) take(value);
  for (const name of ENVELOPE) for (const value of report.get(name) ?? []) take(value);
  for (const [name, values] of original ?? []) if (name.startsWith("x-")) for (const value of values) take(value);
  for (const value of original?.get("received") ?? []) take(/envelope-(?:from|sender):? ?<?([^\s>)]+)/i.exec(value)?.[1] ?? "");
  return [...found];
}

function cut(text: string): string {
  return text.slice(0, VALUE_MAX).toWellFormed();
}
