/** TLS results through the API: days, domains page by page, and one domain's policies and failures. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WallMs } from "../../base/clock.ts";
import type { TlsSession } from "../../model/tls-session.ts";
import { openHouse } from "./memory-house.ts";
import { MEMORY_NOW } from "./memory-node.ts";

const YESTERDAY = (MEMORY_NOW - 86_400_000) as WallMs;
const text = (at: WallMs): string => new Date(at).toISOString().slice(0, 10);

function session(domain: string, at: WallMs, outcome: TlsSession["outcome"] = { is: "success" }): TlsSession {
  const policy = { type: "sts", lines: ["version: STSv1"], mxHosts: ["*.example"] } as const;
  return { at, domain, host: `mx.${domain}`, ip: "192.0.2.1", policy, outcome };
}

test("a day's domains come page by page, and the newest day where none is named", async () => {
  await using house = await openHouse();
  const who = await house.key("abuse");
  for (const name of ["a", "b", "c"]) house.tls.seen(session(`${name}.example`, MEMORY_NOW));
  house.tls.seen(session("b.example", MEMORY_NOW, { is: "certificate-expired", detail: "CERT_HAS_EXPIRED" }));
  house.tls.seen(session("old.example", YESTERDAY));
  await house.tls.write();
  const first = await house.call("tlsReports", { limit: 2 }, who);
  assert.partialDeepStrictEqual(first.json, {
    sends: false,
    days: [
      { day: text(MEMORY_NOW), succeeded: 3, failed: 1, domains: 3, beyond: 0 },
      { day: text(YESTERDAY), succeeded: 1, domains: 1 },
    ],
    domains: [
      { day: text(MEMORY_NOW), domain: "a.example", succeeded: 1, failed: 0, report: null },
      { domain: "b.example", succeeded: 1, failed: 1 },
    ],
    next: "b.example",
  });
  const rest = await house.call("tlsReports", { limit: 2, after: "b.example" }, who);
  assert.partialDeepStrictEqual(rest.json, { domains: [{ domain: "c.example" }], next: null });
  const failed = await house.call("tlsReports", { failed: true }, who);
  assert.deepEqual(
    (failed.json as { domains: { domain: string }[] }).domains.map(({ domain }) => domain),
    ["b.example"],
  );
  const before = await house.call("tlsReports", { day: text(YESTERDAY) }, who);
  assert.partialDeepStrictEqual(before.json, { domains: [{ domain: "old.example" }] });
});

test("one domain tells its policies and how sessions failed", async () => {
  await using house = await openHouse();
  const who = await house.key("operator");
  house.tls.seen(session("b.example", MEMORY_NOW, { is: "certificate-expired", detail: "CERT_HAS_EXPIRED" }));
  await house.tls.write();
  const answer = await house.call("tlsResults", { domain: "B.example" }, who);
  assert.partialDeepStrictEqual(answer.json, {
    domain: "b.example",
    day: text(MEMORY_NOW),
    days: [{ day: text(MEMORY_NOW), succeeded: 0, failed: 1 }],
    policies: [
      {
        ...{ type: "sts", domain: "b.example", lines: ["version: STSv1"], mxHosts: ["*.example"], succeeded: 0, failed: 1 },
        failures: [
          { result: "certificate-expired", host: "mx.b.example", ip: "192.0.2.1", localIp: null, detail: "CERT_HAS_EXPIRED", sessions: 1 },
        ],
      },
    ],
  });
  assert.partialDeepStrictEqual((await house.call("tlsResults", { domain: "nobody.example" }, who)).json, {
    days: [],
    day: null,
    policies: [],
  });
});

test("a day that is none is refused, and one that no calendar has is empty", async () => {
  await using house = await openHouse();
  const who = await house.key("operator");
  assert.equal((await house.call("tlsReports", { day: "yesterday" }, who)).status, 400);
  assert.partialDeepStrictEqual((await house.call("tlsReports", { day: "2026-02-31" }, who)).json, { domains: [] });
  assert.partialDeepStrictEqual((await house.call("tlsResults", { domain: "a.example", day: "2026-99-99" }, who)).json, { policies: [] });
});
