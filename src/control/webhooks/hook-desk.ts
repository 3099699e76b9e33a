/**
 * Webhooks as people make and change them. A definition is a document of the settings, so that it is exported, compared
 * and rolled back with them; its secret is sealed beside it and shown once, here.
 */
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { View } from "../../model/view.ts";
import type { HookState } from "../../store/hooks/hooks.ts";
import type { ControlSettings, SecretChange, SettingsChange } from "../../store/settings/control-settings.ts";
import type { WebhookDesk, WebhookRecord } from "../api/desk.ts";
import type { Refusal } from "../api/node-face.ts";
import {
  DEFAULT_TENANT,
  isSettingName,
  MEANT_PRIVATE,
  MOST_WEBHOOKS,
  newWebhookSecret,
  settingsOf,
  type WebhookSetting,
  webhookFaults,
  webhookSecret,
} from "../settings/settings.ts";
import { Hook } from "./hook.ts";
import type { HookBook } from "./hook-book.ts";
import type { Teller } from "./teller.ts";

/** Of one tenant, so that it does not take the others' places. */
export const MOST_OF_TENANT = 4;
/** Changes that others made first. */
const MOST_TRIES = 5;

export interface HookDeskPorts {
  readonly settings: ControlSettings;
  readonly book: HookBook;
  readonly teller: Teller;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

type Refused = { readonly ok: false; readonly refusal: Refusal };
/** What an order would make of the settings as they are at this moment. */
type Proposal = Refused | { readonly ok: true; readonly changes: readonly SettingsChange[] };

export class HookDesk implements WebhookDesk {
  readonly #ports: HookDeskPorts;

  constructor(ports: HookDeskPorts) {
    this.#ports = ports;
  }

  async list(view: View): Promise<readonly WebhookRecord[]> {
    await this.#ports.book.settled();
    const hooks = this.#ports.book.all().filter((hook) => hook.isFor(view));
    if (hooks.length === 0) return [];
    const newest = await this.#ports.book.newest();
    return hooks.map((hook) => hook.record(newest));
  }

  async add(view: View, hook: Parameters<WebhookDesk["add"]>[1]): ReturnType<WebhookDesk["add"]> {
    const { book, random, clock } = this.#ports;
    const { name, url, kinds, private: isPrivate } = hook;
    const tenant = view.sees === "tenant" ? view.tenant : hook.tenant;
    const value: WebhookSetting = {
      url,
      ...(kinds.length > 0 && { kinds: [...kinds] }),
      ...(tenant !== undefined && { tenant }),
      ...(isPrivate && { private: true }),
    };
    const propose = (): Proposal => this.#addition(view, name, value);
    const first = propose();
    if (!first.ok) return first;
    const begin: HookState = { cursor: await book.newest(), replays: 0, run: { is: "ok" } };
    await book.prepare(name, begin);
    const secret = newWebhookSecret(random);
    const refused = await this.#commit(view, propose, [{ name: webhookSecret(name), value: Buffer.from(secret) }]);
    if (refused !== undefined) {
      await book.unprepare(name);
      return refused;
    }
    // The secret is shown now or never, so also of one that could not begin yet.
    const made = book.get(name) ?? new Hook(name, value, begin, clock.wall());
    return { ok: true, webhook: this.#record(made), secret };
  }

  async set(view: View, name: string, change: Parameters<WebhookDesk["set"]>[2]): ReturnType<WebhookDesk["set"]> {
    const { book } = this.#ports;
    const hook = await this.#find(view, name);
    if (hook === undefined) return none(name);
    const refused = await this.#commit(view, () => this.#change(hook, change));
    if (refused !== undefined) return refused;
    if (change.enabled === true && hook.state.run.is !== "ok") hook.restart({ run: { is: "ok" } });
    await book.keep(hook);
    return { ok: true, webhook: this.#record(hook) };
  }

  /** Its secret stays sealed: a rollback brings it back with the one that its receiver knows. */
  async remove(view: View, name: string): ReturnType<WebhookDesk["remove"]> {
    const { book } = this.#ports;
    const hook = await this.#find(view, name);
    if (hook === undefined) return none(name);
    const removed = this.#record(hook);
    const propose = (): Proposal => (book.get(name) === hook ? { ok: true, changes: [{ kind: "webhook", key: name }] } : none(name));
    const refused = await this.#commit(view, propose);
    return refused ?? { ok: true, removed };
  }

  async replay(view: View, name: string, from: number): ReturnType<WebhookDesk["replay"]> {
    const { book } = this.#ports;
    const hook = await this.#find(view, name);
    if (hook === undefined) return none(name);
    const newest = await book.newest();
    if (!Number.isSafeInteger(from) || from < 0 || from > newest)
      return no({ code: "bad-value", text: `there is no event ${from}; the newest is ${newest}`, fix: `name one from 0 to ${newest}` });
    const { lost: _, ...state } = hook.state;
    hook.state = state;
    hook.restart({ cursor: from, replays: state.replays + 1, run: { is: "ok" } });
    await book.keep(hook);
    return { ok: true, cursor: from };
  }

  async test(view: View, name: string): ReturnType<WebhookDesk["test"]> {
    const hook = await this.#find(view, name);
    if (hook === undefined) return none(name);
    const outcome = await this.#ports.teller.test(hook, this.#ports.signal);
    const { ms, status } = outcome;
    const told = { ms, ...(status !== undefined && { status }) };
    if (outcome.is === "taken") return { ok: true, result: { ok: true, ...told } };
    // The status stands beside it: what is said besides is enough.
    const bare = status !== undefined && outcome.why === `it answered ${status}` ? undefined : outcome.why;
    const why = (outcome.is === "failed" ? outcome.said : undefined) ?? bare;
    return { ok: true, result: { ok: false, ...told, ...(why !== undefined && { why }) } };
  }

  async #find(view: View, name: string): Promise<Hook | undefined> {
    await this.#ports.book.settled();
    const hook = this.#ports.book.get(name);
    return hook?.isFor(view) ? hook : undefined;
  }

  #record(hook: Hook): WebhookRecord {
    return hook.record(this.#ports.book.newestAbout);
  }

  #knowsTenant(tenant: string): boolean {
    return tenant === DEFAULT_TENANT || this.#ports.settings.get("tenant", tenant) !== undefined;
  }

