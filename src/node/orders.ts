/** What people do to waiting mail: carried out, numbered, kept, and taken back while that is possible. */
import type { Clock, WallMs } from "../base/clock.ts";
import { textOf } from "../base/fault.ts";
import type { Log } from "../base/log.ts";
import type { ActionCommand, ActionRecord, ActionResult, Answered, Refusal } from "../control/api/node-face.ts";
import type { Actor } from "../model/event.ts";
import { idOf, type NodeNumber, type TenantId } from "../model/ids.ts";
import type { View } from "../model/view.ts";
import { DISCARD_GRACE_MS } from "../relay/dispatch/dispatch.ts";
import type { OperatorAction, OperatorActions } from "../store/settings/control-settings.ts";
import type { Selector } from "../store/spool/spool.ts";
import type { Pipeline } from "./pipeline.ts";
import { inView } from "./questions.ts";

export interface OrderPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly pipeline: Pipeline;
  readonly actions: OperatorActions;
  readonly node: NodeNumber;
  /** Whether a tenant's own people may let go what is held. */
  mayRelease(tenant: TenantId): boolean;
}

type Done = Answered<{ readonly result: ActionResult }>;

export class Orders {
  readonly #ports: OrderPorts;

  constructor(ports: OrderPorts) {
    this.#ports = ports;
  }

  async act(view: View, command: ActionCommand): Promise<Done> {
    const { clock, pipeline, actions } = this.#ports;
    const against = this.#against(view, command);
    if (against) return { ok: false, refusal: against };
    if (command.verb === "reroute" && command.site === undefined)
      return { ok: false, refusal: { code: "bad-value", text: "reroute needs a way to go", fix: "--via upstream:HOST:PORT" } };
    const selector = inView(view, command.selector);
    if (selector === undefined) return { ok: true, result: { matched: 0, done: 0, skipped: [] } };
    if (command.dryRun) return { ok: true, result: await pipeline.actions.run({ ...command, selector, action: 0 }) };
    const action = actions.take();
    const undoable = command.verb !== "bounce" && command.verb !== "retry";
    const until = command.verb === "discard" ? ((clock.wall() + DISCARD_GRACE_MS) as WallMs) : undefined;
    const order: OperatorAction = {
      ...{ action, at: clock.wall(), verb: command.verb, by: command.by, selector: describe(selector, this.#ports.node) },
      ...(command.note !== undefined && { note: command.note }),
      ...{ matched: 0, done: 0, undone: false, undoable, finished: false },
      ...(until !== undefined && { until }),
      ...tenantOf(view),
    };
    // Before a row is touched: what is on no record could not be taken back, and a discard would never be carried out.
    if (undoable) await actions.add(order);
    const tally = await pipeline.actions.run({ ...command, selector, action });
    if (tally.matched === 0) {
      if (undoable) await this.#noted(order, actions.drop(action));
      return { ok: true, result: tally };
    }
    const { matched, done } = tally;
    const counted = undoable ? actions.update(action, { matched, done }) : actions.add({ ...order, matched, done });
    const recorded = (await this.#noted({ ...order, matched, done }, counted)) || undoable;
    const undo = undoable && done > 0 ? { action, ...(until !== undefined && { until }) } : undefined;
    return { ok: true, result: { ...tally, ...(recorded && { action }), ...(undo && { undo }) } };
  }

  /** What has happened stays so where its record cannot be brought up to date: the log has it then. */
  async #noted({ action, verb, by, done }: OperatorAction, writing: Promise<unknown>): Promise<boolean> {
    try {
      await writing;
      return true;
    } catch (thrown) {
      this.#ports.log("error", "the record of an order could not be brought up to date", {
        action,
        verb,
        done,
        by: by.id,
        why: textOf(thrown),
      });
      return false;
    }
  }

  /** Held mail is often held against somebody at that very tenant; and the ways out are the node's, not a tenant's. */
  #against(view: View, { verb }: ActionCommand): Refusal | undefined {
    if (view.sees !== "tenant") return undefined;
    if (verb === "release" && !this.#ports.mayRelease(view.tenant))
      return {
        code: "not-allowed",
        text: "held mail of this tenant is let go by the operator",
        fix: "ask the operator, and name the message",
      };
    if (verb === "reroute") return { code: "not-allowed", text: "the ways out are the operator's" };
    return undefined;
  }

  async undo(view: View, action: number, by: Actor): Promise<Done> {
    const { clock, pipeline, actions } = this.#ports;
    const kept = await actions.get(action);
    if (!kept || !isTheirs(view, kept)) {
      const fix = "list them with: fairlead queue list --actions";
      return { ok: false, refusal: { code: "not-found", text: `there is no action ${action}`, fix } };
    }
    if (kept.undone) return { ok: false, refusal: { code: "too-late", text: `action ${action} was undone already` } };
    if (kept.finished) return { ok: false, refusal: { code: "too-late", text: `action ${action} was carried out; its mail is gone` } };
    const number = actions.take();
    const tally = kept.verb === "undo" ? undefined : await pipeline.actions.undo(kept.verb, action, { action: number, by });
    if (!tally) return { ok: false, refusal: { code: "not-undoable", text: `${kept.verb} cannot be undone` } };
    await actions.update(action, { undone: true, undoable: false });
    await actions.add({
      ...{ action: number, at: clock.wall(), verb: "undo", by, selector: `action ${action}` },
      ...{ matched: tally.matched, done: tally.done, undone: false, undoable: false, finished: false },
      ...tenantOf(view),
    });
    return { ok: true, result: { ...tally, action: number } };
  }

  async list(view: View, limit: number): Promise<readonly ActionRecord[]> {
    return await this.#ports.actions.list(view, limit);
  }

  /** Discards whose grace is over are carried out; what fails is tried at the next call. */
  async finishDiscards(): Promise<void> {
    const { actions, pipeline, clock } = this.#ports;
    for (const { action, by } of await actions.dueDiscards(clock.wall())) {
      await pipeline.actions.finishDiscard(action, by);
      await actions.update(action, { finished: true, undoable: false });
    }
  }
}

function isTheirs(view: View, { tenant }: OperatorAction): boolean {
  return view.sees === "all" || (view.sees === "tenant" && view.tenant === tenant);
}

function tenantOf(view: View): { readonly tenant?: TenantId } {
  return view.sees === "tenant" ? { tenant: view.tenant } : {};
}

/** A selection as the command line would say it. */
function describe(selector: Selector, node: NodeNumber): string {
  const flags: string[] = [];
  for (const key of selector.messages ?? []) flags.push(`--id ${idOf(key, node)}`);
  for (const { message, rcpt } of selector.refs ?? []) flags.push(`--id ${idOf(message, node)}.${rcpt}`);
  if (selector.sender !== undefined) flags.push(`--sender ${selector.sender}`);
  if (selector.mailFrom !== undefined) flags.push(`--from ${selector.mailFrom}`);
  if (selector.recipient !== undefined) flags.push(`--to ${selector.recipient}`);
  if (selector.recipientDomain !== undefined) flags.push(`--domain ${selector.recipientDomain}`);
  if (selector.source !== undefined) flags.push(`--source ${selector.source}`);
  if (selector.site !== undefined) flags.push(`--site ${selector.site}`);
  if (selector.acceptedBefore !== undefined) flags.push(`--before ${new Date(selector.acceptedBefore).toISOString()}`);
  if (selector.reply !== undefined) flags.push(`--reply ${JSON.stringify(selector.reply)}`);
  return flags.join(" ") || "everything";
}
