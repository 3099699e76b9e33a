/** Signatures are those that receivers' libraries check. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WallMs } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import { newWebhookSecret } from "../settings/settings.ts";
import { requestId, signedHeaders, signingKey } from "./signature.ts";

test("the example of Standard Webhooks is signed as it says", () => {
  const key = signingKey(Buffer.from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  assert.ok(key);
  const at = 1_614_265_330_999 as WallMs;
  assert.deepEqual(signedHeaders(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, Buffer.from('{"test": 2432232314}')), {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

test("a secret that is made is one that signs", () => {
  assert.equal(signingKey(Buffer.from(newWebhookSecret(seededRandom("secret"))))?.length, 32);
  for (const none of ["", "whsec_", "whsec_short", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"])
    assert.equal(signingKey(Buffer.from(none)), undefined, none);
});

test("a request's id is that of its content, its webhook, and how often it is told anew", () => {
  const body = Buffer.from("{}");
  const ids = [requestId("crm", 0, body), requestId("crm", 1, body), requestId("crm2", 0, body), requestId("crm", 0, Buffer.from("[]"))];
  assert.equal(new Set(ids).size, 4);
  assert.equal(requestId("crm", 0, body), ids[0]);
});
