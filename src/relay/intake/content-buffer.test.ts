/** Content comes out as it went in, in parts that the spool takes, whatever pieces it came in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { systemClock } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import type { MessageKey } from "../../model/ids.ts";
import { MemoryStore, openSpool, PART_BYTES } from "../../store/spool/spool.ts";
import { ContentBuffer } from "./content-buffer.ts";

const octets = (length: number, seed: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7 + seed) & 0xff);

async function collected(sizes: readonly number[]): Promise<{ given: Buffer; kept: Buffer; staged: boolean; head: Buffer }> {
  await using spool = await openSpool({ where: { memory: new MemoryStore() }, clock: systemClock, log: silentLog });
  const key = 1 as MessageKey;
  const buffer = new ContentBuffer(spool, key);
  const chunks = sizes.map(octets);
  for (const chunk of chunks) {
    const view = chunk.slice();
    await buffer.add(view);
    view.fill(0); // the caller's memory is its own again
  }
  const given = Buffer.concat(chunks);
  assert.equal(buffer.bytes, given.length);
  const head = Buffer.from(buffer.head());
  const content = await buffer.finish();
  if (content.is === "inline") return { given, kept: Buffer.from(content.bytes), staged: false, head };
  const parts: Uint8Array[] = [];
  for (let part = 0; part < content.parts; part++) parts.push(await spool.part(key, part));
  return { given, kept: Buffer.concat(parts), staged: true, head };
}

for (const [what, sizes] of [
  ["nothing", []],
  ["one small chunk", [100]],
  ["many small chunks", [3000, 3000, 3000]],
  ["just a part", [PART_BYTES]],
  ["a part and an octet", [PART_BYTES, 1]],
  ["small, then large", [60_000, 60_000, 60_000, 200_000, 300_000]],
  ["a chunk of several parts", [10, 3 * PART_BYTES + 5, 10]],
] as const) {
  test(`${what} comes out as it went in`, async () => {
    const { given, kept, staged, head } = await collected(sizes);
    assert.ok(kept.equals(given));
    assert.equal(staged, given.length > PART_BYTES);
    assert.ok(head.equals(given.subarray(0, PART_BYTES)), "the head is the first part");
  });
}

test("any chunks come out as they went in", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 150_000 }), { maxLength: 8 }), async (sizes) => {
      const { given, kept } = await collected(sizes);
      assert.ok(kept.equals(given));
    }),
    { numRuns: 30 },
  );
});
