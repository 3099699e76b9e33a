/** The spool's faults and the sizes its callers must know; apart from the face so that its own leaves can use them. */
import { Fault } from "../../base/fault.ts";

/** `SPOOL_FULL`: answer 452. `SPOOL_IO`, `SPOOL_CLOSED`: answer 451. Never 250. `SPOOL_CORRUPT`: content does not match its checksum. */
export type SpoolCode = "SPOOL_FULL" | "SPOOL_IO" | "SPOOL_CLOSED" | "SPOOL_CORRUPT" | "SPOOL_NEWER" | "SPOOL_LOCKED";
export class SpoolError extends Fault<SpoolCode> {}

/** Content above this streams in as staged parts, each at most this long. */
export const PART_BYTES = 256 * 1024;
