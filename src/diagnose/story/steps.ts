/** What happened, oldest first: one step an event, its text ours, its quote the other side's. */
import { unreachable } from "../../base/brand.ts";
import type { WallMs } from "../../base/clock.ts";
import { bytesText } from "../../base/size-text.ts";
import type { ZoneClock } from "../../base/time-text.ts";
import type { Diagnosis } from "../../model/diagnosis.ts";
import type { EventBody, FairleadEvent } from "../../model/event.ts";
import { idOf, type MessageId, readId } from "../../model/ids.ts";
import type { Envelope } from "../../model/message.ts";
import type { AttemptFacts, AttemptTls } from "../../model/outcome.ts";
import { turnText } from "../../model/override.ts";
import { replyLine } from "../../model/reply.ts";
import { byWhom, personOf, toldText } from "./phrases.ts";
import { causeText } from "./reading.ts";
import type { Step, Trail } from "./story.ts";

/** What is held waits for a person: that its lane closed and opened meanwhile made no difference. */
function mattered(): (event: FairleadEvent) => boolean {
  let held = false;
  return ({ body }) => {
    if (body.kind === "lane") return !held;
    if (body.kind === "held") held = true;
    else if (body.kind !== "returned" && body.kind !== "delay-told") held = false;
    return true;
  };
}

export function stepsOf(trail: Trail, envelope: Envelope, clock: ZoneClock, now: WallMs): readonly Step[] {
  let tries = 0;
  const shown = trail.events.filter(trail.eyes === "tenant" ? ({ body }) => body.kind !== "lane" : mattered());
  return shown.map(({ at, seq, body }): Step => {
    const attempt = "attempt" in body ? body.attempt : undefined;
    if (attempt !== undefined) tries += 1;
    const diagnosis = "diagnosis" in body ? body.diagnosis : undefined;
    return {
      ...{ at, ms: Math.max(0, at - trail.acceptedAt), event: seq },
      text: textOf(body, envelope, tries, clock, now),
      quote: quoteOf(body),
      dialogue: attempt?.dialogue ?? null,
      by: personOf(body),
      ref: refOf(body, trail.id),
      confidence: diagnosis?.confidence ?? null,
    };
  });
}

function quoteOf(body: EventBody): string | null {
  if ("reply" in body && body.reply !== undefined) return replyLine(body.reply);
  return body.kind === "returned" ? (body.diagnostic ?? null) : null;
}

function refOf(body: EventBody, id: MessageId): string | null {
  if ("action" in body && body.action !== undefined) return `action ${body.action}`;
  if (body.kind !== "returned" || body.report === undefined) return null;
  const own = readId(id);
  return "fault" in own ? null : idOf(body.report, own.node);
}

function textOf(body: EventBody, envelope: Envelope, nth: number, clock: ZoneClock, now: WallMs): string {
  const next = (due: WallMs): string => `next attempt about ${clock.minutes(due, now)}`;
  switch (body.kind) {
    case "accepted":
      return acceptedText(envelope);
    case "delivered":
    case "relayed":
      return `${tryText(nth, body.attempt)}: ${body.kind}${body.possiblyTwice ? ", possibly twice" : ""}`;
    case "deferred": {
      const what = body.attempt === undefined ? "no attempt" : tryText(nth, body.attempt);
      const why = body.reply !== undefined || body.fault === undefined ? "put off" : faultText(body.fault);
      return `${what}: ${why}${read(body.diagnosis)}${body.counted ? "" : ", not counted as an attempt"}; ${next(body.dueAt)}`;
    }
    case "in-doubt":
      return `${body.attempt === undefined ? "an attempt" : tryText(nth, body.attempt)}: sent, no answer (${body.why}); ${next(body.dueAt)}`;
    case "bounced":
      return `${body.attempt === undefined ? "bounced" : `${tryText(nth, body.attempt)}: refused for good`}${body.reply === undefined ? `: ${body.why}` : ""}${read(body.diagnosis)}${byWhom(body)}; ${lower(toldText(body.dsn))}`;
    case "expired":
      return `expired: ${body.why}; ${lower(toldText(body.dsn))}`;
    case "held":
    case "released":
    case "discarded":
      return orderText(body);
    case "retried":
      return `due at once${byWhom(body)}`;
    case "rerouted":
      return `rerouted${body.site === undefined ? "" : ` to ${body.site}`}${byWhom(body)}`;
    case "delay-told":
      return "the sender was told of the delay";
    case "refused":
      return refusedText(body);
    case "lane":
      return `${body.site} ${laneText(body)}: ${body.why}${body.until === undefined ? "" : `; until ${clock.minutes(body.until, now)}`}`;
    case "returned":
      return returnedText(body);
    case "suppressed":
    case "unsuppressed":
      return `${body.address} is ${body.kind === "suppressed" ? "suppressed" : "no longer suppressed"}: ${body.why}${body.until === undefined ? "" : `; until ${clock.minutes(body.until, now)}`}${byWhom(body)}`;
    case "override":
      return `${turnText(body.what, body.scope, body.change)}: ${body.cause}${body.until === undefined ? "" : `; until ${clock.minutes(body.until, now)}`}${byWhom(body)}`;
    case "alarm":
      return `alarm ${body.code}: ${body.text}`;
    default:
      return unreachable(body);
  }
}

