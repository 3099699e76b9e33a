/** Accounts are kept and found alike on both engines; no change leaves a node without an owner. */
import assert from "node:assert/strict";
import { onBothEngines } from "../sql/both-engines.ts";
import { ACCOUNT_MIGRATIONS, Accounts, type KeyRow, type SessionRow, type UserRow } from "./accounts.ts";

const user = (name: string, role: string, tenant: string | null = null): UserRow => ({
  ...{ name, role, tenant, password: "$argon2id$…", second_factor: 0, last_step: 0 },
  ...{ created_at: 1_790_000_000_000, last_login_at: null },
});
const session = (id: string, name: string, since: number): SessionRow => ({
  ...{ id, token_hash: `hash of ${id}`, user: name, ip: "192.0.2.1", agent: "a browser" },
  ...{ since, last_seen_at: since, fresh_until: since },
});
const key = (id: string, tenant: string | null): KeyRow => ({
  ...{ id, token_hash: `hash of ${id}`, name: id, role: "tenant-read", tenant, created_at: 5, until: null, last_used_at: null },
});

onBothEngines("an owner stays", [ACCOUNT_MIGRATIONS], async (database) => {
  const accounts = new Accounts(database);
  assert.equal(await accounts.hasUsers(), false);
  assert.equal(await accounts.addUser(user("ann", "owner")), true);
  assert.equal(await accounts.addUser(user("ann", "abuse")), false);
  assert.deepEqual(await accounts.removeUser("ann"), { is: "last-owner" });
  assert.deepEqual(await accounts.changeUser("ann", { role: "abuse" }), { is: "last-owner" });
  assert.deepEqual(await accounts.changeUser("ann", { role: "owner", last_login_at: 7 }), {
    is: "done",
    user: { ...user("ann", "owner"), last_login_at: 7 },
  });
  await accounts.addUser(user("bob", "owner"));
  await accounts.addSession(session("s", "ann", 1), 5);
  assert.equal((await accounts.removeUser("ann")).is, "done");
  assert.equal(await accounts.sessionByHash("hash of s"), undefined);
  assert.deepEqual(await accounts.removeUser("ann"), { is: "not-found" });
  assert.deepEqual(await accounts.changeUser("ann", {}), { is: "not-found" });
});

onBothEngines("sessions are few, seen, and end", [ACCOUNT_MIGRATIONS], async (database) => {
  const accounts = new Accounts(database);
  await accounts.addUser(user("ann", "owner"));
  for (let n = 1; n <= 4; n++) await accounts.addSession(session(`s${n}`, "ann", n * 10), 3);
  const ids = async (): Promise<string[]> => (await accounts.sessions("ann")).map(({ id }) => id);
  assert.deepEqual(await ids(), ["s4", "s3", "s2"]);
  await accounts.touchSession("s2", { last_seen_at: 100 });
  assert.equal((await accounts.sessionByHash("hash of s2"))?.session.last_seen_at, 100);
  await accounts.dropSessions({ since: 15, seen: 35 });
  assert.deepEqual(await ids(), ["s4", "s2"]);
  await accounts.endSessions("ann", "s4");
  assert.deepEqual(await ids(), ["s4"]);
  assert.equal(await accounts.endSession("bob", "s4"), false);
  assert.equal(await accounts.endSession("ann", "s4"), true);
});

onBothEngines("keys and users are listed and removed for their tenant only", [ACCOUNT_MIGRATIONS], async (database) => {
  const accounts = new Accounts(database);
  await accounts.addUser(user("ann", "owner"));
  await accounts.addUser(user("tom", "tenant-admin", "acme"));
  assert.deepEqual(
    (await accounts.users("acme")).map(({ name }) => name),
    ["tom"],
  );
  assert.deepEqual(
    (await accounts.users()).map(({ name }) => name),
    ["ann", "tom"],
  );
  await accounts.addKey(key("k1", "acme"));
  await accounts.addKey(key("k2", null));
  assert.deepEqual(
    (await accounts.keys("acme")).map(({ id }) => id),
    ["k1"],
  );
  assert.equal(await accounts.removeKey("k2", "acme"), undefined);
  assert.equal((await accounts.removeKey("k1", "acme"))?.id, "k1");
  await accounts.touchKey("k2", 9);
  assert.equal((await accounts.keyByHash("hash of k2"))?.last_used_at, 9);
});

onBothEngines("a one-time step and a first code are used once", [ACCOUNT_MIGRATIONS], async (database) => {
  const accounts = new Accounts(database);
  await accounts.addUser({ ...user("ann", "owner"), second_factor: 1 });
  assert.equal(await accounts.takeStep("ann", 100), true);
  assert.equal(await accounts.takeStep("ann", 100), false);
  assert.equal(await accounts.takeStep("ann", 99), false);
  await accounts.setFirstCode("old", 1000);
  await accounts.setFirstCode("code", 1000);
  assert.equal(await accounts.firstCodeIsGood("old", 1), false);
  assert.equal(await accounts.firstCodeIsGood("code", 999), true);
  assert.equal(await accounts.firstCodeIsGood("code", 1000), false);
  const again = { ...user("ann", "owner"), password: "another", created_at: 5 };
  const both = await Promise.all([accounts.useFirstCode("code", 10, again), accounts.useFirstCode("code", 10, again)]);
  assert.deepEqual(both.sort(), [false, true]);
  assert.deepEqual(await accounts.user("ann"), { ...user("ann", "owner"), password: "another", last_step: 100 });
});
