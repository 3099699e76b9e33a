import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "./nearest.ts";

const KNOWN = ["status", "where", "queue list", "up", "undo", "domain", "data"];
const cases = [
  ["stauts", "status"],
  ["statis", "status"],
  ["STATUS", "status"],
  ["wher", "where"],
  ["domian", "domain"],
  ["queue lst", "queue list"],
  ["dat", "data"],
  ["pu", "up"],
  ["frobnicate", undefined],
  ["xyz", undefined],
  ["", undefined],
] as const;
for (const [word, want] of cases) test(`${JSON.stringify(word)} is nearest to ${want}`, () => assert.equal(nearest(word, KNOWN), want));
