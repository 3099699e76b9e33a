/** What the codes alone say: RFC 3463, the IANA registry of enhanced status codes, RFC 5321 §4.2.3. */
import type { ReplyClass } from "../../model/diagnosis.ts";

export const BY_ENHANCED: Readonly<Record<string, readonly [ReplyClass, number]>> = {
  "1.1": ["badrcpt", 0.95],
  "2.2": ["full", 0.9],
};
