/**
 * People, their sessions and programs' keys in the control database. Keeps and finds; what a right password is, how
 * long a session lives and who may do what is decided in control/logins.
 */
import { type Kysely, type Selectable, sql } from "kysely";
import type { ControlDatabase } from "../sql/migrations.ts";
import type { AccountTables } from "./schema.ts";

export { ACCOUNT_MIGRATIONS } from "./schema.ts";

export type UserRow = Selectable<AccountTables["account_user"]>;
export type SessionRow = Selectable<AccountTables["account_session"]>;
export type KeyRow = Selectable<AccountTables["account_key"]>;

/** What became of a change that must not leave the node without an owner. */
export type UserChange = { readonly is: "done"; readonly user: UserRow } | { readonly is: "not-found" | "last-owner" };

export class Accounts {
  readonly #db: Kysely<AccountTables>;

  constructor(database: ControlDatabase) {
    this.#db = database.tables<AccountTables>();
  }

  async user(name: string): Promise<UserRow | undefined> {
    return await this.#db.selectFrom("account_user").selectAll().where("name", "=", name).executeTakeFirst();
  }

  /** By name; of one tenant where given. */
  async users(tenant?: string): Promise<readonly UserRow[]> {
    let query = this.#db.selectFrom("account_user").selectAll().orderBy("name");
    if (tenant !== undefined) query = query.where("tenant", "=", tenant);
    return await query.execute();
  }

  async hasUsers(): Promise<boolean> {
    return (await this.#db.selectFrom("account_user").select("name").limit(1).executeTakeFirst()) !== undefined;
  }

  /** False if the name is taken. */
  async addUser(user: UserRow): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto("account_user")
      .values(user)
      .onConflict((conflict) => conflict.column("name").doNothing())
      .executeTakeFirst();
    return (numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  /** Refused where the last owner would be none afterwards. */
  async changeUser(name: string, change: Partial<Omit<UserRow, "name">>): Promise<UserChange> {
    return await this.#db.transaction().execute(async (inside): Promise<UserChange> => {
      const user = await inside.selectFrom("account_user").selectAll().where("name", "=", name).executeTakeFirst();
      if (!user) return { is: "not-found" };
      if (change.role !== undefined && change.role !== "owner" && (await isLastOwner(inside, user))) return { is: "last-owner" };
      const changed = { ...user, ...change };
      await inside.updateTable("account_user").set(change).where("name", "=", name).execute();
      return { is: "done", user: changed };
    });
  }

