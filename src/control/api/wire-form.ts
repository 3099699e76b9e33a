/**
 * How plain data becomes JSON: wall times as RFC 3339 in UTC with milliseconds, all else as it is. A time is a number
 * under a name that is `at`, `due`, `since` or `until`, or ends in `At`; no other number may have such a name.
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

const TIME = /^(?:at|due|since|until)$|At$/;

/** JSON text of plain data; a Map would be lost silently and is therefore refused. */
export function jsonOf(data: unknown): string {
  return JSON.stringify(data, (name, value: unknown) => {
    if (typeof value === "number" && TIME.test(name)) return new Date(value).toISOString();
    if (value instanceof Map) throw new Error(`a Map cannot be sent as ${name}`);
    return value;
  });
}
