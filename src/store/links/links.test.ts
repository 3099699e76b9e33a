/** What was taken back stays so, on both engines, until no link could hold any more. */
import assert from "node:assert/strict";
import type { WallMs } from "../../base/clock.ts";
import type { MessageKey } from "../../model/ids.ts";
import { onBothEngines } from "../sql/both-engines.ts";
import { LINK_MIGRATIONS, RevokedLinks } from "./links.ts";

const at = (ms: number): WallMs => (1_790_000_000_000 + ms) as WallMs;
const [one, two, three] = [7_331_840_000_000_001, 7_331_840_000_000_002, 7_331_840_000_000_003] as MessageKey[] as [
  MessageKey,
  MessageKey,
  MessageKey,
];

onBothEngines("links are taken back one message at a time, and counted", [LINK_MIGRATIONS], async (database) => {
  const links = new RevokedLinks(database);
  assert.equal(await links.times(one), 0);
  assert.equal(await links.revoke(one, at(100), at(0)), true);
  assert.equal(await links.revoke(one, at(100), at(1)), true);
  assert.deepEqual([await links.times(one), await links.times(two)], [2, 0]);
  assert.equal(await new RevokedLinks(database).times(one), 2, "it is not in memory only");
});

onBothEngines("what has ended makes room; a full list says so and forgets nothing", [LINK_MIGRATIONS], async (database) => {
  const links = new RevokedLinks(database, 2);
  assert.equal(await links.revoke(one, at(100), at(0)), true);
  assert.equal(await links.revoke(two, at(200), at(0)), true);
  assert.equal(await links.revoke(three, at(300), at(99)), false);
  assert.equal(await links.revoke(two, at(200), at(99)), true, "one that stands there already");
  assert.deepEqual([await links.times(one), await links.times(two), await links.times(three)], [1, 2, 0]);
  assert.equal(await links.revoke(three, at(300), at(100)), true);
  assert.deepEqual([await links.times(one), await links.times(two), await links.times(three)], [0, 2, 1]);
});
