/** Logins from the first code to the last owner: each way in, and each way that must be shut. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Clock, systemClock, type WallMs } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import type { TenantId } from "../../model/ids.ts";
import { EVERYTHING, type View } from "../../model/view.ts";
import { ACCOUNT_MIGRATIONS } from "../../store/accounts/accounts.ts";
import { localDialect } from "../../store/sql/dialect.ts";
import { openControlDatabase } from "../../store/sql/migrations.ts";
import { type Identity, type Login, type Logins, openLogins } from "./logins.ts";
import { PasswordHashing } from "./password.ts";
import { codeOfStep, stepAt } from "./totp.ts";

const HOUR = 3_600_000;
const home = { ip: "192.0.2.7", agent: "a browser" };
const acme = "acme" as TenantId;
const ACME: View = { sees: "tenant", tenant: acme };
const PASSWORD = "correct horse battery";

interface Stage {
  readonly logins: Logins;
  readonly secrets: Map<string, Uint8Array>;
  pass(ms: number): void;
  now(): WallMs;
  /** A session of a first owner, ann. */
  owner(): Promise<{ token: string; identity: Identity }>;
  codeOf(user: string): string;
}

async function staged(body: (stage: Stage) => Promise<void>): Promise<void> {
  await using database = await openControlDatabase(localDialect(":memory:"), [ACCOUNT_MIGRATIONS]);
  let now = 1_790_000_000_000;
  const clock: Clock = { ...systemClock, wall: () => now as WallMs };
  const random = seededRandom("logins");
  const secrets = new Map<string, Uint8Array>();
  const hashing = new PasswordHashing(random, { memory: 8, passes: 1, lanes: 1 });
  const logins = openLogins(database, {
    ...{ clock, random, hashing, node: "n1" },
    secrets: {
      secret: (name) => secrets.get(name),
      setSecret: async (name, value) => void (value ? secrets.set(name, value) : secrets.delete(name)),
    },
  });
  await body({
    logins,
    secrets,
    pass: (ms) => (now += ms),
    now: () => now as WallMs,
    owner: async () => good(await logins.useFirstCode((await logins.makeFirstCode()).code, { name: "ann", password: PASSWORD }, home)),
    codeOf: (user) =>
      codeOfStep(
        secrets.get(`second-factor/${user}`) ?? secrets.get(`second-factor-new/${user}`)?.subarray(8) ?? new Uint8Array(),
        stepAt(now as WallMs),
      ),
  });
}

function good<T>(login: Login<T>): T {
  assert.ok(login.ok, login.ok ? "" : `${login.fault}: ${login.text}`);
  return login;
}

function fault(login: Login<unknown>): string {
  return login.ok ? "none" : login.fault;
}

const on = (sentence: string, body: (stage: Stage) => Promise<void>): void => void test(sentence, () => staged(body));

