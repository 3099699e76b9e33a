/** Sessions: how one begins, is recognised, proved again, and ends. */
import type { WallMs } from "../../base/clock.ts";
import type { SessionRow, UserRow } from "../../store/accounts/accounts.ts";
import type { Identity, Login, Logins, SessionRecord, Visitor } from "./logins.ts";
import { BUSY, badName, factorName, identityOf, type LoginsPorts, nameOf, no, roleOf, wait } from "./logins-ports.ts";
import { weaknessOf } from "./password.ts";
import { prove } from "./proof.ts";
import { forgetNewFactor } from "./second-factor.ts";
import { csrfOf, hashOfFirstCode, hashOfToken, newFirstCode, newPublicId, newToken } from "./tokens.ts";

const HOUR_MS = 3_600_000;
const IDLE_MS = 12 * HOUR_MS;
const LONGEST_MS = 7 * 24 * HOUR_MS;
/** Orders that cannot be undone want a proof no older than this. */
const FRESH_MS = 10 * 60_000;
const FIRST_CODE_MS = HOUR_MS;
/** When a session was last seen is written no more often. */
const SEEN_EVERY_MS = 5 * 60_000;
const MOST_SESSIONS_OF_A_USER = 20;
const LONGEST_AGENT = 200;
/** A token is 43 characters. */
const LONGEST_TOKEN = 64;

type Begun = Login<{ readonly token: string; readonly identity: Identity }>;
type Live = { readonly session: SessionRow; readonly user: UserRow };

export class Visits {
  readonly #ports: LoginsPorts;

  constructor(ports: LoginsPorts) {
    this.#ports = ports;
  }

  async bySession(token: string): Promise<Identity | undefined> {
    const live = await this.#live(token);
    if (!live) return undefined;
    const { id, last_seen_at } = live.session;
    const now = this.#ports.clock.wall();
    if (now - last_seen_at >= SEEN_EVERY_MS) await this.#ports.accounts.touchSession(id, { last_seen_at: now });
    return identityIn(live, token, now);
  }

