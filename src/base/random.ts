/**
 * Chance is a port. Each part forks a stream of its own by name, so that a new call in one part changes nothing in
 * another and a seed repeats a run.
 */
import { randomFillSync } from "node:crypto";

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** `length` fresh bytes. From the system's generator in production, so fit for secrets there. */
  bytes(length: number): Uint8Array;
  /** An independent stream that depends on this one's seed and the label only. */
  fork(label: string): Random;
}

export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: (length) => (length > POOLED_MOST ? randomFillSync(new Uint8Array(length)) : pooled(length)),
  fork: () => systemRandom,
};

/** One call for chance costs 30 to 100 µs, whatever its length, and a look-up needs a few hundred bytes: they are fetched together. */
const POOL = new Uint8Array(16_384);
const POOLED_MOST = 512;
let used = POOL.length;

/** What was given out is gone from the pool: it may be a secret. */
function pooled(length: number): Uint8Array {
  if (used + length > POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  const given = POOL.slice(used, used + length);
  POOL.fill(0, used, used + length);
  used += length;
  return given;
}

/** A repeatable stream (SplitMix32 over a hashed seed): for simulation and tests, never for secrets. */
export function seededRandom(seed: string): Random {
  let state = hash32(seed);
  const word = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  return {
    next: () => word() / 2 ** 32,
    bytes: (length) => Uint8Array.from({ length }, () => word() & 0xff),
    fork: (label) => seededRandom(`${seed}/${label}`),
  };
}

/** FNV-1a. Spreads short names well enough to seed a stream or choose one of a few groups. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
