/** The table's schemas mean what TypeBox says they mean: its compiler takes each, and agrees with our reader on any input. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Compile } from "typebox/compile";
import type { RouteName } from "../paths.ts";
import { readFields } from "../read-input.ts";
import { routes } from "../routes.ts";
import { isStreamed, type Route } from "./route.ts";
import { type Json, jsonOfShape } from "./schema.ts";

const NAMES = Object.keys(routes) as RouteName[];

/** Mostly what fits, now and then what does not. */
function valueFor(schema: Json): fc.Arbitrary<unknown> {
  const odd = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom("", "a\u0000b", -1, 2 ** 53, null, true, [], {}));
  const fitting = (): fc.Arbitrary<unknown> => {
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    switch (schema.type) {
      case "string":
        return schema.examples?.[0] === undefined
          ? fc.string({ maxLength: 20 })
          : fc.oneof(fc.constant(schema.examples[0]), fc.string({ maxLength: 20 }));
      case "integer":
        return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1000, 2 ** 31 - 1) });
      case "boolean":
        return fc.boolean();
      case "array":
        return fc.array(valueFor(schema.items ?? {}), { maxLength: 3 });
      case "object":
        return inputFor(schema);
      default:
        return fc.jsonValue();
    }
  };
  return fc.oneof({ weight: 9, arbitrary: fitting() }, { weight: 1, arbitrary: odd });
}

function inputFor(schema: Json): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, field]) => [name, valueFor(field)]));
  return fc.record(fields, { requiredKeys: schema.required?.filter((name) => name in fields) ?? [] });
}

for (const name of NAMES)
  test(`${name}: TypeBox reads the schemas, and agrees on what fits`, () => {
    const route: Route = routes[name];
    if (!isStreamed(route.replies)) Compile(jsonOfShape(route.replies));
    const schema = jsonOfShape(route.takes);
    const compiled = Compile(schema);
    fc.assert(
      fc.property(inputFor(schema), (input) => {
        const read = readFields(schema, new Map(Object.entries(input)), "json");
        assert.equal(read.ok, compiled.Check(input), JSON.stringify({ input, wrong: read.ok ? undefined : read.wrong }));
      }),
      { numRuns: 60 },
    );
  });
