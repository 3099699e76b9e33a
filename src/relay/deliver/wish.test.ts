/** Proves what a message's wish makes of each rule, and that mail with REQUIRETLS is given up only when no host is left. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostRule } from "../../mail/transport-security/transport-security.ts";
import { notPromised, ruleUnder, unmet } from "./wish.ts";

const HOST = "mx.example.org";
const dane: HostRule = { is: "dane", records: [], names: [HOST] };
const open: HostRule = { is: "open" };
const lost: HostRule = { is: "unusable", fault: { code: "tlsa-lookup", text: "no answer" } };

for (const [rule, secure, becomes] of [
  [dane, true, "dane"],
  [open, true, "named"],
  [open, false, "unusable"],
  [{ is: "encrypted", by: "dane" }, true, "named"],
  [{ is: "named", by: "operator" }, false, "unusable"],
  [lost, true, "unusable"],
] as const)
  test(`REQUIRETLS makes ${becomes} of ${rule.is}${secure ? " at a name that is vouched for" : ""}`, () => {
    assert.equal(ruleUnder("required", rule, { host: HOST, secure }).is, becomes);
  });

test("TLS-Required: No and a report take whatever TLS can be had, and without a wish the rule stands", () => {
  for (const rule of [dane, open, lost]) {
    assert.deepEqual(ruleUnder("relaxed", rule, { host: HOST, secure: true }), open);
    assert.deepEqual(ruleUnder("report", rule, { host: HOST, secure: false }), open);
    assert.equal(ruleUnder(undefined, rule, { host: HOST, secure: true }), rule);
  }
});

const ended = (code: string, reply?: number) => ({
  ...({ host: HOST, stage: "tls", fault: { code, text: code } } as const),
  ...(reply !== undefined && { reply: { code: reply, text: "later" } }),
});

test("no promise anywhere is 5.7.30, no verified host 5.7.10, and a moment's trouble leaves it waiting", () => {
  const none = { host: HOST, stage: "ehlo", fault: notPromised(HOST) } as const;
  assert.equal(unmet([none])?.code, "requiretls");
  assert.equal(unmet([ended("dane-mismatch"), none])?.code, "requiretls");
  assert.equal(unmet([ended("tls-expired"), ended("requiretls-unverified")])?.code, "requiretls-unverified");
  assert.equal(unmet([none, ended("TIMEOUT")]), undefined);
  assert.equal(unmet([none, ended("tls-not-offered", 454)]), undefined);
  assert.equal(unmet([ended("tlsa-lookup")]), undefined);
  assert.equal(unmet([]), undefined);
});
