/** Orders about limits through the API: what a pause stops, what a resume ends and leaves, and what is refused in words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SiteKey } from "../../model/ids.ts";
import { type House, openHouse } from "./memory-house.ts";
import { MEMORY_NOW } from "./memory-node.ts";

async function staged(
  body: (house: House, as: (name: "pauseDestination" | "resumeDestination", input: object) => Promise<unknown>) => Promise<void>,
) {
  await using house = await openHouse();
  const to = [{ address: "b@gmail.com", state: "queued" as const }];
  house.node.add({ acceptedAt: MEMORY_NOW, from: "a@x.example", sender: "a@srv", source: "srv", to });
  const who = await house.key("operator");
  await body(house, async (name, input) => (await house.call(name, input, who)).json);
}

test("a wider pause stays when a part of it is resumed, and is named with what ends it", async () => {
  await staged(async ({ node }, as) => {
    node.limits.laws.clear();
    assert.partialDeepStrictEqual(await as("pauseDestination", { key: "google", note: "maintenance" }), {
      waiting: 1,
      undo: "o12",
      stands: false,
    });
    assert.partialDeepStrictEqual(await as("resumeDestination", { key: "gmail.com" }), {
      error: { code: "refused", text: "gmail.com is paused as a part of google: maintenance", fix: "end that pause: fairlead undo o12" },
    });
    assert.partialDeepStrictEqual(await as("resumeDestination", { key: "google" }), { ended: [{ id: 12 }], probes: 0, waiting: 1 });
    assert.partialDeepStrictEqual(await as("resumeDestination", { key: "google" }), { error: { text: "google is not paused" } });
  });
});

test("a provider's resume ends pauses of its domains too, and tries what the law has paused", async () => {
  await staged(async ({ node }, as) => {
    await as("pauseDestination", { key: "gmail.com" });
    assert.partialDeepStrictEqual(await as("resumeDestination", { key: "google", dryRun: true }), {
      ended: [{ id: 12 }],
      probes: 1,
      perMinute: 40,
    });
    assert.equal(node.limits.table.list().length, 2, "a trial ends nothing");
    assert.partialDeepStrictEqual(await as("resumeDestination", { key: "google" }), { ended: [{ id: 12 }], probes: 1, perMinute: 40 });
    assert.deepEqual(node.limits.probed, ["gmail.com" as SiteKey]);
  });
});

test("a pause that says the same again stands, and one with another reason is another", async () => {
  await staged(async (_, as) => {
    const first = { key: "gmail.com", note: "ticket 7" };
    await as("pauseDestination", first);
    assert.partialDeepStrictEqual(await as("pauseDestination", first), { stands: true, undo: "o12" });
    assert.partialDeepStrictEqual(await as("pauseDestination", { ...first, note: "ticket 8" }), { stands: false, undo: "o13" });
  });
});

const keys = [
  ["Google", { provider: "google", domain: null }],
  ["gmail.com.", { provider: null, domain: "gmail.com" }],
  ["mx:gmail.com|out2", { provider: null, domain: "gmail.com" }],
  ["upstream:mail.example.net:587", { provider: null, domain: "mail.example.net:587" }],
] as const;
for (const [key, scope] of keys)
  test(`${key} is understood as ${JSON.stringify(scope)}`, async () => {
    await staged(async (_, as) => assert.partialDeepStrictEqual(await as("pauseDestination", { key }), { override: scope }));
  });

test("a provider that nobody knows is not found, with a guess", async () => {
  await staged(async (_, as) => {
    const { error } = (await as("pauseDestination", { key: "gogle" })) as {
      readonly error: { readonly code: string; readonly fix: string };
    };
    assert.deepEqual([error.code, error.fix], ["not-found", "did you mean google?"]);
  });
});
