/** Who may do what: sessions, users, second factors, keys. A tenant's people see and change their own tenant's only. */
import type { TenantId } from "../../../model/ids.ts";
import type { Role, View } from "../../../model/view.ts";
import type { Identity, KeyRecord, Login, LoginFault, Logins, UserRecord } from "../../logins/logins.ts";
import { type Answers, type Asked, identityOf, viewOf } from "../asked.ts";
import { readMoment } from "../reference.ts";
import { notFound, Refused, wired } from "../refused.ts";
import type { loginRoutes } from "../routes/logins.ts";
import type { ReplyOf } from "../routes.ts";
import { iso, isoOrNull } from "../wire-form.ts";

export const loginAnswers: Answers<keyof typeof loginRoutes> = {
  me: async (asked) => meOf(asked, identityOf(asked)),

  login: async (asked, { name, password, code }) => {
    asked.remark({ on: name });
    const proof = { name, password, ...(code === undefined ? {} : { code: code.replaceAll(" ", "") }) };
    return await begun(asked, await loginsOf(asked).login(proof, asked.visitor));
  },

  logout: async (asked) => {
    if (asked.token !== undefined) await loginsOf(asked).logout(asked.token);
    asked.setSession(undefined);
    return { out: true };
  },

  confirm: async (asked, { password, code }) => {
    const proof = { password, ...(code === undefined ? {} : { code: code.replaceAll(" ", "") }) };
    const { identity } = proven(await loginsOf(asked).confirm(sessionOf(asked), proof, asked.visitor));
    return { freshUntil: iso(identity.freshUntil) };
  },

  makeFirst: async (asked) => {
    const { code, until } = await loginsOf(asked).makeFirstCode();
    return { code, url: `${asked.desk.publicUrl?.() ?? ""}/#/first/${code}`, until: iso(until) };
  },

  first: async (asked, { code }) => ({ good: await loginsOf(asked).firstCodeIsGood(code) }),

  useFirst: async (asked, { code, name, password }) => {
    asked.remark({ on: name });
    return await begun(asked, await loginsOf(asked).useFirstCode(code, { name, password }, asked.visitor));
  },

  changePassword: async (asked, { old, fresh }) => {
    proven(await loginsOf(asked).changePassword(sessionOf(asked), { old, fresh }, asked.visitor));
    return { changed: true };
  },

  beginSecondFactor: async (asked) => {
    sessionOf(asked);
    const { secret, uri } = await loginsOf(asked).beginSecondFactor(identityOf(asked).name);
    return { secret, uri };
  },

  finishSecondFactor: async (asked, { code }) => {
    sessionOf(asked);
    proven(await loginsOf(asked).finishSecondFactor(identityOf(asked).name, code.replaceAll(" ", "")));
    return { on: true };
  },

  endSecondFactor: async (asked) => {
    sessionOf(asked);
    const { user } = proven(await loginsOf(asked).setUser(identityOf(asked).name, { secondFactorOff: true }));
    return { on: user.secondFactor };
  },

  sessions: async (asked) => {
    const identity = identityOf(asked);
    const rows = identity.by === "session" ? await loginsOf(asked).sessions(identity.name, asked.token) : [];
    return {
      sessions: rows.map((row) => ({
        ...{ id: row.id, user: row.user, ip: row.ip, agent: row.agent, since: iso(row.since), lastSeenAt: iso(row.lastSeenAt) },
        current: row.current,
      })),
    };
  },

  endSession: async (asked, { id }) => {
    const identity = identityOf(asked);
    asked.remark({ on: id.slice(0, 8) });
    const ended = identity.by === "session" && (await loginsOf(asked).endSession(identity.name, id));
    if (!ended) throw notFound("there is no such session");
    return { ended };
  },

  users: async (asked) => ({ users: (await loginsOf(asked).users(viewOf(asked))).map(userRow) }),

  addUser: async (asked, { name, role, tenant, password }) => {
    asked.remark({ on: name });
    const home = homeOf(viewOf(asked), role, tenant);
    const made = proven(await loginsOf(asked).addUser({ name, role, ...home, ...(password === undefined ? {} : { password }) }));
    asked.remark({ after: userRow(made.user) });
    return { user: userRow(made.user), password: made.password ?? null };
  },

  setUser: async (asked, { name, role, tenant, password, secondFactorOff }) => {
    asked.remark({ on: name });
    const before = await userOf(asked, name);
    asked.remark({ before: userRow(before) });
    const home = role === undefined && tenant === undefined ? {} : homeOf(viewOf(asked), role ?? before.role, tenant ?? before.tenant);
    const { user } = proven(
      await loginsOf(asked).setUser(name, {
        ...home,
        ...(role === undefined ? {} : { role }),
        ...(password === undefined ? {} : { password }),
        ...(secondFactorOff ? { secondFactorOff: true as const } : {}),
      }),
    );
    asked.remark({ after: { ...userRow(user), ...(password === undefined ? {} : { password: "changed" }) } });
    return { user: userRow(user) };
  },

  removeUser: async (asked, { name }) => {
    asked.remark({ on: name });
    const { removed } = proven(await loginsOf(asked).removeUser(viewOf(asked), name));
    asked.remark({ before: userRow(removed) });
    return { removed: userRow(removed) };
  },

  keys: async (asked) => ({ keys: (await loginsOf(asked).keys(viewOf(asked))).map(keyRow) }),

  addKey: async (asked, { name, role, tenant, until }) => {
    asked.remark({ on: name });
    const home = homeOf(viewOf(asked), role, tenant);
    const end = until === undefined ? {} : { until: readMoment("until", until) };
    const { key, token } = proven(await loginsOf(asked).addKey({ name, role, ...home, ...end }));
    asked.remark({ after: keyRow(key) });
    return { key: keyRow(key), token };
  },

  removeKey: async (asked, { id }) => {
    asked.remark({ on: id.slice(0, 40) });
    const { removed } = proven(await loginsOf(asked).removeKey(viewOf(asked), id));
    asked.remark({ before: keyRow(removed) });
    return { removed: keyRow(removed) };
  },
};

