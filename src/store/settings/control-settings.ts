/**
 * What is changed while the program runs: documents by kind and key, kept as numbered revisions, and the secrets that
 * belong to them. One commit is one revision, however many documents it changes; nothing is overwritten, so each can
 * be shown, compared and taken back. Current documents are held in memory (there are hundreds, not millions): reading
 * is synchronous, writing waits until it is on disk.
 *
 * Secrets are not part of revisions: a rollback brings a source back, and it knows the password it had last.
 */
import { canonicalJson } from "../../base/canonical-json.ts";
import type { WallMs } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { ControlDatabase } from "../sql/migrations.ts";
import { adoptDocuments } from "./adoption.ts";
import { documentsAt, lastRevision, writeRevision } from "./revision-log.ts";
import type { SettingsTables } from "./schema.ts";
import { SecretFault, seal, unseal } from "./secret-box.ts";

export { type OperatorAction, OperatorActions } from "./operator-actions.ts";
export { SETTINGS_MIGRATIONS } from "./schema.ts";
export { SECRET_KEY_BYTES, SecretFault } from "./secret-box.ts";

export interface SettingsDocument {
  readonly kind: string;
  readonly key: string;
  /** The revision that wrote it last. */
  readonly revision: number;
  readonly createdAt: WallMs;
  readonly value: unknown;
}

/** Without a value: removed. */
export interface SettingsChange {
  readonly kind: string;
  readonly key: string;
  readonly value?: unknown;
  /** Of a new document; the commit's time where absent. */
  readonly createdAt?: WallMs;
}

/** Without a value: forgotten. */
export interface SecretChange {
  readonly name: string;
  readonly value?: Uint8Array;
}

export interface CommitOrder {
  /** `operator:ann`, `start`. */
  readonly by: string;
  readonly at: WallMs;
  readonly note?: string;
  /** The revision that the caller saw; if another came since, nothing is written. */
  readonly expect?: number;
  readonly secrets?: readonly SecretChange[];
  readonly rolledBackTo?: number;
}

/** `revision` is the current one: a new one, or the one that stood if nothing differs. */
export type Committed = { readonly ok: true; readonly revision: number } | { readonly ok: false; readonly stale: number };

export interface Revision {
  readonly revision: number;
  readonly at: WallMs;
  readonly by: string;
  readonly note?: string;
  readonly rolledBackTo?: number;
  /** How many documents it changed. */
  readonly changes: number;
}

export interface DocumentDifference {
  readonly kind: string;
  readonly key: string;
  /** Absent: it was not there. */
  readonly before?: unknown;
  /** Absent: it is gone. */
  readonly after?: unknown;
}

type Listener = (changed: readonly DocumentDifference[]) => void;

