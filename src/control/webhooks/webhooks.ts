/**
 * Webhooks: other programs are told of events as they happen. Each is told in order and at least once, in batches that
 * are signed; one that does not answer is tried again for three days, from a cursor that outlives restarts. All of it
 * reads the journal and waits for nobody who moves mail, and nobody who moves mail waits for it.
 */
import type { Cancel, Clock } from "../../base/clock.ts";
import { textOf } from "../../base/fault.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { Resolver } from "../../base/resolver.ts";
import { HookStates } from "../../store/hooks/hooks.ts";
import type { ControlSettings } from "../../store/settings/control-settings.ts";
import type { ControlDatabase } from "../../store/sql/migrations.ts";
import type { WebhookDesk } from "../api/desk.ts";
import type { Need } from "../api/node-face.ts";
import type { Told } from "./batch.ts";
import { HookBook } from "./hook-book.ts";
import { HookDesk } from "./hook-desk.ts";
import type { HttpClient } from "./http-client.ts";
import { Teller } from "./teller.ts";

export type { HttpAnswer, HttpClient, HttpPage, HttpPost, HttpReader } from "./http-client.ts";
export { httpsClient } from "./https-client.ts";
export { reach } from "./target.ts";

export interface WebhookPorts {
  /** Has `HOOK_MIGRATIONS` done. */
  readonly database: ControlDatabase;
  readonly settings: ControlSettings;
  /** What happens on it, and what a tenant may see of that. */
  readonly node: Told;
  readonly clock: Clock;
  /** From the system's generator: secrets are made of it. */
  readonly random: Random;
  readonly http: HttpClient;
  readonly resolver: Resolver;
  readonly log: Log;
  /** Told once when a webhook is given up. */
  readonly alarm?: (code: string, text: string) => void;
}

export interface WebhookStanding {
  readonly name: string;
  readonly is: "ok" | "retrying" | "stopped";
  /** Events, about. */
  readonly behind: number;
}

export interface Webhooks extends WebhookDesk, AsyncDisposable {
  /** Tells until the signal is aborted or this is disposed; resolves when all has ended. Call it once. */
  watch(signal: AbortSignal): Promise<void>;
  /** Without those that a person disabled; costs no I/O. */
  standings(): readonly WebhookStanding[];
  /** Webhooks that were given up and wait for a person. */
  needs(): readonly Need[];
}

/** A journal that cannot be read at the start is asked again. */
const SYNC_AGAIN_MS = 5_000;

/** Nothing is told before `watch`. @throws {SqlFault} */
export async function openWebhooks(ports: WebhookPorts): Promise<Webhooks> {
  const { settings, clock, log, database, node, alarm = () => {} } = ports;
  const closing = new AbortController();
  const states = new HookStates(database, node.name);
  let started: Teller | undefined;
  const book = await HookBook.open({ ...ports, states }, (hook) => started?.begin(hook));
  const teller = new Teller({ ...ports, book, alarm });
  started = teller;
  let again: Cancel | undefined;
  const sync = async (): Promise<void> => {
    again?.();
    again = undefined;
    try {
      await book.sync();
    } catch (thrown) {
      if (closing.signal.aborted) return;
      log("warn", "webhooks cannot follow the settings now; it is tried again", { why: textOf(thrown) });
      again = clock.after(SYNC_AGAIN_MS, () => void sync());
    }
  };
  const forget = settings.onChange((changed) => {
    if (changed.some(({ kind }) => kind === "webhook")) void sync();
  });
  await sync();
  const desk = new HookDesk({ ...ports, book, teller, signal: closing.signal });
  let watching: Promise<void> | undefined;
  return {
    list: (view) => desk.list(view),
    add: (view, hook) => desk.add(view, hook),
    set: (view, name, change) => desk.set(view, name, change),
    remove: (view, name) => desk.remove(view, name),
    replay: (view, name, from) => desk.replay(view, name, from),
    test: (view, name) => desk.test(view, name),
    watch: async (signal) => {
      watching ??= teller.watch(AbortSignal.any([signal, closing.signal]));
      await watching;
    },
    standings: () => standingsOf(book),
    needs: () => needsOf(book),
    [Symbol.asyncDispose]: async () => {
      closing.abort(new Error("webhooks are closed"));
      forget();
      again?.();
      await watching;
    },
  };
}

function standingsOf(book: HookBook): readonly WebhookStanding[] {
  const newest = book.newestAbout;
  const enabled = book.all().filter((hook) => hook.enabled);
  return enabled.map((hook) => ({ name: hook.name, is: hook.standing.is, behind: Math.max(0, newest - hook.state.cursor) }));
}

function needsOf(book: HookBook): readonly Need[] {
  return book
    .all()
    .filter(({ enabled, state }) => enabled && state.run.is === "stopped")
    .map(({ name, standing }) => ({
      code: "webhook-stopped",
      line: `the webhook ${name} is told nothing any more: ${standing.why ?? ""}`,
      fix: `look at its receiver, then fairlead webhooks set ${name} --resume: it is told what it missed`,
      link: "#/settings/webhooks",
    }));
}
