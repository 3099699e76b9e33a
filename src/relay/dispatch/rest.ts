/** A pause until a way takes more: an upstream's quota, or the day's ceiling of an address that is new to a provider. */
import type { Cancel } from "../../base/clock.ts";
import type { SiteKey } from "../../model/ids.ts";
import type { DispatchContext } from "./context.ts";
import type { LaneState, LaneTold } from "./lane-state.ts";

interface Rested {
  tell(told: LaneTold): void;
  /** What is in memory goes back. */
  closed(): void;
  opened(): void;
}

export class Rest {
  readonly #context: Pick<DispatchContext, "clock" | "ways">;
  readonly #rested: Rested;
  #state: Extract<LaneState, { is: "paused" }> | undefined;
  #cancel: Cancel | undefined;

  constructor(context: Pick<DispatchContext, "clock" | "ways">, rested: Rested) {
    this.#context = context;
    this.#rested = rested;
  }

  get state(): LaneState | undefined {
    return this.#state;
  }

  /** Whether the way of this site takes no more now, while so many messages are under way. */
  isSpent(site: SiteKey, underWay: number): boolean {
    const { clock, ways } = this.#context;
    const quota = ways.quotaLeft(site);
    if (quota === undefined || quota.left > underWay) return false;
    if (quota.left > 0) return true; // answers to what is under way tell more
    const { why, until } = quota;
    this.#state = { is: "paused", why, since: clock.wall(), until };
    this.#rested.tell({ open: false, why, until });
    this.#rested.closed();
    this.#cancel = clock.after(until - clock.wall(), () => {
      this.#state = undefined;
      this.#rested.tell({ open: true, why: "more may leave again" });
      this.#rested.opened();
    });
    return true;
  }

  drain(): void {
    this.#cancel?.();
  }
}
