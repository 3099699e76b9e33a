/**
 * Nominal types over plain values, so that a source cannot be passed for a sender or a duration for a point in time.
 * A brand exists in the type checker only; at run time the value is what it always was.
 */
declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Ends an exhaustive switch: compiles only where every case was handled, and names the stray value if one appears. */
export function unreachable(value: never): never {
  throw new Error(`a case nobody wrote was reached: ${JSON.stringify(value)}`);
}
