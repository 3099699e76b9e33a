/**
 * What holds besides the law that finds limits by itself (R6b): shipped rules, the operator's rules, and overrides,
 * which people and the program add, see, and take back. Dispatch asks what holds for a lane and is told what changes.
 *
 *     add ─▶ written ─▶ in force ─▶ undone (a person's undo of the program's makes its cause immune for an hour)
 *                          └──────▶ ended (its time is over)
 */
import type { Cancel, Clock, WallMs } from "../../base/clock.ts";
import { textOf } from "../../base/fault.ts";
import type { Log } from "../../base/log.ts";
import type { Actor, NewEvent } from "../../model/event.ts";
import type { Effective, LimitRule, Override, OverrideOrder, OverrideTurn } from "../../model/override.ts";
import type { OverrideTable } from "../../store/overrides/overrides.ts";
import { IMMUNE_MS, undoAgainst } from "./immunity.ts";
import { InForce } from "./in-force.ts";
import { faultOfOrder } from "./order-check.ts";
import { isSame, lasts } from "./same.ts";
import type { LimitNode } from "./scope.ts";

export { gravityOf, IMMUNE_MS } from "./immunity.ts";
export { operatorRules, type RuleSettings } from "./operator-rules.ts";
export { LIMIT_RANGES } from "./order-check.ts";
export { covers, type LimitNode } from "./scope.ts";
export { SHIPPED_RULES } from "./shipped-rules.ts";

export interface LimitPorts {
  readonly clock: Clock;
  readonly table: OverrideTable;
  /** Shipped, and the operator's. */
  readonly rules: readonly LimitRule[];
  readonly log: Log;
  /** Keeps what happened where everything that happens is kept. */
  record(event: NewEvent): void;
}

export type Added =
  /** `warning`: it holds, and whoever ordered it should know something. */
  | { readonly is: "added"; readonly override: Override; readonly warning?: string }
  /** One that says the same is in force already; where the order's end is later, it holds until then now. */
  | { readonly is: "stands"; readonly override: Override; readonly warning?: string }
  /** `why` completes "the override …". `until`: it may be added then, for all that is known now. */
  | { readonly is: "refused"; readonly why: string; readonly until?: WallMs };

export type Undone =
  | { readonly is: "undone"; readonly override: Override }
  | { readonly is: "refused"; readonly why: string /** There is none with that id. */; readonly unknown: boolean };

/** Something began to hold or ceased to: lanes that its scope covers may send more, or less. */
export interface LimitChange {
  readonly what: OverrideTurn;
  readonly override: Override;
}

const MOST_LIVE = 10_000;
const MOST_ENDED = 10_000;
const ENDED_KEPT_MS = 30 * 24 * 3_600_000;
/** A wall clock that jumps is noticed within this. */
const LOOK_MS = 60_000;

/** @throws {SqlFault} */
export async function openLimits(ports: LimitPorts): Promise<Limits> {
  return new Limits(ports, await ports.table.load());
}

export class Limits implements Disposable {
  readonly #ports: LimitPorts;
  readonly #inForce: InForce;
  /** In the order of their ids. */
  readonly #live = new Map<number, Override>();
  /** In the order of their ends. */
  readonly #ended = new Map<number, Override>();
  readonly #listeners = new Set<(change: LimitChange) => void>();
  #lastId = 0;
  /** Orders are carried out one after the other: what one finds, the next must not change meanwhile. */
  #turn: Promise<unknown> = Promise.resolve();
  #cancelLook: Cancel | undefined;
  #closed = false;

  constructor(ports: LimitPorts, kept: readonly Override[]) {
    this.#ports = ports;
    this.#inForce = new InForce(ports.rules);
    const now = ports.clock.wall();
    for (const override of kept.filter((one) => !isOver(one, now))) this.#hold(override);
    const ended = kept.filter((one) => isOver(one, now)).sort((a, b) => endOf(a) - endOf(b));
    for (const override of ended) this.#ended.set(override.id, override);
    this.#lastId = kept.reduce((last, { id }) => Math.max(last, id), 0);
    this.#lookLater();
  }

  /** Grows with each change. Whoever keeps what `effective` said asks again when it has grown. */
  get generation(): number {
    return this.#inForce.generation;
  }

  /** Shipped, and the operator's. */
  get rules(): readonly LimitRule[] {
    return this.#ports.rules;
  }

  /** What holds for a lane, or for a node above it as a whole. The same object until something changes. */
  effective(node: LimitNode): Effective {
    return this.#inForce.effective(node);
  }