on("the first code makes an owner once, within its hour, however it is typed", async ({ logins, pass }) => {
  assert.equal(await logins.hasUsers(), false);
  const late = await logins.makeFirstCode();
  assert.match(late.code, /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
  pass(HOUR);
  assert.equal(await logins.firstCodeIsGood(late.code), false);
  const { code } = await logins.makeFirstCode();
  const typed = code.toLowerCase().replaceAll("-", " ").replaceAll("0", "o").replaceAll("1", "l");
  assert.equal(await logins.firstCodeIsGood(typed), true);
  assert.equal(fault(await logins.useFirstCode(typed, { name: "ann", password: "short" }, home)), "weak-password");
  assert.equal(fault(await logins.useFirstCode(typed, { name: "-ann", password: PASSWORD }, home)), "bad-name");
  const { identity, token } = good(await logins.useFirstCode(typed, { name: "Ann", password: PASSWORD }, home));
  assert.deepEqual([identity.name, identity.role, identity.view, identity.by], ["ann", "owner", EVERYTHING, "session"]);
  assert.deepEqual(identity.actor, { kind: "operator", id: "ann" });
  assert.equal(fault(await logins.useFirstCode(code, { name: "eve", password: PASSWORD }, home)), "used-up");
  assert.equal(await logins.hasUsers(), true);
  assert.equal((await logins.bySession(token, home))?.csrf, identity.csrf);
});

on("an owner who lost password and phone comes back by a code; nobody else takes a name by it", async ({ logins, owner, codeOf }) => {
  const { token } = await owner();
  good(await logins.addUser({ name: "abe", role: "abuse" }));
  await logins.beginSecondFactor("ann");
  good(await logins.finishSecondFactor("ann", codeOf("ann")));
  const { code } = await logins.makeFirstCode();
  assert.equal(fault(await logins.useFirstCode(code, { name: "abe", password: PASSWORD }, home)), "exists");
  good(await logins.useFirstCode(code, { name: "ann", password: "another long one" }, home));
  assert.equal(await logins.bySession(token, home), undefined, "and the sessions of before are over");
  good(await logins.login({ name: "ann", password: "another long one" }, home));
});

on("a session ends when nobody uses it, after a week, and by its user", async ({ logins, owner, pass }) => {
  const idle = await owner();
  pass(13 * HOUR);
  assert.equal(await logins.bySession(idle.token, home), undefined);
  const used = good(await logins.login({ name: "ann", password: PASSWORD }, home));
  for (let hours = 11; hours < 7 * 24; hours += 11) {
    pass(11 * HOUR);
    assert.ok(await logins.bySession(used.token, home), `after ${hours} h`);
  }
  pass(11 * HOUR);
  assert.equal(await logins.bySession(used.token, home), undefined);
  const one = good(await logins.login({ name: "ann", password: PASSWORD }, home));
  const two = good(await logins.login({ name: "ann", password: PASSWORD }, { ip: "192.0.2.8", agent: "x".repeat(1000) }));
  const all = await logins.sessions("ann", two.token);
  assert.deepEqual(all.map(({ ip, current, agent }) => [ip, current, agent.length]).sort(), [
    ["192.0.2.7", false, 9],
    ["192.0.2.8", true, 200],
  ]);
  assert.ok(!JSON.stringify(all).includes(two.token));
  await logins.logout(two.token);
  assert.equal(await logins.bySession(two.token, home), undefined);
  const [left] = await logins.sessions("ann");
  assert.equal(await logins.endSession("bob", left?.id ?? ""), false);
  assert.equal(await logins.endSession("ann", left?.id ?? ""), true);
  assert.equal(await logins.bySession(one.token, home), undefined);
  for (const stray of ["", "x", "x".repeat(1_000_000), "' or 1=1 --"]) assert.equal(await logins.bySession(stray, home), undefined);
});

on("guessing gets slower; the person is not locked out where they log in from", async ({ logins, owner, pass }) => {
  await owner();
  good(await logins.login({ name: "ann", password: PASSWORD }, home));
  const eve = (n: number) => ({ ip: `198.51.100.${n}`, agent: "curl" });
  const guess = (n: number) => logins.login({ name: "ann", password: `guess number ${n}` }, eve(n));
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => guess(n)));
  assert.deepEqual(answers.map(fault).filter((is) => is === "wrong").length, 5, "also many at once");
  const waits: number[] = [];
  for (let n = 20; n < 32; n++) {
    const answer = await guess(n);
    assert.equal(fault(answer), "wait");
    waits.push(answer.ok ? 0 : (answer.waitMs ?? 0));
    pass(waits.at(-1) ?? 0);
    assert.equal(fault(await guess(n)), "wrong");
  }
  assert.deepEqual(waits.slice(0, 4), [1000, 2000, 4000, 8000]);
  assert.equal(waits.at(-1), 15 * 60_000);
  good(await logins.login({ name: "ann", password: PASSWORD }, home));
  pass(HOUR);
  good(await logins.login({ name: "ann", password: PASSWORD }, eve(200)));
});

on("one address that tries many names waits too, and a name that nobody has is answered as a wrong password", async ({ logins, owner }) => {
  await owner();
  const unknown = await logins.login({ name: "nobody", password: PASSWORD }, home);
  const wrong = await logins.login({ name: "ann", password: "something wrong" }, home);
  assert.deepEqual(unknown, wrong);
  for (let n = 0; n < 10; n++) await logins.login({ name: `name${n}`, password: PASSWORD }, { ip: "2001:db8::1", agent: "" });
  assert.equal(fault(await logins.login({ name: "name99", password: PASSWORD }, { ip: "2001:db8::1", agent: "" })), "wait");
});

