/**
 * All webhooks: their definitions as the settings have them now, their states as the database keeps them. A webhook that
 * comes into the settings begins at what is newest then; one that leaves them is forgotten.
 */
import { canonicalJson } from "../../base/canonical-json.ts";
import type { WallMs } from "../../base/clock.ts";
import { textOf } from "../../base/fault.ts";
import type { Log } from "../../base/log.ts";
import type { HookState, HookStates } from "../../store/hooks/hooks.ts";
import type { ControlSettings } from "../../store/settings/control-settings.ts";
import { newestEvent } from "../api/newest-event.ts";
import type { NodeFace } from "../api/node-face.ts";
import { MOST_WEBHOOKS, settingsOf, type WebhookSetting } from "../settings/settings.ts";
import { Hook } from "./hook.ts";

export interface BookPorts {
  readonly states: HookStates;
  readonly settings: ControlSettings;
  readonly node: Pick<NodeFace, "events">;
  readonly log: Log;
}

export class HookBook {
  readonly #ports: BookPorts;
  readonly #hooks = new Map<string, Hook>();
  /** States whose webhook has not begun. */
  readonly #waiting: Map<string, HookState>;
  readonly #added: (hook: Hook) => void;
  #syncing: Promise<void> = Promise.resolve();
  /** The newest event that was seen, and how many had been heard of when it was looked for. */
  #seen = 0;
  #heardThen = 0;
  #heard = 0;

  private constructor(ports: BookPorts, waiting: Map<string, HookState>, added: (hook: Hook) => void) {
    this.#ports = ports;
    this.#waiting = waiting;
    this.#added = added;
  }

  /** `added` is called for each webhook that there is or comes. @throws {SqlFault} */
  static async open(ports: BookPorts, added: (hook: Hook) => void): Promise<HookBook> {
    const book = new HookBook(ports, await ports.states.load(), added);
    for (const name of book.#waiting.keys())
      if (ports.settings.get("webhook", name) === undefined) {
        await ports.states.remove(name);
        book.#waiting.delete(name);
      }
    return book;
  }

  get(name: string): Hook | undefined {
    return this.#hooks.get(name);
  }

  /** By name. */
  all(): readonly Hook[] {
    return [...this.#hooks.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Makes webhooks be what the settings say, one call after the other. @throws what journal and database throw; then call again */
  async sync(): Promise<void> {
    const turn = this.#syncing.then(() => this.#sync());
    this.#syncing = turn.catch(() => {}); // its caller hears of it
    return await turn;
  }

  /** Resolves once what the settings said so far is followed, or could not be. */
  async settled(): Promise<void> {
    await this.#syncing;
  }

  /** Where a webhook that is about to come will begin, durably. @throws {SqlFault} */
  async prepare(name: string, state: HookState): Promise<void> {
    await this.#ports.states.save(name, state);
    this.#waiting.set(name, state);
  }

  /** The other way, where it did not come. @throws {SqlFault} */
  async unprepare(name: string): Promise<void> {
    this.#waiting.delete(name);
    const other = this.#hooks.get(name);
    if (other === undefined) return await this.#ports.states.remove(name);
    other.saved = undefined; // it was of the same name, and its row was written over
    await this.keep(other);
  }

  /** Writes the state if it is not written. A database that is away costs telling some again after a restart, no more. */
  async keep(hook: Hook): Promise<void> {
    const { state } = hook;
    if (hook.saved === state || hook.ended) return;
    try {
      await this.#ports.states.save(hook.name, state);
      hook.saved = state;
    } catch (thrown) {
      this.#ports.log("warn", "how far a webhook is could not be kept", { webhook: hook.name, why: textOf(thrown) });
    }
  }

  /** @throws what the journal throws */
  async newest(): Promise<number> {
    const heard = this.#heard;
    this.sawEnd(await newestEvent(this.#ports.node, this.#seen), heard);
    return this.#seen;
  }

  /** About the newest event's sequence, at once. */
  get newestAbout(): number {
    return this.#seen + this.#heard - this.#heardThen;
  }

  /** Events heard of so far. */
  get heard(): number {
    return this.#heard;
  }

  hear(events: number): void {
    this.#heard += events;
  }

  /** `seq` was the newest when so many had been heard of. What is heard of late is counted twice until the next time. */
  sawEnd(seq: number, heard: number): void {
    if (seq < this.#seen) return;
    this.#seen = seq;
    this.#heardThen = heard;
  }

  async #sync(): Promise<void> {
    const { settings, states, log } = this.#ports;
    const wanted = settingsOf(settings, "webhook");
    if (wanted.length > MOST_WEBHOOKS)
      log("warn", `there are more than ${MOST_WEBHOOKS} webhooks; the last by name are told nothing`, { webhooks: wanted.length });
    const named = new Map(wanted.slice(0, MOST_WEBHOOKS).map((one) => [one.name, one]));
    for (const hook of this.all()) {
      const still = named.get(hook.name)?.createdAt === hook.createdAt; // another of the same name is another
      if (still) continue;
      this.#hooks.delete(hook.name);
      hook.end();
      if (!this.#waiting.has(hook.name)) await states.remove(hook.name);
    }
    for (const { name, value, createdAt } of named.values()) {
      const hook = this.#hooks.get(name);
      if (hook === undefined) await this.#begin(name, value, createdAt);
      else change(hook, value);
    }
  }

  async #begin(name: string, setting: WebhookSetting, createdAt: WallMs): Promise<void> {
    const newest = await this.newest();
    const kept = this.#waiting.get(name);
    const hook = new Hook(name, setting, kept ?? { cursor: newest, replays: 0, run: { is: "ok" } }, createdAt);
    if (kept !== undefined && kept.cursor <= newest) hook.saved = kept;
    if (hook.state.cursor > newest) {
      this.#ports.log("warn", "a webhook was ahead of the journal, which is an older one now; it goes on with the newest event", {
        ...{ webhook: name, cursor: hook.state.cursor, newest },
      });
      hook.state = { ...hook.state, cursor: newest };
    }
    await this.keep(hook);
    this.#waiting.delete(name);
    this.#hooks.set(name, hook);
    this.#added(hook);
  }
}

/** To another place, or by a person's word, it is told at once; what else is asked of it leaves it waiting as it is. */
function change(hook: Hook, setting: WebhookSetting): void {
  const before = hook.setting;
  if (canonicalJson(before) === canonicalJson(setting)) return;
  hook.setting = setting;
  const anew = before.url !== setting.url || before.enabled !== setting.enabled || before.private !== setting.private;
  hook.restart(anew ? { run: { is: "ok" } } : {});
}
