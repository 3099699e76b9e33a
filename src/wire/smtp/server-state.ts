/**
 * What a server session knows, and its ways to speak: the parts of the machine (commands, AUTH, content) share one of
 * these. Replies are gathered, so that those to one read leave in one piece.
 */
import type { Random } from "../../base/random.ts";
import type { Reply } from "../../model/reply.ts";
import type { ContentReader } from "./content-reader.ts";
import { formatReply } from "./reply-text.ts";
import type { Effect, Question } from "./server-effects.ts";
import type { ClientFacts, MailCommand } from "./server-host.ts";
import { Inbox } from "./server-inbox.ts";
import type { SessionOptions } from "./server-options.ts";
import { SHUTTING_DOWN, TOO_MANY_FAULTS, TOO_MANY_IDLE } from "./server-replies.ts";

export type Mode = "greeting" | "command" | "auth" | "tls" | "content" | "chunk" | "skip" | "closed";

/** From an accepted MAIL to the reply to its content. */
export interface Transaction {
  readonly mail: MailCommand;
  accepted: number;
  /** A RCPT was decided, either way: the transaction was no idle talk. */
  tried: boolean;
  reader: ContentReader | undefined;
  /** The first BDAT was accepted; only BDAT and RSET may follow. */
  chunks: boolean;
  /** Why the content, still arriving, is refused already. The host was told to forget it then. */
  doomed: Reply | undefined;
}

/** A BDAT chunk: octets still to come of all of them, and the reply once they are skipped, if it is not wanted. */
export interface Chunk {
  left: number;
  readonly octets: number;
  readonly last: boolean;
  readonly refusal?: Reply;
}

const NOTHING: readonly Effect[] = [];
/** How much of a command goes on record. */
const MAX_RECORDED = 200;

export class SessionState {
  readonly options: SessionOptions;
  readonly random: Random;
  readonly mayXclient: boolean;
  readonly inbox = new Inbox();
  mode: Mode = "greeting";
  client: ClientFacts;
  transaction: Transaction | undefined;
  chunk: Chunk | undefined;
  /** The open question with the command it is about; `told` once it is among the effects. */
  asked: { readonly question: Question; readonly command: string; told: boolean } | undefined;
  draining = false;
  /** Something was refused for reasons of its own since the last MAIL: what follows from that is not the client's fault. */
  excused = false;
  #effects: Effect[] = [];
  #text = "";
  #faults = 0;
  #idle = 0;

  constructor(options: SessionOptions, random: Random, peer: string) {
    this.options = options;
    this.random = random;
    this.client = { ip: peer, helo: "", esmtp: false };
    this.mayXclient = options.xclientFrom?.(peer) ?? false;
  }

  /** Everything to do since the last call: a question, if one is new, comes last. */
  take(): readonly Effect[] {
    this.#flush();
    if (this.asked !== undefined && !this.asked.told) {
      this.asked.told = true;
      this.#effects.push({ is: "ask", question: this.asked.question });
    }
    if (this.#effects.length === 0) return NOTHING;
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  say(text: string): void {
    if (this.mode !== "closed") this.#text += text;
  }

  do(effect: Effect): void {
    if (effect.is === "start-tls") this.#flush(); // what was said before is plain text
    this.#effects.push(effect);
  }

  ask(question: Question, command: string): void {
    this.asked = { question, command, told: false };
  }

  refuse(command: string, reply: Reply): void {
    this.say(formatReply(reply));
    this.#effects.push({ is: "refused", command: command.slice(0, MAX_RECORDED), reply, client: this.client });
  }

  /** Refuses, and counts it as the client's fault: after some of them it is no mail client. */
  fault(command: string, reply: Reply): void {
    this.refuse(command, reply);
    this.countFault();
  }

  countFault(): void {
    if (++this.#faults > this.options.limits.faults) this.end(TOO_MANY_FAULTS, "too many faulty commands");
  }

  /** A command that brings no message nearer. */
  idled(): void {
    if (++this.#idle > this.options.limits.idleCommands) this.end(TOO_MANY_IDLE, "too many commands without a message");
  }

  /** A transaction is over, with or without a message. */
  transactionOver(message: boolean): void {
    if (message) this.#idle = 0;
    if (this.draining) this.end(SHUTTING_DOWN, "draining");
  }

  dropTransaction(): void {
    const transaction = this.transaction;
    if (transaction === undefined) return;
    this.transaction = undefined;
    if (transaction.doomed === undefined) this.#effects.push({ is: "reset" });
    if (!transaction.tried) this.idled();
  }

  /** A last word, then the end. */
  end(reply: Reply, why: string): void {
    if (this.mode === "closed") return;
    this.refuse("", reply);
    this.close(why);
  }

  /** Takes no more; what was said still goes out. */
  close(why: string, clientIsDone = false): void {
    if (this.mode === "closed") return;
    this.#flush();
    this.mode = "closed";
    // Once the host has the whole message, its answer stands, heard or not.
    const open = this.transaction !== undefined && this.transaction.doomed === undefined && this.asked?.question.ask !== "message";
    if (open) this.#effects.push({ is: "reset" });
    this.transaction = undefined;
    this.inbox.clear();
    this.#effects.push({ is: "close", why, clientIsDone });
  }

  #flush(): void {
    if (this.#text === "") return;
    this.#effects.push({ is: "send", text: this.#text });
    this.#text = "";
  }
}
