/** Users: who exists, with which role, password and second factor. */
import { newPassword } from "../../base/password-text.ts";
import type { View } from "../../model/view.ts";
import type { UserRow } from "../../store/accounts/accounts.ts";
import type { Login, Logins, UserRecord } from "./logins.ts";
import {
  BUSY,
  badName,
  badTenant,
  factorName,
  isTenantRole,
  type LoginsPorts,
  nameOf,
  no,
  roleOf,
  scopeOf,
  userRecord,
} from "./logins-ports.ts";
import { weaknessOf } from "./password.ts";
import { forgetNewFactor } from "./second-factor.ts";

type AddOrder = Parameters<Logins["addUser"]>[0];
type SetOrder = Parameters<Logins["setUser"]>[1];

export class People {
  readonly #ports: LoginsPorts;

  constructor(ports: LoginsPorts) {
    this.#ports = ports;
  }

  async hasUsers(): Promise<boolean> {
    return await this.#ports.accounts.hasUsers();
  }

  async users(view: View): Promise<readonly UserRecord[]> {
    const scope = scopeOf(view);
    return scope === "nothing" ? [] : (await this.#ports.accounts.users(scope.tenant)).map(userRecord);
  }

  async addUser(order: AddOrder): ReturnType<Logins["addUser"]> {
    const { accounts, hashing, random, clock } = this.#ports;
    const name = nameOf(order.name);
    const weakness = order.password === undefined ? undefined : weaknessOf(order.password, name);
    const bad =
      badName(name) ?? badTenant(order.role, order.tenant) ?? (weakness === undefined ? undefined : no("weak-password", weakness));
    if (bad) return bad;
    if (await accounts.user(name)) return no("exists", `${name} exists`);
    const password = order.password ?? newPassword(random);
    const hash = await hashing.hash(password);
    if (hash === "busy") return BUSY;
    const user: UserRow = {
      ...{ name, role: order.role, tenant: order.tenant ?? null, password: hash, second_factor: 0, last_step: 0 },
      ...{ created_at: clock.wall(), last_login_at: null },
    };
    if (!(await accounts.addUser(user))) return no("exists", `${name} exists`);
    return { ok: true, user: userRecord(user), ...(order.password === undefined && { password }) };
  }

  /** A new password ends all sessions; a role counts from the next request on. */
  async setUser(typed: string, order: SetOrder): ReturnType<Logins["setUser"]> {
    const { accounts, hashing, secrets, clock } = this.#ports;
    const name = nameOf(typed);
    const before = await accounts.user(name);
    if (!before) return notFound(name);
    const role = order.role ?? roleOf(before.role);
    const tenant = isTenantRole(role) ? (order.tenant ?? before.tenant ?? undefined) : order.tenant;
    const weakness = order.password === undefined ? undefined : weaknessOf(order.password, name);
    const bad = badTenant(role, tenant) ?? (weakness === undefined ? undefined : no("weak-password", weakness));
    if (bad) return bad;
    const password = order.password === undefined ? undefined : await hashing.hash(order.password);
    if (password === "busy") return BUSY;
    const change = {
      ...{ role, tenant: tenant ?? null },
      ...(password !== undefined && { password }),
      ...(order.secondFactorOff && { second_factor: 0 }),
    };
    const changed = await accounts.changeUser(name, change);
    if (changed.is !== "done") return changed.is === "last-owner" ? lastOwner(name) : notFound(name);
    if (order.secondFactorOff) await secrets.setSecret(factorName(name), undefined, clock.wall());
    if (password !== undefined) await accounts.endSessions(name);
    if (order.secondFactorOff || password !== undefined) await forgetNewFactor(this.#ports, name);
    return { ok: true, user: userRecord(changed.user) };
  }

  async removeUser(view: View, typed: string): Promise<Login<{ readonly removed: UserRecord }>> {
    const { accounts, secrets, clock } = this.#ports;
    const name = nameOf(typed);
    const user = await accounts.user(name);
    const scope = scopeOf(view);
    if (!user || scope === "nothing" || (scope.tenant !== undefined && scope.tenant !== user.tenant)) return notFound(name);
    const removed = await accounts.removeUser(name);
    if (removed.is !== "done") return removed.is === "last-owner" ? lastOwner(name) : notFound(name);
    await secrets.setSecret(factorName(name), undefined, clock.wall());
    await forgetNewFactor(this.#ports, name);
    return { ok: true, removed: userRecord(removed.user) };
  }
}

function notFound(name: string): Extract<Login<object>, { ok: false }> {
  return no("not-found", `there is no user ${name}`);
}

function lastOwner(name: string): Extract<Login<object>, { ok: false }> {
  return no("last-owner", `${name} is the only owner; make another one first`);
}
