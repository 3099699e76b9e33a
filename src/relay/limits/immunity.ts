/**
 * What a person took back, the program does not decide again for an hour (R6b), unless it has grown worse: a receiver
 * that could not cope and now objects to our rate says something new; so does one that objects to our address.
 */
import type { WallMs } from "../../base/clock.ts";
import type { ReplyClass } from "../../model/diagnosis.ts";
import type { Override, OverrideOrder, OverrideScope } from "../../model/override.ts";
import { covers } from "./scope.ts";

export const IMMUNE_MS = 3_600_000;

/** How bad it is what a class says; of others is not known which is worse. */
const GRAVITY: { readonly [C in ReplyClass]?: number } = { sysbusy: 1, rate: 2, list: 3, repIP: 3 };

/** Of a class that is only vaguely known, 0. */
export function gravityOf(said: ReplyClass): number {
  return GRAVITY[said] ?? 0;
}

/** The undo that forbids it now; the one that forbids it longest. Anywhere within the scope of what was undone. */
export function undoAgainst(
  order: Pick<OverrideOrder, "cause" | "class"> & { readonly scope: OverrideScope },
  undone: Iterable<Override>,
  now: WallMs,
): Override | undefined {
  let found: Override | undefined;
  for (const one of undone) {
    if (one.immuneUntil === undefined || one.immuneUntil <= now || !covers(one.scope, order.scope) || isWorse(order, one)) continue;
    if (found?.immuneUntil === undefined || one.immuneUntil > found.immuneUntil) found = one;
  }
  return found;
}

function isWorse(order: Pick<OverrideOrder, "cause" | "class">, undone: Override): boolean {
  if (order.class === undefined || undone.class === undefined) return order.cause !== undone.cause;
  const [now, before] = [GRAVITY[order.class], GRAVITY[undone.class]];
  return now === undefined || before === undefined ? order.class !== undone.class : now > before;
}
