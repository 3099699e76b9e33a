/** What the parts of logins share: where accounts are kept, time, chance, hashing, throttling, and how a row is shown. */
import type { Clock, WallMs } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { TenantId } from "../../model/ids.ts";
import { EVERYTHING, ROLES, type View } from "../../model/view.ts";
import type { Accounts, KeyRow, UserRow } from "../../store/accounts/accounts.ts";
import type { Identity, KeyRecord, Login, LoginFault, UserRecord } from "./logins.ts";
import type { PasswordHashing } from "./password.ts";
import type { LoginThrottle } from "./throttle.ts";

/** Where secrets of second factors are sealed. */
export interface SecretPlace {
  secret(name: string): Uint8Array | undefined;
  setSecret(name: string, value: Uint8Array | undefined, at: WallMs): Promise<void>;
}

export interface LoginsPorts {
  readonly accounts: Accounts;
  readonly secrets: SecretPlace;
  readonly clock: Clock;
  readonly random: Random;
  readonly hashing: PasswordHashing;
  readonly throttle: LoginThrottle;
  /** The node's name, which authenticator apps show. */
  readonly node: string;
}

export type SomeRole = UserRecord["role"];

const NAME = /^[a-z0-9][a-z0-9._@+-]{0,62}$/;

/** Names are one whatever their case. */
export function nameOf(typed: string): string {
  return typed.trim().toLowerCase();
}

export function no(fault: LoginFault, text: string, waitMs?: number): Extract<Login<object>, { ok: false }> {
  return { ok: false, fault, text, ...(waitMs !== undefined && { waitMs }) };
}

export function wait(waitMs: number): Extract<Login<object>, { ok: false }> {
  return no("wait", `too many attempts failed; try again in ${Math.ceil(waitMs / 1000)} s`, waitMs);
}

/** Hashing is busy with others. */
export const BUSY = no("wait", "many are logging in at this moment; try again in 2 s", 2000);

export function badName(name: string): Extract<Login<object>, { ok: false }> | undefined {
  if (NAME.test(name)) return undefined;
  return no("bad-name", "a name has 1 to 63 of: letters, digits, dot, dash, underscore, plus, @; the first is a letter or digit");
}

/** Tenant roles are of a tenant; the others of none. */
export function badTenant(role: SomeRole, tenant: string | undefined): Extract<Login<object>, { ok: false }> | undefined {
  if (isTenantRole(role) === (tenant !== undefined)) return undefined;
  return no("bad-name", isTenantRole(role) ? `${role} is a role of a tenant: name the tenant` : `${role} is a role of no tenant`);
}

export function isTenantRole(role: SomeRole): boolean {
  return role === "tenant-admin" || role === "tenant-read";
}

/** A role that nobody knows any more may do the least. */
export function roleOf(text: string): SomeRole {
  return ROLES.find((role): role is SomeRole => role === text && role !== "link") ?? "tenant-read";
}

/** Undefined for a tenant's role without a tenant: it may see nothing, so it is nobody. */
export function viewOf(role: SomeRole, tenant: string | null): View | undefined {
  if (!isTenantRole(role)) return EVERYTHING;
  return tenant === null ? undefined : { sees: "tenant", tenant: tenant as TenantId };
}

/** The tenant that a view is bound to, for a query; `nothing` for a view that has no accounts in it. */
export function scopeOf(view: View): { readonly tenant?: string } | "nothing" {
  switch (view.sees) {
    case "all":
      return {};
    case "tenant":
      return { tenant: view.tenant };
    case "message":
      return "nothing";
  }
}

export function userRecord(row: UserRow): UserRecord {
  return {
    name: row.name,
    role: roleOf(row.role),
    ...(row.tenant !== null && { tenant: row.tenant as TenantId }),
    secondFactor: row.second_factor === 1,
    createdAt: row.created_at as WallMs,
    ...(row.last_login_at !== null && { lastLoginAt: row.last_login_at as WallMs }),
  };
}

export function keyRecord(row: KeyRow): KeyRecord {
  return {
    id: row.id,
    name: row.name,
    role: roleOf(row.role),
    ...(row.tenant !== null && { tenant: row.tenant as TenantId }),
    createdAt: row.created_at as WallMs,
    ...(row.until !== null && { until: row.until as WallMs }),
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at as WallMs }),
  };
}

export function identityOf(
  who: { readonly name: string; readonly role: string; readonly tenant: string | null },
  how: Pick<Identity, "by" | "freshUntil" | "fresh" | "csrf">,
): Identity | undefined {
  const role = roleOf(who.role);
  const view = viewOf(role, who.tenant);
  const id = how.by === "key" ? `key ${who.name}` : who.name;
  return view && { name: who.name, role, view, actor: { kind: "operator", id }, ...how };
}

/** Where the secret of a user's second factor is sealed. */
export function factorName(user: string): string {
  return `second-factor/${user}`;
}
