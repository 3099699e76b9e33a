/**
 * What an answer says of the way that a message took, and whether the message may take another (R7): where a receiver objects
 * to our address and to nothing else, its mail moves once, to an address of the same pool that the receiver does not object to.
 */
import type { QueuedDelivery } from "../../model/delivery.ts";
import type { Diagnosis } from "../../model/diagnosis.ts";
import type { SiteKey } from "../../model/ids.ts";
import type { RecipientResult } from "../../model/outcome.ts";
import type { Change } from "../../store/spool/spool.ts";
import { siteOf } from "../deliver/deliver.ts";
import { hasMoved, MOVED_BY } from "../egress/egress.ts";
import type { DispatchContext } from "./context.ts";
import type { NextStep } from "./next-step.ts";
import type { Attempted } from "./settle.ts";

/** What came of one recipient, and what would follow without another way. */
export interface Step {
  readonly delivery: QueuedDelivery;
  readonly version: number;
  readonly result: RecipientResult;
  readonly step: NextStep;
}

export interface Moved {
  readonly of: Step;
  /** The answer as it was, then the move: both events are the message's. */
  readonly changes: readonly Change[];
  readonly site: SiteKey;
  readonly dueAt: number;
}

/** Only what a receiver has said counts: of each recipient that was answered for. */
export function tellWay({ delivery, result, step }: Step, host: string, ways: DispatchContext["ways"]): void {
  switch (result.is) {
    case "accepted":
      return ways.onOutcome(delivery.site, { is: "answered", host, code: result.reply.code });
    case "refused":
    case "failed": {
      const { reply } = result;
      const diagnosis = diagnosisIn(step);
      if (reply && diagnosis) ways.onOutcome(delivery.site, { is: "answered", host, code: reply.code, class: diagnosis.class });
      return;
    }
    case "in-doubt":
      return;
  }
}

export function objectsToAddress(step: NextStep): boolean {
  const objection = diagnosisIn(step)?.class;
  return objection === "repIP" || objection === "list";
}

/** Undefined: it stays, and what was to follow follows. Reads the message's events, to move it no second time. */
export async function moveOf(
  of: Step,
  attempted: Attempted,
  { ways, spool, clock }: Omit<DispatchContext, "settle">,
): Promise<Moved | undefined> {
  const { delivery, version, result, step } = of;
  const { attempt } = attempted;
  const diagnosis = diagnosisIn(step);
  if (diagnosis === undefined || result.is === "accepted" || result.is === "in-doubt") return undefined;
  const cause = { class: diagnosis.class, upstream: attempted.relayed };
  if (ways.moveFor(delivery, cause, false).is === "stay") return undefined;
  const events = await spool.eventsOf(delivery.ref.message);
  const move = ways.moveFor(delivery, cause, hasMoved(events, delivery.ref.rcpt));
  const route = move.is === "to" ? ways.routeVia(move.name, delivery.domain, delivery.tls) : undefined;
  if (route === undefined) return undefined;
  const dueAt = clock.wall();
  const attempts = delivery.attempts + 1;
  const site = siteOf(route);
  const queued = { ref: delivery.ref, to: "queued", dueAt, attempts, sentAt: delivery.sentAt ?? null, lastHost: attempt.host } as const;
  const said = result.reply ? { reply: result.reply } : {};
  const why = step.is === "bounce" ? step.why : diagnosis.cause;
  return {
    of,
    site,
    dueAt,
    changes: [
      { ...queued, version, why, event: { kind: "deferred", attempt, ...said, diagnosis, dueAt, attempts, counted: true } },
      { ...queued, version: version + 1, site, why, event: { kind: "rerouted", by: MOVED_BY, site } },
    ],
  };
}

function diagnosisIn(step: NextStep): Diagnosis | undefined {
  if (step.is === "bounce") return step.diagnosis;
  const { event } = step.change.to === "sent" ? {} : step.change;
  return event?.kind === "deferred" ? event.diagnosis : undefined;
}
