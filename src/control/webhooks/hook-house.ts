/** For tests: a journal, receivers and a database in memory, virtual time, and webhooks between them that can be restarted. */
import { test } from "node:test";
import { ProcessClock, SimClock } from "../../../lab/world/sim-clock.ts";
import type { WallMs } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { seededRandom } from "../../base/random.ts";
import type { Resolver } from "../../base/resolver.ts";
import type { EventBody, FairleadEvent, NewEvent } from "../../model/event.ts";
import type { MessageKey, NodeNumber, TenantId } from "../../model/ids.ts";
import { EVERYTHING, maySee, type View } from "../../model/view.ts";
import { HOOK_MIGRATIONS } from "../../store/hooks/hooks.ts";
import { ControlSettings, SETTINGS_MIGRATIONS } from "../../store/settings/control-settings.ts";
import { localDialect } from "../../store/sql/dialect.ts";
import { type ControlDatabase, openControlDatabase } from "../../store/sql/migrations.ts";
import type { MessageRecord, NodeFace } from "../api/node-face.ts";
import { SettingsDesk } from "../settings/settings.ts";
import type { HttpAnswer, HttpClient, HttpPost } from "./http-client.ts";
import { openWebhooks, type Webhooks } from "./webhooks.ts";

export const NOON = Date.parse("2026-03-03T12:00:00Z") as WallMs;
export const TAKEN: HttpAnswer = { is: "answer", status: 204, retryAfter: undefined, text: "" };

export function answer(status: number, text = "", retryAfter?: string): HttpAnswer {
  return { is: "answer", status, retryAfter, text };
}

/** Dense from 1; the oldest may go. A message's tenant is the one it was accepted for. */
export class MemoryJournal implements Pick<NodeFace, "name" | "number" | "events" | "onEvents" | "message"> {
  readonly name = "n1";
  readonly number = 1 as NodeNumber;
  readonly happened: FairleadEvent[] = [];
  readonly #listeners = new Set<(events: readonly NewEvent[]) => void>();
  readonly #tenants = new Map<MessageKey, TenantId>();
  readonly #clock: { wall(): WallMs };
  /** Questions asked, by who looks. */
  readonly asked = { all: 0, tenant: 0 };
  broken: Error | undefined;

  constructor(clock: { wall(): WallMs }) {
    this.#clock = clock;
  }

  get newest(): number {
    return this.happened.at(-1)?.seq ?? 0;
  }

