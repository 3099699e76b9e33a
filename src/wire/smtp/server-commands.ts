/** What each command does, and when it may come (RFC 5321 §4.1.4). */
import { unreachable } from "../../base/brand.ts";
import type { Reply } from "../../model/reply.ts";
import type { Command } from "./command-grammar.ts";
import { formatReply } from "./reply-text.ts";
import type { AuthDialogue } from "./server-auth.ts";
import type { ContentDialogue } from "./server-content.ts";
import type { Question } from "./server-effects.ts";
import { helloReply, usesUnoffered } from "./server-extensions.ts";
import type { MailCommand } from "./server-host.ts";
import * as say from "./server-replies.ts";
import type { SessionState } from "./server-state.ts";
import { applyXclient, readXclient } from "./xclient.ts";

export class CommandDialogue {
  readonly #state: SessionState;
  readonly #auth: AuthDialogue;
  readonly #content: ContentDialogue;

  constructor(state: SessionState, auth: AuthDialogue, content: ContentDialogue) {
    this.#state = state;
    this.#auth = auth;
    this.#content = content;
  }

  /** `text` is the line, for the record. */
  command(command: Command, text: string): void {
    const state = this.#state;
    switch (command.verb) {
      case "MAIL":
        return this.#mail(command.mail, text);
      case "RCPT":
        return this.#rcpt(command, text);
      case "DATA":
        return this.#data(text);
      case "BDAT":
        return this.#bdat(command.octets, command.last, text);
      case "EHLO":
      case "HELO":
        return this.#hello(command.verb === "EHLO", command.name);
      case "RSET":
        return this.#reset();
      case "NOOP":
        return this.#idle(say.OK_RESET);
      case "VRFY":
        return this.#idle(say.CANNOT_VERIFY);
      case "HELP":
        return this.#idle(say.HELP);
      case "QUIT":
        state.say(say.BYE);
        return state.close("quit", true);
      case "STARTTLS":
        return this.#startTls(text);
      case "AUTH":
        return this.#auth.start(command.mechanism, command.initial);
      case "XCLIENT":
        return this.#xclient(command.attributes);
      case "WRONG":
        // Where the chunk of a BDAT without a size ends is anybody's guess.
        if (command.of === "BDAT") return state.end(command.reply, "BDAT without a size");
        return state.fault(command.of === "AUTH" ? "AUTH" : text, command.reply);
      case "ABSENT":
        return state.fault(text, say.NOT_OFFERED);
      case "HTTP":
        return state.end(say.NOT_SMTP, "HTTP on an SMTP port");
      case "UNKNOWN":
        // Its text is not recorded: a client that ignores a refused AUTH sends the password next, as a line of its own.
        return state.fault("(unknown command)", say.UNKNOWN_COMMAND);
      default:
        return unreachable(command);
    }
  }

  /** The host's word on MAIL, RCPT, DATA or the first BDAT; undefined is its consent. */
  decided(question: Question, command: string, decision: Reply | undefined): void {
    const state = this.#state;
    const { transaction } = state;
    if (question.ask === "rcpt" && transaction !== undefined) transaction.tried = true;
    if (decision !== undefined && decision.code >= 400) {
      state.excused = true;
      if (question.ask !== "data") return state.refuse(command, decision);
      return state.chunk === undefined ? this.#refuseContent(command, decision) : this.#content.skip(decision);
    }
    const text = decision === undefined ? undefined : formatReply(decision);
    if (question.ask === "mail") {
      state.excused = false;
      state.transaction = { mail: question.command, accepted: 0, tried: false, reader: undefined, chunks: false, doomed: undefined };
      state.say(text ?? say.OK_MAIL);
    } else if (transaction === undefined) throw new Error(`an answer to ${question.ask} without a transaction`);
    else if (question.ask === "data") this.#content.start(transaction);
    else {
      transaction.accepted++;
      state.say(text ?? say.OK_RCPT);
    }
  }

