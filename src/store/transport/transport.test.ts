/** Proves that policies and broken hosts outlive a restart, and that what is over does not come back. */
import assert from "node:assert/strict";
import type { Clock, WallMs } from "../../base/clock.ts";
import { readStsPolicy, type StsPolicy } from "../../mail/transport-security/transport-security.ts";
import { onBothEngines } from "../sql/both-engines.ts";
import { TRANSPORT_MIGRATIONS, TransportMemory } from "./transport.ts";

const DAY_MS = 86_400_000;
let now = 1_000_000;
const clock = { wall: () => now as WallMs } as Clock;
const ports = { clock, log: () => {} };

function policy(days: number, mode = "enforce"): StsPolicy {
  const read = readStsPolicy(`version: STSv1\nmode: ${mode}\nmx: *.Example.org\nmax_age: ${days * 86_400}`);
  assert.ok(read.ok);
  return read.policy;
}

onBothEngines("what was learned is there after a restart, until its end", [TRANSPORT_MIGRATIONS], async (database) => {
  const first = await TransportMemory.open(database, ports);
  first.policies.put("example.org", { id: "1", policy: policy(1, "testing"), fetchedAt: now as WallMs });
  first.policies.put("example.org", { id: "2", policy: policy(7), fetchedAt: now as WallMs });
  first.policies.put("example.net", { id: "1", policy: policy(1), fetchedAt: now as WallMs });
  first.broken.add("mx.example.org", "the handshake failed");
  await first[Symbol.asyncDispose]();

  now += 2 * DAY_MS;
  const second = await TransportMemory.open(database, ports);
  const kept = second.policies.get("example.org");
  assert.deepEqual([kept?.id, kept?.policy.mode, kept?.policy.mx, kept?.policy.maxAgeMs], ["2", "enforce", ["*.example.org"], 7 * DAY_MS]);
  assert.equal(second.policies.get("example.net"), undefined, "it ended meanwhile");
  assert.deepEqual([second.broken.has("mx.example.org"), second.broken.has("mx.example.net")], [true, false]);

  now += 2 * DAY_MS;
  assert.equal(second.broken.has("mx.example.org"), false, "it gets another chance after three days");
  second.broken.add("mx.example.org", "still");
  await second[Symbol.asyncDispose]();
  const third = await TransportMemory.open(database, ports);
  assert.equal(third.broken.has("mx.example.org"), true);
});
