/** The way to the engine, whether it runs in a thread of its own or in this one. */
import type { Found } from "../engine/engine.ts";
import type { Answer, Op, Query, Result } from "../engine/ops.ts";

/** Bytes of one batch. Filled by whoever encodes its operations, read by the engine. */
export interface Arena {
  /** Copies bytes in and says where they lie. */
  add(bytes: Uint8Array): number;
}

export interface Link {
  readonly found: Found;
  /** An empty arena for the next batch, with room for this many bytes. One batch at a time. */
  arena(bytes: number): Arena;
  /**
   * Runs a batch whose bytes are in the arena given last.
   * @throws {SpoolError} when the engine is gone; what became of the batch is not known.
   */
  post(ops: readonly Op[]): Promise<readonly Result[]>;
  /** @throws {SpoolError} */
  query(query: Query): Promise<Answer>;
  /** Orderly; no batch may be under way. */
  close(): Promise<void>;
}
