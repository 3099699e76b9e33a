/** A summary line before it is joined: its clauses, and which of them may give way to length. */
import type { Back, StoryRemedy } from "./story.ts";

export interface Sentence {
  readonly head: string;
  /** May be cut to keep the line short. */
  readonly cause?: string;
  readonly next?: string;
  /** Null: nothing to do, and the line says so. */
  readonly remedy: StoryRemedy | null;
  /** False: nothing is said about what to do, because nothing is known of it. */
  readonly advises?: false;
  readonly confidence?: number | null;
  readonly back?: Back;
}
