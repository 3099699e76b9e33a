/** Keys of programs: made once, shown once, found by their hash. */
import type { WallMs } from "../../base/clock.ts";
import type { View } from "../../model/view.ts";
import type { KeyRow } from "../../store/accounts/accounts.ts";
import type { Identity, KeyRecord, Login, Logins } from "./logins.ts";
import { badTenant, identityOf, keyRecord, type LoginsPorts, no, scopeOf } from "./logins-ports.ts";
import { hashOfToken, isKey, newKey, newPublicId } from "./tokens.ts";

/** When a key was last used is written no more often. */
const USED_EVERY_MS = 5 * 60_000;
/** A key is not asked for a second proof: what may be done with it is said when it is made. */
const ALWAYS_FRESH = Number.MAX_SAFE_INTEGER as WallMs;
const LONGEST_NAME = 63;

export class ProgramKeys {
  readonly #ports: LoginsPorts;

  constructor(ports: LoginsPorts) {
    this.#ports = ports;
  }

  async byKey(token: string): Promise<Identity | undefined> {
    const { accounts, clock } = this.#ports;
    const key = isKey(token) ? await accounts.keyByHash(hashOfToken(token)) : undefined;
    const now = clock.wall();
    if (!key || (key.until !== null && key.until <= now)) return undefined;
    if (now - (key.last_used_at ?? 0) >= USED_EVERY_MS) await accounts.touchKey(key.id, now);
    return identityOf(key, { by: "key", freshUntil: ALWAYS_FRESH, fresh: true });
  }

  async keys(view: View): Promise<readonly KeyRecord[]> {
    const scope = scopeOf(view);
    return scope === "nothing" ? [] : (await this.#ports.accounts.keys(scope.tenant)).map(keyRecord);
  }

  async addKey(order: Parameters<Logins["addKey"]>[0]): ReturnType<Logins["addKey"]> {
    const { accounts, clock, random } = this.#ports;
    const name = order.name.trim();
    const now = clock.wall();
    if (name === "" || name.length > LONGEST_NAME || /\p{Cc}/u.test(name))
      return no("bad-name", `a key's name has 1 to ${LONGEST_NAME} characters`);
    const bad = badTenant(order.role, order.tenant);
    if (bad) return bad;
    if (order.until !== undefined && order.until <= now) return no("bad-name", "the key would be over before it begins");
    const token = newKey(random);
    const key: KeyRow = {
      ...{ id: newPublicId(random), token_hash: hashOfToken(token), name, role: order.role, tenant: order.tenant ?? null },
      ...{ created_at: now, until: order.until ?? null, last_used_at: null },
    };
    await accounts.addKey(key);
    return { ok: true, key: keyRecord(key), token };
  }

  async removeKey(view: View, id: string): Promise<Login<{ readonly removed: KeyRecord }>> {
    const scope = scopeOf(view);
    const removed = scope === "nothing" ? undefined : await this.#ports.accounts.removeKey(id, scope.tenant);
    return removed ? { ok: true, removed: keyRecord(removed) } : no("not-found", `there is no key ${id}`);
  }
}
