/** How much of a disk is left free. All that yields before a disk is full starts from the same amount. */

/** What a repair needs whatever the disk's size; of a large one, what it fills in a bad hour. */
const LEAST_BYTES = 2 * 1024 ** 3;
const LEAST_SHARE = 0.05;

/** `set`: what the operator wants, if anything. */
export function bytesKeptFree(set: number | undefined, diskBytes: number): number {
  return set ?? Math.max(LEAST_BYTES, diskBytes * LEAST_SHARE);
}
