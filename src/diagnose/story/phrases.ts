/** Phrases that several sentences and steps of a story share. */
import { durationText, type ZoneClock } from "../../base/time-text.ts";
import type { Actor, DsnFate, EventBody, FairleadEvent } from "../../model/event.ts";
import type { Trail } from "./story.ts";

export function forWhom({ to }: Pick<Trail, "to">): string {
  return to === "" ? "for its recipients" : `for ${to}`;
}

export function tookText(trail: Trail): string {
  return durationText(trail.end - trail.acceptedAt);
}

export function brokeAt(doubt: FairleadEvent, clock: ZoneClock): string {
  return `the line broke at ${clock.seconds(doubt.at)} after the whole message, before the answer`;
}

export function byWhom(body: EventBody | undefined): string {
  const by = personOf(body);
  if (body === undefined || by === null) return "";
  return ` (by ${by}${"action" in body && body.action !== undefined ? `, action ${body.action}` : ""})`;
}

/** The person behind an event; null where the program did it. */
export function personOf(body: EventBody | undefined): string | null {
  const by: Actor | undefined = body !== undefined && "by" in body ? body.by : undefined;
  return by?.kind === "operator" ? by.id : null;
}

export function toldText(fate: DsnFate): string {
  return fate === "sent" ? "The sender was told" : `The sender was not told: ${fate}`;
}

/** The last event of a kind. */
export function lastOf(events: readonly FairleadEvent[], kind: EventBody["kind"]): EventBody | undefined {
  return events.findLast((event) => event.body.kind === kind)?.body;
}
