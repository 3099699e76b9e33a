/**
 * What a step of the client's machine sets off, and the replies that the host owes for what was written: they come in
 * the order of the commands, so a queue tells what each is about.
 */
import type { Clock, MonoMs } from "../../base/clock.ts";
import type { AttemptTls, RecipientResult, Stage } from "../../model/outcome.ts";
import type { Capabilities, ClientEnd, GreetingFacts, TransactionFacts } from "./client.ts";
import type { Asked } from "./client-transaction.ts";
import type { Transcript } from "./transcript.ts";

export type ClientEffect =
  | { readonly do: "write"; readonly bytes: Uint8Array }
  /** Answer with `secured` or `closed`. */
  | { readonly do: "start-tls" }
  | { readonly do: "ready"; readonly capabilities: Capabilities; readonly tls: AttemptTls | undefined; readonly greeting: GreetingFacts }
  /** Ask the owner for a transaction; answer with `offer`, also when there is none. */
  | { readonly do: "pull" }
  /** Answer with `marked`. */
  | { readonly do: "mark"; readonly nth: number }
  /** Bring content while `wants`: `content` for each chunk, then `contentEnd`; or `contentFailed`. */
  | { readonly do: "content"; readonly nth: number }
  | { readonly do: "settle"; readonly nth: number; readonly results: readonly RecipientResult[]; readonly facts: TransactionFacts }
  /** The last effect. `end` lets what was written go out first. */
  | { readonly do: "close"; readonly how: "end" | "destroy"; readonly end: ClientEnd };

/** What a reply will be about. */
export type Expected = Asked | { readonly of: "rset"; readonly talk: Transcript } | { readonly of: "quit" };

export class ClientOutbox {
  readonly #clock: Pick<Clock, "mono">;
  #effects: ClientEffect[] = [];
  #owed: Expected[] = [];
  /** Something happened that wins the host more time. */
  moved = true;
  /** When the last reply came, or the first command after a silence was written. */
  #since: MonoMs;

  constructor(clock: Pick<Clock, "mono">) {
    this.#clock = clock;
    this.#since = clock.mono();
  }

  add(effect: ClientEffect): void {
    this.#effects.push(effect);
  }

  write(bytes: Uint8Array): void {
    this.moved = true;
    this.#effects.push({ do: "write", bytes });
  }

  take(): ClientEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  expect(expected: Expected): void {
    if (this.#owed.length === 0) this.#since = this.#clock.mono();
    this.#owed.push(expected);
  }

  /** What the reply that just came is about; undefined if none was owed. */
  answered(): Expected | undefined {
    return this.#owed.shift();
  }

  /** The reply that comes next. */
  get owed(): Expected | undefined {
    return this.#owed[0];
  }

  /** No reply will come any more. */
  forget(): void {
    this.#owed = [];
  }

  get silentMs(): number {
    return this.#clock.mono() - this.#since;
  }

  /** Milliseconds since the last event, which this one becomes. */
  lap(): number {
    const before = this.#since;
    this.#since = this.#clock.mono();
    return this.#since - before;
  }
}

export function stageOf(expected: Expected): Stage {
  switch (expected.of) {
    case "mail":
    case "rset":
      return "mail";
    case "rcpt":
      return "rcpt";
    case "data":
    case "chunk":
      return "data";
    case "end":
    case "quit":
      return "dot";
  }
}