export class ControlSettings {
  readonly #db: ReturnType<typeof tablesOf>;
  readonly #random: Random;
  readonly #dataKey: Uint8Array;
  readonly #documents = new Map<string, SettingsDocument>();
  readonly #sealed = new Map<string, string>();
  readonly #listeners = new Set<Listener>();
  #revision = 0;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(db: ReturnType<typeof tablesOf>, dataKey: Uint8Array, random: Random) {
    this.#db = db;
    this.#dataKey = dataKey;
    this.#random = random;
  }

  /**
   * `nodeKey` has 32 bytes and comes from outside the database. Takes over what an earlier version kept, once.
   * @throws {SecretFault} `SECRET_KEY_WRONG` @throws {SqlFault}
   */
  static async open(database: ControlDatabase, ports: { nodeKey: Uint8Array; random: Random; now: WallMs }): Promise<ControlSettings> {
    const db = tablesOf(database);
    const settings = new ControlSettings(db, await dataKeyOf(db, ports), ports.random);
    await settings.refresh();
    await adoptDocuments(database, settings, ports.now);
    return settings;
  }

  /** The current revision; 0 before the first. */
  get revision(): number {
    return this.#revision;
  }

  /** Current documents by kind and key. */
  documents(kind?: string): readonly SettingsDocument[] {
    return [...this.#documents.values()]
      .filter((one) => kind === undefined || one.kind === kind)
      .sort((a, b) => compare(a.kind, b.kind) || compare(a.key, b.key));
  }

  get(kind: string, key: string): SettingsDocument | undefined {
    return this.#documents.get(nameOf(kind, key));
  }

  /** One after the other; resolves once it is on disk. Documents that stay what they are are no change. @throws {SqlFault} */
  async commit(changes: readonly SettingsChange[], order: CommitOrder): Promise<Committed> {
    const turn = this.#last.then(() => this.#commit(changes, order));
    this.#last = turn.catch(() => {}); // its caller hears of it
    return await turn;
  }

  /** Newest first, below `before`. */
  async revisions(limit: number, before?: number): Promise<readonly Revision[]> {
    let query = this.#db.selectFrom("settings_revision").selectAll().orderBy("revision", "desc").limit(limit);
    if (before !== undefined) query = query.where("revision", "<", before);
    return (await query.execute()).map((row) => ({
      revision: row.revision,
      at: row.at as WallMs,
      by: row.by,
      ...(row.note !== null && { note: row.note }),
      ...(row.rolled_back_to !== null && { rolledBackTo: row.rolled_back_to }),
      changes: row.changes,
    }));
  }

  /** The documents as they stood after that revision; undefined if there was none of that number. */
  async at(revision: number): Promise<readonly SettingsDocument[] | undefined> {
    if (!Number.isSafeInteger(revision) || revision < 0 || revision > this.#revision) return undefined;
    return await documentsAt(this.#db, revision);
  }

  /** What differs between two revisions, by kind and key; undefined if one of them never was. */
  async diff(from: number, to: number): Promise<readonly DocumentDifference[] | undefined> {
    const [before, after] = await Promise.all([this.at(from), this.at(to)]);
    return before && after && differences(before, after);
  }

  /** @throws {SecretFault} `SECRET_BROKEN` */
  secret(name: string): Uint8Array | undefined {
    const sealed = this.#sealed.get(name);
    if (sealed === undefined) return undefined;
    const secret = unseal(this.#dataKey, name, sealed);
    if (!secret) throw new SecretFault("SECRET_BROKEN", `the secret ${name} cannot be opened: its row in settings_secret was changed`);
    return secret;
  }

  hasSecret(name: string): boolean {
    return this.#sealed.has(name);
  }

  /** Seals one, or forgets it; no revision comes of it. */
  async setSecret(name: string, value: Uint8Array | undefined, at: WallMs): Promise<void> {
    if (value === undefined && !this.#sealed.has(name)) return;
    await this.commit([], { by: "fairlead", at, secrets: [{ name, ...(value && { value }) }] });
  }

  /** Calls after each commit that changed documents, once it is on disk. The result ends it. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads everything again: at the start, and where another node writes the same database. */
  async refresh(): Promise<void> {
    const revision = await lastRevision(this.#db);
    const documents = await documentsAt(this.#db, revision);
    const secrets = await this.#db.selectFrom("settings_secret").select(["name", "sealed"]).execute();
    const before = this.documents();
    this.#revision = revision;
    this.#documents.clear();
    for (const document of documents) this.#documents.set(nameOf(document.kind, document.key), document);
    this.#sealed.clear();
    for (const { name, sealed } of secrets) this.#sealed.set(name, sealed);
    this.#tell(differences(before, documents));
  }

  async #commit(changes: readonly SettingsChange[], order: CommitOrder): Promise<Committed> {
    if (order.expect !== undefined && order.expect !== this.#revision) return { ok: false, stale: this.#revision };
    const wanted = this.#wanted(changes, order.at);
    const secrets = (order.secrets ?? []).map(({ name, value }) => ({
      name,
      ...(value && { sealed: seal(this.#dataKey, name, value, this.#random) }),
    }));
    if (wanted.length === 0 && secrets.length === 0) return { ok: true, revision: this.#revision };
    const written = await writeRevision(this.#db, this.#revision, wanted, secrets, order);
    if (!written) {
      await this.refresh(); // another node was first
      return { ok: false, stale: this.#revision };
    }
    for (const { name, sealed } of secrets) sealed === undefined ? this.#sealed.delete(name) : this.#sealed.set(name, sealed);
    if (wanted.length === 0) return { ok: true, revision: this.#revision };
    this.#revision++;
    const changed = wanted.map(({ kind, key, value, createdAt }): DocumentDifference => {
      const before = this.get(kind, key);
      if (value === undefined) this.#documents.delete(nameOf(kind, key));
      else this.#documents.set(nameOf(kind, key), { kind, key, revision: this.#revision, createdAt, value });
      return { kind, key, ...(before && { before: before.value }), ...(value !== undefined && { after: value }) };
    });
    this.#tell(changed);
    return { ok: true, revision: this.#revision };
  }

  /** The changes that change something; of several to one document the last. */
  #wanted(changes: readonly SettingsChange[], at: WallMs): readonly (SettingsChange & { readonly createdAt: WallMs })[] {
    const last = new Map(changes.map((change) => [nameOf(change.kind, change.key), change]));
    return [...last.values()].flatMap(({ kind, key, value, createdAt = at }) => {
      const now = this.get(kind, key);
      if (canonicalJson(now?.value) === canonicalJson(value)) return [];
      return [{ kind, key, value, createdAt: now?.createdAt ?? createdAt }];
    });
  }

  #tell(changed: readonly DocumentDifference[]): void {
    if (changed.length > 0) for (const listener of this.#listeners) listener(changed);
  }
}

function tablesOf(database: ControlDatabase) {
  return database.tables<SettingsTables>();
}

async function dataKeyOf(
  db: ReturnType<typeof tablesOf>,
  { nodeKey, random, now }: { nodeKey: Uint8Array; random: Random; now: WallMs },
): Promise<Uint8Array> {
  const row = await db.selectFrom("settings_data_key").select("wrapped").where("id", "=", 1).executeTakeFirst();
  if (row) {
    const key = unseal(nodeKey, DATA_KEY, row.wrapped);
    if (key) return key;
    throw new SecretFault(
      "SECRET_KEY_WRONG",
      "the secrets in the database were sealed with another key: put back the key file that belongs to this data folder",
    );
  }
  const key = random.bytes(nodeKey.length);
  await db
    .insertInto("settings_data_key")
    .values({ id: 1, wrapped: seal(nodeKey, DATA_KEY, key, random), at: now })
    .execute();
  return key;
}

/** What the wrapped data key is called where a secret has its name. */
const DATA_KEY = "data key";

function differences(before: readonly SettingsDocument[], after: readonly SettingsDocument[]): readonly DocumentDifference[] {
  const old = new Map(before.map((one) => [nameOf(one.kind, one.key), one]));
  const fresh = new Map(after.map((one) => [nameOf(one.kind, one.key), one]));
  return [...new Set([...old.keys(), ...fresh.keys()])].sort().flatMap((name) => {
    const [was, is] = [old.get(name), fresh.get(name)];
    const { kind, key } = is ?? was ?? { kind: "", key: "" };
    if (canonicalJson(was?.value) === canonicalJson(is?.value)) return [];
    return [{ kind, key, ...(was && { before: was.value }), ...(is && { after: is.value }) }];
  });
}

function nameOf(kind: string, key: string): string {
  return `${kind}\n${key}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