on(
  "the second factor is asked for, taken once, and survives a new phone that never proved itself",
  async ({ logins, owner, codeOf, pass, secrets }) => {
    const { token } = await owner();
    assert.equal(fault(await logins.finishSecondFactor("ann", "123456")), "not-found");
    const begun = await logins.beginSecondFactor("ann");
    assert.match(begun.secret, /^[A-Z2-7]{32}$/);
    assert.equal(begun.uri, `otpauth://totp/Fairlead%20n1%3Aann?secret=${begun.secret}&issuer=Fairlead%20n1`);
    assert.equal(fault(await logins.finishSecondFactor("ann", "000000")), "code-wrong");
    good(await logins.login({ name: "ann", password: PASSWORD }, home));
    good(await logins.finishSecondFactor("ann", codeOf("ann")));

    const login = (code?: string) => logins.login({ name: "ann", password: PASSWORD, ...(code !== undefined && { code }) }, home);
    assert.equal(fault(await login()), "code-needed");
    assert.equal(fault(await login(codeOf("ann"))), "code-wrong", "the code that proved the phone was used by that");
    pass(30_000);
    good(await login(codeOf("ann")));
    assert.equal(fault(await login(codeOf("ann"))), "code-wrong");
    pass(30_000);
    assert.equal(fault(await logins.confirm(token, { password: PASSWORD }, home)), "code-needed");
    const { identity } = good(await logins.confirm(token, { password: PASSWORD, code: codeOf("ann") }, home));
    assert.ok(identity.freshUntil > 0);

    const before = secrets.get("second-factor/ann");
    await logins.beginSecondFactor("ann");
    assert.equal(secrets.get("second-factor/ann"), before);
    good(await logins.setUser("ann", { secondFactorOff: true }));
    good(await login());
  },
);

on("a new password ends the other sessions and needs the old one", async ({ logins, owner, pass }) => {
  const { token } = await owner();
  const other = good(await logins.login({ name: "ann", password: PASSWORD }, home));
  const change = (old: string, fresh: string) => logins.changePassword(token, { old, fresh }, home);
  assert.equal(fault(await change("something else", "a fresh long one")), "wrong");
  for (const weak of ["short", "aaaaaaaaaaaa", "password1234", "x".repeat(2000)])
    assert.equal(fault(await change(PASSWORD, weak)), "weak-password", weak);
  good(await change(PASSWORD, "a fresh long one"));
  assert.ok(await logins.bySession(token, home));
  assert.equal(await logins.bySession(other.token, home), undefined);
  assert.equal(fault(await logins.login({ name: "ann", password: PASSWORD }, home)), "wrong");
  pass(HOUR);
  assert.ok(((await logins.bySession(token, home))?.freshUntil ?? 0) < 1_790_000_000_000 + HOUR);
});

on("people have roles, tenant's people a tenant, and an owner stays", async ({ logins, owner }) => {
  await owner();
  const made = good(await logins.addUser({ name: "tom", role: "tenant-admin", tenant: acme }));
  assert.match(made.password ?? "", /^[0-9a-z]{20}$/);
  good(await logins.addUser({ name: "amy", role: "abuse", password: PASSWORD }));
  assert.equal(fault(await logins.addUser({ name: "TOM", role: "abuse" })), "exists");
  assert.equal(fault(await logins.addUser({ name: "x y", role: "abuse" })), "bad-name");
  assert.equal(fault(await logins.addUser({ name: "zed", role: "tenant-read" })), "bad-name");
  assert.equal(fault(await logins.addUser({ name: "zed", role: "operator", tenant: acme })), "bad-name");
  assert.equal(fault(await logins.addUser({ name: "jonathan", role: "operator", password: "Jonathan2026" })), "weak-password");

  const tom = good(await logins.login({ name: "tom", password: made.password ?? "" }, home));
  assert.deepEqual(tom.identity.view, ACME);
  assert.deepEqual(
    (await logins.users(ACME)).map(({ name }) => name),
    ["tom"],
  );
  assert.deepEqual(
    (await logins.users(EVERYTHING)).map(({ name }) => name),
    ["amy", "ann", "tom"],
  );
  assert.deepEqual(await logins.users({ sees: "message", message: 1 as never }), []);

  assert.equal(fault(await logins.removeUser(ACME, "amy")), "not-found");
  assert.equal(fault(await logins.removeUser(EVERYTHING, "ann")), "last-owner");
  assert.equal(fault(await logins.setUser("ann", { role: "operator" })), "last-owner");
  assert.equal(fault(await logins.setUser("nobody", { role: "operator" })), "not-found");
  good(await logins.setUser("amy", { role: "owner" }));
  good(await logins.setUser("ann", { role: "operator" }));
  good(await logins.setUser("tom", { password: "quite another one" }));
  assert.equal(await logins.bySession(tom.token, home), undefined);
  good(await logins.removeUser(ACME, "tom"));
  assert.equal(fault(await logins.login({ name: "tom", password: "quite another one" }, home)), "wrong");
});

