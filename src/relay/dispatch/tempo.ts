/**
 * A pace in the world: gives the law its time, waits for what it says, and tells of each cut, probe and recovery. A site
 * has one, and so has each node above sites whose limits they share. Two pending calls at most, none a message.
 */
import { unreachable } from "../../base/brand.ts";
import type { Cancel, MonoMs, WallMs } from "../../base/clock.ts";
import type { PaceTold } from "../../model/event.ts";
import type { Reply } from "../../model/reply.ts";
import { gravityOf, IMMUNE_MS } from "../limits/limits.ts";
import type { DispatchContext } from "./context.ts";
import type { ClosedLane, LaneTold, SlowLane } from "./lane-state.ts";
import { Pace } from "./pace.ts";
import type { PaceBounds, PaceChange, PaceFacts } from "./pace-words.ts";
import { type Heard, signalOfRefusal } from "./signal.ts";

interface Paced {
  /** For the log. */
  readonly name: string;
  /** Something may leave. */
  turn(): void;
  /** Nothing leaves for so long; then its owner reopens and one message tries. */
  pause(state: ClosedLane, ms: number): void;
  tell(told: LaneTold): void;
}

type TempoPorts = Pick<DispatchContext, "clock" | "random" | "log">;

/** A look at a limit that should be over by now and is not: not at once again. */
const LOOK_MS = 1000;

export class Tempo {
  readonly pace: Pace;
  readonly #ports: TempoPorts;
  readonly #paced: Paced;
  /** The last objection, and since when there are some: until the lane is without limit again. */
  #objection: { readonly since: WallMs; readonly why: string; readonly gravity: number } | undefined;
  #immune: { readonly gravity: number; readonly until: MonoMs } | undefined;
  #cancelTurn: Cancel | undefined;
  #cancelLook: Cancel | undefined;
  #drained = false;

  constructor(ports: TempoPorts, bounds: PaceBounds, paced: Paced) {
    this.#ports = ports;
    this.#paced = paced;
    this.pace = new Pace(bounds, ports.random);
  }

  get slow(): SlowLane | undefined {
    return this.#objection && { ...this.pace.facts, since: this.#objection.since, why: this.#objection.why };
  }

  take(): boolean {
    return this.pace.take(this.#ports.clock.mono());
  }

  room(): number {
    return this.pace.room(this.#ports.clock.mono());
  }

  /** Whether a message may leave now; if only time is in the way, `turn` is called then. */
  itsTurn(): boolean {
    const wait = this.pace.delayMs(this.#ports.clock.mono());
    if (wait > 0 && wait < Number.POSITIVE_INFINITY)
      this.#cancelTurn ??= this.#ports.clock.after(wait, () => {
        this.#cancelTurn = undefined;
        this.#paced.turn();
      });
    return wait === 0;
  }

  heard(heard: Heard, flight: number, crowded: boolean): void {
    if (this.#drained) return;
    const signal = this.#isImmune(heard) ? ({ is: "neutral" } as const) : heard.signal;
    const change = this.pace.heard(signal, flight, this.#ports.clock.mono(), crowded);
    if (change) this.#changed(change, heard);
  }

  /**
   * A host would not even talk. True: the pace answers it, because it objects to how much comes or to who we are; else it
   * is away like one that cannot be reached.
   */
  refused(reply: Reply, said: Omit<Heard, "signal">, upstream: boolean): boolean {
    const signal = said.diagnosis && signalOfRefusal(reply, said.diagnosis, upstream);
    if (signal?.is !== "shunned" && !(signal?.is === "pushback" && signal.limits)) return false;
    const heard = { ...said, signal };
    if (this.#isImmune(heard)) return false;
    const change = this.pace.heard(signal, this.pace.flight, this.#ports.clock.mono(), false);
    if (change) this.#changed(change, heard);
    return change?.is === "paused";
  }

  /**
   * Takes back what the law has decided: the pace is what it was before, and the same kind of objection, or a milder one,
   * changes nothing for an hour. False: nothing was decided.
   */
  undo(): boolean {
    const objection = this.#objection;
    if (objection === undefined || !this.pace.restore()) return false;
    const { clock } = this.#ports;
    this.#immune = { gravity: objection.gravity, until: (clock.mono() + IMMUNE_MS) as MonoMs };
    this.#end("taken back by a person: the former pace, and an hour in which the same objection does not count");
    return true;
  }

  /** Its own limit ends, because one above it has taken its place. */
  lift(): void {
    if (this.#objection === undefined) return;
    this.pace.lift();
    this.#end("a limit for all of the provider has taken the place of this one");
  }

  drain(): void {
    this.#drained = true;
    this.#cancelTurn?.();
    this.#cancelLook?.();
  }

  #end(why: string): void {
    this.#objection = undefined;
    this.#cancelLook?.();
    this.#paced.tell({ open: true, why, pace: paceTold(this.pace.facts) });
    this.#paced.turn();
  }

  #isImmune({ signal, diagnosis }: Heard): boolean {
    const immune = this.#immune;
    if (immune === undefined || (signal.is !== "pushback" && signal.is !== "shunned")) return false;
    return this.#ports.clock.mono() < immune.until && gravityOf(diagnosis?.class ?? "other") <= immune.gravity;
  }

  #changed(change: PaceChange, { why = "", diagnosis, dialogue, signal }: Heard): void {
    const pace = paceTold(this.pace.facts);
    switch (change.is) {
      case "paused": {
        if (!diagnosis) throw new Error("a pause without an objection");
        const now = this.#ports.clock.wall();
        const until = (now + change.ms) as WallMs;
        const cause = signal.is === "shunned" ? "shunned" : "pushback";
        this.#objection = { since: this.#objection?.since ?? now, why, gravity: gravityOf(diagnosis.class) };
        this.#paced.tell({ open: false, why, until, diagnosis, pace, ...(dialogue !== undefined && { dialogue }) });
        this.#ports.log("warn", "lane paused", { site: this.#paced.name, why, seconds: Math.round(change.ms / 1000), ...pace });
        this.#paced.pause({ is: "closed", cause, since: now, until, why, failures: pace.cuts, diagnosis }, change.ms);
        return;
      }
      case "resumed":
        this.#paced.tell({ open: true, why: `a message was taken again: ${rateText(pace)} from here`, pace });
        if (pace.perMinute === undefined) this.#objection = undefined;
        else this.#lookLater();
        this.#paced.turn();
        return;
      case "freed":
        this.#objection = undefined;
        this.#paced.tell({ open: true, why: "an hour without need of the limit: without limit again", pace });
        this.#paced.turn();
        return;
      default:
        unreachable(change);
    }
  }

  /** A limit ends although nothing is heard of the lane any more. */
  #lookLater(): void {
    this.#cancelLook?.();
    const { clock } = this.#ports;
    this.#cancelLook = clock.after(Math.max(LOOK_MS, this.pace.freeAt - clock.mono()), () => {
      const change = this.pace.look(clock.mono());
      if (change) this.#changed(change, { signal: { is: "nothing" } });
      else if (this.pace.facts.phase === "running") this.#lookLater();
    });
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
