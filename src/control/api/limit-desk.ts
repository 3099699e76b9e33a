/**
 * What limits the way out, who set it and until when: the port between the API and the engine of limits. A limit comes
 * from the configuration, from a rule, from a person, or from the law that reads receivers' answers; here they are told
 * side by side, so that one answer can say which of them holds.
 */
import type { WallMs } from "../../base/clock.ts";
import type { EgressName } from "../../model/egress.ts";
import type { Actor } from "../../model/event.ts";
import type { SiteKey } from "../../model/ids.ts";
import type { Effective, LimitRule, OverrideScope } from "../../model/override.ts";
import type { Limits } from "../../relay/limits/limits.ts";
import type { Answered } from "./node-face.ts";

/** What the law holds a lane, or all lanes of a provider, to. */
export interface LawRecord {
  readonly phase: "running" | "paused" | "probing";
  /** Messages; absent: without limit. */
  readonly perMinute?: number;
  /** What was too much, a little below. */
  readonly ceiling?: number;
  /** The window: it may have so many connections. */
  readonly connections: number;
  /** In a row. */
  readonly cuts: number;
  /** The receiver's words, since when it holds, and when what is paused opens. */
  readonly cause?: string;
  readonly since?: WallMs;
  readonly until?: WallMs;
  /** Something of it can be taken back. */
  readonly undoable: boolean;
}

/** Everything that limits one lane. */
export interface LaneLimits {
  readonly lane: SiteKey;
  readonly egress: EgressName;
  readonly provider?: string;
  /** A recipient domain, or an upstream as `HOST:PORT`. */
  readonly domain: string;
  readonly state: "open" | "closed";
  readonly connections: number;
  readonly queued: number;
  /** By configuration. */
  readonly configured: { readonly connections: number; readonly perMinute?: number };
  /** By rules and overrides together. */
  readonly effective: Effective;
  /** Of the lane itself, and of its egress at the provider as a whole. */
  readonly law?: LawRecord;
  readonly providerLaw?: LawRecord;
}

/** What the law is back at. */
export interface Restored {
  readonly lane: SiteKey;
  /** Messages; absent: without limit, as before. */
  readonly perMinute?: number;
  /** The law cuts for the same cause again after this. */
  readonly immuneUntil: WallMs;
}

export interface LimitDesk {
  /** What people and the program decided, and take back. */
  readonly table: Pick<Limits, "list" | "add" | "undo">;
  /** In the order in which they are read. */
  rules(): readonly LimitRule[];
  /** Takes back what the law decided for a lane, and at its provider if that is what holds it. */
  undoLane(lane: SiteKey, by: Actor): Promise<Answered<{ readonly restored: Restored }>>;
  /** Tries what the law has paused there, with one message each; the number of lanes tried. */
  probe(scope: OverrideScope, by: Actor): Promise<number>;
  /** Lanes within the scope, most waiting first, at most `limit`. Of a domain that nothing waits for, what would hold. */
  explain(scope: OverrideScope, limit: number): Promise<readonly LaneLimits[]>;
}
