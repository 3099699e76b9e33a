/** What the API asks of the simulated internet that a node may stand in: the port that `lab/demo` fills. */
import type { WallMs } from "../../base/clock.ts";
import type { Answered } from "./node-face.ts";

export type TroubleKind = "throttle" | "kill" | "dns" | "tls";

/** Something that goes wrong there now, because it was asked for or because it belongs to the play. */
export interface LabTrouble {
  readonly what: TroubleKind;
  /** The key of its place. */
  readonly at: string;
  /** For people. */
  readonly name: string;
  readonly since: WallMs;
  /** When it ends by itself; absent: when it is mended. */
  readonly until?: WallMs;
  /** One sentence. */
  readonly says: string;
  /** The panel's page that shows what it does, as `#/destinations/google`. */
  readonly show?: string;
}

/** A receiver, or a domain with hosts of its own. */
export interface LabPlace {
  readonly key: string;
  readonly name: string;
  readonly domains: readonly string[];
  readonly servers: number;
  readonly can: readonly TroubleKind[];
  readonly show: string;
}

/** One thing that happened by itself, told to whoever watches. */
export interface LabBeat {
  readonly at: WallMs;
  readonly caption: string;
  readonly show?: string;
}

export interface LabState {
  readonly seed: string;
  readonly now: WallMs;
  readonly startedAt: WallMs;
  /** Seconds of the lab in one of ours. */
  readonly speed: number;
  readonly paused: boolean;
  /** Of its own time, that it lost because the machine was busy. */
  readonly behindMs: number;
  /** Those that happened, oldest first. */
  readonly beats: readonly LabBeat[];
  readonly beatsLeft: number;
  readonly troubles: readonly LabTrouble[];
  readonly places: readonly LabPlace[];
}

export type ClockOrder = { readonly order: "pause" | "resume" } | { readonly order: "speed"; readonly speed: number };

/** Orders answer with a sentence for people; their effect has begun when they resolve. */
export interface LabDesk {
  /** What stands first on every page and in every report to a sender. */
  readonly notice: string;
  state(): LabState;
  trouble(what: TroubleKind, at: string | undefined): Promise<Answered<{ readonly says: string }>>;
  /** Without a place: all of it. */
  mend(at: string | undefined): Promise<Answered<{ readonly says: string }>>;
  clock(order: ClockOrder): Answered<{ readonly says: string }>;
}