  async lookAtSession(token: string): Promise<Identity | undefined> {
    const live = await this.#live(token);
    return live && identityIn(live, token, this.#ports.clock.wall());
  }

  async login(who: { readonly name: string; readonly password: string; readonly code?: string }, visitor: Visitor): Promise<Begun> {
    const proof = await prove(this.#ports, { ...who, name: nameOf(who.name) }, visitor, true);
    return proof.ok ? await this.#begin(proof.user, visitor) : proof;
  }

  async logout(token: string): Promise<void> {
    const live = await this.#live(token);
    if (live) await this.#ports.accounts.endSession(live.user.name, live.session.id);
  }

  async confirm(
    token: string,
    proof: { readonly password: string; readonly code?: string },
    visitor: Visitor,
  ): Promise<Login<{ readonly identity: Identity }>> {
    const live = await this.#live(token);
    if (!live) return NO_SESSION;
    const proved = await prove(this.#ports, { ...proof, name: live.user.name }, visitor, true);
    if (!proved.ok) return proved;
    const freshUntil = (this.#ports.clock.wall() + FRESH_MS) as WallMs;
    await this.#ports.accounts.touchSession(live.session.id, { fresh_until: freshUntil });
    const identity = identityOf(proved.user, { by: "session", freshUntil, fresh: true, csrf: csrfOf(token) });
    return identity ? { ok: true, identity } : NO_SESSION;
  }

  async changePassword(token: string, change: { readonly old: string; readonly fresh: string }, visitor: Visitor): Promise<Login<object>> {
    const { accounts, hashing } = this.#ports;
    const live = await this.#live(token);
    if (!live) return NO_SESSION;
    const proved = await prove(this.#ports, { name: live.user.name, password: change.old }, visitor, false);
    if (!proved.ok) return proved.fault === "wrong" ? no("wrong", "the old password is wrong") : proved;
    const weakness = weaknessOf(change.fresh, live.user.name);
    if (weakness !== undefined) return no("weak-password", weakness);
    const password = await hashing.hash(change.fresh);
    if (password === "busy") return BUSY;
    await accounts.changeUser(live.user.name, { password });
    await accounts.endSessions(live.user.name, live.session.id);
    await forgetNewFactor(this.#ports, live.user.name);
    return { ok: true };
  }

  async sessions(name: string, token?: string): Promise<readonly SessionRecord[]> {
    const { accounts, clock } = this.#ports;
    const current = token === undefined ? undefined : hashOfToken(token);
    const rows = await accounts.sessions(nameOf(name));
    return rows
      .filter((row) => isAlive(row, clock.wall()))
      .map((row) => ({
        ...{ id: row.id, user: row.user, ip: row.ip, agent: row.agent },
        ...{ since: row.since as WallMs, lastSeenAt: row.last_seen_at as WallMs, current: row.token_hash === current },
      }));
  }

  async endSession(name: string, id: string): Promise<boolean> {
    return await this.#ports.accounts.endSession(nameOf(name), id);
  }

  async makeFirstCode(): ReturnType<Logins["makeFirstCode"]> {
    const { accounts, random, clock } = this.#ports;
    const code = newFirstCode(random);
    const until = (clock.wall() + FIRST_CODE_MS) as WallMs;
    await accounts.setFirstCode(hashOfFirstCode(code), until);
    return { code, until };
  }

  async firstCodeIsGood(code: string): Promise<boolean> {
    return await this.#ports.accounts.firstCodeIsGood(hashOfFirstCode(code), this.#ports.clock.wall());
  }

  /** Makes the first owner, another one, or lets one in again who has lost password or second factor: who has the code has the machine. */
  async useFirstCode(code: string, who: { readonly name: string; readonly password: string }, visitor: Visitor): Promise<Begun> {
    const { accounts, hashing, secrets, throttle, clock } = this.#ports;
    const name = nameOf(who.name);
    const waitMs = throttle.begin(visitor.ip, "");
    if (waitMs > 0) return wait(waitMs);
    if (!(await this.firstCodeIsGood(code))) return USED_UP;
    throttle.succeeded(visitor.ip, "", false);
    const weakness = weaknessOf(who.password, name);
    const bad = badName(name) ?? (weakness !== undefined ? no("weak-password", weakness) : undefined);
    if (bad) return bad;
    const before = await accounts.user(name);
    if (before && roleOf(before.role) !== "owner") return no("exists", `${name} exists and is ${before.role}; choose another name`);
    const password = await hashing.hash(who.password);
    if (password === "busy") return BUSY;
    const now = clock.wall();
    const owner: UserRow = {
      ...{ name, role: "owner", tenant: null, password, second_factor: 0, last_step: before?.last_step ?? 0 },
      ...{ created_at: before?.created_at ?? now, last_login_at: now },
    };
    if (!(await accounts.useFirstCode(hashOfFirstCode(code), now, owner))) return USED_UP;
    await secrets.setSecret(factorName(name), undefined, now);
    await forgetNewFactor(this.#ports, name);
    return await this.#begin(owner, visitor);
  }

  async #begin(user: UserRow, { ip, agent }: Visitor): Promise<Begun> {
    const { accounts, random, clock } = this.#ports;
    const now = clock.wall();
    const token = newToken(random);
    const freshUntil = (now + FRESH_MS) as WallMs;
    const identity = identityOf(user, { by: "session", freshUntil, fresh: true, csrf: csrfOf(token) });
    if (!identity) return no("wrong", "this login has a role of a tenant and no tenant; an owner must set one");
    await accounts.dropSessions({ since: now - LONGEST_MS, seen: now - IDLE_MS - SEEN_EVERY_MS });
    const session: SessionRow = {
      ...{ id: newPublicId(random), token_hash: hashOfToken(token), user: user.name, ip, agent: agent.slice(0, LONGEST_AGENT) },
      ...{ since: now, last_seen_at: now, fresh_until: freshUntil },
    };
    await accounts.addSession(session, MOST_SESSIONS_OF_A_USER);
    await accounts.changeUser(user.name, { last_login_at: now });
    return { ok: true, token, identity };
  }

  async #live(token: string): Promise<Live | undefined> {
    if (token.length > LONGEST_TOKEN) return undefined;
    const live = await this.#ports.accounts.sessionByHash(hashOfToken(token));
    return live && isAlive(live.session, this.#ports.clock.wall()) ? live : undefined;
  }
}

/** A proof that would last longer than any does is one from before the clock was set back: it counts no more. */
function identityIn({ session, user }: Live, token: string, now: WallMs): Identity | undefined {
  const freshUntil = (session.fresh_until > now + FRESH_MS ? 0 : session.fresh_until) as WallMs;
  return identityOf(user, { by: "session", freshUntil, fresh: freshUntil > now, csrf: csrfOf(token) });
}

const NO_SESSION = no("wrong", "this session has ended; log in again");
const USED_UP = no("used-up", "this code is used up, over an hour old, or mistyped; `fairlead login-link` on the server makes another");

/** What is written each five minutes must not end a session that was seen in between. */
function isAlive({ since, last_seen_at }: SessionRow, now: WallMs): boolean {
  return now - since < LONGEST_MS && now - last_seen_at < IDLE_MS + SEEN_EVERY_MS;
}
