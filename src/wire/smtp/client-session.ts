/**
 * The client's side of a connection as a machine: inputs are what the host sent, what the owner hands in and the
 * passing of time; outputs are effects for the driver. Replies answer commands in order, so everything written is
 * queued with what its reply will be about.
 *
 * Greeting → open (idle, or up to two transactions: one that awaits its final reply and the next) → quitting → over.
 * With PIPELINING a content, its final dot and the next MAIL, RCPT and DATA are written together (RFC 2920 §3.1 allows
 * it: the dot ends a group). With CHUNKING too, a small message is one write, and the next follows its final reply,
 * because a refused BDAT needs a RSET first (RFC 3030 §2).
 */
import { fromUtf8 } from "../../base/bytes.ts";
import type { Clock, MonoMs } from "../../base/clock.ts";
import type { PipeFault, TlsHandshake } from "../../base/network.ts";
import type { LocalFault, Stage, TlsVerified } from "../../model/outcome.ts";
import { type Reply, replyLine } from "../../model/reply.ts";
import type { Capabilities, ClientEnd, ClientOptions } from "./client.ts";
import type { ClientEnvelope } from "./client-commands.ts";
import { ClientGreeting, type GreetingContext, type GreetingStep } from "./client-greeting.ts";
import { InFlight, WRONG_REPLY } from "./client-in-flight.ts";
import { type ClientEffect, ClientOutbox, stageOf } from "./client-outbox.ts";
import { ReplyReader } from "./client-replies.ts";
import { Transcript } from "./transcript.ts";

const VERIFIED: Readonly<Record<TlsVerified, string>> = {
  none: "certificate not verified",
  webpki: "certificate verified",
  sts: "certificate verified under MTA-STS",
  dane: "certificate verified by DANE",
};
const QUIT_MS = 5_000;
const QUIT = fromUtf8("QUIT\r\n");

export class ClientSession {
  readonly #options: ClientOptions;
  readonly #clock: Pick<Clock, "mono">;
  readonly #greeting: ClientGreeting;
  readonly #replies = new ReplyReader();
  readonly #out: ClientOutbox;
  readonly #inFlight: InFlight;
  readonly #times: Partial<Record<Stage, number>> = {};
  readonly #talk = new Transcript();
  #phase: "greeting" | "open" | "over" = "greeting";
  #lastNth = 0;
  #pulling = false;
  #stopping = false;
  #deadline: MonoMs | undefined;

