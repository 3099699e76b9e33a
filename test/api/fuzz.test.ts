/**
 * Whatever a caller writes, on every route: the answer is never a fault of the program, and where it is JSON it is what
 * the table says that it is, to the last field.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { Compile } from "typebox/compile";
import { type Bearer, type House, openHouse } from "../../src/control/api/memory-house.ts";
import { MEMORY_NOW } from "../../src/control/api/memory-node.ts";
import { methodOf, pathOf, type RouteName } from "../../src/control/api/paths.ts";
import { isStreamed, type Route } from "../../src/control/api/routes/route.ts";
import { type Json, jsonOfShape } from "../../src/control/api/routes/schema.ts";
import { routes } from "../../src/control/api/routes.ts";

let house: House;
let owner: Bearer;
let id: string;

before(async () => {
  house = await openHouse();
  owner = await house.key("owner");
  const to = [
    { address: "b@y.example", state: "held" as const, why: "looked at" },
    { address: "c@y.example", state: "queued" as const, why: "421 4.7.28 unusual rate" },
    { address: "d@y.example", state: "settled" as const },
  ];
  id = house.idOf(house.node.add({ acceptedAt: MEMORY_NOW, from: "a@x.example", sender: "a@srv", source: "srv", to }));
  house.node.contentOf = () =>
    (async function* () {
      yield Buffer.from("Subject: x\r\n\r\ntext\r\n");
    })();
});
after(() => house[Symbol.asyncDispose]());

/** Sixteen letters that are an id, text as attackers write it, and what fits. */
function valueFor(name: string, schema: Json): fc.Arbitrary<unknown> {
  const hostile = fc.constantFrom(
    "' OR 1=1 --",
    "../../etc/passwd",
    "%00",
    "\u0000",
    "🦭".repeat(50),
    "x".repeat(5000),
    "__proto__",
    "${7*7}",
    "<script>",
    -1,
    1e300,
    null,
    [],
    {},
  );
  if (name === "id") return fc.oneof(fc.constant(id), hostile);
  const example = schema.enum?.[0] ?? schema.examples?.[0] ?? schema.minimum;
  return fc.oneof(
    hostile,
    fc.jsonValue({ maxDepth: 3 }),
    fc.string({ unit: "binary", maxLength: 50 }),
    ...(example === undefined ? [] : [fc.constant(example)]),
  );
}

/** Streams that stay open are another test's. */
const names = (Object.keys(routes) as RouteName[]).filter((name) => name !== "live");
for (const name of names)
  test(`${name} takes whatever comes`, async () => {
    const route: Route = routes[name];
    const reply = isStreamed(route.replies) ? undefined : Compile(jsonOfShape(route.replies));
    const properties = Object.entries(jsonOfShape(route.takes).properties ?? {});
    const input = fc.record(Object.fromEntries(properties.map(([field, schema]) => [field, valueFor(field, schema)])), {
      requiredKeys: [],
    });
    const extra = fc.oneof(
      { weight: 5, arbitrary: fc.constant({}) },
      { weight: 1, arbitrary: fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue()) },
    );
    await fc.assert(
      fc.asyncProperty(input, extra, async (given, more) => {
        house.pass(1000);
        const answer = await asked(name, { ...more, ...given });
        assert.ok(answer.status < 500 || (route.statuses?.includes(answer.status) ?? false), answer.text);
        if (answer.status >= 400)
          assert.ok(answer.text.includes('"error"') || answer.headers.get("content-type")?.startsWith("text/html"), answer.text);
        else if (reply !== undefined)
          assert.ok(reply.Check(answer.json), JSON.stringify([...reply.Errors(answer.json)].slice(0, 3)) + answer.text.slice(0, 500));
      }),
      { numRuns: 15 },
    );
  });

async function asked(name: RouteName, input: Readonly<Record<string, unknown>>) {
  const rest = new Map(Object.entries(input));
  const text = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).toWellFormed();
  const path = pathOf(name).replace(/:(\w+)/g, (_, field: string) => {
    const value = encodeURIComponent(text(rest.get(field) ?? "x"));
    rest.delete(field);
    return value === "" || /^\.+$/.test(value) ? "x" : value; // a URL would be made shorter by them
  });
  const method = methodOf(name);
  if (method === "POST" || method === "PUT") return await house.fetch(method, path, owner, JSON.stringify(Object.fromEntries(rest)));
  const query = new URLSearchParams([...rest].map(([field, value]) => [field.toWellFormed(), text(value)] as [string, string])).toString();
  return await house.fetch(method, `${path}?${query}`, owner);
}

/** What fits, so that each reply is seen whole. */
const WHOLE: Partial<Record<RouteName, () => object>> = {
  message: () => ({ id }),
  preview: () => ({ id }),
  makeLink: () => ({ id }),
  search: () => ({ q: "since:30d" }),
  tally: () => ({ q: "b@y.example" }),
  messages: () => ({ address: "b@y.example" }),
  find: () => ({ text: "550-5.7.26 unauthenticated, see FL-5203" }),
  explain: () => ({ text: "550 5.1.1 no such user", mx: "gmail-smtp-in.l.google.com" }),
  act: () => ({ verb: "hold", selector: { id: [id] } }),
  destination: () => ({ key: "google" }),
  suppress: () => ({ entries: [{ address: "x@y.example" }, { address: "none" }] }),
  suppressions: () => ({}),
  addWebhook: () => ({ name: "crm", url: "https://crm.example/hook" }),
  webhooks: () => ({}),
  addUser: () => ({ name: "bob", role: "abuse" }),
  addKey: () => ({ name: "billing", role: "tenant-read", tenant: "hotel" }),
  addSource: () => ({ name: "srv9", cidrs: ["192.0.2.9"] }),
  sources: () => ({}),
  applySettings: () => ({ yaml: "retention:\n  days: 40\n" }),
  audit: () => ({}),
};
for (const [name, input] of Object.entries(WHOLE) as [RouteName, () => object][])
  test(`${name} answers what the table says`, async () => {
    house.pass(1000);
    const answer = await house.call(name, input(), owner);
    assert.equal(answer.status, 200, answer.text);
    const { replies } = routes[name] as Route;
    assert.ok(!isStreamed(replies));
    const compiled = Compile(jsonOfShape(replies));
    assert.ok(compiled.Check(answer.json), JSON.stringify([...compiled.Errors(answer.json)].slice(0, 3)) + answer.text.slice(0, 500));
  });
