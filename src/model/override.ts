/**
 * What is decided about a limit besides the law that finds it: by shipped rules, by the program, by people (R6b). One
 * shape for all of them, so that one page can say what holds, why, since when, until when, and how it is taken back.
 */
import type { WallMs } from "../base/clock.ts";
import type { EgressName } from "./egress.ts";
import type { Actor } from "./event.ts";

/** What it holds for: everything that all given parts fit. At least one is given. */
export interface OverrideScope {
  readonly egress?: EgressName;
  /** A provider's key, as `google`. */
  readonly provider?: string;
  /** A recipient domain, or an upstream as `HOST:PORT`. */
  readonly domain?: string;
}

export type LimitName = "connections" | "perMinute" | "perConnection" | "recipients";

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

export interface Override {
  readonly id: number;
  readonly scope: OverrideScope;
  readonly change: OverrideChange;
  /** A sentence's end: `421 4.7.28 unusual rate of mail`, `maintenance at the receiver`. */
  readonly cause: string;
  readonly by: Actor;
  readonly from: WallMs;
  /** Absent: until it is undone. */
  readonly until?: WallMs;
  /** The program may not decide the same for the same cause before this (R6b: an hour after an undo). */
  readonly immuneUntil?: WallMs;
  readonly undoneAt?: WallMs;
  readonly undoneBy?: Actor;
}

/** The lane that somebody asks about. */
export interface LaneScope {
  readonly egress: EgressName;
  readonly provider?: string;
  readonly domain: string;
}

/** What holds for a lane, and what made it so: the strictest. */
export interface Effective {
  readonly connections?: number;
  readonly perMinute?: number;
  readonly perConnection?: number;
  readonly recipients?: number;
  /** A `pin` set perMinute: the law does not move it. */
  readonly pinned: boolean;
  readonly paused?: Override;
  readonly reroute?: Override & { readonly change: { readonly is: "reroute" } };
  /** Everything that fits, the widest scope first; `holds`: it is what decides one of the values above. */
  readonly stack: readonly { readonly what: Override | ProviderRule; readonly holds: boolean }[];
}

/** A limit that is shipped, or comes from the operator's rule file. */
export interface ProviderRule {
  readonly provider: string;
  readonly limit: LimitName;
  readonly n: number;
  /** Where it was read or who wrote it, and when: `the operator's page for senders, 2026-02`. */
  readonly source: string;
}
