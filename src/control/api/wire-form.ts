/**
 * How plain data becomes JSON: wall times as RFC 3339 in UTC with milliseconds, absent values as null. Event bodies are
 * passed on whole: in them a time is a number under a name that is `at`, `due`, `since` or `until`, or ends in `At`.
 */
import type { WallMs } from "../../base/clock.ts";

/** The type of what arrives at the other end. */
export type Wire<T> = T extends WallMs
  ? string
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? readonly Wire<Item>[]
      : { readonly [K in keyof T]: Wire<T[K]> };

/** The last moment that RFC 3339 can say: "never" for a time that must be there. */
const LAST_MS = Date.UTC(9999, 11, 31);

export function iso(at: WallMs): string {
  return new Date(Math.min(at, LAST_MS)).toISOString();
}

export function isoOrNull(at: WallMs | undefined): string | null {
  return at === undefined ? null : iso(at);
}

const TIME = /^(?:at|due|since|until)$|At$/;

/** Data of the program as it goes out, its times written. A Map would be lost silently and is therefore refused. */
export function wired<T extends object>(data: T): Wire<T> & Readonly<Record<string, unknown>> {
  const entries = Object.entries(data).map(([name, value]) => [name, wiredValue(name, value)] as const);
  return Object.fromEntries(entries) as Wire<T> & Readonly<Record<string, unknown>>; // each entry under its name
}

function wiredValue(name: string, value: unknown): unknown {
  if (typeof value === "number" && TIME.test(name)) return iso(value as WallMs);
  if (value instanceof Map) throw new Error(`a Map cannot be sent as ${name}`);
  if (Array.isArray(value)) return value.map((item) => wiredValue("", item));
  return typeof value === "object" && value !== null ? wired(value) : value;
}
