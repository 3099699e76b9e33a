/** What goes into the law of pace, and what comes out of it. */

/** What the law never goes beyond. */
export interface PaceBounds {
  readonly connections: number;
  /** Messages; Infinity where nothing limits them. */
  readonly perMinute: number;
  /** What the law does not go below; absent: a message in ten minutes. */
  readonly leastPerMinute?: number | undefined;
  /** A person has set the rate: the law keeps it and learns nothing. */
  readonly pinned?: boolean;
}

/** What an answer says about the pace. */
export type Signal =
  /** A message was taken. */
  | { readonly is: "yes" }
  /** An answer about a message, a sender or a recipient. */
  | { readonly is: "neutral" }
  /** No answer. */
  | { readonly is: "nothing" }
  /** It was taken back before it left: its leave is given back too. */
  | { readonly is: "withdrawn" }
  /** The receiver objects to how much comes, or cannot cope. `waitMs`: it named a time. */
  | { readonly is: "pushback"; readonly limits: boolean; readonly waitMs?: number }
  /** The receiver refuses our address for its standing. */
  | { readonly is: "shunned" };

export type PaceChange = { readonly is: "paused"; readonly ms: number } | { readonly is: "resumed" } | { readonly is: "freed" };

/** How it stands, for people. */
export interface PaceFacts {
  readonly phase: "running" | "paused" | "probing";
  /** Absent: without limit. */
  readonly perMinute?: number;
  /** What was too much, a little below. */
  readonly ceiling?: number;
  /** It may have so many. */
  readonly connections: number;
  /** In a row. */
  readonly cuts: number;
}
