/**
 * What a caller wrote, read by the route's schema: text of a query string becomes numbers, flags and lists; defaults are
 * filled in; whatever does not fit is told in one sentence. An unknown name is wrong too, because a mistyped filter would
 * match too much. Nothing a caller writes makes it throw.
 */
import { nearest } from "../../base/nearest.ts";
import type { Json } from "./routes/schema.ts";

export type Read<V> = { readonly ok: true; readonly value: V } | { readonly ok: false; readonly wrong: string };
/** Where it stood: in a path or query everything is text. */
export type Written = "text" | "json";

const good = (value: unknown): Read<unknown> => ({ ok: true, value });
const bad = (wrong: string): { readonly ok: false; readonly wrong: string } => ({ ok: false, wrong });

/** An object's fields. `schema` is one that `object` made. */
export function readFields(schema: Json, written: ReadonlyMap<string, unknown>, as: Written): Read<Record<string, unknown>> {
  const properties = schema.properties ?? {};
  for (const name of written.keys()) {
    if (Object.hasOwn(properties, name)) continue;
    const guess = nearest(name.slice(0, 64), Object.keys(properties));
    return bad(`${clip(name)} is not known here${guess === undefined ? "" : `; did you mean ${guess}?`}`);
  }
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(properties)) {
    const given = written.get(name);
    const value = given === undefined ? field.default : given; // null is a value, and as a condition it would match too much
    if (value === undefined) {
      if (schema.required?.includes(name))
        return bad(`${name} is missing${field.description === undefined ? "" : `: ${field.description}`}`);
      continue;
    }
    const read = readValue(field, value, as);
    if (!read.ok) return bad(`${name}${read.wrong.startsWith(".") ? "" : " "}${read.wrong}`);
    values[name] = read.value;
  }
  return { ok: true, value: values };
}

function readValue(schema: Json, written: unknown, as: Written): Read<unknown> {
  if (schema.anyOf !== undefined) {
    for (const one of schema.anyOf) {
      const read = readValue(one, written, as);
      if (read.ok) return read;
    }
    return readValue(schema.anyOf[0] ?? {}, written, as);
  }
  switch (schema.type) {
    case "string":
      return readText(schema, written);
    case "integer":
    case "number":
      return readNumber(schema, written, as);
    case "boolean":
      return readFlag(written, as);
    case "array":
      return readList(schema, written, as);
    case "object":
      if (typeof written !== "object" || written === null || Array.isArray(written)) return bad("must be an object");
      return inside(readFields(schema, new Map(Object.entries(written)), as));
    case "null":
      return written === null ? good(null) : bad("must be null");
    default:
      return good(written); // whatever JSON holds
  }
}

/** `selector.sender must …`: where in the object it stands. */
function inside(read: Read<unknown>): Read<unknown> {
  return read.ok ? read : bad(`.${read.wrong}`);
}

function readText(schema: Json, written: unknown): Read<unknown> {
  if (typeof written !== "string") return bad("must be text");
  if (schema.enum !== undefined) {
    if (schema.enum.includes(written)) return good(written);
    const words = schema.enum.map(String);
    const guess = nearest(written.slice(0, 64), words);
    return bad(`must be one of ${words.join(", ")}${guess === undefined ? "" : ` (did you mean ${guess}?)`}`);
  }
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = schema;
  if (written.length < minLength || written.length > maxLength)
    return bad(minLength === 0 ? `must have at most ${maxLength} characters` : `must have ${minLength} to ${maxLength} characters`);
  if (pattern !== undefined && !new RegExp(pattern).test(written)) return bad(schema["x-is"] ?? `must match ${pattern}`);
  return good(written);
}

function readNumber(schema: Json, written: unknown, as: Written): Read<unknown> {
  const number = as === "text" && typeof written === "string" && /^-?\d{1,16}(\.\d{1,9})?$/.test(written) ? Number(written) : written;
  const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = schema;
  const fits = schema.type === "integer" ? Number.isSafeInteger(number) : Number.isFinite(number);
  if (typeof number === "number" && fits && number >= minimum && number <= maximum) return good(number);
  return bad(`must be a ${schema.type === "integer" ? "whole " : ""}number from ${minimum} to ${maximum}`);
}

function readFlag(written: unknown, as: Written): Read<unknown> {
  if (typeof written === "boolean") return good(written);
  if (as === "text" && (written === "true" || written === "")) return good(true);
  return as === "text" && written === "false" ? good(false) : bad("must be true or false");
}

/** A JSON array; in a query the field several times, or its values separated by commas. */
function readList(schema: Json, written: unknown, as: Written): Read<unknown> {
  const items: readonly unknown[] =
    as === "text" && typeof written === "string" ? written.split(",").map((item) => item.trim()) : Array.isArray(written) ? written : [];
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  if (!Array.isArray(written) && as === "json") return bad("must be a list");
  if (items.length < minItems || items.length > maxItems) return bad(`must have ${minItems} to ${maxItems} values`);
  const values: unknown[] = [];
  for (const [i, item] of items.entries()) {
    const read = readValue(schema.items ?? {}, item, as);
    if (!read.ok) return items.length === 1 ? read : bad(`[${i}]${read.wrong.startsWith(".") ? "" : " "}${read.wrong}`);
    values.push(read.value);
  }
  return good(values);
}

function clip(name: string): string {
  return JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name);
}
