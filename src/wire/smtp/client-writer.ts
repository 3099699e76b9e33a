/** Writes transactions as far as they have come: envelope, content framed for DATA or BDAT, and their ends. */
import { fromUtf8 } from "../../base/bytes.ts";
import type { Capabilities } from "./client.ts";
import type { ClientOutbox } from "./client-outbox.ts";
import type { OpenTransaction } from "./client-transaction.ts";

/** With BDAT, content goes in chunks of at least this (except the last). */
const CHUNK_OCTETS = 65_536;
const FINAL_DOT = fromUtf8(".\r\n");

export class ClientWriter {
  readonly #out: ClientOutbox;
  readonly #capabilities: () => Capabilities;
  /** MAIL was accepted and the transaction was not carried through: the next MAIL would be refused as nested. */
  needsReset = false;

  constructor(out: ClientOutbox, capabilities: () => Capabilities) {
    this.#out = out;
    this.#capabilities = capabilities;
  }

  /** All commands before the content, or in lockstep the next one. */
  envelope(transaction: OpenTransaction): void {
    const capabilities = this.#capabilities();
    let text = "";
    if (this.needsReset) {
      this.needsReset = false;
      this.#out.expect({ of: "rset", talk: transaction.talk });
      transaction.talk.client("RSET");
      text = "RSET\r\n";
    }
    if (text !== "" && !capabilities.pipelining) {
      transaction.state = "waiting"; // the reply starts it again
    } else {
      do text += transaction.command(capabilities, (asked) => this.#out.expect(asked));
      while (capabilities.pipelining && transaction.nextCommand !== "none");
    }
    this.#out.write(fromUtf8(text));
  }

  /** False: the content has a bare CR or LF and may not be sent. */
  content(transaction: OpenTransaction, chunk: Uint8Array): boolean {
    if (transaction.heldOctets >= CHUNK_OCTETS) this.#chunk(transaction, false);
    return transaction.framer.chunk(chunk, (bytes) => this.#content(transaction, bytes));
  }

  /** Ends the content. False as for `content`. */
  end(transaction: OpenTransaction): boolean {
    if (!transaction.framer.end((bytes) => this.#content(transaction, bytes))) return false;
    if (transaction.by === "bdat") {
      this.#chunk(transaction, true);
    } else {
      transaction.spend("data", this.#out.lap());
      this.dot(transaction);
    }
    transaction.state = "sent";
    return true;
  }

  dot(transaction: OpenTransaction): void {
    transaction.talk.remark("content and the final dot");
    this.#out.expect({ of: "end", transaction });
    this.#out.write(FINAL_DOT);
  }

  #content(transaction: OpenTransaction, bytes: Uint8Array): void {
    if (transaction.by === "data") return this.#out.write(bytes);
    transaction.held.push(bytes);
    transaction.heldOctets += bytes.length;
  }

  /** RFC 3030 §2. What is held becomes a chunk; behind the envelope if that has not been written yet. */
  #chunk(transaction: OpenTransaction, last: boolean): void {
    if (transaction.nextCommand === "mail") this.envelope(transaction);
    else transaction.spend("data", this.#out.lap());
    this.#out.expect({ of: last ? "end" : "chunk", transaction });
    const line = `BDAT ${transaction.heldOctets}${last ? " LAST" : ""}`;
    transaction.talk.client(line);
    this.#out.write(fromUtf8(`${line}\r\n`));
    for (const bytes of transaction.held) this.#out.write(bytes);
    transaction.held = [];
    transaction.heldOctets = 0;
    transaction.chunksOut++;
  }
}
