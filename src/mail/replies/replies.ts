/**
 * What a reply means. A receiver's words, or a fault of ours, become a Diagnosis: what was objected to, what else it
 * would hit, why in a clause, who can do what about it, and how sure that is. The receiver is known by its host's name;
 * its own codes come first, then what is said in whatever language, then the enhanced code, then the basic one.
 *
 * Plain functions over tables, without I/O: the same reply always gets the same answer.
 */
import type { Diagnosis } from "../../model/diagnosis.ts";
import type { LocalFault, Stage } from "../../model/outcome.ts";
import type { Reply } from "../../model/reply.ts";
import { readFault } from "./fault.ts";
import { type KnownCodes, readPasted } from "./pasted.ts";
import { findByDomain, findByHost } from "./providers.ts";
import { readReply } from "./verdict.ts";

/** Where a reply came from, as far as it is known. */
export interface Where {
  /** The MX host that spoke. */
  readonly host?: string;
  /** It is a smarthost of ours, which may repeat what a receiver told it. */
  readonly upstream?: boolean;
  readonly stage?: Stage;
}

export function diagnose(reply: Reply, where: Where): Diagnosis {
  return readReply(reply, where);
}

/** No host spoke: DNS, connection, TLS, time, or a word of our own. */
export function diagnoseFault(fault: LocalFault, stage: Stage, where: Where): Diagnosis {
  return readFault(fault, stage, where);
}

/**
 * Anything pasted: a log line, a reply over several lines, a bounce's text. Codes are found wherever they stand, but those
 * that are known count before them; of what a mail system wrote around a reply only host and place are taken.
 */
export function diagnoseText(text: string, where: Where, known: KnownCodes = {}): Diagnosis {
  return readPasted(text, where, known);
}

/** The operator behind a mail host, by the end of its name. */
export function providerOf(host: string): { readonly key: string; readonly name: string } | undefined {
  const found = findByHost(host);
  return found && { key: found.key, name: found.name };
}

/** The operator of a well-known domain of mailboxes, without a look-up. */
export function providerOfDomain(domain: string): { readonly key: string; readonly name: string } | undefined {
  const found = findByDomain(domain);
  return found && { key: found.key, name: found.name };
}

/** Whether this provider's "no such mailbox" is known to be true, so that one is enough to stop sending there. */
export function isExact(key: string): boolean {
  return key === "google" || key === "outlook";
}