  add(body: EventBody, message?: number, heard: "heard" | "unheard" = "heard"): number {
    const key = message as MessageKey | undefined;
    const event = { at: this.#clock.wall(), body, ...(key !== undefined && { message: key }) };
    if (body.kind === "accepted" && key !== undefined) this.#tenants.set(key, body.envelope.tenant);
    this.happened.push({ ...event, seq: this.newest + 1 });
    if (heard === "heard") this.tell(1);
    return this.newest;
  }

  /** Says that the last `count` events happened. */
  tell(count: number): void {
    for (const listener of this.#listeners) listener(this.happened.slice(-count).map(({ at, body }) => ({ at, body })));
  }

  /** So many alarms: events as small as any. */
  fill(count: number, heard?: "unheard"): void {
    for (let n = 0; n < count; n++) this.add({ kind: "alarm", code: "test", text: `${this.newest + 1}` }, undefined, heard);
  }

  prune(until: number): void {
    this.happened.splice(
      0,
      this.happened.findIndex(({ seq }) => seq >= until),
    );
  }

  async events(view: View, after: number, limit: number): Promise<readonly FairleadEvent[]> {
    if (this.broken !== undefined) throw this.broken;
    this.asked[view.sees === "all" ? "all" : "tenant"]++;
    const oldest = this.happened[0]?.seq ?? 1;
    const from = Math.max(0, after + 1 - oldest);
    return this.happened
      .slice(from, from + limit)
      .filter(({ message }) => view.sees === "all" || (view.sees === "tenant" && this.#tenants.get(message ?? NOBODY) === view.tenant));
  }

  async message(view: View, key: MessageKey): Promise<MessageRecord | undefined> {
    const events = (await this.events(EVERYTHING, 0, this.newest)).filter(({ message }) => message === key);
    const [first] = events;
    if (first?.body.kind !== "accepted" || !maySee(view, first.body.envelope.tenant, key)) return undefined;
    return { envelope: { ...first.body.envelope, key }, open: [], events, lanes: [] };
  }

  onEvents(listener: (events: readonly NewEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

const NOBODY = -1 as MessageKey;

export interface Told {
  readonly node: string;
  readonly first: number;
  readonly last: number;
  readonly events: readonly {
    readonly seq?: number;
    readonly body?: { readonly kind: string };
    readonly gap?: { from: number; to: number };
  }[];
}

export interface Got {
  readonly at: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
  readonly told: Told;
  readonly addresses: readonly string[];
}

/** Receivers: what they got, and what they answer next. */
export class Receivers implements HttpClient {
  readonly got: Got[] = [];
  readonly #clock: SimClock;
  answers: (post: HttpPost, told: Told) => Promise<HttpAnswer> | HttpAnswer = () => TAKEN;
  tookMs = 20;
  open = 0;
  mostOpen = 0;

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  async post(post: HttpPost): Promise<HttpAnswer> {
    const told = JSON.parse(Buffer.from(post.body).toString()) as Told;
    this.got.push({
      at: this.#clock.wall(),
      url: post.url,
      headers: post.headers,
      bytes: post.body.length,
      told,
      addresses: post.addresses,
    });
    this.mostOpen = Math.max(this.mostOpen, ++this.open);
    try {
      await this.#clock.sleep(this.tookMs, post.signal);
      return await this.answers(post, told);
    } catch (thrown) {
      return { is: "failed", why: thrown instanceof Error ? thrown.message : "ended" };
    } finally {
      this.open--;
    }
  }

  /** Sequences of the events that the receiver was told, in the order they came. */
  seqs(url?: string): readonly number[] {
    return this.got
      .filter((one) => url === undefined || one.url === url)
      .flatMap(({ told }) => told.events.map(({ seq, gap }) => seq ?? -(gap?.to ?? 0)));
  }
}

export class HookHouse {
  readonly clock = new SimClock(NOON);
  readonly journal = new MemoryJournal(this.clock);
  readonly http = new Receivers(this.clock);
  readonly names: Record<string, readonly string[]> = {};
  readonly logged: string[] = [];
  readonly alarms: string[] = [];
  readonly database: ControlDatabase;
  settings: ControlSettings;
  hooks!: Webhooks;
  #process: ProcessClock | undefined;
  #running = new AbortController();
  #starts = 0;

  private constructor(database: ControlDatabase, settings: ControlSettings) {
    this.database = database;
    this.settings = settings;
  }

  static async open(): Promise<HookHouse> {
    const database = await openControlDatabase(localDialect(":memory:"), [SETTINGS_MIGRATIONS, HOOK_MIGRATIONS]);
    const house = new HookHouse(database, await settingsOf(database));
    await house.start();
    return house;
  }

  get #resolver(): Resolver {
    return {
      mx: async () => ({ status: "nodata" }),
      addresses: async (host) => ({ status: "ok", records: this.names[host] ?? (/^[\d.:a-f]+$/.test(host) ? [host] : ["198.41.0.4"]) }),
    };
  }

  async start(): Promise<void> {
    this.#process = new ProcessClock(this.clock);
    this.#running = new AbortController();
    const log: Log = (level, sentence, fields) => void this.logged.push(`${level} ${sentence} ${JSON.stringify(fields)}`);
    this.hooks = await openWebhooks({
      ...{ database: this.database, settings: this.settings, node: this.journal, clock: this.#process, http: this.http, log },
      ...{ random: seededRandom(`hooks ${this.#starts++}`), resolver: this.#resolver },
      alarm: (code, text) => void this.alarms.push(`${code}: ${text}`),
    });
    void this.hooks.watch(this.#running.signal);
  }

  /** As SIGTERM does, and started again with what the database has. */
  async restart(): Promise<void> {
    this.#running.abort(new Error("stopped"));
    await this.clock.during(this.#closed());
    await this.#reopen();
  }

  /** As kill -9 does: nothing that was under way goes on, or is written. */
  async kill(): Promise<void> {
    this.#process?.kill();
    this.#running.abort(new Error("killed"));
    await this.#reopen();
  }

  async #reopen(): Promise<void> {
    this.settings = await settingsOf(this.database);
    await this.start();
  }

  async addHook(name: string, more: { url?: string; kinds?: readonly string[]; tenant?: string } = {}): Promise<string> {
    const { url = `https://${name}.example/in`, kinds = [], tenant } = more;
    const hook = { name, url, kinds, private: false, ...(tenant !== undefined && { tenant: tenant as TenantId }) };
    const added = await this.hooks.add(EVERYTHING, hook);
    if (!added.ok) throw new Error(`${added.refusal.text}; ${added.refusal.fix}`);
    return added.secret;
  }

  async apply(yaml: string): Promise<readonly string[]> {
    const verifierOf = async () => ({ iterations: 1, salt: new Uint8Array(1), storedKey: new Uint8Array(1), serverKey: new Uint8Array(1) });
    const desk = new SettingsDesk({ settings: this.settings, clock: this.clock, random: seededRandom("apply"), verifierOf });
    const answered = await desk.apply({ yaml, dryRun: false, by: "ann" });
    if (!answered.ok) throw new Error(answered.refusal.text);
    await this.clock.runFor(1);
    return answered.applied.effect;
  }

  async record(name: string): Promise<Awaited<ReturnType<Webhooks["list"]>>[number]> {
    const found = (await this.hooks.list(EVERYTHING)).find((one) => one.name === name);
    if (found === undefined) throw new Error(`no webhook ${name}`);
    return found;
  }

  async #closed(): Promise<void> {
    await this.hooks[Symbol.asyncDispose]();
  }

  async close(): Promise<void> {
    await this.clock.during(this.#closed());
    await this.database[Symbol.asyncDispose]();
  }
}

async function settingsOf(database: ControlDatabase): Promise<ControlSettings> {
  return await ControlSettings.open(database, { nodeKey: new Uint8Array(32).fill(7), random: seededRandom("settings"), now: NOON });
}

/** An envelope with the fields that matter here. */
export function accepted(tenant: string): EventBody {
  return {
    kind: "accepted",
    envelope: {
      ...{ acceptedAt: NOON, expiresAt: NOON, tenant: tenant as TenantId, source: "s" as never, sender: "a@s" as never, mailFrom: "" },
      ...{ recipients: [], class: "normal", bytes: 1, body: "7bit", smtpUtf8: false },
      peer: { ip: "192.0.2.1", helo: "h", listener: "smtp" },
    },
  };
}

/** Registers the test, in a house of its own. */
export function inHouse(sentence: string, body: (house: HookHouse) => Promise<void>): void {
  test(sentence, async () => {
    const house = await HookHouse.open();
    try {
      await body(house);
    } finally {
      await house.close();
    }
  });
}

/** Sequences in a row. */
export function upTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, n) => first + n);
}
