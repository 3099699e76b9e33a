/**
 * JSON Schema (2020-12, as OpenAPI 3.1 has it) by short words, with TypeBox's `Static` as its types. Only TypeBox's types
 * are used: its builders would make the same plain objects, and cost 16 MB and a third of a second at the first call.
 * That the schemas mean what their types say is held by a test that compiles each with TypeBox.
 */
import type { Static, TOptional, TSchema, TUnsafe } from "typebox";

export type { Static };

/** The keywords in use; a reader of input knows exactly these. */
export interface Json {
  readonly type?: "string" | "integer" | "number" | "boolean" | "object" | "array" | "null";
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly enum?: readonly (string | number | boolean)[];
  readonly format?: "date-time";
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Json;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Json;
  readonly anyOf?: readonly Json[];
  /** What `pattern` asks for, in words: annotations begin with `x-`. */
  readonly "x-is"?: string;
}

/** A schema of a `T`. */
export type Shape<T> = TUnsafe<T>;
// biome-ignore lint/suspicious/noExplicitAny: the element type is erased here and restored by Static.
export type Props = Readonly<Record<string, TUnsafe<any>>>;
type OptionalIn<P extends Props> = { [K in keyof P]: P[K] extends TOptional<TSchema> ? K : never }[keyof P];
/** An object as a caller writes it: optional fields may be missing. */
export type Written<P extends Props> = { readonly [K in Exclude<keyof P, OptionalIn<P>>]: Static<P[K]> } & {
  readonly [K in OptionalIn<P>]?: Static<P[K]> | undefined;
};
/** The same as the route gets it: what has a default is there. */
export type Got<P extends Props> = {
  readonly [K in keyof P]: P[K] extends TOptional<TSchema>
    ? P[K] extends Defaulted
      ? Static<P[K]>
      : Static<P[K]> | undefined
    : Static<P[K]>;
};
interface Defaulted {
  readonly "~default": true;
}
export interface Group<P extends Props> extends TUnsafe<Written<P>> {
  readonly props: P;
}

/** Names the type of a schema written out. The one place where that is claimed and not inferred. */
export function shape<T>(json: Json): Shape<T> {
  return json as unknown as Shape<T>;
}

export function jsonOfShape(schema: TSchema): Json {
  return schema as Json; // made by `shape`
}

/** Marks of TypeBox's kind (`~optional`), which are no keywords: kept beside the schemas, not in them. */
const OPTIONAL = new WeakSet<object>();

export function maybe<S extends TSchema>(schema: S): TOptional<S> {
  const copy = { ...schema };
  OPTIONAL.add(copy);
  return copy as TOptional<S>;
}

export function orElse<T>(schema: Shape<T>, value: T): TOptional<Shape<T>> & Defaulted {
  return maybe(shape<T>({ ...jsonOfShape(schema), default: value })) as TOptional<Shape<T>> & Defaulted;
}

export function isOptional(schema: object): boolean {
  return OPTIONAL.has(schema);
}

export function object<P extends Props>(props: P, description?: string): Group<P> {
  const required = Object.entries(props).flatMap(([name, schema]) => (isOptional(schema) ? [] : [name]));
  const json: Json = {
    type: "object",
    ...(description === undefined ? {} : { description }),
    properties: Object.fromEntries(Object.entries(props).map(([name, schema]) => [name, jsonOfShape(schema)])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
  return json as unknown as Group<P>;
}

/** One line of text without control characters, 1 to `most` characters. */
export function text(description: string, most: number, example: string): Shape<string> {
  return shape({
    ...{ type: "string", description, minLength: 1, maxLength: most, examples: [example] },
    ...{ pattern: "^[^\\u0000-\\u001f\\u007f]*$", "x-is": "must not hold control characters" },
  });
}

/** Text of several lines, at most `most` characters. */
export function lines(description: string, most: number): Shape<string> {
  return shape({ type: "string", description, maxLength: most });
}

export function patterned(description: string, pattern: string, is: string, most: number, example: string): Shape<string> {
  return shape({ type: "string", description, minLength: 1, maxLength: most, pattern, examples: [example], "x-is": is });
}

export function whole(description: string, minimum: number, maximum: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  return shape({ type: "integer", description, minimum, maximum });
}

export function flag(description: string) {
  return orElse(shape<boolean>({ type: "boolean", description }), false);
}

export function oneOf<const T extends string>(description: string, words: readonly T[]): Shape<T> {
  return shape({ type: "string", description, enum: words });
}

export function list<T>(of: Shape<T>, most?: number, description?: string): Shape<readonly T[]> {
  return shape({
    type: "array",
    items: jsonOfShape(of),
    ...(most === undefined ? {} : { minItems: 1, maxItems: most }),
    ...(description === undefined ? {} : { description }),
  });
}

export function orNull<T>(schema: Shape<T>): Shape<T | null> {
  return shape({ anyOf: [jsonOfShape(schema), { type: "null" }] });
}

/** Names given by data, one kind of value. */
export function record<T>(of: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return shape({ type: "object", additionalProperties: jsonOfShape(of) });
}

export const str: Shape<string> = shape({ type: "string" });
export const num: Shape<number> = shape({ type: "number" });
export const int: Shape<number> = shape({ type: "integer" });
export const bool: Shape<boolean> = shape({ type: "boolean" });
/** RFC 3339 in UTC with milliseconds. */
export const time: Shape<string> = shape({ type: "string", format: "date-time" });
export const yes: Shape<true> = shape({ type: "boolean", enum: [true] });
/** Whatever JSON holds. */
export const anything: Shape<unknown> = shape({});
