/** Which ranges let strangers in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCidr } from "../base/ip.ts";
import { tooWide } from "./wide-range.ts";

const cases: readonly (readonly [range: string, wide: boolean])[] = [
  ["192.0.2.7", false],
  ["10.0.0.0/16", false],
  ["10.0.0.0/15", true],
  ["0.0.0.0/0", true],
  ["127.0.0.0/8", false],
  ["127.0.0.0/7", true], // reaches beyond loopback
  ["2001:db8::/32", false],
  ["2001:db8::/31", true],
  ["::1", false],
  ["::1/8", true], // written like loopback, and holds NAT64 (64:ff9b::/96), behind which is everybody
  ["::/0", true],
];
for (const [text, wide] of cases)
  test(`${text} is ${wide ? "too wide" : "narrow enough"}`, () => {
    const range = parseCidr(text);
    assert(range);
    assert.equal(tooWide(range), wide ? `${text} is wider than /${range.family === 4 ? 16 : 32}` : undefined);
  });
