/**
 * Which of several ways a sender's mail takes: always the same one, as often as its weight says, and with one more way
 * only the mail moves that goes there (rendezvous hashing with weights). No table is kept: the names decide.
 */
import { hash32 } from "../../base/random.ts";

export interface Weighted {
  readonly name: string;
  /** Above 0: shares are by proportion. */
  readonly weight: number;
}

/** `who` is whose mail it is; any text. Undefined of none. */
export function drawn<T extends Weighted>(who: string, ways: readonly T[]): T | undefined {
  let best: T | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  for (const way of ways) {
    // −w / ln(u) for a uniform u: the way with the highest is the chosen one with probability w / Σw.
    const score = -way.weight / Math.log((mixed(hash32(`${way.name}\n${who}`)) + 0.5) / 2 ** 32);
    if (score > highest || (score === highest && best !== undefined && way.name < best.name)) {
      best = way;
      highest = score;
    }
  }
  return best;
}

/** FNV's low bits carry the last letters, and a logarithm looks at the high ones: MurmurHash3's end spreads them. */
function mixed(hash: number): number {
  let bits = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