  /** Those in force, in the order of their ids; with `ended`, then those that ended within 30 days, the last first. */
  list({ ended = false }: { readonly ended?: boolean } = {}): readonly Override[] {
    const live = [...this.#live.values()];
    return ended ? [...live, ...[...this.#ended.values()].reverse()] : live;
  }

  /** Resolves once it is durable and in force. Never throws. */
  async add(order: OverrideOrder): Promise<Added> {
    return await this.#inTurn(async () => await this.#add(order));
  }

  /** Takes it back, whoever added it. Never throws. */
  async undo(id: number, by: Actor): Promise<Undone> {
    return await this.#inTurn(async () => await this.#undo(id, by));
  }

  /** The undo because of which the program may not decide anything there for that cause now. */
  immune(about: Pick<OverrideOrder, "scope" | "cause" | "class">): Override | undefined {
    return undoAgainst(about, this.#ended.values(), this.#ports.clock.wall());
  }

  /** Called after each change, in the turn in which it takes effect. The returned function ends that. */
  onChange(listener: (change: LimitChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#cancelLook?.();
  }

  async #add(order: OverrideOrder): Promise<Added> {
    const now = this.#ports.clock.wall();
    const fault = faultOfOrder(order, now) ?? this.#faultOfProgram(order);
    if (fault !== undefined) return { is: "refused", why: fault };
    const immune = order.by.kind === "operator" ? undefined : this.immune(order);
    if (immune?.immuneUntil !== undefined)
      return { is: "refused", why: `was undone as number ${immune.id}, and its cause has grown no worse`, until: immune.immuneUntil };
    const warning = warningOf(order);
    const warned = warning === undefined ? {} : { warning };
    const same = this.#inForce.at(order.scope).find((one) => isSame(one, order));
    if (same && !lasts(order, same)) return { is: "stands", override: same, ...warned };
    if (!same && this.#live.size >= MOST_LIVE) return { is: "refused", why: `is one too many: ${MOST_LIVE} are in force; undo some` };
    const override = same ? prolonged(same, order.until) : { ...order, id: this.#lastId + 1, from: now };
    const unwritten = await this.#write(override);
    if (unwritten !== undefined) return { is: "refused", why: unwritten };
    this.#lastId = Math.max(this.#lastId, override.id);
    this.#hold(override);
    this.#tell({ what: same ? "prolonged" : "added", override });
    this.#lookLater();
    return { is: same ? "stands" : "added", override, ...warned };
  }

  /** What people may, and the program may not. */
  #faultOfProgram({ by, change, class: cause }: OverrideOrder): string | undefined {
    if (by.kind === "operator" || change.is !== "reroute" || cause !== "rate") return undefined;
    return "would answer a rate limit from another address, which receivers take for evasion";
  }

  async #undo(id: number, by: Actor): Promise<Undone> {
    const override = this.#live.get(id);
    if (!override) return this.#notLive(id);
    const now = this.#ports.clock.wall();
    const immune = by.kind === "operator" && override.by.kind !== "operator";
    const undone = { ...override, undoneAt: now, undoneBy: by, ...(immune && { immuneUntil: (now + IMMUNE_MS) as WallMs }) };
    const unwritten = await this.#write(undone);
    if (unwritten !== undefined) return { is: "refused", why: unwritten, unknown: false };
    this.#end(undone, "undone");
    await this.#forgetOld();
    return { is: "undone", override: undone };
  }

  #notLive(id: number): Undone {
    const ended = this.#ended.get(id);
    if (!ended) return { is: "refused", why: `number ${id} is not known`, unknown: true };
    return { is: "refused", why: ended.undoneAt === undefined ? "has ended already" : "was undone already", unknown: false };
  }

  #hold(override: Override): void {
    this.#live.set(override.id, override);
    this.#inForce.put(override);
  }

  #end(override: Override, what: "undone" | "ended"): void {
    this.#live.delete(override.id);
    this.#inForce.remove(override);
    this.#ended.set(override.id, override);
    this.#tell({ what, override });
  }

  #tell(change: LimitChange): void {
    this.#ports.record(eventOf(change, this.#ports.clock.wall()));
    for (const listener of this.#listeners) listener(change);
  }

  /** What could not be written, in a sentence's end. */
  async #write(override: Override): Promise<string | undefined> {
    try {
      await this.#ports.table.put(override);
      return undefined;
    } catch (thrown) {
      return `could not be written, so nothing changed: ${textOf(thrown)}`;
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return await done;
  }

  /** One timer for the next end. */
  #lookLater(): void {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
    const next = [...this.#live.values()].reduce((soonest, { until }) => Math.min(soonest, until ?? soonest), Number.POSITIVE_INFINITY);
    if (this.#closed || next === Number.POSITIVE_INFINITY) return;
    const ms = Math.min(LOOK_MS, Math.max(0, next - this.#ports.clock.wall()));
    this.#cancelLook = this.#ports.clock.after(ms, () => this.#look());
  }

  #look(): void {
    const now = this.#ports.clock.wall();
    for (const override of [...this.#live.values()]) if (isOver(override, now)) this.#end(override, "ended");
    this.#lookLater();
    void this.#inTurn(async () => await this.#forgetOld());
  }

  /** The newest row stays, so that its id is not given again. */
  async #forgetOld(): Promise<void> {
    const before = this.#ports.clock.wall() - ENDED_KEPT_MS;
    const old = [...this.#ended.values()]
      .filter((one, place) => endOf(one) < before || place < this.#ended.size - MOST_ENDED)
      .filter(({ id }) => id !== this.#lastId)
      .map(({ id }) => id);
    if (old.length === 0) return;
    try {
      await this.#ports.table.forget(old);
      for (const id of old) this.#ended.delete(id);
    } catch (thrown) {
      this.#ports.log("warn", "overrides that ended long ago stay for now", { why: textOf(thrown) });
    }
  }
}

function eventOf({ what, override }: LimitChange, at: WallMs): NewEvent {
  const { id, scope, change, cause, by, until, undoneBy } = override;
  return {
    at,
    body: { kind: "override", what, override: id, scope, change, cause, by: undoneBy ?? by, ...(until !== undefined && { until }) },
  };
}

function isOver({ until, undoneAt }: Override, now: WallMs): boolean {
  return undoneAt !== undefined || (until !== undefined && until <= now);
}

function endOf({ until, undoneAt, from }: Override): WallMs {
  return undoneAt ?? until ?? from;
}

function prolonged({ until: _, ...rest }: Override, until: WallMs | undefined): Override {
  return { ...rest, ...(until !== undefined && { until }) };
}

function warningOf({ change, class: cause }: OverrideOrder): string | undefined {
  return change.is === "reroute" && cause === "rate"
    ? "A receiver that limits the rate takes the same mail from another address for evasion, and may refuse both."
    : undefined;
}
