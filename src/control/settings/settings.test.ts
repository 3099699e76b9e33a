/** Settings as one file: what is taken, the words for what is not, and that files, revisions and rollbacks agree. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Clock, systemClock, type WallMs } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import { ControlSettings, SETTINGS_MIGRATIONS } from "../../store/settings/control-settings.ts";
import { localDialect } from "../../store/sql/dialect.ts";
import { openControlDatabase } from "../../store/sql/migrations.ts";
import { type SettingsDesk as Desk, days, readVerifier, SettingsDesk, setting, settingsOf } from "./settings.ts";

interface Stage {
  readonly settings: ControlSettings;
  readonly desk: Desk;
  /** Applies it as ann; fails where it is refused. */
  apply(yaml: string, more?: object): Promise<{ revision?: number; changes: readonly object[]; effect: readonly string[] }>;
  /** The fault's text; "" where it is taken. */
  refuse(yaml: string, more?: object): Promise<string>;
}

async function staged<T>(body: (stage: Stage) => Promise<T>): Promise<T> {
  await using database = await openControlDatabase(localDialect(":memory:"), [SETTINGS_MIGRATIONS]);
  const random = seededRandom("settings");
  const settings = await ControlSettings.open(database, { nodeKey: new Uint8Array(32), random, now: 1 as WallMs });
  const clock: Clock = { ...systemClock, wall: () => 1_790_000_000_000 as WallMs };
  const bytes = (text: string): Uint8Array => Buffer.from(text);
  const verifierOf = async (password: string) => ({
    iterations: 4096,
    salt: bytes("salt"),
    storedKey: bytes(password),
    serverKey: bytes("key"),
  });
  const desk = new SettingsDesk({ settings, clock, random, verifierOf });
  const order = { dryRun: false, by: "ann" };
  return await body({
    settings,
    desk,
    apply: async (yaml, more) => {
      const answer = await desk.apply({ ...order, yaml, ...more });
      assert.ok(answer.ok, answer.ok ? "" : answer.refusal.text);
      return answer.applied;
    },
    refuse: async (yaml, more) => {
      const answer = await desk.apply({ ...order, yaml, ...more });
      return answer.ok ? "" : answer.refusal.text;
    },
  });
}

const FULL = `sources:
  net:
    ranges: [192.0.2.0/24, "2001:db8::/32"]
  srv1:
    login: srv1@relay.example.net
    tenant: acme
tenants:
  acme:
    name: "ACME: Hosting"
    mayRelease: true
webhooks:
  crm:
    url: https://crm.example/in
    kinds: bounced
retention:
  history: 60d
suppression: {}
panel:
  linkLifetime: 10d
`;