  /** With its sessions. */
  async removeUser(name: string): Promise<UserChange> {
    return await this.#db.transaction().execute(async (inside): Promise<UserChange> => {
      const user = await inside.selectFrom("account_user").selectAll().where("name", "=", name).executeTakeFirst();
      if (!user) return { is: "not-found" };
      if (await isLastOwner(inside, user)) return { is: "last-owner" };
      await inside.deleteFrom("account_session").where("user", "=", name).execute();
      await inside.deleteFrom("account_user").where("name", "=", name).execute();
      return { is: "done", user };
    });
  }

  /** True once for each step and all before it. */
  async takeStep(name: string, step: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable("account_user")
      .set({ last_step: step })
      .where("name", "=", name)
      .where("last_step", "<", step)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Keeps no more than `most` of a user: the oldest end. */
  async addSession(session: SessionRow, most: number): Promise<void> {
    await this.#db.transaction().execute(async (inside) => {
      await inside.insertInto("account_session").values(session).execute();
      const kept = await inside
        .selectFrom("account_session")
        .select("id")
        .where("user", "=", session.user)
        .orderBy("since", "desc")
        .orderBy("id")
        .limit(most)
        .execute();
      await inside
        .deleteFrom("account_session")
        .where("user", "=", session.user)
        .where("id", "not in", [session.id, ...kept.map(({ id }) => id)])
        .execute();
    });
  }

  async sessionByHash(hash: string): Promise<{ readonly session: SessionRow; readonly user: UserRow } | undefined> {
    const session = await this.#db.selectFrom("account_session").selectAll().where("token_hash", "=", hash).executeTakeFirst();
    const user = session && (await this.user(session.user));
    return user && { session, user };
  }

  async sessions(user: string): Promise<readonly SessionRow[]> {
    return await this.#db.selectFrom("account_session").selectAll().where("user", "=", user).orderBy("since", "desc").execute();
  }

  async touchSession(id: string, change: { readonly last_seen_at?: number; readonly fresh_until?: number }): Promise<void> {
    await this.#db.updateTable("account_session").set(change).where("id", "=", id).execute();
  }

  async endSession(user: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom("account_session")
      .where("user", "=", user)
      .where("id", "=", id)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async endSessions(user: string, butNot?: string): Promise<void> {
    let query = this.#db.deleteFrom("account_session").where("user", "=", user);
    if (butNot !== undefined) query = query.where("id", "<>", butNot);
    await query.execute();
  }

  /** Those that were begun, or last seen, before. */
  async dropSessions(before: { readonly since: number; readonly seen: number }): Promise<void> {
    await this.#db
      .deleteFrom("account_session")
      .where((row) => row.or([row("since", "<", before.since), row("last_seen_at", "<", before.seen)]))
      .execute();
  }

  async addKey(key: KeyRow): Promise<void> {
    await this.#db.insertInto("account_key").values(key).execute();
  }

  async keyByHash(hash: string): Promise<KeyRow | undefined> {
    return await this.#db.selectFrom("account_key").selectAll().where("token_hash", "=", hash).executeTakeFirst();
  }

  /** Oldest first; of one tenant where given. */
  async keys(tenant?: string): Promise<readonly KeyRow[]> {
    let query = this.#db.selectFrom("account_key").selectAll().orderBy("created_at").orderBy("id");
    if (tenant !== undefined) query = query.where("tenant", "=", tenant);
    return await query.execute();
  }

  async touchKey(id: string, at: number): Promise<void> {
    await this.#db.updateTable("account_key").set({ last_used_at: at }).where("id", "=", id).execute();
  }

  async removeKey(id: string, tenant?: string): Promise<KeyRow | undefined> {
    let query = this.#db.deleteFrom("account_key").where("id", "=", id);
    if (tenant !== undefined) query = query.where("tenant", "=", tenant);
    return await query.returningAll().executeTakeFirst();
  }

  /** In place of the one before. */
  async setFirstCode(codeHash: string, until: number): Promise<void> {
    await this.#db
      .insertInto("account_first_code")
      .values({ id: 1, code_hash: codeHash, until })
      .onConflict((conflict) => conflict.column("id").doUpdateSet({ code_hash: codeHash, until }))
      .execute();
  }

  async firstCodeIsGood(codeHash: string, now: number): Promise<boolean> {
    const row = await this.#db
      .selectFrom("account_first_code")
      .select("until")
      .where("code_hash", "=", codeHash)
      .where("until", ">", now)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Uses the code up and makes the owner, or gives an owner a new password, in one step; false if it was not good. */
  async useFirstCode(codeHash: string, now: number, owner: UserRow): Promise<boolean> {
    return await this.#db.transaction().execute(async (inside) => {
      const { numDeletedRows } = await inside
        .deleteFrom("account_first_code")
        .where("code_hash", "=", codeHash)
        .where("until", ">", now)
        .executeTakeFirst();
      if (numDeletedRows === 0n) return false;
      const { password, second_factor } = owner;
      await inside
        .insertInto("account_user")
        .values(owner)
        .onConflict((conflict) => conflict.column("name").doUpdateSet({ password, second_factor }))
        .execute();
      await inside.deleteFrom("account_session").where("user", "=", owner.name).execute();
      return true;
    });
  }
}

async function isLastOwner(db: Kysely<AccountTables>, user: UserRow): Promise<boolean> {
  if (user.role !== "owner") return false;
  const owners = await db.selectFrom("account_user").select(sql<number>`count(*)`.as("n")).where("role", "=", "owner").executeTakeFirst();
  return Number(owners?.n ?? 0) <= 1;
}
