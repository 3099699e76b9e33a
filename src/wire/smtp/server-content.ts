/**
 * Content in a session: DATA up to its final dot (RFC 5321 §4.1.1.4), BDAT chunks by their sizes (RFC 3030). A message
 * that will be refused anyway is read to its end, or the end of its chunk, and thrown away: only then is the client
 * ready to hear why.
 */
import type { Reply } from "../../model/reply.ts";
import { ContentReader } from "./content-reader.ts";
import { formatReply } from "./reply-text.ts";
import * as say from "./server-replies.ts";
import type { SessionState, Transaction } from "./server-state.ts";

/** Beyond this many times the size limit, content that is thrown away is no longer worth reading to its end. */
const MAX_WASTE = 20;

export class ContentDialogue {
  readonly #state: SessionState;

  constructor(state: SessionState) {
    this.#state = state;
  }

  /** The host agreed to DATA, or to the first BDAT. */
  start(transaction: Transaction): void {
    const state = this.#state;
    transaction.chunks = state.chunk !== undefined;
    const framing = !transaction.chunks ? "dots" : transaction.mail.body === "binary" ? "binary" : "chunks";
    transaction.reader = new ContentReader(framing, state.options.normalisesFor(state.client) ? "normalise" : "refuse");
    state.mode = transaction.chunks ? "chunk" : "content";
    if (!transaction.chunks) state.say(say.GO_AHEAD);
  }

  /** Reads on in the modes content, chunk and skip. */
  read(): void {
    const { mode, inbox, chunk } = this.#state;
    if (mode !== "content" && chunk !== undefined) {
      const octets = Math.min(inbox.left, chunk.left);
      chunk.left -= octets;
      if (mode === "skip") inbox.at += octets;
      else this.#take(inbox.at + octets);
      if (chunk.left === 0) this.chunkRead();
    } else {
      const { transaction, reader } = this.#take(inbox.bytes.length);
      if (reader.ended) this.#ended(transaction, reader);
    }
  }

  /** A chunk is read whole; also called for one of no octets. */
  chunkRead(): void {
    const state = this.#state;
    const { chunk } = state;
    if (chunk === undefined || state.mode === "closed") return;
    state.chunk = undefined;
    state.mode = "command";
    if (chunk.refusal !== undefined) {
      state.refuse("BDAT", chunk.refusal);
      if (!state.excused) state.countFault();
      state.excused = true; // chunks that follow were on their way already
      return;
    }
    const { transaction, reader } = this.#open();
    if (chunk.last) {
      reader.finish();
      this.#handOn(transaction, reader);
    }
    if (chunk.last || transaction.doomed !== undefined) this.#ended(transaction, reader);
    else state.say(`250 2.0.0 ${chunk.octets} octets received\r\n`);
  }

  /**
   * The chunk just announced is not wanted: its octets are swallowed, so that none is taken for a command (RFC 3030
   * §2), and what has come of the message is dropped, for it cannot be made whole again.
   */
  skip(refusal: Reply): void {
    const state = this.#state;
    if (state.chunk === undefined) throw new Error("nothing to skip");
    state.chunk = { ...state.chunk, refusal };
    state.mode = "skip";
    state.dropTransaction();
    if (state.chunk.left > state.options.limits.content * MAX_WASTE) state.end(refusal, "a chunk far over the limit");
  }

  /** The host's word on a whole message. */
  answered(reply: Reply): void {
    const command = this.#state.transaction?.chunks === true ? "BDAT" : "DATA";
    this.#state.transaction = undefined;
    if (reply.code >= 400) this.#state.refuse(command, reply);
    else this.#state.say(formatReply(reply));
    this.#state.transactionOver(true);
  }

  #take(to: number): { transaction: Transaction; reader: ContentReader } {
    const open = this.#open();
    const { inbox } = this.#state;
    inbox.at = open.reader.read(inbox.bytes, inbox.at, to);
    this.#handOn(open.transaction, open.reader);
    return open;
  }

  /** Gives the host what was read, until the message is known to be refused. */
  #handOn(transaction: Transaction, reader: ContentReader): void {
    const state = this.#state;
    const limit = state.options.limits.content;
    const bytes = reader.take();
    if (transaction.doomed === undefined) {
      if (reader.bytes > limit) transaction.doomed = say.tooBig(undefined, limit);
      else if (reader.hasBareLines) transaction.doomed = say.BARE_LINES;
      if (transaction.doomed !== undefined) state.do({ is: "reset" });
      else if (bytes !== undefined) state.do({ is: "content", bytes });
    }
    if (transaction.doomed !== undefined && reader.bytes > limit * MAX_WASTE) state.end(transaction.doomed, "content far over the limit");
  }

  #ended(transaction: Transaction, reader: ContentReader): void {
    const state = this.#state;
    const command = transaction.chunks ? "BDAT" : "DATA";
    if (state.mode === "closed") return;
    state.mode = "command";
    if (transaction.doomed === undefined) return state.ask({ ask: "message", facts: reader.facts() }, command);
    state.transaction = undefined;
    state.excused = true;
    state.refuse(command, transaction.doomed);
    state.transactionOver(true);
  }

  #open(): { transaction: Transaction; reader: ContentReader } {
    const { transaction } = this.#state;
    if (transaction?.reader === undefined) throw new Error("content without a transaction");
    return { transaction, reader: transaction.reader };
  }
}
