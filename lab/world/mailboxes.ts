/**
 * Who lives at an address, told by its local part, so that anybody can write to the world and know what to expect:
 * `gone-7@` is unknown, `full-7@` is full, `trap-7@` and `recycled-7@` are traps; everybody else exists.
 */
import { hash32 } from "../../src/base/random.ts";
import { localPartOf } from "./letter.ts";
import type { Numbers } from "./numbers.ts";

export type MailboxKind = "person" | "full" | "unknown" | "trap" | "recycled trap";

export function mailboxOf(address: string, numbers: Numbers["mailboxes"]): MailboxKind {
  const local = localPartOf(address);
  if (/^(gone|typo|nobody|unknown)\b/.test(local)) return "unknown";
  if (/^trap\b/.test(local)) return "trap";
  if (/^recycled\b/.test(local)) return "recycled trap";
  if (/^full\b/.test(local) || hash32(`full ${address.toLowerCase()}`) / 2 ** 32 < numbers.full) return "full";
  return "person";
}
