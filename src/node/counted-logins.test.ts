/** Refused logins are counted, whatever was wrong; what went well is not, and passes through as it was. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Identity, Logins } from "../control/logins/logins.ts";
import { EVERYTHING } from "../model/view.ts";
import { countedLogins } from "./counted-logins.ts";

const ANN: Identity = {
  name: "ann",
  role: "owner",
  view: EVERYTHING,
  actor: { kind: "operator", id: "ann" },
  by: "key",
  freshUntil: 0 as Identity["freshUntil"],
  fresh: true,
};
const WRONG = { ok: false, fault: "wrong", text: "name or password is wrong" } as const;
const HERE = { ip: "192.0.2.1", agent: "a test" };

/** Only what is asked for here. */
function logins(): Logins {
  const some: Partial<Logins> = {
    login: async ({ password }) => (password === "right" ? { ok: true, token: "t", identity: ANN } : WRONG),
    confirm: async (_, { password }) => (password === "right" ? { ok: true, identity: ANN } : WRONG),
    useFirstCode: async () => WRONG,
    byKey: async (token) => (token === "good" ? ANN : undefined),
    hasUsers: async () => true,
  };
  return some as Logins;
}

test("what was refused is counted", async () => {
  const counted = countedLogins(logins());
  const login = (password: string) => counted.logins.login({ name: "ann", password }, HERE);
  assert.deepEqual(await login("right"), { ok: true, token: "t", identity: ANN });
  assert.deepEqual(await counted.logins.byKey("good"), ANN);
  assert.equal(await counted.logins.hasUsers(), true);
  assert.equal(counted.failed(), 0);
  assert.deepEqual(await login("wrong"), WRONG);
  await counted.logins.confirm("t", { password: "wrong" }, HERE);
  await counted.logins.useFirstCode("0000", { name: "eve", password: "x" }, HERE);
  await counted.logins.byKey("bad");
  assert.equal(counted.failed(), 4);
});