  constructor(options: ClientOptions, clock: Pick<Clock, "mono">, context: GreetingContext) {
    this.#options = options;
    this.#clock = clock;
    this.#greeting = new ClientGreeting(options, context);
    this.#out = new ClientOutbox(clock);
    this.#inFlight = new InFlight({
      out: this.#out,
      capabilities: () => this.capabilities,
      broken: (fault, stage) => this.#break(fault, stage),
    });
  }

  /** When `timeout` is due, if nothing else happens. */
  get deadline(): MonoMs | undefined {
    return this.#deadline;
  }

  /** What the host offered, as far as it is known. */
  get capabilities(): Capabilities {
    return this.#greeting.capabilities;
  }

  begin(): ClientEffect[] {
    this.#greet(this.#greeting.begin());
    return this.#took();
  }

  /** The view is not kept. */
  receive(bytes: Uint8Array): ClientEffect[] {
    if (this.#phase === "over") return [];
    this.#replies.push(bytes);
    for (let reply = this.#replies.next(); reply !== undefined; reply = this.#replies.next()) {
      if (reply === "garbage") this.#break({ code: "protocol", text: "the host sent what is no SMTP reply" });
      else this.#answer(reply);
      if (this.#isOver()) return this.#took();
    }
    return this.#onward();
  }

  secured(tls: TlsHandshake): ClientEffect[] {
    if (this.#phase !== "greeting") return [];
    this.#lap("tls");
    const step = this.#greeting.secured(tls);
    this.#talk.remark(`${tls.version} ${tls.cipher}, ${VERIFIED[this.#greeting.tls?.verified ?? (tls.authorized ? "webpki" : "none")]}`);
    this.#greet(step);
    return this.#took();
  }

  /** `undefined`: there is nothing to send now. `nth` grows by one with each transaction. */
  offer(offered: { readonly nth: number; readonly envelope: ClientEnvelope } | undefined): ClientEffect[] {
    this.#pulling = false;
    if (offered === undefined) return this.#took();
    this.#out.moved = true;
    this.#lastNth = offered.nth;
    this.#inFlight.add(offered.nth, offered.envelope, this.#phase === "over" ? OVER : undefined);
    return this.#onward();
  }

  /** False: take the transaction back. `fault` says why if it is not the usual reason. */
  marked(nth: number, sent: boolean, fault?: LocalFault): ClientEffect[] {
    this.#inFlight.marked(nth, sent, fault);
    return this.#onward();
  }

  /** Whether a chunk of this transaction's content may come now. */
  wants(nth: number): boolean {
    return this.#inFlight.wants(nth);
  }

  /** The view is kept until it is written. */
  content(nth: number, chunk: Uint8Array): ClientEffect[] {
    this.#inFlight.content(nth, chunk);
    return this.#onward();
  }

  contentEnd(nth: number): ClientEffect[] {
    this.#inFlight.contentEnd(nth);
    return this.#onward();
  }

  contentFailed(nth: number, fault: LocalFault): ClientEffect[] {
    this.#inFlight.contentFailed(nth, fault);
    return this.#onward();
  }

  /** Bytes left: a peer that takes content slowly is not a silent one. */
  drained(): ClientEffect[] {
    this.#out.moved = true;
    return this.#took();
  }

  /** There may be something to pull. */
  wake(): ClientEffect[] {
    return this.#onward();
  }

  /** Finishes what was pulled, then QUIT. */
  quit(): ClientEffect[] {
    this.#stopping = true;
    return this.#onward();
  }

  /** The deadline has passed (asked too early, nothing happens). */
  timeout(): ClientEffect[] {
    if (this.#deadline === undefined || this.#clock.mono() < this.#deadline) return [];
    if (this.#phase === "open" && this.#out.owed?.of === "quit") this.#close("end", { is: "orderly" });
    else if (this.#isIdle()) return this.quit();
    else this.#break({ code: "TIMEOUT", text: `nothing came for ${this.#patience()} ms` });
    return this.#took();
  }

  /** The connection is gone, or the peer sends no more. */
  closed(fault?: PipeFault): ClientEffect[] {
    if (this.#phase === "over") return [];
    if (this.#isIdle() || this.#out.owed?.of === "quit") this.#close("end", { is: "orderly" });
    else this.#break(fault ?? { code: "closed", text: "the host closed the connection" });
    return this.#took();
  }

  abort(why: LocalFault): ClientEffect[] {
    if (this.#phase !== "over") this.#break(why);
    return this.#took();
  }

  #answer(reply: Reply): void {
    this.#out.moved = true;
    if (this.#phase === "greeting") {
      this.#lap(this.#greeting.stage);
      this.#talk.server(reply, this.#replies.lastLines);
      this.#greet(this.#greeting.answer(reply, this.#replies.lastLines));
      return;
    }
    const asked = this.#out.answered();
    if (asked === undefined) return this.#unasked(reply);
    if (asked.of === "quit") return this.#close("end", { is: "orderly" });
    const stage = stageOf(asked);
    if (asked.of === "rset") {
      asked.talk.server(reply, this.#replies.lastLines);
      this.#out.lap();
      return reply.code < 300 ? undefined : this.#shutDown(reply, stage);
    }
    asked.transaction.spend(stage, this.#out.lap());
    asked.transaction.talk.server(reply, this.#replies.lastLines);
    if (reply.code === 421) return this.#shutDown(reply, stage);
    if (asked.transaction.state === "over") return;
    if (reply.code >= 300 && reply.code < 400 && asked.of !== "data") return this.#break(WRONG_REPLY, stage);
    this.#inFlight.answered(asked, reply);
  }

  /** A reply nobody asked for: a farewell, an answer to content half sent, or a host that has lost count. */
  #unasked(reply: Reply): void {
    if (reply.code === 421) {
      if (this.#inFlight.first === undefined) return this.#close("end", { is: "orderly" });
      return this.#shutDown(reply, "data");
    }
    if (this.#inFlight.refusedMidway(reply)) return this.#close("destroy", { is: "refused", stage: "data", reply });
    this.#break(WRONG_REPLY);
  }

  #greet(step: GreetingStep | undefined): void {
    if (step === undefined) return;
    this.#out.moved = true;
    switch (step.is) {
      case "send":
        this.#talk.client(step.shown ?? step.line.trimEnd());
        return this.#out.write(fromUtf8(step.line));
      case "start-tls":
        // RFC 3207 §6: what came in plain text behind the go-ahead was not written by the host behind the certificate.
        if (this.#replies.hasMore) return this.#break({ code: "tls-injection", text: "plain text followed the reply to STARTTLS" }, "tls");
        this.#out.add({ do: "start-tls" });
        return;
      case "ready":
        this.#phase = "open";
        this.#out.add({
          do: "ready",
          capabilities: this.#greeting.capabilities,
          tls: this.#greeting.tls,
          greeting: { times: this.#times, dialogue: this.#talk.text },
        });
        return this.#pump();
      case "over":
        // RFC 5321 §3.8 wants a QUIT, unless the host has left already; nothing hangs on its reply.
        if (step.end.is !== "refused" || step.end.reply.code !== 421) this.#out.write(QUIT);
        return this.#close("end", step.end);
    }
  }

  /** Starts what can be started, asks for more, says goodbye when all is done. */
  #pump(): void {
    if (this.#phase !== "open") return;
    this.#inFlight.start();
    const stopping = this.#stopping || this.#lastNth >= this.#options.maxTransactions;
    if (!stopping && !this.#pulling && this.#inFlight.hasRoom) {
      this.#pulling = true;
      this.#out.add({ do: "pull" });
    }
    if (stopping && this.#inFlight.first === undefined && this.#out.owed === undefined) {
      this.#out.expect({ of: "quit" });
      this.#out.write(QUIT);
    }
  }

  /** Books the time since the last event on a stage of the greeting. */
  #lap(stage: Stage): void {
    this.#times[stage] = (this.#times[stage] ?? 0) + this.#out.lap();
  }

  /** The host takes its leave: earlier answers stand, nothing still open will be answered (RFC 5321 §3.8). */
  #shutDown(reply: Reply, stage: Stage): void {
    const fault = { code: String(reply.code), text: replyLine(reply) };
    this.#inFlight.loseAll(fault, reply);
    this.#close("end", { is: "refused", stage, reply });
  }

  #break(fault: LocalFault, stage = this.#stage()): void {
    this.#inFlight.loseAll(fault);
    this.#close("destroy", { is: "broken", stage, fault });
  }

  #close(how: "end" | "destroy", end: ClientEnd): void {
    const early = this.#phase === "greeting" && end.is !== "orderly" && this.#talk.text !== "";
    this.#phase = "over";
    this.#out.forget();
    this.#out.add({ do: "close", how, end: early ? { ...end, dialogue: this.#talk.text } : end });
  }

  #stage(): Stage {
    if (this.#phase === "greeting") return this.#greeting.stage;
    const asked = this.#out.owed;
    if (asked !== undefined) return stageOf(asked);
    const { first } = this.#inFlight;
    return first === undefined || first.state === "waiting" ? "mail" : "data";
  }

  #isIdle(): boolean {
    return this.#phase === "open" && this.#inFlight.first === undefined && this.#out.owed === undefined;
  }

  #isOver(): boolean {
    return this.#phase === "over";
  }

  /** How long the next event may take. */
  #patience(): number {
    const { timeouts, idleMs } = this.#options;
    if (this.#phase === "greeting") return this.#greeting.stage === "banner" ? timeouts.banner : timeouts.command;
    const of = this.#out.owed?.of;
    if (of === "end") return timeouts.finalDot;
    if (of === "chunk") return timeouts.dataBlock;
    if (of === "quit") return Math.min(QUIT_MS, timeouts.command);
    if (of !== undefined) return timeouts.command;
    return this.#inFlight.first !== undefined ? timeouts.dataBlock : idleMs;
  }

  /** Whatever a step made possible is begun with it. */
  #onward(): ClientEffect[] {
    this.#pump();
    return this.#took();
  }

  /** Hands the effects over; a step that moved nothing does not win the host more time. */
  #took(): ClientEffect[] {
    if (this.#phase === "over") this.#deadline = undefined;
    else if (this.#out.moved) this.#deadline = (this.#clock.mono() + this.#patience()) as MonoMs;
    this.#out.moved = false;
    return this.#out.take();
  }
}

const OVER: LocalFault = { code: "closed", text: "the connection ended while it was asked for" };
