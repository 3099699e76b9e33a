/** The lab behind the API: a state to look at, orders with a sentence, and a node that has none. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryLab } from "./memory-desk.ts";
import { openHouse } from "./memory-house.ts";
import { MEMORY_NOW } from "./memory-node.ts";

test("a node in the real internet has no lab, and says how to start one", async () => {
  await using house = await openHouse();
  const owner = await house.key("owner");
  const answer = await house.call("lab", {}, owner);
  assert.equal(answer.status, 404);
  assert.partialDeepStrictEqual(answer.json, { error: { fix: "start one: fairlead up --lab" } });
  assert.partialDeepStrictEqual((await house.call("me", {}, owner)).json, { lab: false });
});

test("trouble is made and mended by orders, and everybody sees that all is simulated", async () => {
  await using house = await openHouse(":memory:", memoryLab(MEMORY_NOW));
  const [owner, tenant] = [await house.key("owner"), await house.key("tenant-read", "hotel")];
  const before = await house.call("lab", {}, tenant);
  assert.partialDeepStrictEqual(before.json, { seed: "7", speed: 20, paused: false, troubles: [], beatsLeft: 4 });
  assert.match(before.text, /SIMULATED/);
  assert.partialDeepStrictEqual((await house.call("me", {}, tenant)).json, { lab: true });

  const thrown = await house.call("labTrouble", { what: "throttle", at: "gmail.com" }, owner);
  assert.partialDeepStrictEqual(thrown.json, {
    lab: { troubles: [{ what: "throttle", at: "google", until: null, show: "#/destinations/google" }] },
  });
  const [entry] = (await house.audit.list({ sees: "all" }, { limit: 1 })).entries;
  assert.deepEqual([entry?.what, entry?.on, entry?.after], ["labTrouble", "gmail.com", { what: "throttle" }]);
  assert.partialDeepStrictEqual((await house.call("labTrouble", { what: "mend" }, owner)).json, { lab: { troubles: [] } });
  const unknown = await house.call("labTrouble", { what: "kill", at: "nowhere.example" }, owner);
  assert.equal(unknown.status, 404);
});

test("its time can be stopped, let go and set to another speed within bounds", async () => {
  await using house = await openHouse(":memory:", memoryLab(MEMORY_NOW));
  const owner = await house.key("owner");
  assert.partialDeepStrictEqual((await house.call("labClock", { order: "pause" }, owner)).json, { lab: { paused: true } });
  assert.partialDeepStrictEqual((await house.call("labClock", { order: "resume" }, owner)).json, { lab: { paused: false } });
  assert.partialDeepStrictEqual((await house.call("labClock", { order: "speed", speed: 5 }, owner)).json, { lab: { speed: 5 } });
  for (const speed of [undefined, 0, 1000])
    assert.equal((await house.call("labClock", { order: "speed", ...(speed === undefined ? {} : { speed }) }, owner)).status, 400);
});
