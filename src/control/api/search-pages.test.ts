/** Mail to or from an address, page by page: every row once, in order, whatever the size of a page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { WallMs } from "../../base/clock.ts";
import { idOf } from "../../model/ids.ts";
import { EVERYTHING } from "../../model/view.ts";
import { MEMORY_NOW, MemoryNode } from "./memory-node.ts";
import { parseQuery } from "./query-text.ts";
import { Refused } from "./refused.ts";
import { type Asks, searchPage, tallyOf } from "./search-pages.ts";

const ME = "me@x.example";
type Ends = readonly [minute: number, from: boolean, to: boolean, state: "queued" | "held", slowMinutes?: number];

function asksFor(q: string): Asks {
  const read = parseQuery(q, MEMORY_NOW, "UTC");
  assert.ok(read.ok);
  return read;
}

/** Which of a message's two ends is `ME`: sender, recipient, both, none; and for how long it came in. */
function nodeWith(ends: readonly Ends[]): MemoryNode {
  const node = new MemoryNode();
  for (const [minute, from, to, state, slowMinutes = 0] of ends)
    node.add({
      ...{ acceptedAt: (MEMORY_NOW - minute * 60_000) as WallMs, begunAt: (MEMORY_NOW - (minute + slowMinutes) * 60_000) as WallMs },
      ...{ from: from ? ME : "other@x.example", sender: "s@srv", source: "srv" },
      to: [to ? ME : "else@y.example", "third@y.example"].map((address) => ({ address, state })),
    });
  return node;
}

async function walked(node: MemoryNode, q: string, limit: number): Promise<readonly string[]> {
  const seen: string[] = [];
  for (let after: string | undefined, pages = 0; ; pages++) {
    assert.ok(pages < 500, "the pages do not end");
    const page = await searchPage(node, EVERYTHING, asksFor(q), { limit, ...(after === undefined ? {} : { after }) }, MEMORY_NOW);
    assert.ok(page.rows.length <= limit);
    seen.push(...page.rows.map(({ ref }) => `${ref.message}.${ref.rcpt}`));
    if (page.next === undefined) return seen;
    after = page.next;
  }
}

test("pages of mail to or from an address hold every row once, newest first", async () => {
  const state = fc.constantFrom("queued" as const, "held" as const);
  const end = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.boolean(), fc.boolean(), state, fc.integer({ min: 0, max: 9 }));
  await fc.assert(
    fc.asyncProperty(fc.array(end, { maxLength: 30 }), fc.integer({ min: 1, max: 12 }), async (ends, limit) => {
      const node = nodeWith(ends);
      const all = (await node.past.search(EVERYTHING, {}, { limit: 1000 })).rows.filter(({ from, to }) => from === ME || to === ME);
      assert.deepEqual(
        await walked(node, ME, limit),
        all.map(({ ref }) => `${ref.message}.${ref.rcpt}`),
      );
    }),
    { numRuns: 200 },
  );
});

const SAME_MINUTE: readonly Ends[] = [
  [1, true, true, "queued"],
  [1, true, false, "held"],
  [2, false, true, "held"],
  [3, false, false, "held"],
];

test("the tally counts mail to oneself once", async () => {
  const { byState, exact } = await tallyOf(nodeWith(SAME_MINUTE), EVERYTHING, asksFor(ME), MEMORY_NOW);
  assert.deepEqual([byState.queued, byState.held, exact], [2, 3, true]);
});

test("an id finds its message alone, though another was accepted in the same millisecond", async () => {
  const node = nodeWith(SAME_MINUTE);
  const [first] = [...node.envelopes.keys()];
  assert.ok(first);
  assert.deepEqual(await walked(node, idOf(first, node.number), 10), [`${first}.0`, `${first}.1`]);
});

for (const text of ["", "x", '{"size":-1,"until":0,"places":[]}', "["])
  test(`${JSON.stringify(text)} is no cursor of ours and is refused`, async () => {
    const after = Buffer.from(text).toString("base64url");
    await assert.rejects(searchPage(nodeWith([]), EVERYTHING, asksFor(ME), { limit: 10, after }, MEMORY_NOW), Refused);
  });