function loginsOf(asked: Asked): Logins {
  return wired(asked.desk.logins, "login");
}

/** The session's token. @throws {Refused} for a program or the socket, which have none. */
function sessionOf(asked: Asked): string {
  if (asked.token === undefined) throw new Refused("refused", "this is for a person with a session", "log in with name and password");
  return asked.token;
}

async function begun(
  asked: Asked,
  login: Login<{ readonly token: string; readonly identity: Identity }>,
): Promise<{ readonly me: ReplyOf<"me"> }> {
  const { token, identity } = proven(login);
  // A cookie that was there before is worth nothing afterwards: whoever planted it gets nothing by it.
  if (asked.token !== undefined) await loginsOf(asked).logout(asked.token);
  asked.setSession(token);
  asked.remark({ by: identity.name });
  return { me: meOf(asked, identity) };
}

const REFUSAL: Readonly<Record<LoginFault, ConstructorParameters<typeof Refused>[0]>> = {
  wrong: "wrong-login",
  "code-needed": "code-needed",
  "code-wrong": "code-wrong",
  wait: "wait",
  "used-up": "refused",
  "weak-password": "bad-value",
  exists: "exists",
  "not-found": "not-found",
  "last-owner": "refused",
  "bad-name": "bad-value",
};

/** @throws {Refused} */
function proven<T>(login: Login<T>): T {
  if (login.ok) return login;
  const seconds = Math.ceil((login.waitMs ?? 1000) / 1000);
  if (login.fault === "wait") throw new Refused("wait", login.text, `wait ${seconds} s`, { "retry-after": String(seconds) });
  const fix = login.fault === "code-needed" ? "send the six digits as code" : undefined;
  throw new Refused(REFUSAL[login.fault], login.text, fix);
}

/** In whose house a new login lives. @throws {Refused} where somebody would give away what he has not. */
function homeOf(view: View, role: UserRecord["role"], tenant: string | undefined): { readonly tenant?: TenantId } {
  const ofTenant = role === "tenant-admin" || role === "tenant-read";
  if (view.sees === "all") {
    if (ofTenant !== (tenant !== undefined))
      throw new Refused("bad-request", ofTenant ? `${role} needs a tenant` : `${role} has no tenant`);
    return tenant === undefined ? {} : { tenant: tenant as TenantId };
  }
  if (view.sees !== "tenant" || !ofTenant || (tenant !== undefined && tenant !== view.tenant))
    throw new Refused("not-allowed", "a tenant's people give out tenant roles of their own tenant only", "ask an owner");
  return { tenant: view.tenant };
}

/** @throws {Refused} the same for a stranger's as for nobody. */
async function userOf(asked: Asked, name: string): Promise<UserRecord> {
  const found = (await loginsOf(asked).users(viewOf(asked))).find((user) => user.name === name.trim().toLowerCase());
  if (found === undefined) throw notFound("there is no such user");
  return found;
}

function meOf({ desk, node, now }: Asked, identity: Identity): ReplyOf<"me"> {
  const role: Role = identity.role;
  return {
    ...{ name: identity.name, role, tenant: identity.view.sees === "tenant" ? identity.view.tenant : null, by: identity.by },
    csrf: identity.csrf ?? null,
    freshUntil: iso(identity.by === "session" ? identity.freshUntil : now),
    node: { name: node.name, number: node.number, version: node.version },
    lab: desk.lab !== undefined,
    zone: null,
  };
}

function userRow({ name, role, tenant, secondFactor, createdAt, lastLoginAt }: UserRecord): ReplyOf<"users">["users"][number] {
  return { name, role, tenant: tenant ?? null, secondFactor, createdAt: iso(createdAt), lastLoginAt: isoOrNull(lastLoginAt) };
}

function keyRow({ id, name, role, tenant, createdAt, until, lastUsedAt }: KeyRecord): ReplyOf<"keys">["keys"][number] {
  return { id, name, role, tenant: tenant ?? null, createdAt: iso(createdAt), until: isoOrNull(until), lastUsedAt: isoOrNull(lastUsedAt) };
}
