/**
 * What a route takes, written once: each field parses its value, from a query string or from JSON alike, and says in
 * one sentence what is wrong with one it cannot take. From the same table come the client's types and the reference.
 */
import { nearest } from "../../base/nearest.ts";
import { parseDuration } from "../../base/time-text.ts";

export type Read<V> = { readonly ok: true; readonly value: V } | { readonly ok: false; readonly wrong: string };

/** `V` is what the route gets, `W` what a caller writes, `O` whether a caller may leave it out. */
export interface Field<V, W, O extends boolean = boolean> {
  readonly doc: string;
  readonly optional: O;
  readonly example: W;
  /** `written` comes from outside: anything JSON can hold, or text, or undefined. */
  read(written: unknown): Read<V>;
}

// biome-ignore lint/suspicious/noExplicitAny: the element type is erased here and restored by Values and Written.
export type Fields = Readonly<Record<string, Field<any, any>>>;
export type Values<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer V, infer _> ? V : never };
type OptionalKeys<F extends Fields> = { [K in keyof F]: F[K]["optional"] extends true ? K : never }[keyof F];
type WrittenOf<T> = T extends Field<infer _, infer W> ? W : never;
export type Written<F extends Fields> = { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: WrittenOf<F[K]> } & {
  readonly [K in OptionalKeys<F>]?: WrittenOf<F[K]> | undefined;
};

const good = <V>(value: V): Read<V> => ({ ok: true, value });
const bad = <V>(wrong: string): Read<V> => ({ ok: false, wrong });

/** One line of text without control characters, 1 to `most` characters. */
export function text(doc: string, most: number, example: string): Field<string, string, false> {
  return {
    doc,
    optional: false,
    example,
    read: (written) => {
      if (typeof written !== "string") return bad("must be text");
      if (written.length === 0 || written.length > most) return bad(`must have 1 to ${most} characters`);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
      return /[\u0000-\u001f\u007f]/.test(written) ? bad("must not hold control characters") : good(written);
    },
  };
}

export function whole(doc: string, least: number, most: number): Field<number, number, false> {
  return {
    doc,
    optional: false,
    example: least,
    read: (written) => {
      const number =
        typeof written === "number" ? written : typeof written === "string" && /^\d{1,16}$/.test(written) ? Number(written) : Number.NaN;
      return Number.isSafeInteger(number) && number >= least && number <= most
        ? good(number)
        : bad(`must be a whole number from ${least} to ${most}`);
    },
  };
}

export function flag(doc: string): Field<boolean, boolean, true> {
  return {
    doc,
    optional: true,
    example: true,
    read: (written) => {
      if (written === undefined || written === false || written === "false") return good(false);
      return written === true || written === "true" || written === "" ? good(true) : bad("must be true or false");
    },
  };
}

export function oneOf<const T extends string>(doc: string, words: readonly [T, ...T[]]): Field<T, T, false> {
  return {
    doc,
    optional: false,
    example: words[0],
    read: (written) => {
      const found = words.find((word) => word === written);
      if (found !== undefined) return good(found);
      const guess = typeof written === "string" ? nearest(written, words) : undefined;
      return bad(`must be one of ${words.join(", ")}${guess === undefined ? "" : ` (did you mean ${guess}?)`}`);
    },
  };
}

/** A duration in milliseconds, as `2h`, `30min`, `1d`. */
export function span(doc: string): Field<number, string, false> {
  return {
    doc,
    optional: false,
    example: "2h",
    read: (written) => {
      const ms = typeof written === "string" ? parseDuration(written) : undefined;
      return ms === undefined ? bad("must be a duration such as 30min, 2h or 3d") : good(ms);
    },
  };
}

/** Several values: a JSON array, or text separated by commas. */
export function list<V, W>(of: Field<V, W>, most: number): Field<readonly V[], readonly W[], false> {
  return {
    doc: of.doc,
    optional: false,
    example: [of.example],
    read: (written) => {
      const items: readonly unknown[] = typeof written === "string" ? written.split(",") : Array.isArray(written) ? written : [undefined];
      if (items.length === 0 || items.length > most) return bad(`must have 1 to ${most} values`);
      const values: V[] = [];
      for (const item of items) {
        const read = of.read(typeof item === "string" ? item.trim() : item);
        if (!read.ok) return read;
        values.push(read.value);
      }
      return good(values);
    },
  };
}

/** A JSON object with fields of its own. */
export function group<F extends Fields>(doc: string, fields: F): Field<Values<F>, Written<F>, false> {
  return {
    doc,
    optional: false,
    example: {} as Written<F>, // shown by its own fields, never as a value
    read: (written) => {
      if (typeof written !== "object" || written === null || Array.isArray(written)) return bad("must be an object");
      return readAll(fields, new Map(Object.entries(written)));
    },
  };
}

export function maybe<V, W>(field: Field<V, W>): Field<V | undefined, W, true> {
  return { ...field, optional: true, read: (written) => (written === undefined ? good(undefined) : field.read(written)) };
}

export function orElse<V, W>(field: Field<V, W>, value: V): Field<V, W, true> {
  return { ...field, optional: true, read: (written) => (written === undefined ? good(value) : field.read(written)) };
}

/** Reads all fields; an unknown name is wrong too, because a mistyped filter would match too much. */
export function readAll<F extends Fields>(fields: F, written: ReadonlyMap<string, unknown>): Read<Values<F>> {
  for (const name of written.keys()) {
    if (Object.hasOwn(fields, name)) continue;
    const guess = nearest(name, Object.keys(fields));
    return bad(`${clip(name)} is not known here${guess === undefined ? "" : `; did you mean ${guess}?`}`);
  }
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = written.get(name);
    if (value === undefined && !field.optional) return bad(`${name} is missing: ${field.doc}`);
    const read = field.read(value);
    if (!read.ok) return bad(`${name} ${read.wrong}`);
    values[name] = read.value;
  }
  return good(values as Values<F>); // each key of F was just read by its own field
}

function clip(name: string): string {
  return JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name);
}
