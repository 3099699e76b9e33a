/** Proves that a return path finds its message and cannot be made up, mangled or used for ever. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { WallMs } from "../../base/clock.ts";
import { keyAt, type MessageKey } from "../../model/ids.ts";
import { ReturnPaths } from "./return-path.ts";

const NOW = Date.parse("2026-03-03T10:00:00Z") as WallMs;
const paths = new ReturnPaths("Bounces.example.net", Buffer.alloc(32, 7));
const key = fc.integer({ min: keyAt((NOW - 29 * 86_400_000) as WallMs), max: keyAt(NOW) + 4095 }).map((n) => n as MessageKey);

test("an address reads back as what it was made for, in any case", () => {
  fc.assert(
    fc.property(key, fc.option(fc.integer({ min: 0, max: 0xfffe }), { nil: undefined }), fc.boolean(), (message, rcpt, upper) => {
      const address = paths.addressFor(rcpt === undefined ? { message } : { message, rcpt });
      assert.match(address, /^b-[0-9a-z]{24}@bounces\.example\.net$/);
      assert.ok(paths.mayBe(address));
      const read = paths.read(upper ? address.toUpperCase() : address, NOW);
      assert.deepEqual(read, rcpt === undefined ? { is: "good", message } : { is: "good", message, rcpt });
    }),
  );
});

test("a recipient beyond what a token can name is told of as its message", () => {
  const message = keyAt(NOW);
  assert.deepEqual(paths.read(paths.addressFor({ message, rcpt: 70_000 }), NOW), { is: "good", message });
});

test("no single changed character goes unnoticed, and another node's secret makes nothing of ours", () => {
  const address = paths.addressFor({ message: keyAt(NOW), rcpt: 3 });
  const [local = "", domain] = address.split("@");
  for (let i = 2; i < local.length; i++)
    for (const other of "0123456789abcdefghjkmnpqrstvwxyz") {
      if (other === local[i]) continue;
      assert.equal(paths.read(`${local.slice(0, i)}${other}${local.slice(i + 1)}@${domain}`, NOW).is, "not one");
    }
  assert.equal(new ReturnPaths("bounces.example.net", Buffer.alloc(32, 8)).read(address, NOW).is, "not one");
});

test("what is no return path is told from one", () => {
  const address = paths.addressFor({ message: keyAt(NOW) });
  for (const other of [
    "",
    "b-@bounces.example.net",
    "ann@example.org",
    address.replace("bounces", "bouncer"),
    `x${address}`,
    address.replace("b-", "bi"),
  ])
    assert.equal(paths.read(other, NOW).is, "not one", other);
});

test("a token is good for 30 days", () => {
  const message = keyAt(NOW);
  const address = paths.addressFor({ message });
  assert.equal(paths.read(address, (NOW + 29.9 * 86_400_000) as WallMs).is, "good");
  assert.deepEqual(paths.read(address, (NOW + 30.1 * 86_400_000) as WallMs), { is: "expired", message });
});