test("a file is taken as it reads, once, and says what it means", () =>
  staged(async ({ settings, desk, apply }) => {
    const done = await apply(FULL, { note: "first" });
    assert.equal(done.revision, 1);
    assert.deepEqual(done.changes.map((change) => ("path" in change ? change.path : "")).sort(), [
      "panel",
      "retention",
      "sources.net",
      "sources.srv1",
      "tenants.acme",
      "webhooks.crm",
    ]);
    assert.match(done.effect.join("\n"), /^net may hand over mail from 192\.0\.2\.0\/24, 2001:db8::\/32\.$/m);
    assert.match(done.effect.join("\n"), /^The password of srv1 \(login srv1@relay\.example\.net\), shown this once: [0-9a-z]{20}$/m);
    assert.match(done.effect.join("\n"), /^The secret that signs what crm is told, shown this once: whsec_[\w+/]{43}=$/m);
    const again = await apply(FULL);
    assert.deepEqual(again, { changes: [], effect: [] });
    assert.equal(settings.revision, 1);

    assert.deepEqual(
      settingsOf(settings, "source").map(({ name, createdAt, value }) => [name, createdAt, value]),
      [
        ["net", 1_790_000_000_000, { ranges: ["192.0.2.0/24", "2001:db8::/32"] }],
        ["srv1", 1_790_000_000_000, { login: "srv1@relay.example.net", tenant: "acme" }],
      ],
    );
    assert.deepEqual(settingsOf(settings, "webhook")[0]?.value.kinds, ["bounced"]);
    assert.equal(days(setting(settings, "retention").history, 30), 60);
    assert.equal(days(setting(settings, "suppression").suppressFor, 30), 30);
    assert.equal(readVerifier(settings.secret("source/srv1") ?? new Uint8Array())?.iterations, 4096);
    const { doc, revision, by, note } = await desk.current();
    assert.deepEqual(
      [revision, by, note, Object.keys(doc)],
      [
        1,
        "ann",
        "first",
        ["sources", "tenants", "webhooks", "egress", "upstreams", "pools", "choice", "retention", "suppression", "panel"],
      ],
    );
    const yaml = await desk.exportYaml();
    assert.match(yaml, /^# Fairlead's settings as of revision 1\./);
    assert.doesNotMatch(yaml, /password:|secret:|verifier|salt/);
  }));

test("a section that is there is whole, one that is absent is left alone, and a dry run says so first", () =>
  staged(async ({ settings, apply }) => {
    await apply(FULL);
    const before = settings.secret("source/srv1");
    const wanted = "sources:\n  srv1: {login: srv1@relay.example.net}\n  srv2: {login: srv2}\nretention: {history: 7d}\n";
    const dry = await apply(wanted, { dryRun: true });
    assert.deepEqual(dry.changes, [
      { path: "sources.srv1.tenant", before: "acme", after: undefined },
      { path: "sources.srv2", before: undefined, after: { login: "srv2" } },
      { path: "retention.history", before: "60d", after: "7d" },
      { path: "sources.net", before: { ranges: ["192.0.2.0/24", "2001:db8::/32"] }, after: undefined },
    ]);
    assert.deepEqual(dry.effect, [
      "srv1 may now hand over mail with the login srv1@relay.example.net.",
      "srv2 may hand over mail with the login srv2.",
      "What is older than the new limits is deleted, for good.",
      "net may hand over mail no longer; what it handed over is still delivered.",
      "A password is made for srv2, and shown once.",
    ]);
    assert.equal(settings.revision, 1);
    const done = await apply(wanted);
    assert.deepEqual(done.changes, dry.changes);
    assert.deepEqual(settings.secret("source/srv1"), before, "who has a password keeps it");
    assert.equal(settingsOf(settings, "webhook").length, 1);
    await apply("sources: {}");
    assert.deepEqual(settingsOf(settings, "source"), []);
    assert.deepEqual(await apply("# nothing\n"), { changes: [], effect: [] });
  }));

test("who saw another revision is told, and so are two at once", () =>
  staged(async ({ settings, desk, apply, refuse }) => {
    await apply("panel: {linkLifetime: 10d}");
    assert.match(await refuse("panel: {linkLifetime: 20d}", { expect: 0 }), /revision 1 came first, by ann; nothing was changed/);
    assert.match(await refuse("panel: {linkLifetime: 20d}", { expect: 0, dryRun: true }), /came first/);
    const order = { dryRun: false, by: "bob" };
    const both = await Promise.all(["1d", "2d"].map((history) => desk.apply({ ...order, yaml: `retention: {history: ${history}}` })));
    assert.deepEqual(both.map(({ ok }) => ok).sort(), [false, true]);
    assert.equal(settings.revision, 2);
  }));

test("a rollback is a revision of its own, with the passwords of today", () =>
  staged(async ({ settings, desk, apply }) => {
    await apply(FULL);
    const secret = settings.secret("source/srv1");
    await apply("sources: {}\nwebhooks: {}");
    const order = { dryRun: false, by: "bob", note: "that was wrong" };
    const dry = await desk.rollback({ ...order, to: 1, dryRun: true });
    assert.ok(dry.ok && dry.applied.revision === undefined && dry.applied.changes.length === 3);
    const done = await desk.rollback({ ...order, to: 1 });
    assert.ok(done.ok && done.applied.revision === 3);
    assert.deepEqual(settings.secret("source/srv1"), secret);
    assert.deepEqual(await desk.diff(1, 3), []);
    const { at: _, ...third } = (await desk.revision(3)) ?? { at: 0 };
    assert.deepEqual(
      { ...third, changes: (await desk.revision(3))?.changes.map(({ path }) => path) },
      {
        ...{ revision: 3, by: "bob", note: "that was wrong", rolledBackTo: 1 },
        changes: ["sources.net", "sources.srv1", "webhooks.crm"],
      },
    );
    assert.deepEqual(
      (await desk.revisions({ limit: 2 })).map(({ revision }) => revision),
      [3, 2],
    );
    for (const to of [4, -1, 1.5]) assert.ok(!(await desk.rollback({ ...order, to })).ok);
    assert.equal(await desk.revision(9), undefined);
    assert.equal(await desk.revision(0), undefined);
    assert.equal(await desk.diff(0, 9), undefined);
  }));

const WRONG: readonly (readonly [yaml: string, ...faults: string[]])[] = [
  ["sorces: {}", "settings:1: sorces is not a setting; did you mean sources?"],
  [
    "colour: red",
    "settings:1: colour is not a setting; known here: sources, tenants, webhooks, egress, upstreams, pools, choice, retention, suppression, panel",
  ],
  ["sources:\n", "settings:1: sources has no value; write {} for none, or remove the line"],
  ["sources: 7", "settings:1: sources must be lines of NAME: VALUE"],
  ["sources:\n  srv1: {logn: a}", "settings:2: sources.srv1.logn is not a setting; did you mean login?"],
  [
    "sources:\n  srv1: {login: [a]}",
    "settings:2: sources.srv1.login must be a user name of 1 to 255 characters, for example srv1@relay.example.net (got a list)",
  ],
  [
    "sources:\n  srv1: {login: }",
    "settings:2: sources.srv1.login has no value; write a user name of 1 to 255 characters, or remove the line",
  ],
  ["sources:\n  srv1: {}", "settings:2: sources.srv1 has neither ranges nor a login; give one of the two"],
  ["sources:\n  srv1: {login: a, ranges: 192.0.2.1}", "settings:2: sources.srv1 has both ranges and a login; give one of the two"],
  ["sources:\n  srv1: {ranges: []}", "settings:2: sources.srv1.ranges is empty; name an address, or remove the source"],
  [
    "sources:\n  srv1: {ranges: [192.0.2.0/99]}",
    'settings:2: sources.srv1.ranges[0] must be an address or range, for example 192.0.2.0/24 (got "192.0.2.0/99")',
  ],
  [
    "sources:\n  srv1: {ranges: [10.0.0.0/8]}",
    "settings:2: sources.srv1.ranges has one that is too wide: 10.0.0.0/8 is wider than /16: everybody in it could send through this server; name the networks, or write wide: true",
  ],
  ["sources:\n  a: {login: x}\n  b: {login: x}", "settings:3: sources.b.login is x, as that of a; choose another"],
  [
    "sources:\n  a: {login: x, tenant: acme}",
    "settings:2: sources.a.tenant names acme, and there is no such tenant; write tenants: {acme: {}}",
  ],
  [
    "sources:\n  a b: {login: x}",
    "settings:2: sources.a b is named otherwise than by a name of letters, digits, dots, hyphens and underscores; for example srv1",
  ],
  ["sources:\n  a: {login: x}\n  a: {login: y}", "settings:3: sources.a is set twice, first in line 2"],
  ["webhooks:\n  crm: {kinds: [held]}", "settings:2: webhooks.crm has no url; write url: https://…"],
  [
    "webhooks:\n  crm: {url: 'https://x.example', kinds: [bouncd]}",
    "settings:2: webhooks.crm.kinds has bouncd, and there is no such kind of event; did you mean bounced?",
  ],
  [
    "webhooks:\n  crm: {url: 'http://x.example'}",
    "settings:2: webhooks.crm.url is not encrypted: everybody on the way could read it; write https://…",
  ],
  [
    "webhooks:\n  crm: {url: 'http://127.0.0.1:9000/x'}",
    "settings:2: webhooks.crm.url leads to this machine; write private: true if that is meant",
  ],
  [
    "tenants:\n  acme: {}\nwebhooks:\n  crm: {url: 'https://10.0.0.1/x', tenant: acme, private: true}",
    "settings:4: webhooks.crm.private is not for a tenant's webhook; leave it out",
  ],
  [
    `webhooks:\n${Array.from({ length: 33 }, (_, n) => `  h${n}: {url: 'https://x.example'}\n`).join("")}`,
    "settings:34: webhooks.h32 is webhook number 33, and there may be 32; leave some out",
  ],
  [
    "webhooks:\n  crm: {url: 'ftp://x'}",
    'settings:2: webhooks.crm.url must be an http or https address without a password, for example https://crm.example/fairlead (got "ftp://x")',
  ],
  [
    `sources:\n  srv1:\n    ranges: [${Array.from({ length: 1001 }, () => "192.0.2.1").join(", ")}]`,
    "settings:3: sources.srv1.ranges has 1001 entries, and may have 1000; spread them over several documents",
  ],
  [
    "egress:\n  out1: {ip4: 192.0.2.1}\npools:\n  bulk: {ways: [out1=2, out2]}",
    "settings:4: pools.bulk names out2, and there is no such way out; add it, or remove it here",
  ],
  [
    "egress:\n  Default: {}",
    "settings:2: egress.Default has a name that none may have; use small letters, digits, dots and hyphens, and not default",
  ],
  ["upstreams:\n  ses: {user: u}", "settings:2: upstreams.ses has no url; write url: smtp://HOST:PORT"],
  [
    "upstreams:\n  ses: {url: 'smtp://u:hunter2@mail.example.com'}",
    'settings:2: upstreams.ses.url must be smtp://HOST[:PORT] or smtps://… without a login, for example smtp://mail.example.com:587 (got "smtp://u:hunter2@mail.example.com")',
  ],
  [
    "upstreams:\n  ses: {url: 'smtp://mail.example.com?tls=never', user: u}",
    "settings:2: upstreams.ses.url would send the password without TLS: use tls=required, or smtps://; correct it",
  ],
  [
    "choice:\n  rules: [class bulk -> bulk]",
    'settings:1: choice: the rule "class bulk -> bulk" names the pool bulk, and there is no such pool; add it under pools',
  ],
  ["retention:\n  history: 30", 'settings:2: retention.history must be days, from 1d to 3650d, for example 30d (got "30")'],
  ["tenants:\n  acme: {mayRelease: yes}", 'settings:2: tenants.acme.mayRelease must be true or false, for example true (got "yes")'],
  [
    "panel:\n  publicUrl: https://relay.example.net/panel",
    'settings:2: panel.publicUrl must be the http or https address of the panel, without a path, for example https://relay.example.net:8443 (got "https://relay.example.net/panel")',
  ],
  ["panel: {}\n\tretention: {}", "settings:2: this line is indented by a tab: YAML takes spaces only"],
  [
    "panel:\n  linkLifetim: true\nretention:\n  history: x\nsources:\n  srv1: {login: ''}",
    "settings:2: panel.linkLifetim is not a setting; did you mean linkLifetime?",
    'settings:4: retention.history must be days, from 1d to 3650d, for example 30d (got "x")',
    'settings:6: sources.srv1.login must be a user name of 1 to 255 characters, for example srv1@relay.example.net (got "")',
  ],
];
for (const [yaml, ...faults] of WRONG)
  test(`${JSON.stringify(yaml.slice(0, 60))} is refused in words`, () =>
    staged(async ({ settings, refuse }) => {
      const text = faults.length === 1 ? faults[0] : `${faults.length} faults, nothing was changed:\n${faults.join("\n")}`;
      assert.equal(await refuse(yaml), text);
      assert.equal(settings.revision, 0);
    }));

test("a tenant that is still named cannot be left out", () =>
  staged(async ({ apply, refuse }) => {
    await apply(FULL);
    assert.equal(
      await refuse("tenants: {}"),
      "settings: sources.srv1.tenant names acme, and there is no such tenant; write tenants: {acme: {}}",
    );
  }));

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,10}$/);
const words = fc.string({ unit: "binary", minLength: 1, maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text) && text.isWellFormed());
const option = { requiredKeys: [] };
const daysText = fc.integer({ min: 1, max: 3650 }).map((n) => `${n}d`);
const doc = fc.record({
  sources: fc.dictionary(
    name,
    fc.oneof(fc.record({ ranges: fc.constantFrom(["192.0.2.0/24"], ["2001:db8::1", "10.1.2.3"]) }), fc.record({ login: fc.uuid() })),
    { maxKeys: 4 },
  ),
  tenants: fc.dictionary(name, fc.record({ name: words, mayRelease: fc.boolean() }, option), { maxKeys: 3 }),
  webhooks: fc.dictionary(
    name,
    fc.record(
      {
        url: fc.webUrl({ validSchemes: ["https"] }),
        enabled: fc.boolean(),
        kinds: fc.array(fc.constantFrom("bounced", "held"), { maxLength: 2 }),
      },
      { requiredKeys: ["url"] },
    ),
    { maxKeys: 2 },
  ),
  egress: fc.constantFrom(
    {},
    { out1: { ip4: "192.0.2.1", state: "warming" } },
    { out1: { helo: "a.example" }, out2: { ip6: "2001:db8::1" } },
  ),
  upstreams: fc.constantFrom({}, { ses: { url: "smtp://mail.example.com", user: "u", perHour: "500", forDomains: ["shop.example"] } }),
  pools: fc.constant({}),
  choice: fc.constantFrom({}, { rules: ["class bulk and to gmail.com -> default"] }),
  retention: fc.record({ history: daysText, audit: daysText }, option),
  suppression: fc.record({ suppressFor: daysText }, option),
  panel: fc.record({ linkLifetime: daysText }, option),
});

