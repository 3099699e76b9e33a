/** How a simulated receiver says something: at once, late, octet by octet, without end, or not at all. */
import type { Cancel, Clock } from "../../src/base/clock.ts";
import type { Pipe } from "../../src/base/network.ts";
import type { Reaction } from "./receivers.ts";

export class Answers {
  readonly #pipe: Pipe;
  readonly #clock: Clock;
  readonly #go: () => void;
  #cancel: Cancel = () => {};
  /** An answer takes its time: input waits. */
  busy = false;
  over = false;

  /** `go` is called when an answer that took its time is out. */
  constructor(pipe: Pipe, clock: Clock, go: () => void) {
    this.#pipe = pipe;
    this.#clock = clock;
    this.#go = go;
  }

  say(reply: string): void {
    this.#pipe.write(Buffer.from(`${reply}\r\n`));
  }

  react(reaction: Reaction | undefined, plain: string): void {
    if (reaction === undefined) return this.say(plain);
    if ("reset" in reaction) {
      this.ended();
      return this.#pipe.destroy();
    }
    this.busy = true;
    if ("silent" in reaction) return;
    if ("endless" in reaction) return this.#endless(reaction.endless, reaction.everyMs);
    const { say, octetEveryMs, hangUp } = reaction;
    const said = (): void => {
      this.busy = false;
      if (!hangUp) return this.#go();
      this.ended();
      this.#pipe.end();
    };
    this.#later(reaction.afterMs ?? 0, () => {
      if (octetEveryMs !== undefined) return this.#dribble(Buffer.from(`${say}\r\n`), octetEveryMs, said);
      this.say(say);
      said();
    });
  }

  hangUp(): void {
    this.ended();
    this.#pipe.end();
  }

  /** Nothing is said any more. */
  ended(): void {
    this.over = true;
    this.#cancel();
  }

  #dribble(octets: Buffer, everyMs: number, said: () => void): void {
    this.#pipe.write(octets.subarray(0, 1));
    if (octets.length === 1) return said();
    this.#later(everyMs, () => this.#dribble(octets.subarray(1), everyMs, said));
  }

  #endless(line: string, everyMs: number): void {
    this.say(line);
    this.#later(everyMs, () => this.#endless(line, everyMs));
  }

  #later(ms: number, then: () => void): void {
    this.#cancel = this.#clock.after(ms, () => {
      if (!this.over) then();
    });
  }
}

/** Whether it lets the client go on. */
export function passes(reaction: Reaction | undefined): boolean {
  return reaction === undefined || ("say" in reaction && /^[23]/.test(reaction.say));
}

export function describe(reaction: Reaction | undefined): string {
  if (reaction === undefined) return "said yes";
  if ("say" in reaction) return `says ${reaction.say}`;
  return "reset" in reaction ? "resets" : "silent" in reaction ? "stays silent" : "never ends its reply";
}
