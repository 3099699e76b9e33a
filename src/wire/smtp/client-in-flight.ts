/**
 * The transactions of an open connection, in order: one that awaits its final reply and the next, no more. What the
 * host's replies make of them, and when their content may go. The connection itself, its phases and its time are the
 * session's.
 */
import type { LocalFault, Stage } from "../../model/outcome.ts";
import type { Reply } from "../../model/reply.ts";
import type { Capabilities } from "./client.ts";
import { type ClientEnvelope, cannotSend } from "./client-commands.ts";
import type { ClientOutbox } from "./client-outbox.ts";
import { type Asked, OpenTransaction } from "./client-transaction.ts";
import { ClientWriter } from "./client-writer.ts";

/** What the transactions need of their connection. */
interface Carrier {
  readonly out: ClientOutbox;
  /** What the host offered. */
  readonly capabilities: () => Capabilities;
  /** The connection cannot go on; everything in flight is lost with it. */
  readonly broken: (fault: LocalFault, stage: Stage) => void;
}

/** A message up to this size travels in one write with its commands. */
const SMALL_OCTETS = 65_536;
/** Chunks written and not yet answered. */
const MAX_CHUNKS_OUT = 8;
/** A host silent for longer may have closed its end: it is asked with MAIL before content is risked, lest it end in doubt. */
const QUIET_MS = 1_000;

export class InFlight {
  readonly #out: ClientOutbox;
  readonly #capabilities: () => Capabilities;
  readonly #broken: Carrier["broken"];
  readonly #writer: ClientWriter;
  /** In order of their commands; a settled one leaves at once. */
  #transactions: OpenTransaction[] = [];

  constructor({ out, capabilities, broken }: Carrier) {
    this.#out = out;
    this.#capabilities = capabilities;
    this.#broken = broken;
    this.#writer = new ClientWriter(out, capabilities);
  }

  /** The one whose replies come next. */
  get first(): OpenTransaction | undefined {
    return this.#transactions[0];
  }

  /** Another may be pulled. */
  get hasRoom(): boolean {
    const [first, second] = this.#transactions;
    return first === undefined || (second === undefined && isOut(first));
  }

  /** Pulled from the owner. `ended` is why the connection takes none any more: then it is settled at once, as lost. */
  add(nth: number, envelope: ClientEnvelope, ended: LocalFault | undefined): void {
    const capabilities = this.#capabilities();
    const bdat = capabilities.chunking && (capabilities.pipelining || envelope.body === "binary");
    const blind = bdat && capabilities.pipelining && envelope.bytes <= SMALL_OCTETS && this.#out.silentMs < QUIET_MS;
    const transaction = new OpenTransaction(nth, envelope, bdat ? "bdat" : "data", blind);
    const fault = cannotSend(envelope, capabilities);
    if (ended !== undefined) transaction.lost(ended);
    else if (fault !== undefined) transaction.settleRest({ is: "failed", fault, permanent: true });
    if (ended !== undefined || fault !== undefined || !transaction.hasRecipients) return this.#settle(transaction);
    this.#transactions.push(transaction);
    this.#out.add({ do: "mark", nth });
  }

  marked(nth: number, sent: boolean, fault: LocalFault | undefined): void {
    const transaction = this.#find(nth);
    if (transaction === undefined) return;
    this.#out.moved = true;
    transaction.mark = sent ? "yes" : "no";
    if (fault !== undefined) transaction.takenBack = fault;
    if (transaction.state === "wanted") this.#feed(transaction);
  }