  #addition(view: View, name: string, value: WebhookSetting): Proposal {
    const against = this.#refusal(view, name, value);
    if (against !== undefined) return no(against);
    const changes: SettingsChange[] = [{ kind: "webhook", key: name, value }];
    // Its own people are there, so the tenant is; the settings must know it before they can name it.
    if (view.sees === "tenant" && !this.#knowsTenant(view.tenant)) changes.push({ kind: "tenant", key: view.tenant, value: {} });
    return { ok: true, changes };
  }

  /** Of the definition as the settings have it now: what somebody else changed meanwhile stays changed. */
  #change(hook: Hook, change: Parameters<WebhookDesk["set"]>[2]): Proposal {
    const { book, settings } = this.#ports;
    const now = settingsOf(settings, "webhook").find(({ name }) => name === hook.name)?.value;
    if (now === undefined || book.get(hook.name) !== hook) return none(hook.name);
    const { enabled: _, kinds: __, private: ___, ...rest } = now;
    const kinds = change.kinds ?? now.kinds ?? [];
    const value: WebhookSetting = {
      ...rest,
      ...(change.url !== undefined && { url: change.url }),
      ...(kinds.length > 0 && { kinds: [...kinds] }),
      ...(!(change.enabled ?? now.enabled ?? true) && { enabled: false }),
      ...((change.private ?? now.private) && { private: true }),
    };
    const against = faultOf(value);
    return against === undefined ? { ok: true, changes: [{ kind: "webhook", key: hook.name, value }] } : no(against);
  }

  #refusal(view: View, name: string, value: WebhookSetting): Refusal | undefined {
    const { settings } = this.#ports;
    const { tenant } = value;
    if (!isSettingName(name))
      return { code: "bad-value", text: `${name} is no name for a webhook`, fix: "letters, digits, dot, dash; at most 63" };
    if (settings.get("webhook", name) !== undefined)
      return { code: "exists", text: `the name ${name} is taken`, fix: "choose another name" };
    const all = settings.documents("webhook");
    if (all.length >= MOST_WEBHOOKS)
      return { code: "bad-value", text: `there are ${all.length} webhooks, and no more are told`, fix: "remove one" };
    const own = this.#ports.book.all().filter((hook) => hook.tenant === tenant);
    if (tenant !== undefined && own.length >= MOST_OF_TENANT)
      return { code: "bad-value", text: `${tenant} has ${own.length} webhooks, and may have no more`, fix: "remove one" };
    if (tenant !== undefined && view.sees !== "tenant" && !this.#knowsTenant(tenant))
      return { code: "bad-value", text: `there is no tenant ${tenant}`, fix: `write tenants: {${tenant}: {}} and fairlead settings apply` };
    return faultOf(value);
  }

  /** Asks again what is proposed when another change came first; then webhooks are as the settings say. */
  async #commit(view: View, propose: () => Proposal, secrets: readonly SecretChange[] = []): Promise<Refused | undefined> {
    const { settings, clock, book } = this.#ports;
    const by = view.sees === "tenant" ? `tenant:${view.tenant}` : "api";
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const proposed = propose();
      if (!proposed.ok) return proposed;
      const done = await settings.commit(proposed.changes, { by, at: clock.wall(), expect: settings.revision, secrets });
      if (!done.ok) continue;
      await book.sync().catch(() => {}); // whoever follows the settings tries again
      return undefined;
    }
    return no({ code: "too-late", text: "others keep changing the settings", fix: "try again" });
  }
}

function faultOf(value: WebhookSetting): Refusal | undefined {
  const [fault] = webhookFaults(value);
  if (fault === undefined) return undefined;
  const fix = fault.remedy === MEANT_PRIVATE ? "if that is meant, an owner says so: --private, in the API private: true" : fault.remedy;
  return { code: "bad-value", text: `the webhook's ${fault.field || "definition"} ${fault.cause}`, fix };
}

function none(name: string): Refused {
  return no({ code: "not-found", text: `there is no webhook ${name}` });
}

function no(refusal: Refusal): Refused {
  return { ok: false, refusal };
}
