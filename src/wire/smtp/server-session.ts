/**
 * The server's side of an SMTP connection as a machine without a socket (RFC 5321 §3, §4). Octets go in, effects come
 * out, in the order they are to happen; a question stops the machine until its answer.
 *
 *   greeting ─▶ command ⇄ auth            an AUTH exchange under way
 *                 │  ⇄ tls                220 to STARTTLS sent, the handshake is the driver's
 *                 │  ⇄ content            354 sent, up to the final dot
 *                 │  ⇄ chunk, skip        a BDAT chunk, taken or thrown away
 *                 ▼
 *               closed                    from every state
 *
 * What arrives while a question is open waits in the backlog; the driver keeps that bounded by pausing its pipe.
 */
import { unreachable } from "../../base/brand.ts";
import { asBuffer, checkedUtf8 } from "../../base/bytes.ts";
import type { TlsFacts } from "../../base/network.ts";
import type { Random } from "../../base/random.ts";
import type { Reply } from "../../model/reply.ts";
import { AuthExchange } from "./auth-exchange.ts";
import type { AuthStep } from "./auth-exchange.ts";
import { readCommand } from "./command-grammar.ts";
import type { Command } from "./command-grammar.ts";
import { ContentReader } from "./content-reader.ts";
import { LineReader } from "./line-reader.ts";
import { formatReply } from "./reply-text.ts";
import type { Answer, Effect, Question } from "./server-effects.ts";
import { helloReply, mechanismsNow, unofferedIn } from "./server-extensions.ts";
import type { ClientFacts, MailCommand } from "./server-host.ts";
import type { SessionOptions } from "./server-options.ts";
import * as say from "./server-replies.ts";
import { applyXclient, readXclient } from "./xclient.ts";

/** A transaction from an accepted MAIL to the reply to its content. */
interface Transaction {
  readonly mail: MailCommand;
  accepted: number;
  /** A RCPT was decided, either way: the transaction was no idle talk. */
  tried: boolean;
  reader: ContentReader | undefined;
  /** The first BDAT was accepted; only BDAT and RSET may follow. */
  chunks: boolean;
  /** Why the content, still arriving, is refused already; it is no longer handed on. */
  doomed: Reply | undefined;
}

type Mode = "greeting" | "command" | "auth" | "tls" | "content" | "chunk" | "skip" | "closed";

/** First octet of a TLS record of type handshake; begins no command. */
const TLS_HANDSHAKE = 0x16;
/** Beyond this many times the size limit, content that is thrown away anyway is no longer worth reading to its end. */
const MAX_WASTE = 20;
const NOTHING: readonly Effect[] = [];

export class ServerSession {
  readonly #options: SessionOptions;
  readonly #random: Random;
  readonly #mayXclient: boolean;
  readonly #lines = new LineReader();
  #mode: Mode = "greeting";
  #client: ClientFacts;
  #transaction: Transaction | undefined;
  #exchange: AuthExchange | undefined;
  /** The open question with the command it is about; `told` once it is among the effects. */
  #asked: { readonly question: Question; readonly command: string; told: boolean } | undefined;
  /** Octets left of the BDAT chunk being read or skipped, whether it is the last, and the reply to a skipped one. */
  #chunk: { left: number; readonly octets: number; readonly last: boolean; readonly refusal?: Reply } | undefined;
  #input: Buffer = Buffer.alloc(0);
  #at = 0;
  #borrowed = false;
  #effects: Effect[] = [];
  #text = "";
  #faults = 0;
  #idle = 0;
  /** The host refused something since the last RSET, so that RSET is not idle talk. */
  #excused = false;
  #draining = false;

  /** `peer` is the address the connection comes from (or that a PROXY header named). */
  constructor(options: SessionOptions, random: Random, peer: string) {
    this.#options = options;
    this.#random = random;
    this.#client = { ip: peer, helo: "", esmtp: false };
    this.#mayXclient = options.xclientFrom?.(peer) ?? false;
  }

  get client(): ClientFacts {
    return this.#client;
  }

  get closed(): boolean {
    return this.#mode === "closed";
  }

  /** A question is open, or a handshake is under way. */
  get waiting(): boolean {
    return this.#asked !== undefined || this.#mode === "tls";
  }

