/**
 * Whether a way is open: closed for a while when nobody could be reached, longer each time; paused because a receiver
 * objected; shut with an answer for whatever waits where a domain takes no mail. It opens by itself, to be tried, and what
 * was wrong is remembered until somebody is heard again.
 */
import type { Cancel, Clock, WallMs } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { ClosedLane, LaneState, LaneTold, NoMail } from "./lane-state.ts";
import { laneWaitMs } from "./schedule.ts";
import type { Unreached } from "./unreached.ts";

/** How long the answer "takes no mail" stands before the domain is asked again. */
const NO_MAIL_MS = 300_000;

export type GateState = Exclude<LaneState, { readonly is: "paused" }>;

interface GatePorts {
  readonly clock: Clock;
  readonly random: Random;
  tell(told: LaneTold): void;
  /** It has closed: what is in memory goes back. */
  closed(): void;
  /** It may be tried. */
  opened(): void;
}

export class Gate {
  readonly #ports: GatePorts;
  #state: GateState = { is: "open" };
  /** Times in a row that nobody was reached. */
  #failures = 0;
  #trouble: ClosedLane | undefined;
  #cancel: Cancel | undefined;

  constructor(ports: GatePorts) {
    this.#ports = ports;
  }

  get state(): GateState {
    return this.#state;
  }

  /** The last closing, until somebody is heard again: opening the gate only tries the way. */
  get trouble(): ClosedLane | undefined {
    return this.#state.is === "no mail" ? undefined : this.#trouble;
  }

  /** Nobody was reached. Returns for how long it is closed. */
  fail({ why, diagnosis, dialogue }: Unreached): number {
    const { clock, random } = this.#ports;
    this.#failures++;
    const now = clock.wall();
    const ms = laneWaitMs(this.#failures, random);
    const until = (now + ms) as WallMs;
    const since = this.#trouble?.since ?? now;
    this.#trouble = { is: "closed", cause: "unreachable", since, until, why, failures: this.#failures, diagnosis };
    this.#ports.tell({ open: false, why, until, diagnosis, ...(dialogue !== undefined && { dialogue }) });
    this.shut(this.#trouble, ms);
    return ms;
  }

  /** Closes for so long, for a reason that its caller has told. */
  shut(state: ClosedLane, ms: number): void {
    this.#state = state;
    this.#ports.closed();
    this.#openAfter(ms);
  }

  noMail(fault: NoMail): void {
    const since = this.#ports.clock.wall();
    this.#state = { is: "no mail", since, until: (since + NO_MAIL_MS) as WallMs, fault };
    this.#openAfter(NO_MAIL_MS);
  }

  /** Opens now, by an operator's wish or because the time has come. */
  open(why: string): void {
    if (this.#state.is === "open") return;
    this.#cancel?.();
    this.#state = { is: "open" };
    this.#ports.tell({ open: true, why });
    this.#ports.opened();
  }

  /** Somebody answered. `took`: with a yes. */
  heard(took: boolean): void {
    this.#trouble = undefined;
    if (took) this.#failures = 0;
  }

  drain(): void {
    this.#cancel?.();
  }

  #openAfter(ms: number): void {
    this.#cancel?.();
    this.#cancel = this.#ports.clock.after(ms, () => this.open(this.#why()));
  }

  #why(): string {
    const paused = this.#state.is === "closed" && this.#state.cause !== "unreachable";
    return paused ? "time to try one message" : "time to try again";
  }
}
