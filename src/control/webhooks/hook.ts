/**
 * One webhook as it runs. Its definition comes from the settings, its state from the database; `retell` counts what a
 * person or a new definition did to it, so that the outcome of a request begun before is not taken for one of now.
 */
import type { WallMs } from "../../base/clock.ts";
import type { TenantId } from "../../model/ids.ts";
import { EVERYTHING, maySee, type View } from "../../model/view.ts";
import type { HookState } from "../../store/hooks/hooks.ts";
import type { WebhookRecord } from "../api/desk.ts";
import { type WebhookFault, type WebhookSetting, webhookFaults } from "../settings/settings.ts";
import type { Batch, Scope } from "./batch.ts";
import { Wake } from "./wake.ts";

export class Hook {
  readonly name: string;
  readonly createdAt: WallMs;
  readonly wake = new Wake();
  setting: WebhookSetting;
  state: HookState;
  /** The state as it is in the database. */
  saved: HookState | undefined;
  /** What is being told; kept while it is tried again, so that each try is of the same. */
  batch: Batch | undefined;
  /** One at a time. */
  testing = false;
  retold = 0;
  ended = false;

  constructor(name: string, setting: WebhookSetting, state: HookState, createdAt: WallMs) {
    this.name = name;
    this.setting = setting;
    this.state = state;
    this.createdAt = createdAt;
  }

  get fault(): WebhookFault | undefined {
    return webhookFaults(this.setting)[0];
  }

  get enabled(): boolean {
    return this.setting.enabled ?? true;
  }

  get tenant(): TenantId | undefined {
    return this.setting.tenant as TenantId | undefined;
  }

  get scope(): Scope {
    const { tenant } = this;
    return { view: tenant === undefined ? EVERYTHING : { sees: "tenant", tenant }, kinds: this.setting.kinds ?? [] };
  }

  /** Everything under way counts no more; it begins again from its cursor. */
  restart(state: Partial<HookState>): void {
    this.state = { ...this.state, ...state };
    this.retold++;
    this.batch = undefined;
    this.wake.now();
  }

  /** It is no longer in the settings. */
  end(): void {
    this.ended = true;
    this.restart({});
  }

  isFor(view: View): boolean {
    return view.sees === "all" || (view.sees === "tenant" && this.tenant !== undefined && maySee(view, this.tenant));
  }

  /** How it stands for people: what a person or its definition keeps from being told is stopped too. */
  get standing(): { readonly is: "ok" | "retrying" | "stopped"; readonly why?: string } {
    const { run, lost } = this.state;
    if (this.fault !== undefined) return { is: "stopped", why: `its ${this.fault.field || "definition"} ${this.fault.cause}` };
    if (!this.enabled) return { is: "stopped", why: "a person disabled it; events wait" };
    if (run.is !== "ok") return { is: run.is, why: run.why };
    return lost === undefined
      ? { is: "ok" }
      : { is: "ok", why: `events ${lost.from} to ${lost.to} were no longer kept when it came to them` };
  }

  record(newest: number): WebhookRecord {
    const { cursor, lastOkAt, run } = this.state;
    const standing = this.standing;
    return {
      ...{ name: this.name, url: this.setting.url ?? "", kinds: this.setting.kinds ?? [], enabled: this.enabled },
      private: this.setting.private ?? false,
      ...(this.tenant !== undefined && { tenant: this.tenant }),
      state: {
        ...standing,
        ...{ behind: Math.max(0, newest - cursor), cursor },
        ...(lastOkAt !== undefined && { lastOkAt }),
        ...(run.is === "retrying" && standing.is === "retrying" && { nextTryAt: run.nextTryAt }),
      },
    };
  }
}
