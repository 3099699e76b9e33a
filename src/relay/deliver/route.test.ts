/** A site's key says where mail goes, by which way, and what it asks of TLS; and reads back as what it was made of. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_EGRESS, type EgressName } from "../../model/egress.ts";
import type { TlsWish } from "../../model/message.ts";
import { mxSite, type Route, siteOf, type Upstream, wishOf, withWish } from "./route.ts";

const upstream: Upstream = { host: "mail.example.net", port: 587, tls: "required" };
const mx = (egress: string): Route => ({
  ...{ is: "mx", domain: "example.org", port: 25 },
  from: { name: egress as EgressName, helo: "relay.example.net" },
});

const keys: readonly (readonly [Route, TlsWish | undefined, string])[] = [
  [mx(DEFAULT_EGRESS), undefined, "mx:example.org"],
  [mx("out2"), undefined, "mx:example.org|out2"],
  [mx(DEFAULT_EGRESS), "required", "mx:example.org|tls:required"],
  [mx("out2"), "relaxed", "mx:example.org|out2|tls:relaxed"],
  [mx("out2"), "report", "mx:example.org|out2|tls:report"],
  [{ is: "upstream", upstream }, undefined, "upstream:mail.example.net:587"],
  [{ is: "upstream", upstream }, "required", "upstream:mail.example.net:587|tls:required"],
];

for (const [route, tls, key] of keys)
  test(`${key} reads back`, () => {
    const wished = withWish(route, tls);
    const site = siteOf(wished);
    assert.equal(site, key);
    assert.equal(wishOf(site).tls, tls);
    assert.equal(wishOf(site).plain, siteOf(route));
    assert.deepEqual(mxSite(site), route.is === "mx" ? { domain: route.domain, egress: route.from.name } : undefined);
  });

test("a sender relaxes nothing that the operator asks of an upstream", () => {
  for (const wish of ["relaxed", "report"] as const)
    assert.equal(siteOf(withWish({ is: "upstream", upstream }, wish)), "upstream:mail.example.net:587");
});
