/** How a way to a destination stands, for whoever is told: closed until a time, or slowed since one, with the reason. */
import type { LaneRecord } from "../control/api/node-face.ts";
import type { ClosedSite } from "../diagnose/story/story.ts";
import type { Override } from "../model/override.ts";
import type { LaneReport } from "../relay/dispatch/dispatch.ts";

/** Undefined: mail goes there as it comes. */
export function shutOrSlow({ state, slow }: LaneReport): ClosedSite | undefined {
  switch (state.is) {
    case "closed":
      return { why: state.why, since: state.since, until: state.until };
    case "no mail":
      return { why: state.fault.fault.text, since: state.since, until: state.until };
    case "paused":
      return { why: state.why, since: state.since, ...(state.until !== undefined && { until: state.until }) };
    case "open":
      return slow?.perMinute === undefined ? undefined : { why: slow.why, since: slow.since, perMinute: rounded(slow.perMinute) };
  }
}

export function pausedBy({ cause, from, until }: Override): ClosedSite {
  return { why: cause, since: from, ...(until !== undefined && { until }) };
}

/** Also of one that is closed just now: why it is, and what will hold when it opens. */
export function paceOf({ state, slow }: LaneReport): Pick<LaneRecord, "perMinute" | "ceiling" | "cause"> {
  return {
    ...(state.is === "closed" && { cause: state.cause }),
    ...(slow?.perMinute !== undefined && { perMinute: rounded(slow.perMinute) }),
    ...(slow?.ceiling !== undefined && { ceiling: rounded(slow.ceiling) }),
  };
}

function rounded(rate: number): number {
  return Math.max(0.1, Math.round(rate * 10) / 10);
}
