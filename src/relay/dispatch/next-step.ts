/**
 * From what an attempt came to, to the delivery's next state: the rules for one recipient, without I/O. Permanent
 * refusals end a delivery; everything else waits; what may already have arrived is said to be in doubt (R4b, R7).
 */
import { unreachable } from "../../base/brand.ts";
import type { WallMs } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import { diagnose, diagnoseFault } from "../../mail/replies/replies.ts";
import type { QueuedDelivery } from "../../model/delivery.ts";
import type { Diagnosis } from "../../model/diagnosis.ts";
import type { AttemptFacts, LocalFault, RecipientResult } from "../../model/outcome.ts";
import { type Reply, replyLine } from "../../model/reply.ts";
import type { Change } from "../../store/spool/spool.ts";
import { nextDue, type RetrySettings, statedDue } from "./schedule.ts";

export interface StepContext {
  readonly now: WallMs;
  /** An upstream took it: relayed, not delivered. */
  readonly relayed: boolean;
  readonly retry: RetrySettings;
  readonly random: Random;
}

/** A failure for good still needs its report to be decided: the caller makes the change with the report's fate. */
export type NextStep =
  | { readonly is: "change"; readonly change: Change /** The receiver's yes. */; readonly accepted?: Reply }
  | {
      readonly is: "bounce";
      readonly why: string;
      readonly reply?: Reply;
      readonly status: string;
      readonly diagnosis: Diagnosis;
    };

export function nextStep(
  delivery: QueuedDelivery,
  version: number,
  result: RecipientResult,
  attempt: AttemptFacts,
  context: StepContext,
): NextStep {
  const base = { ref: delivery.ref, version };
  const doubted = delivery.sentAt !== undefined;
  switch (result.is) {
    case "accepted": {
      const to = context.relayed ? "relayed" : "delivered";
      return {
        is: "change",
        change: { ...base, to, event: { kind: to, attempt, reply: result.reply, possiblyTwice: doubted } },
        accepted: result.reply,
      };
    }
    case "refused":
      if (result.permanent)
        return {
          is: "bounce",
          why: replyLine(result.reply),
          reply: result.reply,
          status: result.reply.enhanced ?? "5.0.0",
          diagnosis: diagnosisOf(result, attempt, context.relayed),
        };
      return { is: "change", change: defer(delivery, version, attempt, context, result) };
    case "failed":
      if (result.permanent)
        return {
          is: "bounce",
          why: result.fault.text,
          ...(result.reply && { reply: result.reply }),
          status: statusOf(result.fault.code),
          diagnosis: diagnosisOf(result, attempt, context.relayed),
        };
      return { is: "change", change: defer(delivery, version, attempt, context, result) };
    case "in-doubt": {
      if (doubted) {
        const why = `sent twice to ${attempt.host} without an answer`;
        return {
          is: "change",
          change: { ...base, to: "held", why, event: { kind: "held", why, by: { kind: "dispatch", id: "in-doubt" } } },
        };
      }
      const dueAt = (context.now + context.retry.inDoubtAfterMs) as WallMs;
      return {
        is: "change",
        change: {
          ...base,
          to: "queued",
          dueAt,
          attempts: delivery.attempts + 1,
          sentAt: context.now,
          lastHost: attempt.host,
          why: result.fault.text,
          event: { kind: "in-doubt", attempt, why: result.fault.text, dueAt },
        },
      };
    }
    default:
      return unreachable(result);
  }
}

/** What went wrong before anything could have arrived; the attempt counts, unless the delivery was merely taken back. */
function defer(
  delivery: QueuedDelivery,
  version: number,
  attempt: AttemptFacts,
  context: StepContext,
  result: { readonly reply?: Reply; readonly fault?: LocalFault },
): Change {
  const what = { ...(result.reply && { reply: result.reply }), ...(result.fault && { fault: result.fault }) };
  const counted = what.fault === undefined || !NOT_COUNTED.has(what.fault.code);
  const attempts = delivery.attempts + (counted ? 1 : 0);
  const diagnosis = counted ? diagnosisOf(what, attempt, context.relayed) : undefined;
  const usual = nextDue(context.now, attempts, context.retry, context.random);
  const dueAt = diagnosis ? (statedDue(diagnosis, context.now, context.random) ?? usual) : context.now;
  const why = what.reply ? replyLine(what.reply) : (what.fault?.text ?? "");
  return {
    ref: delivery.ref,
    version,
    to: "queued",
    dueAt,
    attempts,
    // An earlier doubt stays: this attempt did not show whether the first copy arrived.
    sentAt: delivery.sentAt ?? null,
    lastHost: attempt.host,
    why,
    event: { kind: "deferred", attempt, ...what, ...(diagnosis && { diagnosis }), dueAt, attempts, counted },
  };
}

/** The host's own word where it gave one. An upstream's reply is about its opinion, not about the destination's. */
function diagnosisOf(
  { reply, fault }: { readonly reply?: Reply; readonly fault?: LocalFault },
  { host, stage }: AttemptFacts,
  upstream: boolean,
): Diagnosis {
  const where = { host, stage, upstream };
  return reply ? diagnose(reply, where) : diagnoseFault(fault ?? { code: "unknown", text: "" }, stage, where);
}

/** These say nothing about the message: it was taken back by an operator, or the rest of its recipients go next. */
const NOT_COUNTED: ReadonlySet<string> = new Set(["taken-back", "too-many-recipients"]);

/** RFC 3463 (and RFC 7505 for the null MX) for failures that no host put into words. */
function statusOf(code: string): string {
  switch (code) {
    case "no-domain":
      return "5.1.2";
    case "null-mx":
      return "5.1.10";
    case "no-address":
      return "5.4.4";
    case "loop":
      return "5.4.6";
    case "size":
      return "5.3.4";
    case "8bit":
      return "5.6.3";
    case "smtputf8":
      return "5.6.7";
    case "bad-address":
      return "5.1.3";
    case "requiretls": // RFC 8689 §4.2.1, as the next
      return "5.7.30";
    case "requiretls-unverified":
      return "5.7.10";
    default:
      return "5.0.0";
  }
}
