/** Passwords: the hash that others can read too, what is too weak, and that a flood waits in a short line. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WallMs } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import { PasswordHashing, weaknessOf } from "./password.ts";
import { networkOf } from "./throttle.ts";
import { base32, codeOfStep, stepOfCode } from "./totp.ts";

const cheap = { memory: 8, passes: 1, lanes: 1 };

test("a hash names its cost, fits its password and no other", async () => {
  const hashing = new PasswordHashing(seededRandom("p"));
  const hash = await hashing.hash("correct horse battery");
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  assert.equal(await hashing.fits("correct horse battery", hash), true);
  assert.equal(await hashing.fits("correct horse batterz", hash), false);
  assert.notEqual(await hashing.hash("correct horse battery"), hash);
});

test("a hash made by the reference program at another cost fits", async () => {
  // The reference implementation's own example: argon2id, 64 MiB, 2 passes, 1 lane, salt "somesalt", password "password".
  const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  assert.equal(await new PasswordHashing(seededRandom("p")).fits("password", reference), true);
});

test("nobody's password never fits, nor does a hash that is none", async () => {
  const hashing = new PasswordHashing(seededRandom("p"), cheap);
  assert.equal(await hashing.fits("x", undefined), false);
  assert.equal(await hashing.fits("x", "plain"), false);
});

test("the same characters typed on two keyboards are one password", async () => {
  const hashing = new PasswordHashing(seededRandom("p"), cheap);
  const hash = await hashing.hash("gr\u00fc\u00dfe aus K\u00f6ln");
  assert.equal(await hashing.fits("gru\u0308\u00dfe aus Ko\u0308ln", hash === "busy" ? undefined : hash), true);
});

test("of a flood two are hashed at a time, a few wait, the rest are told", async () => {
  const hashing = new PasswordHashing(seededRandom("p"), cheap);
  const all = await Promise.all(Array.from({ length: 50 }, () => hashing.hash("correct horse battery")));
  assert.equal(all.filter((hash) => hash === "busy").length, 50 - 22);
  assert.notEqual(await hashing.hash("correct horse battery"), "busy");
});

const WEAK: readonly (readonly [password: string, name: string, why: RegExp | undefined])[] = [
  ["", "ann", /fewer than 10/],
  ["123456789", "ann", /fewer than 10/],
  ["1234567890", "ann", /first that anybody/],
  ["PassWord1234", "ann", /first that anybody/],
  ["abababababab", "ann", /four different/],
  ["shop3-secret", "shop3", /has the name/],
  ["x".repeat(1025), "ann", /more than 1024/],
  ["annoying colours", "ann", undefined],
  ["ten letters", "ann", undefined],
];
for (const [password, name, why] of WEAK)
  test(`${JSON.stringify(password.slice(0, 20))} is ${why ? "too weak" : "taken"}`, () =>
    why ? assert.match(weaknessOf(password, name) ?? "", why) : assert.equal(weaknessOf(password, name), undefined));

// RFC 6238 appendix B; the secrets are the ASCII digits repeated to the length of the hash.
const digits = "1234567890".repeat(7);
const VECTORS: readonly (readonly [seconds: number, algorithm: string, code: string])[] = [
  [59, "sha1", "94287082"],
  [59, "sha256", "46119246"],
  [59, "sha512", "90693936"],
  [1111111109, "sha1", "07081804"],
  [1111111109, "sha256", "68084774"],
  [1111111111, "sha1", "14050471"],
  [1234567890, "sha1", "89005924"],
  [2000000000, "sha1", "69279037"],
  [20000000000, "sha1", "65353130"],
  [20000000000, "sha512", "47863826"],
];
const LENGTHS: Readonly<Record<string, number>> = { sha1: 20, sha256: 32, sha512: 64 };
for (const [seconds, algorithm, code] of VECTORS)
  test(`the one-time code of ${seconds} s by ${algorithm} is RFC 6238's`, () =>
    assert.equal(codeOfStep(Buffer.from(digits.slice(0, LENGTHS[algorithm])), Math.floor(seconds / 30), 8, algorithm), code));

test("a code counts one step early and late, as people type it", () => {
  const secret = Buffer.from(digits.slice(0, 20));
  const at = 1_790_000_010_000 as WallMs;
  const step = Math.floor(at / 30_000);
  for (const [shift, found] of [
    [-2, undefined],
    [-1, step - 1],
    [0, step],
    [1, step + 1],
    [2, undefined],
  ] as const)
    assert.equal(stepOfCode(secret, codeOfStep(secret, step + shift), at), found, String(shift));
  assert.equal(stepOfCode(secret, codeOfStep(secret, step).replace(/^(...)/, "$1 "), at), step);
  assert.equal(stepOfCode(secret, "", at), undefined);
});

test("base 32 is RFC 4648's", () => {
  for (const [text, wanted] of [
    ["", ""],
    ["f", "MY"],
    ["fo", "MZXQ"],
    ["foo", "MZXW6"],
    ["foob", "MZXW6YQ"],
    ["fooba", "MZXW6YTB"],
    ["foobar", "MZXW6YTBOI"],
  ] as const)
    assert.equal(base32(Buffer.from(text)), wanted);
});

test("a network is what one attacker has addresses of", () => {
  for (const [ip, network] of [
    ["192.0.2.77", "192.0.2"],
    ["::ffff:192.0.2.77", "192.0.2"],
    ["2001:db8:0:7::1", "2001:db8:0:7::"],
    ["2001:DB8::1", "2001:db8:0:0::"],
    ["::1", "0:0:0:0::"],
    ["socket", "socket"],
  ] as const)
    assert.equal(networkOf(ip), network);
});
