/**
 * Overrides as they are kept: those in force, and those that ended, so that a person finds later what held and who
 * took it back. What they mean is `relay/limits`' business.
 */
import type { Override } from "../../model/override.ts";

export { memoryOverrides } from "./memory-overrides.ts";

export interface OverrideTable {
  /** All of them, in the order of their ids. @throws {SqlFault} */
  load(): Promise<readonly Override[]>;
  /** Writes it anew, or instead of the one with its id; durable once it resolves. @throws {SqlFault} */
  put(override: Override): Promise<void>;
  /** @throws {SqlFault} */
  forget(ids: readonly number[]): Promise<void>;
}