  /** Whether a chunk of this transaction's content may come now. */
  wants(nth: number): boolean {
    const transaction = this.#find(nth);
    return transaction?.state === "sending" && transaction.chunksOut < (this.#capabilities().pipelining ? MAX_CHUNKS_OUT : 1);
  }

  content(nth: number, chunk: Uint8Array): void {
    const transaction = this.#find(nth);
    if (transaction?.state !== "sending") return;
    this.#out.moved = true;
    if (!this.#writer.content(transaction, chunk)) this.#giveUp(transaction, BARE_LINE, true);
  }

  contentEnd(nth: number): void {
    const transaction = this.#find(nth);
    if (transaction?.state !== "sending") return;
    this.#out.moved = true;
    if (!this.#writer.end(transaction)) this.#giveUp(transaction, BARE_LINE, true);
  }

  contentFailed(nth: number, fault: LocalFault): void {
    const transaction = this.#find(nth);
    if (transaction?.state === "sending") this.#giveUp(transaction, fault, false);
  }

  /** Starts what can be started; what was taken back before it began makes room. */
  start(): void {
    for (let next = this.#startable(); next !== undefined; next = this.#startable()) {
      if (next.mark !== "no") return this.#begin(next);
      this.#settle(next);
    }
  }

  answered(asked: Asked, reply: Reply): void {
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

  /** A refusal that came while content for DATA was on its way; false if none was. */
  refusedMidway(reply: Reply): boolean {
    const { first } = this;
    if (first?.state !== "sending" || first.by !== "data" || reply.code < 400) return false;
    this.#refuseContent(first, reply);
    return true;
  }

  /** The connection is over. `reply` where the host said so itself. */
  loseAll(fault: LocalFault, reply?: Reply): void {
    for (const transaction of this.#transactions) {
      transaction.lost(fault, reply);
      this.#settle(transaction);
    }
  }

  /** In lockstep nothing is written while a reply is owed. The second may follow a final dot, and nothing else. */
  #startable(): OpenTransaction | undefined {
    if (!this.#capabilities().pipelining && this.#out.owed !== undefined) return undefined;
    const [first, second] = this.#transactions;
    if (first?.state === "waiting") return first;
    return second?.state === "waiting" && first?.by === "data" && isOut(first) ? second : undefined;
  }

  #begin(transaction: OpenTransaction): void {
    if (!transaction.blind) {
      transaction.state = "asking";
      return this.#writer.envelope(transaction);
    }
    if (transaction.mark === "awaited") return;
    transaction.state = "sending";
    this.#out.add({ do: "content", nth: transaction.nth });
  }

  /** After the reply to MAIL or a RCPT: in lockstep the next command, with BDAT perhaps the content. */
  #envelopeAnswered(transaction: OpenTransaction): void {
    if (transaction.state !== "asking") return; // its content is already out: the final reply settles it
    if (!this.#capabilities().pipelining) {
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
    if (reply.code >= 400) return this.#refuseContent(transaction, reply);
    if (reply.code !== 354 || (transaction.takers > 0 && !transaction.mailTaken)) return this.#broken(WRONG_REPLY, "data");
    if (transaction.takers === 0) {
      // RFC 2920 §3.1: the host must be given an end, and its opinion of an empty message to nobody means nothing.
      transaction.state = "void";
      return this.#writer.dot(transaction);
    }
    transaction.state = "wanted";
    this.#feed(transaction);
  }

  /** DATA or a chunk was refused: no more content, and after a chunk the host waits for a RSET (RFC 3030 §2). */
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
      this.#broken(transaction.takenBack, "data");
    }
  }

  /** The content cannot be sent whole. */
  #giveUp(transaction: OpenTransaction, fault: LocalFault, permanent: boolean): void {
    transaction.settleRest({ is: "failed", fault, permanent });
    this.#settle(transaction);
    if (transaction.by === "data") this.#broken(fault, "data");
  }

  #settle(transaction: OpenTransaction): void {
    if (transaction.mark === "no" && transaction.state !== "sent") transaction.takeBack();
    if (transaction.mailTaken) this.#writer.needsReset = true;
    transaction.state = "over";
    this.#transactions = this.#transactions.filter((open) => open !== transaction);
    this.#out.add({ do: "settle", nth: transaction.nth, results: transaction.results, facts: transaction.facts });
  }

  #find(nth: number): OpenTransaction | undefined {
    return this.#transactions.find((transaction) => transaction.nth === nth);
  }
}

/** Its end is written: only the host's answer is awaited. */
function isOut({ state }: OpenTransaction): boolean {
  return state === "sent" || state === "void";
}

export const WRONG_REPLY: LocalFault = { code: "protocol", text: "the host's reply answers nothing that was asked" };
const BARE_LINE: LocalFault = { code: "bare-line-ending", text: "the content has a bare CR or LF" };
