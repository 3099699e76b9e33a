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
import type { PipeFault, TlsFacts } from "../../base/network.ts";
import type { LocalFault, Stage } from "../../model/outcome.ts";
import { type Reply, replyLine } from "../../model/reply.ts";
import type { Capabilities, ClientEnd, ClientOptions } from "./client.ts";
import { type ClientEnvelope, cannotSend } from "./client-commands.ts";
import { ClientGreeting, type GreetingContext, type GreetingStep } from "./client-greeting.ts";
import { type ClientEffect, ClientOutbox, stageOf } from "./client-outbox.ts";
import { ReplyReader } from "./client-replies.ts";
import { type Asked, OpenTransaction } from "./client-transaction.ts";
import { ClientWriter } from "./client-writer.ts";
import { Transcript } from "./transcript.ts";

/** A message up to this size travels in one write with its commands. */
const SMALL_OCTETS = 65_536;
/** Chunks written and not yet answered. */
const MAX_CHUNKS_OUT = 8;
/** A host silent for longer may have closed its end: it is asked with MAIL before content is risked, lest it end in doubt. */
const QUIET_MS = 1_000;
const QUIT_MS = 5_000;
const QUIT = fromUtf8("QUIT\r\n");

export class ClientSession {
  readonly #options: ClientOptions;
  readonly #clock: Pick<Clock, "mono">;
  readonly #greeting: ClientGreeting;
  readonly #replies = new ReplyReader();
  readonly #out: ClientOutbox;
  readonly #writer: ClientWriter;
  readonly #times: Partial<Record<Stage, number>> = {};
  readonly #talk = new Transcript();
  #phase: "greeting" | "open" | "over" = "greeting";
  /** In order of their commands; a settled one leaves at once. */
  #transactions: OpenTransaction[] = [];
  #lastNth = 0;
  #pulling = false;
  #stopping = false;
  #deadline: MonoMs | undefined;

  constructor(options: ClientOptions, clock: Pick<Clock, "mono">, context: GreetingContext) {
    this.#options = options;
    this.#clock = clock;
    this.#greeting = new ClientGreeting(options, context);
    this.#out = new ClientOutbox(clock);
    this.#writer = new ClientWriter(this.#out, () => this.capabilities);
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
    this.#pump();
    return this.#took();
  }

