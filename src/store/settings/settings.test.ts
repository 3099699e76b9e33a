/** Settings keep every revision and show the current one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WallMs } from "../../base/clock.ts";
import { Settings } from "./settings.ts";

const at = (n: number): WallMs => n as WallMs;

test("the last revision of a document counts, and a removed one is gone", () => {
  using settings = new Settings(":memory:");
  settings.put("source", "srv1", { n: 1 }, at(1), "operator:ann");
  const second = settings.put("source", "srv1", { n: 2 }, at(2), "operator:bob");
  settings.put("source", "srv2", { n: 9 }, at(3), "start");
  assert.deepEqual(settings.get("source", "srv1"), { key: "srv1", revision: second, at: 2, by: "operator:bob", value: { n: 2 } });
  settings.put("source", "srv2", undefined, at(4), "operator:ann");
  assert.deepEqual(
    settings.list("source").map((doc) => doc.key),
    ["srv1"],
  );
  assert.equal(settings.get("source", "srv2"), undefined);
});

test("kinds do not mix, and newest comes by revision", () => {
  using settings = new Settings(":memory:");
  for (let i = 1; i <= 5; i++) settings.put("action", String(i), i, at(i), "operator:ann");
  settings.put("secret", "trace", "x", at(6), "start");
  assert.deepEqual(
    settings.newest("action", 2).map((doc) => doc.value),
    [5, 4],
  );
});
