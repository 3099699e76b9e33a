/**
 * Who may do what: people with passwords and second factors, programs with keys, and holders of links (R25). Secrets
 * are kept as hashes; what is shown once is never shown again; every answer takes as long for a wrong name as for a
 * wrong password.
 */
import type { WallMs } from "../../base/clock.ts";
import type { Actor } from "../../model/event.ts";
import type { TenantId } from "../../model/ids.ts";
import type { Role, View } from "../../model/view.ts";

export { type OpenLogins, openLogins, type SecretPlace } from "./node-logins.ts";

/** Somebody whose secret was right. */
export interface Identity {
  readonly name: string;
  readonly role: Role;
  readonly view: View;
  readonly actor: Actor;
  /** How it was shown: a session's cookie, a key, the node's own socket, a link. */
  readonly by: "session" | "key" | "socket" | "link";
  /** Until when orders that cannot be undone need no second proof, in the time of logins; keys and the socket never do. */
  readonly freshUntil: WallMs;
  /** Whether they needed none when the secret was shown. */
  readonly fresh: boolean;
  /** Of a session: what its forms must carry back (CSRF). */
  readonly csrf?: string;
}

export interface UserRecord {
  readonly name: string;
  readonly role: Exclude<Role, "link">;
  /** Of tenant roles. */
  readonly tenant?: TenantId;
  readonly secondFactor: boolean;
  readonly createdAt: WallMs;
  readonly lastLoginAt?: WallMs;
}

export interface SessionRecord {
  /** Not the token. */
  readonly id: string;
  readonly user: string;
  readonly ip: string;
  readonly agent: string;
  readonly since: WallMs;
  readonly lastSeenAt: WallMs;
  readonly current: boolean;
}

export interface KeyRecord {
  readonly id: string;
  readonly name: string;
  readonly role: Exclude<Role, "link">;
  readonly tenant?: TenantId;
  readonly createdAt: WallMs;
  readonly until?: WallMs;
  readonly lastUsedAt?: WallMs;
}

export type LoginFault =
  | "wrong"
  | "code-needed"
  | "code-wrong"
  | "wait"
  | "used-up"
  | "weak-password"
  | "exists"
  | "not-found"
  | "last-owner"
  | "bad-name";
export type Login<T> =
  | ({ readonly ok: true } & T)
  | { readonly ok: false; readonly fault: LoginFault; readonly text: string; readonly waitMs?: number };

/** The other end of the connection, for throttling and the record. */
export interface Visitor {
  readonly ip: string;
  readonly agent: string;
}

export interface Logins {
  bySession(token: string, visitor: Visitor): Promise<Identity | undefined>;
  /** The same without counting as a use: a page that merely stands open keeps no session alive. */
  lookAtSession(token: string): Promise<Identity | undefined>;
  byKey(token: string): Promise<Identity | undefined>;

  login(
    who: { readonly name: string; readonly password: string; readonly code?: string },
    visitor: Visitor,
  ): Promise<Login<{ readonly token: string; readonly identity: Identity }>>;
  logout(token: string): Promise<void>;
  /** Proves it again for orders that cannot be undone (10 min). */
  confirm(
    token: string,
    proof: { readonly password: string; readonly code?: string },
    visitor: Visitor,
  ): Promise<Login<{ readonly identity: Identity }>>;

  /** A code that makes the first owner, or lets an owner in again; one hour, used up by setting the password. */
  makeFirstCode(): Promise<{ readonly code: string; readonly until: WallMs }>;
  hasUsers(): Promise<boolean>;
  firstCodeIsGood(code: string): Promise<boolean>;
  useFirstCode(
    code: string,
    user: { readonly name: string; readonly password: string },
    visitor: Visitor,
  ): Promise<Login<{ readonly token: string; readonly identity: Identity }>>;

  users(view: View): Promise<readonly UserRecord[]>;
  addUser(user: {
    readonly name: string;
    readonly role: UserRecord["role"];
    readonly tenant?: TenantId;
    readonly password?: string;
  }): Promise<Login<{ readonly user: UserRecord; readonly password?: string }>>;
  setUser(
    name: string,
    change: { readonly role?: UserRecord["role"]; readonly tenant?: TenantId; readonly password?: string; readonly secondFactorOff?: true },
  ): Promise<Login<{ readonly user: UserRecord }>>;
  removeUser(view: View, name: string): Promise<Login<{ readonly removed: UserRecord }>>;
  changePassword(token: string, change: { readonly old: string; readonly fresh: string }, visitor: Visitor): Promise<Login<object>>;
  /** RFC 6238: begins with a secret to show as text and otpauth URI; holds once a code proves it. */
  beginSecondFactor(name: string): Promise<{ readonly secret: string; readonly uri: string }>;
  finishSecondFactor(name: string, code: string): Promise<Login<object>>;

  sessions(name: string, token?: string): Promise<readonly SessionRecord[]>;
  endSession(name: string, id: string): Promise<boolean>;

  keys(view: View): Promise<readonly KeyRecord[]>;
  addKey(key: {
    readonly name: string;
    readonly role: KeyRecord["role"];
    readonly tenant?: TenantId;
    readonly until?: WallMs;
  }): Promise<Login<{ readonly key: KeyRecord; readonly token: string }>>;
  removeKey(view: View, id: string): Promise<Login<{ readonly removed: KeyRecord }>>;
}