  secured(tls: TlsFacts): ClientEffect[] {
    if (this.#phase !== "greeting") return [];
    this.#lap("tls");
    this.#talk.remark(`${tls.version} ${tls.cipher}${tls.authorized ? "" : ", certificate not verified"}`);
    this.#greet(this.#greeting.secured(tls));
    return this.#took();
  }

  /** `undefined`: there is nothing to send now. `nth` grows by one with each transaction. */
  offer(offered: { readonly nth: number; readonly envelope: ClientEnvelope } | undefined): ClientEffect[] {
    this.#pulling = false;
    if (offered === undefined) return this.#took();
    this.#out.moved = true;
    const { nth, envelope } = offered;
    const { capabilities } = this.#greeting;
    this.#lastNth = nth;
    const bdat = capabilities.chunking && (capabilities.pipelining || envelope.body === "binary");
    const blind = bdat && capabilities.pipelining && envelope.bytes <= SMALL_OCTETS && this.#out.silentMs < QUIET_MS;
    const transaction = new OpenTransaction(nth, envelope, bdat ? "bdat" : "data", blind);
    const fault = cannotSend(envelope, capabilities);
    if (this.#phase === "over") transaction.lost({ code: "closed", text: "the connection ended while it was asked for" });
    else if (fault !== undefined) transaction.settleRest({ is: "failed", fault, permanent: true });
    if (this.#phase === "over" || fault !== undefined || !transaction.hasRecipients) {
      this.#settle(transaction);
    } else {
      this.#transactions.push(transaction);
      this.#out.add({ do: "mark", nth });
    }
    this.#pump();
    return this.#took();
  }

  /** False: take the transaction back. `fault` says why if it is not the usual reason. */
  marked(nth: number, sent: boolean, fault?: LocalFault): ClientEffect[] {
    const transaction = this.#find(nth);
    if (transaction === undefined) return [];
    this.#out.moved = true;
    transaction.mark = sent ? "yes" : "no";
    if (fault !== undefined) transaction.takenBack = fault;
    if (transaction.state === "wanted") this.#feed(transaction);
    this.#pump();
    return this.#took();
  }

  /** Whether a chunk of this transaction's content may come now. */
  wants(nth: number): boolean {
    const transaction = this.#find(nth);
    return transaction?.state === "sending" && transaction.chunksOut < (this.#greeting.capabilities.pipelining ? MAX_CHUNKS_OUT : 1);
  }

  /** The view is kept until it is written. */
  content(nth: number, chunk: Uint8Array): ClientEffect[] {
    const transaction = this.#find(nth);
    if (transaction?.state !== "sending") return [];
    this.#out.moved = true;
    if (!this.#writer.content(transaction, chunk)) this.#giveUp(transaction, BARE_LINE, true);
    return this.#took();
  }

  contentEnd(nth: number): ClientEffect[] {
    const transaction = this.#find(nth);
    if (transaction?.state !== "sending") return [];
    this.#out.moved = true;
    if (this.#writer.end(transaction)) this.#pump();
    else this.#giveUp(transaction, BARE_LINE, true);
    return this.#took();
  }

  contentFailed(nth: number, fault: LocalFault): ClientEffect[] {
    const transaction = this.#find(nth);
    if (transaction?.state === "sending") this.#giveUp(transaction, fault, false);
    return this.#took();
  }

  /** Bytes left: a peer that takes content slowly is not a silent one. */
  drained(): ClientEffect[] {
    this.#out.moved = true;
    return this.#took();
  }

  /** There may be something to pull. */
  wake(): ClientEffect[] {
    this.#pump();
    return this.#took();
  }

  /** Finishes what was pulled, then QUIT. */
  quit(): ClientEffect[] {
    this.#stopping = true;
    this.#pump();
    return this.#took();
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
    this.#transactionAnswered(asked, reply);
  }

  #transactionAnswered(asked: Asked, reply: Reply): void {
    const { transaction } = asked;
    switch (asked.of) {
      case "mail":
        transaction.mailAnswered(reply);
        return this.#envelopeAnswered(transaction);
      case "rcpt":
        transaction.rcptAnswered(asked.rcpt, reply);
        return this.#envelopeAnswered(transaction);
      case "data":
        return this.#dataAnswered(transaction, reply);
      case "chunk":
        transaction.chunksOut--;
        if (reply.code >= 400) this.#refuseContent(transaction, reply);
        else if (transaction.state === "sending") this.#out.add({ do: "content", nth: transaction.nth });
        return;
      case "end":
        if (transaction.by === "bdat" && reply.code >= 400) return this.#refuseContent(transaction, reply);
        if (transaction.state === "sent") transaction.contentAnswered(reply);
        transaction.mailTaken = false; // carried through: nothing to reset
        return this.#settle(transaction);
    }
  }

  /** After the reply to MAIL or a RCPT: in lockstep the next command, with BDAT perhaps the content. */
  #envelopeAnswered(transaction: OpenTransaction): void {
    if (transaction.state !== "asking") return; // its content is already out: the final reply settles it
    if (!this.#greeting.capabilities.pipelining) {
      const next = transaction.nextCommand;
      if (!transaction.mailTaken || (next !== "rcpt" && transaction.takers === 0)) return this.#settle(transaction);
      if (next === "data" && transaction.mark === "no") return this.#settle(transaction);
      if (next !== "none") return this.#writer.envelope(transaction);
    }
    if (transaction.by === "data" || !transaction.envelopeAnswered) return;
    if (transaction.takers === 0) return this.#settle(transaction);
    transaction.state = "wanted";
    this.#feed(transaction);
  }

  #dataAnswered(transaction: OpenTransaction, reply: Reply): void {
    if (reply.code >= 400) {
      transaction.contentAnswered(reply);
      return this.#settle(transaction);
    }
    if (reply.code !== 354 || (transaction.takers > 0 && !transaction.mailTaken)) return this.#break(WRONG_REPLY, "data");
    if (transaction.takers === 0) {
      // RFC 2920 §3.1: the host must be given an end, and its opinion of an empty message to nobody means nothing.
      transaction.state = "void";
      return this.#writer.dot(transaction);
    }
    transaction.state = "wanted";
    this.#feed(transaction);
  }

  /** A chunk was refused: no more of them, and the host waits for a RSET (RFC 3030 §2). */
  #refuseContent(transaction: OpenTransaction, reply: Reply): void {
    transaction.contentAnswered(reply);
    this.#settle(transaction);
  }

  /** The host wants the content: it goes once the deliveries are marked as sent. */
  #feed(transaction: OpenTransaction): void {
    if (transaction.mark === "awaited") return;
    if (transaction.mark === "yes") {
      transaction.state = "sending";
      this.#out.add({ do: "content", nth: transaction.nth });
    } else if (transaction.by === "bdat") {
      this.#settle(transaction);
    } else {
      // After a 354 only a final dot would get the host's ear again, and that would send an empty message.
      this.#settle(transaction);
      this.#break(transaction.takenBack, "data");
    }
  }

