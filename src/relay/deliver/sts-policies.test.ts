/** When a policy is fetched, what holds meanwhile, and how long: RFC 8461 §3.3 and §5.1. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock, MonoMs, WallMs } from "../../base/clock.ts";
import type { Answer } from "../../base/resolver.ts";
import type { TlsSession } from "../../model/tls-session.ts";
import { type KeptPolicy, type StsFetched, StsPolicies } from "./sts-policies.ts";

const DAY = 86_400_000;

class Scene {
  now = 1_000_000;
  record: Answer<string> = { status: "ok", records: ["v=STSv1; id=1;"] };
  page: StsFetched = page("enforce");
  fetches = 0;
  readonly seen: TlsSession[] = [];
  readonly kept = new Map<string, KeptPolicy>();
  readonly policies = new StsPolicies({
    clock: { wall: () => this.now as WallMs, mono: () => this.now as MonoMs } as Clock,
    resolver: { txt: async (name) => (name === "_mta-sts.example.org" ? this.record : { status: "nxdomain" }) },
    store: { get: (domain) => this.kept.get(domain), put: (domain, kept) => void this.kept.set(domain, kept) },
    fetch: async () => {
      this.fetches++;
      return this.page;
    },
    seen: (session) => void this.seen.push(session),
  });
  async mode(): Promise<string | undefined> {
    return (await this.policies.of("example.org"))?.mode;
  }
}

function page(mode: string, days = 7): StsFetched {
  return { ok: true, text: `version: STSv1\nmode: ${mode}\nmx: mx.example.org\nmax_age: ${days * 86_400}\n` };
}

const FAILED: StsFetched = { ok: false, is: "sts-webpki-invalid", why: "its certificate is over" };

test("who asks first waits for the policy, whoever asks with him waits for the same fetch, and it is fetched once", async () => {
  const s = new Scene();
  assert.deepEqual(await Promise.all([s.mode(), s.mode()]), ["enforce", "enforce"]);
  s.now += DAY;
  assert.deepEqual([await s.mode(), s.fetches], ["enforce", 1]);
});

test("a domain without a record has no policy, and nobody is asked for one", async () => {
  const s = new Scene();
  assert.deepEqual([await s.policies.of("example.net"), s.fetches], [undefined, 0]);
});

test("what is kept holds until its end, whatever becomes of record and fetch", async () => {
  const s = new Scene();
  await s.mode();
  s.page = FAILED;
  for (const record of [
    { status: "nxdomain" },
    { status: "fail", why: "SERVFAIL" },
    { status: "ok", records: ["v=STSv1; id=2;"] },
  ] as const) {
    s.record = record;
    s.now += DAY;
    assert.equal(await s.mode(), "enforce", JSON.stringify(record));
  }
  s.now += 4 * DAY;
  assert.equal(await s.mode(), undefined);
});

test("another id brings another policy at once, the same one a fresh copy each day behind the mail's back", async () => {
  const s = new Scene();
  await s.mode();
  s.now += DAY + 1;
  assert.deepEqual([await s.mode(), s.fetches], ["enforce", 2]);
  s.now += 6.5 * DAY;
  assert.equal(await s.mode(), "enforce", "it was fetched again since");
  s.record = { status: "ok", records: ["v=STSv1; id=2;"] };
  s.page = page("none");
  assert.equal(await s.mode(), "none");
});

test("where no policy can be had mail goes on, a report is told, and five minutes pass before the next try", async () => {
  const s = new Scene();
  s.page = FAILED;
  assert.deepEqual([await s.mode(), await s.mode(), s.fetches], [undefined, undefined, 1]);
  assert.deepEqual(
    s.seen.map(({ domain, policy, outcome }) => [domain, policy.type, outcome]),
    [["example.org", "sts", { is: "sts-webpki-invalid", detail: "its certificate is over" }]],
  );
  s.now += 5 * 60_000;
  s.page = { ok: true, text: "<html>" };
  assert.deepEqual([await s.mode(), s.fetches, s.seen.at(-1)?.outcome.is], [undefined, 2, "sts-policy-invalid"]);
  s.now += 5 * 60_000;
  s.page = page("testing");
  assert.equal(await s.mode(), "testing");
});
