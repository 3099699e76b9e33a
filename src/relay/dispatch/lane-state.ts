/** How a lane stands, as its site knows it and people are told. */
import type { WallMs } from "../../base/clock.ts";
import type { Diagnosis } from "../../model/diagnosis.ts";
import type { EventBody } from "../../model/event.ts";
import type { LinkFault } from "../deliver/deliver.ts";
import type { PaceFacts } from "./pace-words.ts";

export type LaneState =
  | { readonly is: "open" }
  | ClosedLane
  | (Shut & { readonly is: "no mail"; readonly fault: NoMail })
  /** By a decision, or until an upstream takes more. No `until`: until somebody takes it back. */
  | { readonly is: "paused"; readonly why: string; readonly since: WallMs; readonly until?: WallMs };

export type ClosedLane = Shut & {
  readonly is: "closed";
  /** Nobody was reached; too much came, or they cannot cope; or our address is not wanted. */
  readonly cause: "unreachable" | "pushback" | "shunned";
  readonly why: string;
  readonly failures: number;
  readonly diagnosis: Diagnosis;
};

/** Since the first failure after a host was last heard, whatever was tried in between; until the next try. */
interface Shut {
  readonly since: WallMs;
  readonly until: WallMs;
}

/** A lane that was objected to: since when, why, and what holds for it now. */
export interface SlowLane extends PaceFacts {
  readonly since: WallMs;
  readonly why: string;
}

/** How one law on a message's way stands: a site's own, or one that it shares. */
export interface LawReport {
  readonly of: "site" | "provider" | "egress";
  readonly pace: PaceFacts;
  readonly slow?: SlowLane;
  /** While it is closed: when it opens. */
  readonly until?: WallMs;
}

/** What is told of a lane; whose lane it is, its teller adds. */
export type LaneTold = Omit<Extract<EventBody, { kind: "lane" }>, "kind" | "site">;

export type NoMail = Extract<LinkFault, { is: "no-mail" }>;
export type Unreachable = Exclude<LinkFault, NoMail>;
