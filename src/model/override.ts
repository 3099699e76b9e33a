/**
 * What is decided about a limit besides the law that finds it: by shipped rules, by the program, by people (R6b). One
 * shape for all of them, so that one page can say what holds, why, since when, until when, and how it is taken back.
 */
import { unreachable } from "../base/brand.ts";
import type { WallMs } from "../base/clock.ts";
import type { ReplyClass } from "./diagnosis.ts";
import type { EgressName } from "./egress.ts";
import type { Actor } from "./event.ts";

/**
 * What it holds for: everything that all given parts fit. At least one is given. A limit counts for each egress by
 * itself, also where the scope names none: receivers count what comes from one address.
 */
export interface OverrideScope {
  readonly egress?: EgressName;
  /** A provider's key, as `google`. */
  readonly provider?: string;
  /** A recipient domain, or an upstream as `HOST:PORT`; lower case. */
  readonly domain?: string;
}

/** In the order in which they are told. */
export const LIMIT_NAMES = ["connections", "perMinute", "perConnection", "recipients"] as const;
/** Connections at a time; messages a minute, on one connection; recipients of one transaction. */
export type LimitName = (typeof LIMIT_NAMES)[number];

/**
 * `max` and `min` bound, `scale` multiplies what rules allow, `pin` sets: it wins over rules and over the law, never over
 * a pause. `n` of perMinute is messages; of scale a factor between 0.01 and 100.
 */
export interface LimitSetting {
  readonly op: "max" | "min" | "pin" | "scale";
  readonly n: number;
}

export type OverrideChange =
  | { readonly is: "limit"; readonly limit: LimitName; readonly setting: LimitSetting }
  /** Nothing is sent; mail waits in the spool and no row is touched. */
  | { readonly is: "pause" }
  /** What would leave through the scope's egress leaves through this one; no row is touched. */
  | { readonly is: "reroute"; readonly to: EgressName };

/** Something that somebody wants to hold. */
export interface OverrideOrder {
  readonly scope: OverrideScope;
  readonly change: OverrideChange;
  /** A sentence's end: `421 4.7.28 unusual rate of mail`, `maintenance at the receiver`. */
  readonly cause: string;
  readonly by: Actor;
  /** Absent: until it is undone. What the program decides has an end. */
  readonly until?: WallMs;
  /** Of the replies that led to it, where they did. */
  readonly class?: ReplyClass;
}

export interface Override extends OverrideOrder {
  /** Grows, and is never given twice. */
  readonly id: number;
  readonly from: WallMs;
  readonly undoneAt?: WallMs;
  readonly undoneBy?: Actor;
  /** The program may not decide the same for the same cause before this (R6b: an hour after an undo). */
  readonly immuneUntil?: WallMs;
}

/** What becomes of an override: its end comes by time, its undo from somebody. */
export type OverrideTurn = "added" | "prolonged" | "undone" | "ended";

/** The lane that somebody asks about. */
export interface LaneScope {
  readonly egress: EgressName;
  readonly provider?: string;
  readonly domain: string;
}

/** What holds for a lane, or for what stands above it, and what made it so: the strictest. */
export interface Effective {
  readonly connections?: number;
  readonly perMinute?: number;
  readonly perConnection?: number;
  readonly recipients?: number;
  /** A `min`: the law does not go below it, unless `perMinute` does. */
  readonly leastPerMinute?: number;
  /** A `pin` set perMinute: the law does not move it. */
  readonly pinned: boolean;
  readonly paused?: Override;
  readonly reroute?: Override & { readonly change: { readonly is: "reroute" } };
  /** Everything that fits, the widest scope first; `holds`: it is what decides one of the values above. */
  readonly stack: readonly { readonly what: Override | LimitRule; readonly holds: boolean }[];
}

/** A limit that is shipped, or comes from the operator's configuration. */
export interface LimitRule {
  readonly scope: Pick<OverrideScope, "provider" | "domain">;
  readonly limit: LimitName;
  readonly n: number;
  readonly by: "shipped" | "operator";
  /** The receiver counts at each of its sites by itself: it holds for every lane there, not for their sum. */
  readonly eachSite?: true;
  /** Where it was read or who wrote it, and when: `the operator's page for senders, 2026-02`. */
  readonly source: string;
}

/** `yahoo.com at yahoo by second`, for people. */
export function scopeText({ egress, provider, domain }: OverrideScope): string {
  const to = [domain, provider].filter((part) => part !== undefined).join(" at ");
  if (egress === undefined) return to;
  return to === "" ? `all that leaves by ${egress}` : `${to} by ${egress}`;
}

const LIMIT_WORDS: Readonly<Record<LimitName, readonly [one: string, more: string]>> = {
  connections: ["connection", "connections"],
  perMinute: ["message a minute", "messages a minute"],
  perConnection: ["message a connection", "messages a connection"],
  recipients: ["recipient a transaction", "recipients a transaction"],
};
const OP_WORDS = { max: "at most", min: "at least", pin: "exactly" } as const;

/** `at most 5 connections`, `paused`, `sent by second`: completes "… is" or stands alone. */
export function changeText(change: OverrideChange): string {
  switch (change.is) {
    case "limit": {
      const { op, n } = change.setting;
      const [one, more] = LIMIT_WORDS[change.limit];
      return op === "scale" ? `${n} times the ${more} that rules allow` : `${OP_WORDS[op]} ${n} ${n === 1 ? one : more}`;
    }
    case "pause":
      return "paused";
    case "reroute":
      return `sent by ${change.to}`;
    default:
      return unreachable(change);
  }
}

/** `google: at most 5 connections`, and what became of that. */
export function turnText(turn: OverrideTurn, scope: OverrideScope, change: OverrideChange): string {
  const what = `${scopeText(scope)}: ${changeText(change)}`;
  switch (turn) {
    case "added":
      return what;
    case "prolonged":
      return `${what} (for longer)`;
    case "undone":
      return `${what} (no longer: undone)`;
    case "ended":
      return `${what} (no longer: its time is over)`;
    default:
      return unreachable(turn);
  }
}
