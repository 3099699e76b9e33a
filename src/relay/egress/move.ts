/**
 * Whether a message that was refused may leave by another way (R7). Hardly ever: a receiver that is told no by one address
 * and asked again by the next takes all of them for one sender that hides. So a rate limit never moves, greylisting waits
 * where it began, what is wrong with the message is wrong everywhere; only mail that fell to an address's own bad name moves,
 * once, to an address that has none there.
 */
import { unreachable } from "../../base/brand.ts";
import type { ReplyClass } from "../../model/diagnosis.ts";
import type { EgressName } from "../../model/egress.ts";
import type { Actor, FairleadEvent } from "../../model/event.ts";

export interface MoveCause {
  readonly class: ReplyClass;
  /** An upstream of ours says so: its opinion of us, or what it repeats; not the receiver's of an address of ours. */
  readonly upstream: boolean;
}

export interface Candidate {
  readonly name: EgressName;
  /** It works, and mail is given to it. */
  readonly usable: boolean;
  /** The receiver is used to it. */
  readonly warm: boolean;
  /** Mail of this author may leave by it. */
  readonly aligned: boolean;
  /** The receiver objected to it in the same way not long ago. */
  readonly objected: boolean;
}

/** `why` is a clause for people. */
export type Move = { readonly is: "to"; readonly name: EgressName; readonly why: string } | { readonly is: "stay"; readonly why: string };

export interface MoveAsked {
  readonly from: EgressName;
  readonly cause: MoveCause;
  /** It was moved before. */
  readonly moved: boolean;
  /** It may have arrived already: it goes to the same host again, or nowhere. */
  readonly inDoubt: boolean;
  /** The other members of its pool, the one to be preferred first. */
  readonly candidates: readonly Candidate[];
}

export function moveOf({ from, cause, moved, inDoubt, candidates }: MoveAsked): Move {
  const bound = boundBy(cause.class);
  if (bound !== undefined) return { is: "stay", why: bound };
  if (cause.upstream) return { is: "stay", why: "what an upstream objects to is its own affair" };
  if (inDoubt) return { is: "stay", why: "it may have arrived already" };
  if (moved) return { is: "stay", why: "it was moved once, and is not moved again" };
  const [best] = candidates.filter((one) => one.usable && one.warm && one.aligned && !one.objected && one.name !== from);
  if (best) return { is: "to", name: best.name, why: `the receiver objects to ${from}, and not to ${best.name}` };
  const lacking = candidates.filter(({ name }) => name !== from);
  if (lacking.length === 0) return { is: "stay", why: `there is no other way out beside ${from} in its pool` };
  return { is: "stay", why: `no other way out of its pool is in use, warm there, without the same objection and meant for its author` };
}

/** Why a refusal of this class moves nothing; undefined where it may. */
function boundBy(objection: ReplyClass): string | undefined {
  switch (objection) {
    case "repIP":
    case "list":
      return undefined;
    case "rate":
      return "a rate limit is never answered from another address";
    case "grey":
      return "greylisting is waited for at the address where it began";
    case "sysbusy":
    case "network":
    case "dns":
    case "tls":
    case "full":
      return "it is the receiver's trouble, and no address of ours mends it";
    case "repDom":
    case "auth":
    case "content":
    case "policy":
    case "badrcpt":
    case "size":
    case "proto":
    case "suspended":
    case "expired":
      return "what is wrong with the message is wrong from everywhere";
    case "other":
      return "what the receiver objects to was not recognised";
    default:
      return unreachable(objection);
  }
}

/** Who is named in the event of such a move. */
export const MOVED_BY = { kind: "dispatch", id: "moved" } as const satisfies Actor;

/** Whether a delivery was moved before, by its message's events. */
export function hasMoved(events: readonly FairleadEvent[], rcpt: number): boolean {
  return events.some(
    (event) =>
      event.rcpt === rcpt && event.body.kind === "rerouted" && event.body.by.kind === MOVED_BY.kind && event.body.by.id === MOVED_BY.id,
  );
}
