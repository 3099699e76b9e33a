/**
 * One transaction under way on a client's connection: what was asked, what was answered, and what that means for each
 * recipient. The session moves it; nothing here knows of other transactions.
 *
 * waiting (pulled, nothing written) → asking (MAIL, RCPT, DATA are out) → wanted (the receiver waits for content) →
 * sending → sent (the final dot or BDAT LAST is out: from here on a lost connection leaves doubt) → over.
 * Aside: asking → void (a lone dot answers a 354 that followed no accepted recipient) → over.
 */
import type { LocalFault, RecipientResult, Stage } from "../../model/outcome.ts";
import type { Reply } from "../../model/reply.ts";
import type { Capabilities, TransactionFacts } from "./client.ts";
import { badRecipient, type ClientEnvelope, mailCommand, rcptCommand } from "./client-commands.ts";
import { ContentFramer } from "./client-content.ts";
import { Transcript } from "./transcript.ts";

export type TransactionState = "waiting" | "asking" | "wanted" | "sending" | "sent" | "void" | "over";

/** A command written, by what its reply will be about. */
export type Asked =
  | { readonly of: "mail" | "data" | "chunk" | "end"; readonly transaction: OpenTransaction }
  | { readonly of: "rcpt"; readonly transaction: OpenTransaction; readonly rcpt: number };

export class OpenTransaction {
  readonly nth: number;
  readonly envelope: ClientEnvelope;
  readonly by: "data" | "bdat";
  /** BDAT only: envelope and content leave in one write, before anything is answered. */
  readonly blind: boolean;
  readonly framer: ContentFramer;
  readonly talk = new Transcript();
  state: TransactionState = "waiting";
  /** Whether the deliveries are durably marked as sent; "no" takes the transaction back. */
  mark: "awaited" | "yes" | "no" = "awaited";
  takenBack: LocalFault = { code: "taken-back", text: "the delivery was taken back before it was sent" };
  mailTaken = false;
  /** Recipients accepted at RCPT. Only the answer to the content settles these; the others are settled by then. */
  takers = 0;
  /** BDAT only: framed octets not yet written, and chunks written but not answered. */
  held: Uint8Array[] = [];
  heldOctets = 0;
  chunksOut = 0;

  readonly #results: (RecipientResult | undefined)[];
  /** Indices of the recipients that get a RCPT: all but those with an impossible address. */
  readonly #asked: number[] = [];
  /** Commands written: MAIL, then a RCPT each, then DATA. */
  #written = 0;
  #answered = 0;
  #stage: Stage = "mail";
  readonly #times: Partial<Record<Stage, number>> = {};

  constructor(nth: number, envelope: ClientEnvelope, by: "data" | "bdat", blind: boolean) {
    this.nth = nth;
    this.envelope = envelope;
    this.by = by;
    this.blind = blind;
    this.framer = new ContentFramer(by === "data" ? "dots" : envelope.body === "binary" ? "octets" : "lines");
    this.#results = envelope.recipients.map((recipient, i) => {
      const fault = badRecipient(recipient);
      if (fault === undefined) this.#asked.push(i);
      return fault && { is: "failed", fault, permanent: true };
    });
  }

  get hasRecipients(): boolean {
    return this.#asked.length > 0;
  }

  /** Every RCPT has been answered. */
  get envelopeAnswered(): boolean {
    return this.#answered === this.#asked.length + 1;
  }

  /** What `command` would write next; "none" when everything before the content is out. */
  get nextCommand(): "mail" | "rcpt" | "data" | "none" {
    if (this.#written === 0) return "mail";
    if (this.#written <= this.#asked.length) return "rcpt";
    return this.by === "data" && this.#written === this.#asked.length + 1 ? "data" : "none";
  }

  /** The next command's line, told to `expect`. */
  command(offered: Capabilities, expect: (asked: Asked) => void): string {
    const next = this.nextCommand;
    const rcpt = this.#asked[this.#written - 1] ?? -1;
    const recipient = this.envelope.recipients[rcpt];
    this.#written++;
    let line = "DATA";
    if (next === "mail") {
      expect({ of: "mail", transaction: this });
      line = mailCommand(this.envelope, offered);
    } else if (next === "rcpt" && recipient !== undefined) {
      expect({ of: "rcpt", transaction: this, rcpt });
      line = rcptCommand(recipient, offered);
    } else expect({ of: "data", transaction: this });
    this.talk.client(line);
    return `${line}\r\n`;
  }

  mailAnswered(reply: Reply): void {
    this.#answered++;
    this.mailTaken = reply.code < 300;
    if (!this.mailTaken) this.settleRest(refusal(reply));
  }

  rcptAnswered(rcpt: number, reply: Reply): void {
    this.#answered++;
    if (reply.code < 300) this.takers++;
    else this.#results[rcpt] ??= this.takers > 0 && isTooMany(reply) ? tooMany(reply) : refusal(reply);
  }

  /** The answer about the content as a whole: DATA or a chunk refused, or the final reply. Every RCPT is answered by then. */
  contentAnswered(reply: Reply): void {
    this.settleRest(reply.code < 300 ? { is: "accepted", reply } : refusal(reply));
  }

  /** For every recipient about whom nothing was decided. */
  settleRest(result: RecipientResult): void {
    for (let i = 0; i < this.#results.length; i++) this.#results[i] ??= result;
  }

  /** Every recipient, whatever was answered: nothing of this transaction was sent. */
  takeBack(): void {
    this.#results.fill({ is: "failed", fault: this.takenBack, permanent: false });
  }

  /** The connection is gone. `reply` where the host said so itself, and so will not answer anything still open. */
  lost(fault: LocalFault, reply?: Reply): void {
    if (this.state === "sent") this.#stage = "dot";
    this.talk.remark(fault.text);
    if (reply !== undefined) this.settleRest({ is: "failed", fault, reply, permanent: false });
    else this.settleRest(this.state === "sent" ? { is: "in-doubt", fault } : { is: "failed", fault, permanent: false });
  }

  /** Adds to the time spent in `stage`. The transaction came to it only if what precedes it was accepted. */
  spend(stage: Stage, ms: number): void {
    if (stage === "rcpt" ? this.mailTaken : stage === "mail" || this.takers > 0) this.#stage = stage;
    this.#times[stage] = (this.#times[stage] ?? 0) + ms;
  }

  get results(): readonly RecipientResult[] {
    return this.#results.map((result, i) => {
      if (result === undefined) throw new Error(`recipient ${i} of transaction ${this.nth} was never settled`);
      return result;
    });
  }

  get facts(): TransactionFacts {
    return { stage: this.#stage, times: this.#times, nth: this.nth, dialogue: this.talk.text };
  }
}

function refusal(reply: Reply): RecipientResult {
  return { is: "refused", reply, permanent: reply.code >= 500 };
}

/** RFC 5321 §4.5.3.1.10: one more recipient than the host takes at a time. It says nothing about that recipient. */
function tooMany(reply: Reply): RecipientResult {
  return {
    is: "failed",
    fault: { code: "too-many-recipients", text: "the host takes fewer recipients in one transaction" },
    reply,
    permanent: false,
  };
}

function isTooMany(reply: Reply): boolean {
  return (
    (reply.code === 452 || reply.code === 552) &&
    (reply.enhanced?.slice(1) === ".5.3" || (reply.enhanced === undefined && reply.code === 452))
  );
}
