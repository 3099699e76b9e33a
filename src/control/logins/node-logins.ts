/** Logins as this node has them: sessions, people and keys over the control database. */
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import { Accounts } from "../../store/accounts/accounts.ts";
import type { ControlDatabase } from "../../store/sql/migrations.ts";
import type { Logins } from "./logins.ts";
import type { LoginsPorts, SecretPlace } from "./logins-ports.ts";
import { PasswordHashing } from "./password.ts";
import { People } from "./people.ts";
import { ProgramKeys } from "./program-keys.ts";
import { SecondFactors } from "./second-factor.ts";
import { LoginThrottle } from "./throttle.ts";
import { Visits } from "./visits.ts";

export type { SecretPlace } from "./logins-ports.ts";

export interface OpenLogins {
  readonly clock: Clock;
  readonly random: Random;
  /** Seals the secrets of second factors: `ControlSettings`. */
  readonly secrets: SecretPlace;
  /** The node's name, which authenticator apps show. */
  readonly node: string;
  /** Cheaper hashes, for tests. */
  readonly hashing?: PasswordHashing;
}

/** The database has the accounts' migrations done. */
export function openLogins(database: ControlDatabase, { hashing, ...ports }: OpenLogins): Logins {
  const all: LoginsPorts = {
    ...ports,
    accounts: new Accounts(database),
    hashing: hashing ?? new PasswordHashing(ports.random),
    throttle: new LoginThrottle(ports.clock),
  };
  const visits = new Visits(all);
  const people = new People(all);
  const factors = new SecondFactors(all);
  const keys = new ProgramKeys(all);
  return {
    bySession: (token) => visits.bySession(token),
    lookAtSession: (token) => visits.lookAtSession(token),
    byKey: (token) => keys.byKey(token),
    login: (who, visitor) => visits.login(who, visitor),
    logout: (token) => visits.logout(token),
    confirm: (token, proof, visitor) => visits.confirm(token, proof, visitor),
    makeFirstCode: () => visits.makeFirstCode(),
    hasUsers: () => people.hasUsers(),
    firstCodeIsGood: (code) => visits.firstCodeIsGood(code),
    useFirstCode: (code, user, visitor) => visits.useFirstCode(code, user, visitor),
    users: (view) => people.users(view),
    addUser: (user) => people.addUser(user),
    setUser: (name, change) => people.setUser(name, change),
    removeUser: (view, name) => people.removeUser(view, name),
    changePassword: (token, change, visitor) => visits.changePassword(token, change, visitor),
    beginSecondFactor: (name) => factors.begin(name),
    finishSecondFactor: (name, code) => factors.finish(name, code),
    sessions: (name, token) => visits.sessions(name, token),
    endSession: (name, id) => visits.endSession(name, id),
    keys: (view) => keys.keys(view),
    addKey: (key) => keys.addKey(key),
    removeKey: (view, id) => keys.removeKey(view, id),
  };
}