test("what is applied is exported, what is exported changes nothing, and a rollback brings back what stood", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(doc, { minLength: 1, maxLength: 4 }), async (docs) =>
      staged(async ({ desk, apply, settings }) => {
        const stood = [(await desk.current()).doc];
        for (const wanted of docs) {
          await apply(JSON.stringify(wanted)); // JSON is YAML
          const { doc: is } = await desk.current();
          assert.deepEqual(JSON.parse(JSON.stringify(is)), JSON.parse(JSON.stringify(wanted)));
          if (settings.revision === stood.length) stood.push(is);
          const exported = await desk.exportYaml();
          assert.deepEqual(await apply(exported), { changes: [], effect: [] });
          assert.equal(settings.revision, stood.length - 1);
        }
        for (const [to, then] of [...stood.entries()].reverse()) {
          assert.ok((await desk.rollback({ to, dryRun: false, by: "ann" })).ok);
          assert.deepEqual((await desk.current()).doc, then);
        }
      }),
    ),
    { numRuns: 60 },
  );
});

test("no text at all throws", () =>
  staged(async ({ refuse }) => {
    const unit = fc.constantFrom(
      "sources",
      "panel",
      "login",
      "a",
      ":",
      " ",
      "\n",
      "-",
      "[",
      "{",
      "}",
      "]",
      "'",
      '"',
      "&",
      "*",
      "!",
      ",",
      "\t",
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.string({ unit })), async (text) => void (await refuse(text, { dryRun: true }))),
      { numRuns: 500 },
    );
  }));
