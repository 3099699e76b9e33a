/**
 * Carries a server session over a pipe: bytes in, effects out, questions to the host and their answers back, and the
 * time limits.
 */

import { unreachable } from "../../base/brand.ts";
import { fromLatin1 } from "../../base/bytes.ts";
import type { Cancel, Clock } from "../../base/clock.ts";
import { textOf } from "../../base/fault.ts";
import type { Pipe, PipeFault } from "../../base/network.ts";
import type { ServerOptions } from "./server.ts";
import type { Answer, Effect, Question } from "./server-effects.ts";
import type { ServerHost } from "./server-host.ts";
import { ServerSession } from "./server-session.ts";

/** Input that waits for the host's answer before the pipe is paused; a read more may follow. */
const MAX_BACKLOG = 262_144;
/** What a content timeout is granted for. */
const CONTENT_STRIDE = 16_384;

export class ServerDriver {
  readonly #pipe: Pipe;
  readonly #options: ServerOptions;
  readonly #host: ServerHost;
  readonly #clock: Clock;
  readonly #session: ServerSession;
  readonly done: Promise<void>;
  readonly #over: () => void;
  #state: "open" | "closing" | "closed" = "open";
  /** Text not yet written: the replies to one read go out together. */
  #out = "";
  #why = "";
  #clientIsDone = false;
  /** Content promises the host has not resolved; the message is not asked about before. */
  #absorbing = 0;
  #absorbed: (() => void) | undefined;
  #contentFault: unknown;
  /** The pipe has not taken our last write whole. */
  #stuffed = false;
  #paused = false;
  #inputEnded = false;
  #deadline = 0;
  #stride = 0;
  #cancelTimer: Cancel | undefined;

  constructor(pipe: Pipe, options: ServerOptions, host: ServerHost, clock: Clock) {
    this.#pipe = pipe;
    this.#options = options;
    this.#host = host;
    this.#clock = clock;
    this.#session = new ServerSession(options, options.random, pipe.remote.ip);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#over = resolve;
  }