  #hello(esmtp: boolean, name: string): void {
    const state = this.#state;
    state.idled();
    state.dropTransaction(); // RFC 5321 §4.1.4: EHLO is a RSET too
    const { ip, tls, login } = state.client;
    state.client = { ip, helo: name, esmtp, ...(tls && { tls }), ...(login !== undefined && { login }) };
    state.say(helloReply(state.options, state.client, state.mayXclient));
    state.transactionOver(false);
  }

  #idle(reply: string): void {
    this.#state.idled();
    this.#state.say(reply);
  }

  #reset(): void {
    const state = this.#state;
    if (state.transaction === undefined && !state.excused) state.idled();
    state.excused = false;
    state.dropTransaction();
    state.say(say.OK_RESET);
    state.transactionOver(false);
  }

  #mail(mail: MailCommand, text: string): void {
    const state = this.#state;
    const { options, client } = state;
    if (client.helo === "") return state.fault(text, say.HELLO_FIRST);
    if (options.tls === "required" && client.tls === undefined) return state.refuse(text, say.NEEDS_TLS);
    if (state.transaction !== undefined) return state.fault(text, state.transaction.chunks ? say.IN_CHUNKS : say.MAIL_TWICE);
    if (options.authRequired && client.login === undefined) return state.refuse(text, say.NEEDS_AUTH);
    if (usesUnoffered(mail, options, client)) return state.fault(text, say.PARAMETER_NOT_OFFERED);
    if (mail.size !== undefined && mail.size > options.limits.content) {
      state.excused = true;
      return state.refuse(text, say.tooBig(mail.size, options.limits.content));
    }
    state.ask({ ask: "mail", command: mail, client }, text);
  }

  #rcpt(command: Extract<Command, { verb: "RCPT" }>, text: string): void {
    const state = this.#state;
    const { transaction, options } = state;
    if (transaction === undefined) return this.#withoutMail(text);
    if (transaction.chunks) return state.fault(text, say.IN_CHUNKS);
    if (command.dsn && !options.offers.dsn) return state.fault(text, say.PARAMETER_NOT_OFFERED);
    if (command.nonAscii && !transaction.mail.smtpUtf8) return state.refuse(text, say.NEEDS_SMTPUTF8);
    if (transaction.accepted >= options.limits.recipients) return state.refuse(text, say.TOO_MANY_RECIPIENTS);
    state.ask({ ask: "rcpt", recipient: command.recipient, client: state.client }, text);
  }

  /** What follows a refused MAIL in a pipelined group fails of itself, and is no fault of its own. */
  #withoutMail(text: string): void {
    const state = this.#state;
    const reply = state.client.helo === "" ? say.HELLO_FIRST : say.MAIL_FIRST;
    if (state.excused) state.refuse(text, reply);
    else state.fault(text, reply);
  }

  #data(text: string): void {
    const { transaction, client, excused } = this.#state;
    if (transaction === undefined) {
      if (!excused) this.#state.countFault();
      return this.#refuseContent(text, client.helo === "" ? say.HELLO_FIRST : say.MAIL_FIRST);
    }
    if (transaction.chunks) return this.#refuseContent(text, say.IN_CHUNKS);
    if (transaction.mail.body === "binary") return this.#refuseContent(text, say.BINARY_NEEDS_BDAT);
    if (transaction.accepted === 0) return this.#refuseContent(text, say.NO_RECIPIENTS);
    this.#state.ask({ ask: "data", client }, text);
  }

  /**
   * A client that did not wait for 354 sends content now, and content taken for commands is how a stranger's text gets
   * to speak for the client: only one that plainly goes on with commands may stay.
   */
  #refuseContent(command: string, reply: Reply): void {
    const state = this.#state;
    state.refuse(command, reply);
    if (state.inbox.left > 0 && !state.inbox.mayBe("RSET\r\n") && !state.inbox.mayBe("QUIT\r\n"))
      state.close("sent on behind a refused DATA");
  }

  #bdat(octets: number, last: boolean, text: string): void {
    const state = this.#state;
    const { transaction, options } = state;
    const limit = options.limits.content;
    state.chunk = { left: octets, octets, last };
    if (!options.offers.chunking) return this.#content.skip(say.NOT_OFFERED);
    if (transaction === undefined) return this.#content.skip(state.client.helo === "" ? say.HELLO_FIRST : say.MAIL_FIRST);
    if (transaction.accepted === 0) return this.#content.skip(say.NO_RECIPIENTS);
    const bytes = (transaction.reader?.bytes ?? 0) + octets;
    if (bytes > limit) return this.#content.skip(say.tooBig(bytes, limit));
    if (transaction.chunks) state.mode = "chunk";
    else state.ask({ ask: "data", client: state.client }, text);
  }

  #startTls(text: string): void {
    const state = this.#state;
    if (state.options.tls === "none") return state.fault(text, say.NOT_OFFERED);
    if (state.client.tls !== undefined) return state.fault(text, say.ALREADY_TLS);
    if (state.client.helo === "") return state.fault(text, say.HELLO_FIRST);
    if (state.inbox.left > 0) return state.end(say.PIPELINED, "pipelined behind STARTTLS");
    state.dropTransaction();
    state.say(say.TLS_READY);
    state.mode = "tls";
    state.do({ is: "start-tls" });
  }

  #xclient(attributes: string): void {
    const state = this.#state;
    if (!state.mayXclient) return state.fault("XCLIENT", say.XCLIENT_REFUSED);
    if (state.transaction !== undefined) return state.fault("XCLIENT", say.IN_TRANSACTION);
    const read = readXclient(attributes);
    if (read === undefined) return state.fault("XCLIENT", say.XCLIENT_MALFORMED);
    state.idled();
    state.client = applyXclient(state.client, read);
    state.say(say.greeting(state.options.hostname));
  }
}