on("keys open what they say until they end or are removed, and are told from typing errors", async ({ logins, pass, now }) => {
  const { key, token } = good(await logins.addKey({ name: "billing", role: "tenant-read", tenant: acme, until: (now() + HOUR) as WallMs }));
  assert.match(token, /^fl_[\w-]{49}$/);
  const identity = await logins.byKey(token);
  assert.deepEqual([identity?.view, identity?.by, identity?.actor.id], [ACME, "key", "key billing"]);
  assert.equal((await logins.keys(ACME))[0]?.lastUsedAt, now());
  assert.ok(!JSON.stringify(await logins.keys(EVERYTHING)).includes(token.slice(3, 20)));
  assert.equal(await logins.byKey(`${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`), undefined);
  assert.equal(await logins.byKey(""), undefined);
  assert.equal(fault(await logins.removeKey({ sees: "tenant", tenant: "other" as TenantId }, key.id)), "not-found");
  pass(HOUR);
  assert.equal(await logins.byKey(token), undefined);
  const lasting = good(await logins.addKey({ name: "monitor", role: "operator" }));
  assert.equal((await logins.byKey(lasting.token))?.freshUntil, Number.MAX_SAFE_INTEGER);
  good(await logins.removeKey(EVERYTHING, lasting.key.id));
  assert.equal(await logins.byKey(lasting.token), undefined);
  assert.equal(fault(await logins.addKey({ name: "late", role: "operator", until: now() })), "bad-name");
  assert.equal(fault(await logins.addKey({ name: "", role: "operator" })), "bad-name");
});

on("a second factor that was begun and not proved is worth nothing later", async ({ logins, owner, codeOf, pass, secrets }) => {
  const { token } = await owner();
  const ways: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["a quarter of an hour", async () => pass(15 * 60_000)],
    ["a change of password", () => logins.changePassword(token, { old: PASSWORD, fresh: PASSWORD }, home)],
    ["a password that an owner set", () => logins.setUser("ann", { password: PASSWORD })],
    ["the second factor taken off", () => logins.setUser("ann", { secondFactorOff: true })],
    [
      "a code of the machine",
      async () => logins.useFirstCode((await logins.makeFirstCode()).code, { name: "ann", password: PASSWORD }, home),
    ],
  ];
  for (const [what, happens] of ways) {
    await logins.beginSecondFactor("ann");
    await happens();
    assert.equal(fault(await logins.finishSecondFactor("ann", codeOf("ann"))), "not-found", what);
  }
  await logins.beginSecondFactor("ann");
  good(await logins.removeUser(EVERYTHING, good(await logins.addUser({ name: "bob", role: "owner" })).user.name));
  pass(14 * 60_000);
  good(await logins.finishSecondFactor("ann", codeOf("ann")));
  assert.deepEqual([...secrets.keys()], ["second-factor/ann"]);
});

on("a fresh proof does not last longer because the clock was set back", async ({ logins, owner, pass, now }) => {
  const { token, identity } = await owner();
  assert.ok(identity.freshUntil > now());
  pass(-HOUR);
  assert.equal((await logins.bySession(token, home))?.freshUntil, 0);
  good(await logins.confirm(token, { password: PASSWORD }, home));
  assert.equal((await logins.bySession(token, home))?.freshUntil, now() + 600_000);
});

on("a session that was just in use survives another's login at the end of its idle time", async ({ logins, owner, pass }) => {
  const { token } = await owner();
  pass(4 * 60_000);
  assert.ok(await logins.bySession(token, home), "seen, and not written, for that is done each five minutes");
  pass(12 * HOUR - 60_000);
  good(await logins.login({ name: "ann", password: PASSWORD }, home));
  assert.ok(await logins.bySession(token, home));
});
