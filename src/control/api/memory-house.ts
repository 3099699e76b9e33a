/**
 * The API's HTTP door with people before it and desks behind it, for tests: a node in memory, real logins, audit and
 * suppression over a database in memory, and a login or key of any role.
 */
import { type Clock, type MonoMs, systemClock, type WallMs } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { seededRandom } from "../../base/random.ts";
import { idOf, type MessageKey, type TenantId } from "../../model/ids.ts";
import { ACCOUNT_MIGRATIONS } from "../../store/accounts/accounts.ts";
import { AUDIT_MIGRATIONS, AuditLog } from "../../store/audit/audit.ts";
import { LINK_MIGRATIONS, RevokedLinks } from "../../store/links/links.ts";
import { localDialect } from "../../store/sql/dialect.ts";
import { openControlDatabase } from "../../store/sql/migrations.ts";
import { openSuppression, SUPPRESSION_MIGRATIONS } from "../../store/suppression/suppression.ts";
import { TLS_RESULT_MIGRATIONS, TlsResults } from "../../store/tls-results/tls-results.ts";
import { openLogins, type UserRecord } from "../logins/logins.ts";
import { PasswordHashing } from "../logins/password.ts";
import { type Desk, startHttp } from "./api.ts";
import type { LabDesk } from "./lab-desk.ts";
import { openLinks } from "./links.ts";
import { memorySettings, memoryWebhooks } from "./memory-desk.ts";
import { MEMORY_NOW, MemoryNode } from "./memory-node.ts";
import { type RouteName, writeCall } from "./paths.ts";

export const PASSWORD = "correct horse battery";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

/** What a browser or a program sends with each request. */
export interface Bearer {
  readonly headers: Readonly<Record<string, string>>;
}

export const NOBODY: Bearer = { headers: {} };

export class House implements AsyncDisposable {
  readonly node = new MemoryNode();
  readonly audit: AuditLog;
  readonly tls: TlsResults;
  readonly desk: Desk;
  base = "";
  readonly #stack: AsyncDisposableStack;
  readonly #time: { now: number };

  constructor(parts: {
    readonly audit: AuditLog;
    readonly tls: TlsResults;
    readonly desk: Omit<Desk, "node">;
    readonly stack: AsyncDisposableStack;
    readonly time: { now: number };
  }) {
    this.audit = parts.audit;
    this.tls = parts.tls;
    this.desk = { ...parts.desk, node: this.node };
    this.#stack = parts.stack;
    this.#time = parts.time;
  }

  pass(ms: number): void {
    this.#time.now += ms;
  }

  idOf(key: MessageKey): string {
    return idOf(key, this.node.number);
  }

  async fetch(
    method: string,
    target: string,
    who: Bearer = NOBODY,
    body?: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const type = body === undefined ? {} : { "content-type": "application/json" };
    const response = await fetch(`${this.base}${target}`, {
      method,
      redirect: "manual",
      headers: { ...type, ...who.headers, ...more },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined; // a stream or a page
    }
    return { status: response.status, headers: response.headers, text, json };
  }

  async call(name: RouteName, input: object, who: Bearer = NOBODY): Promise<Answer> {
    const { method, target, body } = writeCall(name, input);
    return await this.fetch(method, target, who, body);
  }

  async key(role: UserRecord["role"], tenant?: string): Promise<Bearer> {
    const made = await this.desk.logins?.addKey({
      name: `${role} key`,
      role,
      ...(tenant === undefined ? {} : { tenant: tenant as TenantId }),
    });
    if (!made?.ok) throw new Error(`no key: ${made?.text}`);
    return { headers: { authorization: `Bearer ${made.token}` } };
  }

  /** A person with a session, as a browser has it. */
  async session(role: UserRecord["role"], tenant?: string, name = `${role}-${tenant ?? "node"}`): Promise<Bearer> {
    const home = tenant === undefined ? {} : { tenant: tenant as TenantId };
    const added = await this.desk.logins?.addUser({ name, role, password: PASSWORD, ...home });
    if (!added?.ok) throw new Error(`no user: ${added?.text}`);
    return await this.login(name);
  }

  async login(name: string): Promise<Bearer> {
    const answer = await this.call("login", { name, password: PASSWORD });
    if (answer.status !== 200) throw new Error(`no login: ${answer.text}`);
    const cookie = (answer.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
    const { me } = answer.json as { readonly me: { readonly csrf: string } };
    return { headers: { cookie, "fairlead-csrf": me.csrf } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}

/** `settings` is where the control database is; `lab`, what else stands behind the API. */
export async function openHouse(settings = ":memory:", lab?: LabDesk): Promise<House> {
  const stack = new AsyncDisposableStack();
  const database = stack.use(
    await openControlDatabase(localDialect(settings), [
      ACCOUNT_MIGRATIONS,
      AUDIT_MIGRATIONS,
      SUPPRESSION_MIGRATIONS,
      LINK_MIGRATIONS,
      TLS_RESULT_MIGRATIONS,
    ]),
  );
  const time = { now: MEMORY_NOW as number };
  const clock: Clock = { ...systemClock, wall: () => time.now as WallMs, mono: () => time.now as MonoMs };
  const random = seededRandom("house");
  const secrets = new Map<string, Uint8Array>();
  const logins = openLogins(database, {
    ...{ clock, random, node: "n1", hashing: new PasswordHashing(random, { memory: 8, passes: 1, lanes: 1 }) },
    secrets: {
      secret: (name) => secrets.get(name),
      setSecret: async (name, value) => void (value === undefined ? secrets.delete(name) : secrets.set(name, value)),
    },
  });
  const audit = stack.use(new AuditLog(database, { clock, log: silentLog }));
  const suppression = stack.use(openSuppression(database, { clock, random, log: silentLog }));
  const tls = stack.use(new TlsResults(database, { clock, log: silentLog, node: "n1" }));
  const house = new House({
    ...{ audit, tls, stack, time },
    desk: {
      ...{ logins, audit, suppression, settings: memorySettings(MEMORY_NOW), webhooks: memoryWebhooks() },
      tlsReports: { results: tls, sends: false },
      links: openLinks(random.bytes(32), new RevokedLinks(database), clock),
      metrics: { text: async () => "# figures\n" },
      keeping: {
        history: async () => ({ days: 30, files: [{ day: "2026-03-03", bytes: 4096, deliveries: 9, broken: false }] }),
        others: async () => [{ what: "events", days: 3 }],
        forget: async () => 2,
      },
      publicUrl: () => "https://relay.example.net",
      ...(lab && { lab }),
    },
  });
  const http = stack.use(await startHttp({ ...house.desk, at: { ip: "127.0.0.1", port: 0 }, log: silentLog, clock }));
  house.base = `http://127.0.0.1:${http.local.port}`;
  return house;
}