  /** The content cannot be sent whole. */
  #giveUp(transaction: OpenTransaction, fault: LocalFault, permanent: boolean): void {
    transaction.settleRest({ is: "failed", fault, permanent });
    this.#settle(transaction);
    if (transaction.by === "data") this.#break(fault, "data");
    else this.#pump();
  }

  /** A reply nobody asked for: a farewell, an answer to content half sent, or a host that has lost count. */
  #unasked(reply: Reply): void {
    const [transaction] = this.#transactions;
    if (transaction === undefined && reply.code === 421) return this.#close("end", { is: "orderly" });
    if (transaction !== undefined && reply.code === 421) return this.#shutDown(reply, "data");
    if (transaction?.state === "sending" && transaction.by === "data" && reply.code >= 400) {
      transaction.contentAnswered(reply);
      this.#settle(transaction);
      return this.#close("destroy", { is: "refused", stage: "data", reply });
    }
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
    const [first, second] = this.#transactions;
    if (first?.state === "waiting") this.#start(first);
    else if (second?.state === "waiting" && first?.by === "data" && (first.state === "sent" || first.state === "void")) this.#start(second);
    const last = this.#transactions.at(-1);
    const stopping = this.#stopping || this.#lastNth >= this.#options.maxTransactions;
    const roomFor = last === undefined || (this.#transactions.length === 1 && (last.state === "sent" || last.state === "void"));
    if (!stopping && roomFor && !this.#pulling) {
      this.#pulling = true;
      this.#out.add({ do: "pull" });
    }
    if (stopping && last === undefined && this.#out.owed === undefined) {
      this.#out.expect({ of: "quit" });
      this.#out.write(QUIT);
    }
  }

  #start(transaction: OpenTransaction): void {
    if (!this.#greeting.capabilities.pipelining && this.#out.owed !== undefined) return;
    if (transaction.mark === "no") {
      this.#settle(transaction);
      return this.#pump();
    }
    if (!transaction.blind) {
      transaction.state = "asking";
      return this.#writer.envelope(transaction);
    }
    if (transaction.mark === "awaited") return;
    transaction.state = "sending";
    this.#out.add({ do: "content", nth: transaction.nth });
  }

  /** Books the time since the last event on a stage of the greeting. */
  #lap(stage: Stage): void {
    this.#times[stage] = (this.#times[stage] ?? 0) + this.#out.lap();
  }

  #settle(transaction: OpenTransaction): void {
    if (transaction.mark === "no" && transaction.state !== "sent") transaction.takeBack();
    if (transaction.mailTaken) this.#writer.needsReset = true;
    transaction.state = "over";
    this.#transactions = this.#transactions.filter((open) => open !== transaction);
    this.#out.add({ do: "settle", nth: transaction.nth, results: transaction.results, facts: transaction.facts });
  }

  /** The host takes its leave: earlier answers stand, nothing still open will be answered (RFC 5321 §3.8). */
  #shutDown(reply: Reply, stage: Stage): void {
    const fault = { code: String(reply.code), text: replyLine(reply) };
    this.#loseAll(fault, reply);
    this.#close("end", { is: "refused", stage, reply });
  }

  #break(fault: LocalFault, stage = this.#stage()): void {
    this.#loseAll(fault);
    this.#close("destroy", { is: "broken", stage, fault });
  }

  #loseAll(fault: LocalFault, reply?: Reply): void {
    for (const transaction of this.#transactions) {
      transaction.lost(fault, reply);
      this.#settle(transaction);
    }
  }

  #close(how: "end" | "destroy", end: ClientEnd): void {
    const early = this.#phase === "greeting" && end.is !== "orderly" && this.#talk.text !== "";
    this.#phase = "over";
    this.#out.forget();
    this.#out.add({ do: "close", how, end: early ? { ...end, dialogue: this.#talk.text } : end });
  }

  #find(nth: number): OpenTransaction | undefined {
    return this.#transactions.find((transaction) => transaction.nth === nth);
  }

  #stage(): Stage {
    if (this.#phase === "greeting") return this.#greeting.stage;
    const asked = this.#out.owed;
    if (asked !== undefined) return stageOf(asked);
    return this.#transactions[0] === undefined || this.#transactions[0].state === "waiting" ? "mail" : "data";
  }

  #isIdle(): boolean {
    return this.#phase === "open" && this.#transactions.length === 0 && this.#out.owed === undefined;
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
    return this.#transactions.length > 0 ? timeouts.dataBlock : idleMs;
  }

  /** Hands the effects over; a step that moved nothing does not win the host more time. */
  #took(): ClientEffect[] {
    if (this.#phase === "over") this.#deadline = undefined;
    else if (this.#out.moved) this.#deadline = (this.#clock.mono() + this.#patience()) as MonoMs;
    this.#out.moved = false;
    return this.#out.take();
  }
}

const WRONG_REPLY: LocalFault = { code: "protocol", text: "the host's reply answers nothing that was asked" };
const BARE_LINE: LocalFault = { code: "bare-line-ending", text: "the content has a bare CR or LF" };
