/**
 * A site's pace in the world: gives the law its time, waits for what it says, and tells of each cut, probe and recovery
 * as an event. Two pending calls a lane at most, none a message.
 */
import { unreachable } from "../../base/brand.ts";
import type { Cancel, WallMs } from "../../base/clock.ts";
import type { EventBody, PaceTold } from "../../model/event.ts";
import type { SiteKey } from "../../model/ids.ts";
import type { Reply } from "../../model/reply.ts";
import type { DispatchContext } from "./context.ts";
import type { ClosedLane, SlowLane } from "./lane-state.ts";
import { Pace, type PaceChange, type PaceFacts } from "./pace.ts";
import { type Heard, signalOfRefusal } from "./signal.ts";

interface Paced {
  /** Something may leave. */
  turn(): void;
  /** Nothing leaves for so long; then the site reopens and one message tries. */
  pause(state: ClosedLane, ms: number): void;
}

/** A look at a limit that should be over by now and is not: not at once again. */
const LOOK_MS = 1000;

export class Tempo {
  readonly pace: Pace;
  readonly #site: SiteKey;
  readonly #context: DispatchContext;
  readonly #paced: Paced;
  /** The last objection, and since when there are some: until the lane is without limit again. */
  #objection: { readonly since: WallMs; readonly why: string } | undefined;
  #cancelTurn: Cancel | undefined;
  #cancelLook: Cancel | undefined;
  #drained = false;

  constructor(site: SiteKey, context: DispatchContext, connections: number, paced: Paced) {
    this.#site = site;
    this.#context = context;
    this.#paced = paced;
    this.pace = new Pace({ connections, perMinute: Number.POSITIVE_INFINITY }, context.random);
  }

  get slow(): SlowLane | undefined {
    return this.#objection && { ...this.pace.facts, ...this.#objection };
  }

  take(): boolean {
    return this.pace.take(this.#context.clock.mono());
  }

  room(): number {
    return this.pace.room(this.#context.clock.mono());
  }

  /** Whether a message may leave now; if only time is in the way, `turn` is called then. */
  itsTurn(): boolean {
    const wait = this.pace.delayMs(this.#context.clock.mono());
    if (wait > 0 && wait < Number.POSITIVE_INFINITY)
      this.#cancelTurn ??= this.#context.clock.after(wait, () => {
        this.#cancelTurn = undefined;
        this.#paced.turn();
      });
    return wait === 0;
  }

  heard(heard: Heard, flight: number, crowded: boolean): void {
    if (this.#drained) return;
    const change = this.pace.heard(heard.signal, flight, this.#context.clock.mono(), crowded);
    if (change) this.#changed(change, heard);
  }

  /**
   * A host would not even talk. True: the pace answers it, because it objects to how much comes or to who we are; else it
   * is away like one that cannot be reached.
   */
  refused(reply: Reply, said: Omit<Heard, "signal">, upstream: boolean): boolean {
    const signal = said.diagnosis && signalOfRefusal(reply, said.diagnosis, upstream);
    if (signal?.is !== "shunned" && !(signal?.is === "pushback" && signal.limits)) return false;
    const change = this.pace.heard(signal, this.pace.flight, this.#context.clock.mono(), false);
    if (change) this.#changed(change, { ...said, signal });
    return change?.is === "paused";
  }

  drain(): void {
    this.#drained = true;
    this.#cancelTurn?.();
    this.#cancelLook?.();
  }

  #changed(change: PaceChange, { why = "", diagnosis, dialogue, signal }: Heard): void {
    const pace = paceTold(this.pace.facts);
    switch (change.is) {
      case "paused": {
        if (!diagnosis) throw new Error("a pause without an objection");
        const now = this.#context.clock.wall();
        const until = (now + change.ms) as WallMs;
        const cause = signal.is === "shunned" ? "shunned" : "pushback";
        this.#objection = { since: this.#objection?.since ?? now, why };
        this.#tell({ open: false, why, until, diagnosis, pace, ...(dialogue !== undefined && { dialogue }) });
        this.#context.log("warn", "lane paused", { site: this.#site, why, seconds: Math.round(change.ms / 1000), ...pace });
        this.#paced.pause({ is: "closed", cause, since: now, until, why, failures: pace.cuts, diagnosis }, change.ms);
        return;
      }
      case "resumed":
        this.#tell({ open: true, why: `a message was taken again: ${rateText(pace)} from here`, pace });
        if (pace.perMinute === undefined) this.#objection = undefined;
        else this.#lookLater();
        this.#paced.turn();
        return;
      case "freed":
        this.#objection = undefined;
        this.#tell({ open: true, why: "an hour without need of the limit: without limit again", pace });
        this.#paced.turn();
        return;
      default:
        unreachable(change);
    }
  }

  /** A limit ends although nothing is heard of the lane any more. */
  #lookLater(): void {
    this.#cancelLook?.();
    const { clock } = this.#context;
    this.#cancelLook = clock.after(Math.max(LOOK_MS, this.pace.freeAt - clock.mono()), () => {
      const change = this.pace.look(clock.mono());
      if (change) this.#changed(change, { signal: { is: "nothing" } });
      else if (this.pace.facts.phase === "running") this.#lookLater();
    });
  }

  #tell(body: Omit<Extract<EventBody, { kind: "lane" }>, "kind" | "site">): void {
    this.#context.spool.record({ at: this.#context.clock.wall(), body: { kind: "lane", site: this.#site, ...body } });
  }
}

function rateText({ perMinute }: PaceTold): string {
  return perMinute === undefined ? "without limit" : `at most ${perMinute} messages a minute`;
}

/** One digit after the point is more than anybody reads. */
function paceTold({ perMinute, ceiling, connections, cuts }: PaceFacts): PaceTold {
  const rounded = (rate: number): number => Math.max(0.1, Math.round(rate * 10) / 10);
  return {
    ...(perMinute !== undefined && { perMinute: rounded(perMinute) }),
    ...(ceiling !== undefined && { ceiling: rounded(ceiling) }),
    ...{ connections, cuts },
  };
}
