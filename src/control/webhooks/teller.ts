/**
 * Tells webhooks what happens: a loop for each, which sleeps until there is news, or until its receiver is to be tried
 * again. One request of a webhook at a time, so that events arrive in order; few of all together. A cursor moves once a
 * receiver has taken what is before it: what is lost on the way is told again, and a request cut short may be a second.
 */
import type { Cancel, Clock, WallMs } from "../../base/clock.ts";
import { textOf } from "../../base/fault.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { HookRun, HookState } from "../../store/hooks/hooks.ts";
import type { ControlSettings } from "../../store/settings/control-settings.ts";
import { webhookSecret } from "../settings/settings.ts";
import { waitAfter } from "./backoff.ts";
import { type Batch, BatchReader, type Next, type Told, testBody } from "./batch.ts";
import type { Hook } from "./hook.ts";
import type { HookBook } from "./hook-book.ts";
import { type Outcome, type SenderPorts, send } from "./sender.ts";
import { requestId, signingKey } from "./signature.ts";
import { Slots } from "./slots.ts";

/** Requests at a time, of all webhooks; and tests at a time besides. */
const MOST_AT_ONCE = 4;
/** News is gathered for this long, so that a busy minute is some requests and not thousands. */
const LINGER_MS = 250;
/** After a journal that could not be read. */
const AGAIN_MS = 5_000;
/** A receiver that fails for so long, and so often, is told no more. The count keeps a clock's jump from deciding it. */
const GIVE_UP_MS = 3 * 24 * 3_600_000;
const GIVE_UP_FAILURES = 20;
/** No wait is longer: one that seems so is of a clock that was set back. */
const LONGEST_WAIT_MS = 2 * 3_600_000;
/** A cursor that only passed over events for others is written after so many. */
const PASSED_KEPT = 10_000;

export interface TellerPorts extends SenderPorts {
  readonly book: HookBook;
  readonly settings: ControlSettings;
  readonly random: Random;
  readonly log: Log;
  readonly node: Told;
  /** Something that a person should know. */
  readonly alarm: (code: string, text: string) => void;
}

export class Teller {
  readonly #ports: TellerPorts;
  readonly #clock: Clock;
  readonly #reader: BatchReader;
  readonly #slots = new Slots(MOST_AT_ONCE);
  readonly #loops = new Set<Promise<void>>();
  #signal: AbortSignal | undefined;
  #lingering: Cancel | undefined;
  #testing = 0;

  constructor(ports: TellerPorts) {
    this.#ports = ports;
    this.#clock = ports.clock;
    this.#reader = new BatchReader(ports.node);
  }

  /** Runs until the signal is aborted; resolves once all loops have ended. */
  async watch(signal: AbortSignal): Promise<void> {
    const { node, book } = this.#ports;
    if (this.#signal !== undefined) throw new Error("webhooks are told already");
    this.#signal = signal;
    const deafen = node.onEvents((events) => {
      book.hear(events.length);
      this.#lingering ??= this.#clock.after(LINGER_MS, () => {
        this.#lingering = undefined;
        for (const hook of book.all()) hook.wake.now();
      });
    });
    for (const hook of book.all()) this.begin(hook);
    if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    deafen();
    this.#lingering?.();
    this.#lingering = undefined;
    await Promise.all(this.#loops);
    this.#signal = undefined;
  }

  /** For a webhook that came while others are told. */
  begin(hook: Hook): void {
    const signal = this.#signal;
    if (signal === undefined) return;
    const loop = this.#run(hook, signal).finally(() => this.#loops.delete(loop));
    this.#loops.add(loop);
  }