  start(): void {
    this.#pipe.open({
      data: (bytes) => this.#data(bytes),
      drain: () => this.#drained(),
      end: () => this.#ended(),
      close: (fault) => this.#closed(fault),
    });
    this.#owe(this.#options.timeouts.command);
    this.#armTimer();
    if (this.#options.implicitTls) void this.#startTls().then(() => this.#greet());
    else this.#greet();
  }

  drain(): void {
    this.#perform(this.#session.drain());
  }

  abort(): void {
    if (this.#state === "closed") return;
    this.#why ||= "aborted";
    this.#state = "closing";
    this.#carryOut(this.#session.lost("aborted"));
    this.#pipe.destroy();
  }

  #greet(): void {
    const { greetAfterMs } = this.#options;
    if (greetAfterMs === 0) this.#perform(this.#session.greet());
    else this.#clock.after(greetAfterMs, () => this.#perform(this.#session.greet()));
  }

  // ── what the pipe reports ────────────────────────────────────────────────────────────────────────────────────────

  #data(bytes: Uint8Array): void {
    if (this.#state !== "open") return;
    if (this.#session.expects === "content") {
      this.#stride += bytes.length;
      if (this.#stride >= CONTENT_STRIDE) this.#owe(this.#options.timeouts.content);
    }
    this.#perform(this.#session.receive(bytes));
    this.#session.settle();
    this.#steer();
  }

  #drained(): void {
    this.#stuffed = false;
    this.#owe(this.#options.timeouts.command);
    this.#steer();
  }

  #ended(): void {
    this.#inputEnded = true;
    if (!this.#session.waiting && this.#absorbing === 0) this.#perform(this.#session.inputEnded());
  }

  #closed(fault: PipeFault | undefined): void {
    if (this.#state === "closed") return;
    const why = this.#why || (fault === undefined ? "the client hung up" : `connection lost: ${fault.text}`);
    this.#carryOut(this.#session.lost(why));
    this.#state = "closed";
    this.#cancelTimer?.();
    this.#guard(() => this.#host.closed(why));
    this.#over();
  }

  // ── effects ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Carries out effects and all that follows from answers given at once, then writes what was said. */
  #perform(effects: readonly Effect[]): void {
    this.#carryOut(effects);
    this.#flush();
    if (this.#state === "closing") this.#pipe.end(this.#clientIsDone);
    else if (this.#inputEnded && !this.#session.waiting && this.#state === "open" && this.#absorbing === 0)
      this.#perform(this.#session.inputEnded());
  }

  #carryOut(effects: readonly Effect[]): void {
    let next: readonly Effect[] | undefined = effects;
    while (next !== undefined) {
      const now: readonly Effect[] = next;
      next = undefined;
      for (const effect of now) {
        switch (effect.is) {
          case "send":
            this.#out += effect.text;
            this.#owe(this.#session.expects === "content" ? this.#options.timeouts.content : this.#options.timeouts.command);
            break;
          case "content":
            this.#content(effect.bytes);
            break;
          case "ask":
            next = this.#ask(effect.question);
            break;
          case "reset":
            this.#contentFault = undefined;
            this.#guard(() => this.#host.reset());
            break;
          case "refused":
            this.#guard(() => this.#host.refused?.(effect.command, effect.reply, effect.client));
            break;
          case "scram-done":
            this.#guard(() => this.#host.scramDone(effect.login, effect.ok, effect.client));
            break;
          case "start-tls":
            void this.#startTls();
            break;
          case "close":
            this.#why ||= effect.why;
            this.#clientIsDone ||= effect.clientIsDone;
            if (this.#state === "open") this.#state = "closing";
            break;
          default:
            unreachable(effect);
        }
      }
    }
  }

  #flush(): void {
    if (this.#out === "" || this.#state === "closed") return;
    const text = this.#out;
    this.#out = "";
    if (!this.#pipe.write(fromLatin1(text))) {
      this.#stuffed = true;
      this.#steer();
    }
  }

  #content(bytes: Uint8Array): void {
    if (this.#contentFault !== undefined) return;
    try {
      const soon = this.#host.content(bytes);
      if (soon === undefined) return;
      this.#absorbing++;
      soon.then(
        () => this.#tookIn(),
        (thrown: unknown) => {
          this.#contentFault = thrown ?? new Error("content was refused");
          this.#tookIn();
        },
      );
    } catch (thrown) {
      this.#contentFault = thrown ?? new Error("content was refused");
    }
  }

  #tookIn(): void {
    this.#absorbing--;
    if (this.#absorbing > 0) return;
    this.#owe(this.#options.timeouts.content);
    const then = this.#absorbed;
    this.#absorbed = undefined;
    if (then !== undefined) then();
    else if (this.#inputEnded) this.#ended();
    this.#steer();
  }

  /** What follows if the answer came at once; otherwise it follows later, by itself. */
  #ask(question: Question): readonly Effect[] | undefined {
    if (question.ask === "message" && this.#absorbing > 0) {
      this.#absorbed = () => this.#perform(this.#ask(question) ?? []);
      return undefined;
    }
    if (question.ask === "message" && this.#contentFault !== undefined) {
      this.#contentFault = undefined;
      this.#guard(() => this.#host.reset());
      return this.#session.answer({ to: "any", failed: true });
    }
    try {
      const answer = put(this.#host, question);
      if (!(answer instanceof Promise)) return this.#session.answer(answer);
      answer.then(
        (later) => this.#answered(later),
        () => this.#answered({ to: "any", failed: true }),
      );
      return undefined;
    } catch {
      return this.#session.answer({ to: "any", failed: true }); // whose fault it was is the host's to log
    }
  }

  #answered(answer: Answer): void {
    if (this.#state === "closed") return;
    this.#perform(this.#session.answer(answer));
    this.#session.settle();
    this.#steer();
  }

  async #startTls(): Promise<void> {
    this.#flush();
    this.#owe(this.#options.timeouts.command);
    try {
      const { certificate } = this.#options;
      if (certificate === undefined) throw new Error("there is no certificate");
      const facts = await this.#pipe.startTls({ server: certificate.context() });
      if (this.#state === "open") this.#perform(this.#session.tlsStarted(facts));
    } catch (thrown) {
      this.#why ||= `TLS failed: ${textOf(thrown)}`;
      this.#carryOut(this.#session.lost("TLS handshake failed"));
      this.#pipe.destroy();
    }
  }

  /** A fault of the host's record keeping must not end the session. */
  #guard(call: () => void): void {
    try {
      call();
    } catch {
      // These calls have no answer that could carry the failure; the host logs its own.
    }
  }

  // ── pace ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Reads on or not. */
  #steer(): void {
    if (this.#state !== "open") return;
    const full = this.#absorbing > 0 || this.#stuffed || (this.#session.waiting && this.#session.backlog > MAX_BACKLOG);
    if (full === this.#paused) return;
    this.#paused = full;
    if (full) this.#pipe.pause();
    else this.#pipe.resume();
  }

  #owe(ms: number): void {
    this.#deadline = this.#clock.mono() + ms;
    this.#stride = 0;
  }

  /** One timer that looks at the deadline when it rings, instead of one for each read. */
  #armTimer(): void {
    this.#cancelTimer = this.#clock.after(Math.max(1, this.#deadline - this.#clock.mono()), () => {
      if (this.#state === "closed") return;
      const hostThinks = (this.#session.waiting || this.#absorbing > 0) && !this.#stuffed && this.#state === "open";
      if (hostThinks) this.#owe(this.#options.timeouts.command);
      if (this.#clock.mono() < this.#deadline) return this.#armTimer();
      this.#timedOut();
    });
  }

  #timedOut(): void {
    this.#why ||= "timeout";
    if (this.#stuffed || this.#state === "closing") return this.abort(); // it does not read: no word would reach it
    this.#perform(this.#session.timedOut());
    this.#owe(this.#options.timeouts.command);
    this.#armTimer();
  }
}

function put(host: ServerHost, question: Question): Answer | Promise<Answer> {
  switch (question.ask) {
    case "mail":
      return after(host.mail(question.command, question.client), (decision) => ({ to: "mail", decision }));
    case "rcpt":
      return after(host.rcpt(question.recipient, question.client), (decision) => ({ to: "rcpt", decision }));
    case "data":
      return after(host.data(question.client), (decision) => ({ to: "data", decision }));
    case "message":
      return after(host.message(question.facts), (reply) => ({ to: "message", reply }));
    case "password":
      return after(host.password(question.login, question.password, question.client), (ok) => ({ to: "password", ok }));
    case "verifier":
      return after(host.verifier(question.login), ({ known, verifier }) => ({ to: "verifier", known, verifier }));
    default:
      return unreachable(question);
  }
}

/** Answers given at once stay so: a promise for each would cost a turn of the loop a command. */
function after<T>(soon: T | Promise<T>, answer: (value: T) => Answer): Answer | Promise<Answer> {
  return soon instanceof Promise ? soon.then(answer) : answer(soon);
}
