/** A reading's class with its doubt in words, the same wherever a command tells of one; the bounds are the diagnosis's. */
import type { Diagnosis } from "../model/diagnosis.ts";

/** `full, sure 0.95`; `grey, probably 0.55`; `other, not recognised`. */
export function sureness({ class: kind, confidence }: Diagnosis): string {
  if (kind === "other" || confidence < 0.5) return `${kind}, not recognised`;
  return `${kind}, ${confidence < 0.8 ? "probably" : "sure"} ${confidence.toFixed(2)}`;
}