  /** One request at once, whatever the webhook's state; it changes nothing of it. */
  async test(hook: Hook, signal: AbortSignal): Promise<Outcome> {
    const fault = hook.fault;
    if (fault !== undefined) return { is: "failed", ms: 0, why: `its ${fault.field || "definition"} ${fault.cause}` };
    if (hook.testing || this.#testing >= MOST_AT_ONCE) return { is: "failed", ms: 0, why: "another test is under way; try again" };
    hook.testing = true;
    this.#testing++;
    try {
      const body = testBody(this.#ports.node.name, new Date(this.#clock.wall()).toISOString());
      return await this.#send(hook, `test_${Buffer.from(this.#ports.random.bytes(12)).toString("hex")}`, body, signal);
    } finally {
      hook.testing = false;
      this.#testing--;
    }
  }

  async #run(hook: Hook, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !hook.ended) {
      let waitMs: number | undefined;
      try {
        waitMs = await this.#step(hook, signal);
      } catch (thrown) {
        if (signal.aborted) break;
        this.#ports.log("debug", "a webhook's events could not be read", { webhook: hook.name, why: textOf(thrown) });
        waitMs = AGAIN_MS;
      }
      if (waitMs !== 0) await hook.wake.sleep(waitMs, this.#clock, signal);
    }
    await this.#ports.book.keep(hook);
  }

  /** How long to wait before the next; undefined: until it is woken. */
  async #step(hook: Hook, signal: AbortSignal): Promise<number | undefined> {
    if (hook.standing.is === "stopped") return undefined;
    const left = this.#leftOf(hook.state.run);
    if (left > 0) return left;
    const { retold } = hook;
    if (hook.batch === undefined) {
      const { heard } = this.#ports.book;
      const next = await this.#reader.next(hook.scope, hook.state.cursor);
      if (hook.retold !== retold) return 0;
      if (next.is === "nothing") return await this.#pass(hook, next, heard);
      hook.batch = next.batch;
    }
    const { batch } = hook;
    const giveBack = await this.#slots.take(signal);
    try {
      if (hook.retold !== retold) return 0;
      const outcome = await this.#send(hook, requestId(hook.name, hook.state.replays, batch.body), batch.body, signal);
      if (hook.retold !== retold) return 0; // it was not about what it is to be told now
      hook.state = this.#after(hook, batch, outcome);
    } finally {
      giveBack();
    }
    await this.#ports.book.keep(hook);
    return 0;
  }

  async #pass(hook: Hook, { through, more }: Next & { readonly is: "nothing" }, heard: number): Promise<number | undefined> {
    if (through !== hook.state.cursor) hook.state = { ...hook.state, cursor: through };
    if (!more) this.#ports.book.sawEnd(through, heard);
    if (through - (hook.saved?.cursor ?? 0) >= PASSED_KEPT) await this.#ports.book.keep(hook);
    return more ? 0 : undefined;
  }

  #leftOf(run: HookRun): number {
    const left = run.is === "retrying" ? run.nextTryAt - this.#clock.wall() : 0;
    return left > LONGEST_WAIT_MS ? 0 : left;
  }

  async #send(hook: Hook, id: string, body: Uint8Array, signal: AbortSignal): Promise<Outcome> {
    let secret: Uint8Array | undefined;
    try {
      secret = this.#ports.settings.secret(webhookSecret(hook.name));
    } catch (thrown) {
      return { is: "failed", ms: 0, why: textOf(thrown) };
    }
    const key = secret && signingKey(secret);
    if (key === undefined) return { is: "failed", ms: 0, why: "it has no secret to sign with: remove it and make it again" };
    const may = { private: hook.setting.private === true && hook.tenant === undefined };
    return await send({ url: hook.setting.url ?? "", may, key, id, body }, this.#ports, signal);
  }

  /** The state after a request, with what is to be said of it. */
  #after(hook: Hook, batch: Batch, outcome: Outcome): HookState {
    const { name, state } = hook;
    const { log } = this.#ports;
    switch (outcome.is) {
      case "taken": {
        const { run, ...rest } = state;
        if (run.is === "retrying") log("info", "a webhook takes events again", { webhook: name, failures: run.failures });
        hook.batch = undefined;
        const taken = { ...rest, cursor: batch.through, lastOkAt: this.#clock.wall(), run: { is: "ok" as const } };
        return batch.gap === undefined ? taken : { ...taken, lost: batch.gap };
      }
      case "gone":
        return this.#stop(hook, outcome.why);
      case "failed":
        return this.#failed(hook, outcome);
    }
  }

  #failed(hook: Hook, { why, said, status, askedMs }: Outcome & { readonly is: "failed" }): HookState {
    const { state, name } = hook;
    const now = this.#clock.wall();
    const before = state.run.is === "retrying" ? state.run : undefined;
    const failures = (before?.failures ?? 0) + 1;
    const since = before?.since ?? now;
    if (now - since >= GIVE_UP_MS && failures >= GIVE_UP_FAILURES) return this.#stop(hook, `it failed for three days; at last ${why}`);
    if (before === undefined)
      this.#ports.log("warn", "a webhook's receiver did not take events; it is tried again", { webhook: name, why });
    else this.#ports.log("debug", "a webhook's receiver failed again", { webhook: name, failures, status });
    const nextTryAt = (now + waitAfter(failures, askedMs, this.#ports.random)) as WallMs;
    return { ...state, run: { is: "retrying", failures, since, nextTryAt, why: said === undefined ? why : `${why}: ${said}` } };
  }

  #stop(hook: Hook, why: string): HookState {
    const text = `the webhook ${hook.name} is told nothing any more: ${why}`;
    this.#ports.log("error", "a webhook is told nothing any more", { webhook: hook.name, why });
    this.#ports.alarm("webhook-stopped", text);
    hook.batch = undefined;
    return { ...hook.state, run: { is: "stopped", why } };
  }
}