/** A reason that was made up of the deed and its doer needs neither again. */
function orderText(body: EventBody & { readonly kind: "held" | "released" | "discarded" }): string {
  const { kind, why } = body;
  const by = personOf(body);
  if (by === null || why !== `${kind} by ${by}`) return `${kind}: ${why}${byWhom(body)}`;
  return body.action === undefined ? why : `${why} (action ${body.action})`;
}

function acceptedText({ peer, source, sender, bytes, class: kind }: Envelope): string {
  const from = source === "" ? "" : ` from ${source}`;
  const where = peer.ip === "" ? "" : ` at ${peer.ip}`;
  return `accepted${from} (${sender})${where}${peer.tls === undefined ? "" : " over TLS"}, ${bytesText(bytes)}, class ${kind}`;
}

function refusedText(body: EventBody & { readonly kind: "refused" }): string {
  const who = body.source ?? (body.peer === "" ? undefined : body.peer);
  const login = body.login === undefined ? "" : `, logged in as ${body.login}`;
  const helo = body.helo === undefined || body.helo === "" ? "" : `, which calls itself ${body.helo}`;
  return `refused${who === undefined ? "" : ` to ${who}`}${helo}${login}${body.code === undefined ? "" : ` (${body.code})`}`;
}

function returnedText(body: EventBody & { readonly kind: "returned" }): string {
  const status = body.status === undefined ? "" : ` (${body.status})`;
  switch (body.what) {
    case "failed":
    case "delayed":
    case "delivered":
      return `${body.from} reported it ${body.what}${status}${read(body.diagnosis)}`;
    case "complaint":
      return `${body.from} passed on a complaint${body.feedbackType === undefined ? "" : ` (${body.feedbackType})`}`;
    case "autoreply":
      return `an automatic reply came from ${body.from}`;
    default:
      return unreachable(body.what);
  }
}

/** Our reading beside what was said, with how sure it is. */
function read(diagnosis: Diagnosis | undefined): string {
  if (diagnosis === undefined) return "";
  const cause = causeText(diagnosis);
  return cause === undefined ? ", not recognised" : `, read as: ${cause} (sure ${diagnosis.confidence.toFixed(2)})`;
}

function faultText({ code, text }: { readonly code: string; readonly text: string }): string {
  return text.includes(code) ? text : `${text} (${code})`;
}

function tryText(nth: number, attempt: AttemptFacts): string {
  const where = attempt.host === "" ? attempt.ip : attempt.ip === "" ? attempt.host : `${attempt.host} [${attempt.ip}]`;
  if (where === "") return `try ${nth}`; // it came to no host
  const from = attempt.localIp === undefined ? "" : ` from ${attempt.localIp}`;
  return `try ${nth}${from} to ${where}${tlsText(attempt.tls)}`;
}

/** Who vouched for the host; records of before that was told say no more than that there was TLS. */
function tlsText(tls: AttemptTls | undefined): string {
  if (tls === undefined) return "";
  switch (tls.verified) {
    case undefined:
      return " over TLS";
    case "none":
      return " over TLS that nobody vouched for";
    case "webpki":
      return " over TLS, its certificate verified";
    case "sts":
      return " over TLS, verified by MTA-STS";
    case "dane":
      return " over TLS, verified by DANE";
    default:
      return unreachable(tls.verified);
  }
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

/** With a pace it is a matter of how fast, not of whether anybody is there. */
function laneText({ open, pace }: EventBody & { readonly kind: "lane" }): string {
  if (pace === undefined) return open ? "opened" : "closed";
  return open ? "goes on" : "paused";
}