  /** What the client owes: content is timed by its progress, a command as a whole. */
  get expects(): "command" | "content" {
    return this.#mode === "content" || this.#mode === "chunk" || this.#mode === "skip" ? "content" : "command";
  }

  /** Octets that wait for an answer. */
  get backlog(): number {
    return this.#input.length - this.#at;
  }

  get inTransaction(): boolean {
    return this.#transaction !== undefined || this.#asked?.question.ask === "mail" || this.#asked?.question.ask === "message";
  }

  greet(): readonly Effect[] {
    if (this.#mode !== "greeting") return NOTHING;
    this.#mode = "command";
    if (this.#draining) this.#end(say.SHUTTING_DOWN, "draining");
    this.#say(`220 ${this.#options.hostname} ESMTP Fairlead\r\n`);
    return this.#run();
  }

  /** Views of `bytes` among the effects, and what is left of `bytes` itself, must stay valid until `settle`. */
  receive(bytes: Uint8Array): readonly Effect[] {
    if (this.#mode === "closed" || this.#mode === "tls" || bytes.length === 0) return this.#take();
    if (this.#at < this.#input.length) {
      this.#input = Buffer.concat([this.#input.subarray(this.#at), bytes]);
      this.#borrowed = false;
    } else {
      this.#input = asBuffer(bytes);
      this.#borrowed = true;
    }
    this.#at = 0;
    if (this.#mode === "greeting" && !this.#options.earlyTalk) {
      this.#end(say.SPOKE_TOO_SOON, "spoke before the greeting");
      return this.#take();
    }
    return this.#run();
  }

  /** The memory given to `receive` is about to change hands: copies what still waits in it. */
  settle(): void {
    if (!this.#borrowed) return;
    this.#input = this.#at < this.#input.length ? Buffer.from(this.#input.subarray(this.#at)) : EMPTY;
    this.#at = 0;
    this.#borrowed = false;
  }

  /** @throws Error if that question is not open. */
  answer(answer: Answer): readonly Effect[] {
    const asked = this.#asked;
    if (asked === undefined || (answer.to !== "any" && answer.to !== asked.question.ask)) throw new Error(`no question "${answer.to}" is open`);
    this.#asked = undefined;
    if (this.#mode === "closed") return NOTHING;
    if (asked.question.ask === "password" || asked.question.ask === "verifier") this.#authAnswered(answer, asked.question);
    else if (asked.question.ask === "message") this.#messageAnswered(answer.to === "message" ? answer.reply : say.CANNOT_STORE);
    else this.#decided(asked.question, asked.command, answer.to === "any" ? say.OWN_TROUBLE : "decision" in answer ? answer.decision : undefined);
    if (this.#draining && !this.inTransaction) this.#end(say.SHUTTING_DOWN, "draining");
    return this.#run();
  }

  /** The handshake is done. All that was said before it is void (RFC 3207 §4.2), the login included. */
  tlsStarted(facts: TlsFacts): readonly Effect[] {
    this.#client = { ip: this.#client.ip, helo: "", esmtp: false, tls: facts };
    this.#lines.reset();
    this.#input = EMPTY;
    this.#at = 0;
    if (this.#mode === "tls") this.#mode = "command";
    if (this.#draining && this.#mode === "command") this.#end(say.SHUTTING_DOWN, "draining");
    return this.#take();
  }

  /** Nothing can be said any more: the stream is neither plain text nor TLS. */
  tlsFailed(): readonly Effect[] {
    return this.#close("TLS handshake failed");
  }

  /** What was owed did not come in time. */
  timedOut(): readonly Effect[] {
    if (this.#mode === "tls") return this.#close("timeout");
    this.#end(say.TOO_SLOW, "timeout");
    return this.#take();
  }

  /** Finishes the open transaction, then says 421 and closes; at once if none is open. */
  drain(): readonly Effect[] {
    this.#draining = true;
    if (!this.waiting && !this.inTransaction && this.#mode !== "greeting") this.#end(say.SHUTTING_DOWN, "draining");
    return this.#take();
  }

  /** The client sends no more. An open question is still answered, then the connection ends. */
  inputEnded(): readonly Effect[] {
    return this.waiting ? NOTHING : this.#close("the client hung up");
  }

  /** The connection is gone, or is to go, without a word. */
  lost(why: string): readonly Effect[] {
    return this.#close(why);
  }

  // ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #run(): readonly Effect[] {
    while (this.#at < this.#input.length && this.#asked === undefined) {
      if (this.#mode === "command" || this.#mode === "auth") this.#readLine();
      else if (this.#mode === "content") this.#readContent();
      else if (this.#mode === "chunk") this.#readChunk();
      else if (this.#mode === "skip") this.#skipChunk();
      else break; // greeting: waits for it; tls, closed: dropped
    }
    // A chunk of no octets is whole without any input.
    while (this.#asked === undefined && this.#chunk?.left === 0) this.#chunkRead();
    return this.#take();
  }

  #readLine(): void {
    if (this.#mode === "command" && this.#lines.empty && this.#input[this.#at] === TLS_HANDSHAKE) return this.#end(say.TLS_NOT_HERE, "TLS on a plain port");
    this.#at = this.#lines.read(this.#input, this.#at, this.#mode === "auth");
    const { line, fault } = this.#lines;
    if (line !== undefined) {
      const text = lineText(line);
      if (text === undefined) this.#fault("(not text)", say.NOT_TEXT);
      else if (this.#mode === "auth") this.#authLine(text);
      else this.#command(readCommand(text), text);
    } else if (fault === "endless") this.#end(say.LINE_ENDLESS, "a command line without an end");
    else if (fault === "bare line feed") this.#lineFault(say.BARE_LINE_FEED);
    else if (fault === "too long") this.#lineFault(this.#mode === "auth" ? say.AUTH_LINE_TOO_LONG : say.LINE_TOO_LONG);
  }

  #lineFault(reply: Reply): void {
    if (this.#mode === "auth") this.#endExchange();
    this.#fault("(faulty line)", reply);
  }

  #readContent(): void {
    const transaction = this.#transaction;
    const reader = transaction?.reader;
    if (transaction === undefined || reader === undefined) throw new Error("content without a transaction");
    this.#at = reader.read(this.#input, this.#at, this.#input.length);
    this.#handOn(transaction, reader);
    if (!reader.ended) return;
    this.#mode = "command";
    this.#contentEnded(transaction, reader);
  }

  #readChunk(): void {
    const transaction = this.#transaction;
    const chunk = this.#chunk;
    if (transaction?.reader === undefined || chunk === undefined) throw new Error("a chunk without a transaction");
    const to = Math.min(this.#input.length, this.#at + chunk.left);
    chunk.left -= to - this.#at;
    this.#at = transaction.reader.read(this.#input, this.#at, to);
    this.#handOn(transaction, transaction.reader);
    if (chunk.left === 0) this.#chunkRead();
  }

  #skipChunk(): void {
    const chunk = this.#chunk;
    if (chunk === undefined) throw new Error("nothing to skip");
    const octets = Math.min(this.#input.length - this.#at, chunk.left);
    this.#at += octets;
    chunk.left -= octets;
    if (chunk.left === 0) this.#chunkRead();
  }

  /** Gives the host what was read, until the message is known to be refused. */
  #handOn(transaction: Transaction, reader: ContentReader): void {
    const bytes = reader.take();
    if (transaction.doomed !== undefined) {
      if (reader.bytes > this.#options.limits.content * MAX_WASTE) this.#end(transaction.doomed, "content far over the limit");
      return;
    }
    if (reader.bytes > this.#options.limits.content) transaction.doomed = say.tooBig(undefined, this.#options.limits.content);
    else if (reader.bareLines > 0 && !this.#normalises()) transaction.doomed = say.BARE_LINES;
    if (transaction.doomed !== undefined) this.#effects.push({ is: "reset" });
    else if (bytes !== undefined) this.#effects.push({ is: "content", bytes });
  }

  #contentEnded(transaction: Transaction, reader: ContentReader): void {
    if (transaction.doomed === undefined) return this.#ask({ ask: "message", facts: reader.facts() }, transaction.chunks ? "BDAT" : "DATA");
    this.#transaction = undefined; // the host was told when it was doomed
    this.#excused = true;
    this.#refuse(transaction.chunks ? "BDAT" : "DATA", transaction.doomed);
    this.#transactionOver();
  }

  #chunkRead(): void {
    const chunk = this.#chunk;
    const transaction = this.#transaction;
    if (chunk === undefined || this.#mode === "closed") return;
    this.#chunk = undefined;
    this.#mode = "command";
    if (chunk.refusal !== undefined) {
      this.#refuse("BDAT", chunk.refusal);
      if (!this.#excused) this.#countFault();
      this.#excused = true; // the chunks that were on their way already
      return;
    }
    if (transaction?.reader === undefined) throw new Error("a chunk without a transaction");
    if (chunk.last) {
      transaction.reader.finish();
      this.#handOn(transaction, transaction.reader);
    }
    if (chunk.last || transaction.doomed !== undefined) this.#contentEnded(transaction, transaction.reader);
    else this.#say(`250 2.0.0 ${chunk.octets} octets received\r\n`);
  }

  // ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #command(command: Command, text: string): void {
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
        if (this.#transaction === undefined && !this.#excused) this.#idled();
        this.#excused = false;
        this.#dropTransaction();
        this.#say(say.OK_RESET);
        return this.#transactionOver();
      case "NOOP":
      case "VRFY":
      case "HELP":
        this.#say(command.verb === "NOOP" ? say.OK_RESET : command.verb === "VRFY" ? say.CANNOT_VERIFY : say.HELP);
        return this.#idled();
      case "QUIT":
        this.#say(say.BYE);
        this.#closeSoon("quit");
        return;
      case "STARTTLS":
        return this.#startTls(text);
      case "AUTH":
        return this.#auth(command.mechanism, command.initial);
      case "XCLIENT":
        return this.#xclient(command.attributes);
      case "WRONG":
        if (command.of === "BDAT") return this.#end(command.reply, "BDAT without a size"); // where its chunk ends is anybody's guess
        return this.#fault(command.of === "AUTH" ? "AUTH" : text, command.reply);
      case "ABSENT":
        return this.#fault(text, say.NOT_OFFERED);
      case "HTTP":
        return this.#end(say.NOT_SMTP, "HTTP on an SMTP port");
      case "UNKNOWN":
        // Not recorded: clients that ignore a refused AUTH send the password next, as a line of its own.
        return this.#fault("(unknown command)", say.UNKNOWN_COMMAND);
      default:
        return unreachable(command);
    }
  }

  #hello(esmtp: boolean, name: string): void {
    this.#idled();
    if (this.#mode === "closed") return;
    this.#dropTransaction();
    const { ip, tls, login } = this.#client;
    this.#client = { ip, helo: name, esmtp, ...(tls && { tls }), ...(login !== undefined && { login }) };
    this.#say(helloReply(this.#options, this.#client, this.#mayXclient));
    this.#transactionOver();
  }

  #mail(mail: MailCommand, text: string): void {
    const limit = this.#options.limits.content;
    if (this.#notReady(text)) return;
    if (this.#transaction !== undefined) return this.#fault(text, this.#transaction.chunks ? say.IN_CHUNKS : say.MAIL_TWICE);
    if (this.#options.authRequired && this.#client.login === undefined) return this.#refuse(text, say.NEEDS_AUTH);
    if (unofferedIn(mail, this.#options, this.#client)) return this.#fault(text, say.PARAMETER_NOT_OFFERED);
    if (mail.size !== undefined && mail.size > limit) {
      this.#excused = true;
      return this.#refuse(text, say.tooBig(mail.size, limit));
    }
    this.#ask({ ask: "mail", command: mail, client: this.#client }, text);
  }

  #rcpt(command: Extract<Command, { verb: "RCPT" }>, text: string): void {
    const transaction = this.#transaction;
    if (transaction === undefined) return this.#fault(text, this.#client.helo === "" ? say.HELLO_FIRST : say.MAIL_FIRST);
    if (transaction.chunks) return this.#fault(text, say.IN_CHUNKS);
    if (command.dsn && !this.#options.offers.dsn) return this.#fault(text, say.PARAMETER_NOT_OFFERED);
    if (command.nonAscii && !transaction.mail.smtpUtf8) return this.#refuse(text, say.NEEDS_SMTPUTF8);
    if (transaction.accepted >= this.#options.limits.recipients) return this.#refuse(text, say.TOO_MANY_RECIPIENTS);
    this.#ask({ ask: "rcpt", recipient: command.recipient, client: this.#client }, text);
  }

  #data(text: string): void {
    const transaction = this.#transaction;
    if (transaction === undefined) return this.#refuseContent(text, this.#client.helo === "" ? say.HELLO_FIRST : say.MAIL_FIRST);
    if (transaction.chunks) return this.#refuseContent(text, say.IN_CHUNKS);
    if (transaction.mail.body === "binary") return this.#refuseContent(text, say.BINARY_NEEDS_BDAT);
    if (transaction.accepted === 0) return this.#refuseContent(text, say.NO_RECIPIENTS);
    this.#ask({ ask: "data", client: this.#client }, text);
  }

  #bdat(octets: number, last: boolean, text: string): void {
    const transaction = this.#transaction;
    const limit = this.#options.limits.content;
    this.#chunk = { left: octets, octets, last };
    if (!this.#options.offers.chunking) return this.#skip(say.NOT_OFFERED);
    if (transaction === undefined) return this.#skip(say.MAIL_FIRST);
    if (transaction.accepted === 0) return this.#skip(say.NO_RECIPIENTS);
    if (octets + (transaction.reader?.bytes ?? 0) > limit) return this.#skip(say.tooBig(octets + (transaction.reader?.bytes ?? 0), limit));
    if (transaction.chunks) this.#mode = "chunk";
    else this.#ask({ ask: "data", client: this.#client }, text);
  }

  /** The chunk belongs to nothing: its octets are swallowed, so that none is taken for a command (RFC 3030 §2). */
  #skip(refusal: Reply): void {
    const chunk = this.#chunk;
    if (chunk === undefined) throw new Error("nothing to skip");
    this.#chunk = { ...chunk, refusal };
    this.#mode = "skip";
    this.#dropTransaction(); // what has come of it cannot be made whole again
    if (chunk.left > this.#options.limits.content * MAX_WASTE) this.#end(refusal, "a chunk far over the limit");
  }

  #startTls(text: string): void {
    if (this.#options.tls === "none") return this.#fault(text, say.NOT_OFFERED);
    if (this.#client.tls !== undefined) return this.#fault(text, say.ALREADY_TLS);
    if (this.#client.helo === "") return this.#fault(text, say.HELLO_FIRST);
    if (this.#isFollowed()) return this.#end(say.PIPELINED, "pipelined behind STARTTLS");
    this.#dropTransaction();
    this.#say(say.TLS_READY);
    this.#mode = "tls";
    this.#flush();
    this.#effects.push({ is: "start-tls" });
  }

  #xclient(attributes: string): void {
    if (!this.#mayXclient) return this.#fault("XCLIENT", say.XCLIENT_REFUSED);
    if (this.#transaction !== undefined) return this.#fault("XCLIENT", say.IN_TRANSACTION);
    const read = readXclient(attributes);
    if (read === undefined) return this.#fault("XCLIENT", say.XCLIENT_MALFORMED);
    this.#client = applyXclient(this.#client, read);
    this.#idled();
    if (this.#mode !== "closed") this.#say(`220 ${this.#options.hostname} ESMTP Fairlead\r\n`);
  }

  /** Whether something must come before mail; says what. */
  #notReady(text: string): boolean {
    if (this.#client.helo === "") this.#fault(text, say.HELLO_FIRST);
    else if (this.#options.tls === "required" && this.#client.tls === undefined) this.#refuse(text, say.NEEDS_TLS);
    else return false;
    return true;
  }

  #decided(question: Question, command: string, decision: Reply | undefined): void {
    const transaction = this.#transaction;
    if (question.ask === "rcpt" && transaction !== undefined) transaction.tried = true;
    if (decision !== undefined && decision.code >= 400) {
      this.#excused = true;
      if (question.ask !== "data") return this.#refuse(command, decision);
      return this.#chunk === undefined ? this.#refuseContent(command, decision) : this.#skip(decision);
    }
    const text = decision === undefined ? undefined : formatReply(decision);
    if (question.ask === "mail") {
      this.#excused = false;
      this.#transaction = { mail: question.command, accepted: 0, tried: false, reader: undefined, chunks: false, doomed: undefined };
      this.#say(text ?? say.OK_MAIL);
    } else if (transaction === undefined) throw new Error("an answer without its transaction");
    else if (question.ask === "rcpt") {
      transaction.accepted++;
      this.#say(text ?? say.OK_RCPT);
    } else this.#startContent(transaction);
  }

  #startContent(transaction: Transaction): void {
    transaction.chunks = this.#chunk !== undefined;
    const framing = !transaction.chunks ? "dots" : transaction.mail.body === "binary" ? "binary" : "chunks";
    transaction.reader = new ContentReader(framing, this.#normalises() ? "normalise" : "refuse");
    this.#mode = transaction.chunks ? "chunk" : "content";
    if (!transaction.chunks) this.#say(say.GO_AHEAD);
  }

  #messageAnswered(reply: Reply): void {
    const command = this.#transaction?.chunks === true ? "BDAT" : "DATA";
    this.#transaction = undefined;
    this.#idle = 0;
    if (reply.code >= 400) this.#refuse(command, reply);
    else this.#say(formatReply(reply));
    this.#transactionOver();
  }

  // ── AUTH ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #auth(name: string, initial: string | undefined): void {
    if (this.#options.auth === "never") return this.#fault("AUTH", say.NOT_OFFERED);
    if (this.#client.helo === "") return this.#fault("AUTH", say.HELLO_FIRST);
    if (this.#client.login !== undefined) return this.#fault("AUTH", say.ALREADY_AUTHENTICATED);
    if (this.#transaction !== undefined) return this.#fault("AUTH", say.IN_TRANSACTION);
    if (this.#options.auth === "tls-only" && this.#client.tls === undefined) return this.#fault("AUTH", say.AUTH_NEEDS_TLS);
    const mechanism = mechanismsNow(this.#options, this.#client).find((offered) => offered === name);
    if (mechanism === undefined) return this.#fault("AUTH", say.UNKNOWN_MECHANISM);
    if (this.#isFollowed()) return this.#end(say.PIPELINED, "pipelined behind AUTH");
    this.#exchange = new AuthExchange(mechanism, this.#random);
    this.#mode = "auth";
    this.#authStep(this.#exchange.start(initial));
  }

  #authLine(text: string): void {
    if (this.#exchange === undefined) throw new Error("an AUTH line without its exchange");
    if (this.#isFollowed()) return this.#end(say.PIPELINED, "pipelined behind AUTH");
    this.#authStep(this.#exchange.line(text));
  }

  #authAnswered(answer: Answer, question: Question): void {
    // Whether the rest came in the same packet or while the host was thinking makes no difference.
    if (this.#isFollowed()) return this.#end(say.PIPELINED, "pipelined behind AUTH");
    if (this.#exchange === undefined) throw new Error("an AUTH answer without its exchange");
    if (answer.to === "password") return this.#authStep(this.#exchange.passwordChecked(answer.ok));
    if (answer.to === "verifier") return this.#authStep(this.#exchange.verifierFound(answer.known, answer.verifier));
    this.#endExchange();
    if (question.ask === "password" || question.ask === "verifier") this.#refuse("AUTH", say.AUTH_TROUBLE);
  }

  #authStep(step: AuthStep): void {
    switch (step.is) {
      case "challenge":
        return this.#say(`334 ${Buffer.from(step.text).toString("base64")}\r\n`);
      case "password":
        return this.#ask({ ask: "password", login: step.login, password: step.password, client: this.#client }, "AUTH");
      case "verifier":
        return this.#ask({ ask: "verifier", login: step.login }, "AUTH");
      case "authenticated": {
        const scram = this.#exchange?.mechanism === "SCRAM-SHA-256";
        this.#endExchange();
        this.#client = { ...this.#client, login: step.login };
        if (scram) this.#effects.push({ is: "scram-done", login: step.login, ok: true, client: this.#client });
        return this.#say(say.AUTHENTICATED);
      }
      case "refused":
        this.#endExchange();
        if (step.scramLogin !== undefined) this.#effects.push({ is: "scram-done", login: step.scramLogin, ok: false, client: this.#client });
        return this.#fault(`AUTH`, step.reply);
      default:
        return unreachable(step);
    }
  }

  #endExchange(): void {
    this.#exchange = undefined;
    this.#mode = "command";
  }

  // ── ends ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * DATA was refused. A client that did not wait sends content now, and content taken for commands is how a stranger's
   * text gets to speak for the client: only a client that plainly goes on with commands may stay.
   */
  #refuseContent(command: string, reply: Reply): void {
    this.#refuse(command, reply);
    const next = this.#input.toString("latin1", this.#at, this.#at + 6).toUpperCase();
    if (next !== "" && !"RSET\r\n".startsWith(next) && !"QUIT\r\n".startsWith(next)) this.#closeSoon("content behind a refused DATA");
    else if (reply.code < 500 || reply.code >= 510) return;
    else this.#countFault();
  }

  /** Refuses, and counts it as the client's fault: after some of them it is no mail client. */
  #fault(command: string, reply: Reply): void {
    this.#refuse(command, reply);
    this.#countFault();
  }

  #countFault(): void {
    if (++this.#faults > this.#options.limits.faults) this.#end(say.TOO_MANY_FAULTS, "too many faulty commands");
  }

  #idled(): void {
    if (++this.#idle > this.#options.limits.idleCommands) this.#end(say.TOO_MANY_IDLE, "too many commands without a message");
  }

  #refuse(command: string, reply: Reply): void {
    this.#say(formatReply(reply));
    this.#effects.push({ is: "refused", command: command.slice(0, 200), reply, client: this.#client });
  }

  #transactionOver(): void {
    if (this.#draining) this.#end(say.SHUTTING_DOWN, "draining");
  }

  #dropTransaction(): void {
    const transaction = this.#transaction;
    if (transaction === undefined) return;
    this.#transaction = undefined;
    if (transaction.doomed === undefined) this.#effects.push({ is: "reset" });
    if (!transaction.tried) this.#idled();
  }

  #end(reply: Reply, why: string): void {
    if (this.#mode === "closed") return;
    this.#refuse("", reply);
    this.#closeSoon(why);
  }

  /** Takes no more, after what was said is out. */
  #closeSoon(why: string): void {
    if (this.#mode === "closed") return;
    this.#mode = "closed";
    const open = this.#transaction !== undefined && this.#transaction.doomed === undefined && this.#asked?.question.ask !== "message";
    if (open) this.#effects.push({ is: "reset" });
    this.#transaction = undefined;
    this.#input = EMPTY;
    this.#at = 0;
    this.#flush();
    this.#effects.push({ is: "close", why });
  }

  #close(why: string): readonly Effect[] {
    this.#closeSoon(why);
    return this.#take();
  }

  #ask(question: Question, command: string): void {
    this.#asked = { question, command, told: false };
  }

  #isFollowed(): boolean {
    return this.#at < this.#input.length;
  }

  #normalises(): boolean {
    return this.#options.normalisesFor(this.#client);
  }

  /** Replies are gathered, so that those to one read leave in one piece. */
  #say(text: string): void {
    if (this.#mode !== "closed") this.#text += text;
  }

  #flush(): void {
    if (this.#text === "") return;
    this.#effects.push({ is: "send", text: this.#text });
    this.#text = "";
  }

  #take(): readonly Effect[] {
    this.#flush();
    const asked = this.#asked;
    if (asked !== undefined && !asked.told) {
      asked.told = true;
      this.#effects.push({ is: "ask", question: asked.question });
    }
    const effects = this.#effects;
    if (effects.length === 0) return NOTHING;
    this.#effects = [];
    return effects;
  }
}

const EMPTY = Buffer.alloc(0);

/** A command line as text: ASCII, or UTF-8 under RFC 6531. NUL and bare CR have no place in one. */
function lineText(line: Buffer): string | undefined {
  const text = line.toString("latin1");
  let plain = true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0 || code === 13) return undefined;
    if (code > 127) plain = false;
  }
  return plain ? text : checkedUtf8(line);
}
