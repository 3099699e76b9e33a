/** What happened, oldest first: one step an event, its text ours, its quote the other side's. */
import { unreachable } from "../../base/brand.ts";
import type { WallMs } from "../../base/clock.ts";
import { bytesText } from "../../base/size-text.ts";
import type { ZoneClock } from "../../base/time-text.ts";
import type { EventBody } from "../../model/event.ts";
import type { Envelope } from "../../model/message.ts";
import type { AttemptFacts } from "../../model/outcome.ts";
import { replyLine } from "../../model/reply.ts";
import { byWhom, toldText } from "./line.ts";
import type { Step, Trail } from "./story.ts";

export function stepsOf(trail: Trail, envelope: Envelope, clock: ZoneClock, now: WallMs): readonly Step[] {
  let tries = 0;
  return trail.events.map(({ at, seq, body }) => {
    if ("attempt" in body && body.attempt !== undefined) tries += 1;
    const quote = "reply" in body && body.reply !== undefined ? replyLine(body.reply) : undefined;
    return { at, event: seq, text: textOf(body, envelope, tries, clock, now), ...(quote === undefined ? {} : { quote }) };
  });
}

function textOf(body: EventBody, envelope: Envelope, nth: number, clock: ZoneClock, now: WallMs): string {
  const next = (due: WallMs): string => `next attempt about ${clock.minutes(due, now)}`;
  switch (body.kind) {
    case "accepted": {
      const { peer } = envelope;
      const how = peer.tls === undefined ? "" : " over TLS";
      return `accepted from ${envelope.source} (${envelope.sender})${peer.ip === "" ? "" : ` at ${peer.ip}`}${how}, ${bytesText(envelope.bytes)}, class ${envelope.class}`;
    }
    case "delivered":
    case "relayed":
      return `${tryText(nth, body.attempt)}: ${body.kind}${body.possiblyTwice ? ", possibly twice" : ""}`;
    case "deferred": {
      const what = body.attempt === undefined ? "no attempt" : tryText(nth, body.attempt);
      const why = body.reply !== undefined ? "put off" : body.fault === undefined ? "put off" : `${body.fault.text} (${body.fault.code})`;
      return `${what}: ${why}${body.counted ? "" : ", not counted as an attempt"}; ${next(body.dueAt)}`;
    }
    case "in-doubt":
      return `${body.attempt === undefined ? "an attempt" : tryText(nth, body.attempt)}: sent, no answer (${body.why}); ${next(body.dueAt)}`;
    case "bounced":
      return `${body.attempt === undefined ? "bounced" : `${tryText(nth, body.attempt)}: refused for good`}${body.reply === undefined ? `: ${body.why}` : ""}${byWhom(body)}; ${lower(toldText(body.dsn))}`;
    case "expired":
      return `expired: ${body.why}; ${lower(toldText(body.dsn))}`;
    case "held":
    case "released":
    case "discarded":
      return `${body.kind}: ${body.why}${byWhom(body)}`;
    case "retried":
      return `due at once${byWhom(body)}`;
    case "rerouted":
      return `rerouted${body.site === undefined ? "" : ` to ${body.site}`}${byWhom(body)}`;
    case "delay-told":
      return "the sender was told of the delay";
    case "refused":
      return `refused to ${body.peer}`;
    case "lane":
      return `${body.site} ${body.open ? "opened" : "closed"}: ${body.why}`;
    case "returned":
      return `${body.from} reported it ${body.what}${body.diagnostic === undefined ? "" : `: ${body.diagnostic}`}`;
    case "suppressed":
    case "unsuppressed":
      return `${body.address} is ${body.kind}: ${body.why}`;
    case "alarm":
      return `alarm ${body.code}: ${body.text}`;
    default:
      return unreachable(body);
  }
}

function tryText(nth: number, attempt: AttemptFacts): string {
  const where = attempt.host === "" ? attempt.ip : attempt.ip === "" ? attempt.host : `${attempt.host} [${attempt.ip}]`;
  return `try ${nth} to ${where}${attempt.tls === undefined ? "" : " over TLS"}`;
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
