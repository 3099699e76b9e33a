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
 * What arrives while a question is open waits in the inbox; the driver keeps that bounded by pausing its pipe.
 */
import { checkedUtf8 } from "../../base/bytes.ts";
import type { TlsFacts } from "../../base/network.ts";
import type { Random } from "../../base/random.ts";
import type { Reply } from "../../model/reply.ts";
import { readCommand } from "./command-grammar.ts";
import { LineReader } from "./line-reader.ts";
import { AuthDialogue } from "./server-auth.ts";
import { CommandDialogue } from "./server-commands.ts";
import { ContentDialogue } from "./server-content.ts";
import type { Answer, Effect } from "./server-effects.ts";
import type { ClientFacts } from "./server-host.ts";
import type { SessionOptions } from "./server-options.ts";
import * as say from "./server-replies.ts";
import { SessionState } from "./server-state.ts";

/** First octet of a TLS record that opens a handshake; begins no command. */
const TLS_HANDSHAKE = 0x16;
const NOTHING: readonly Effect[] = [];

export class ServerSession {
  readonly #state: SessionState;
  readonly #lines = new LineReader();
  readonly #auth: AuthDialogue;
  readonly #content: ContentDialogue;
  readonly #commands: CommandDialogue;

  /** `peer` is the address the connection comes from, or that a PROXY header named. */
  constructor(options: SessionOptions, random: Random, peer: string) {
    this.#state = new SessionState(options, random, peer);
    this.#auth = new AuthDialogue(this.#state);
    this.#content = new ContentDialogue(this.#state);
    this.#commands = new CommandDialogue(this.#state, this.#auth, this.#content);
  }

  get client(): ClientFacts {
    return this.#state.client;
  }

  get closed(): boolean {
    return this.#state.mode === "closed";
  }

  /** A question is open, or a handshake is under way. */
  get waiting(): boolean {
    return this.#state.asked !== undefined || this.#state.mode === "tls";
  }

  /** What the client owes: a command is timed as a whole, content by its progress. */
  get expects(): "command" | "content" {
    const { mode } = this.#state;
    return mode === "content" || mode === "chunk" || mode === "skip" ? "content" : "command";
  }

  /** Octets that wait to be read. */
  get backlog(): number {
    return this.#state.inbox.left;
  }

  /** From the MAIL that is being decided to the reply to the content. */
  get inTransaction(): boolean {
    return this.#state.transaction !== undefined || this.#state.asked?.question.ask === "mail";
  }

  /** Call once, before or after first octets came. */
  greet(): readonly Effect[] {
    const state = this.#state;
    if (state.mode !== "greeting") return NOTHING;
    state.mode = "command";
    if (state.draining) state.end(say.SHUTTING_DOWN, "draining");
    else state.say(say.greeting(state.options.hostname));
    return this.#run();
  }

  /** Views of `bytes` are among the effects and in the inbox: the memory must not change until `settle`. */
  receive(bytes: Uint8Array): readonly Effect[] {
    const state = this.#state;
    if (state.mode === "closed" || state.mode === "tls" || bytes.length === 0) return NOTHING;
    if (state.mode === "greeting" && !state.options.earlyTalk) {
      state.end(say.SPOKE_TOO_SOON, "spoke before the greeting");
      return state.take();
    }
    state.inbox.add(bytes);
    return this.#run();
  }

  /** The memory given to `receive` is about to change hands: copies what still waits in it. */
  settle(): void {
    this.#state.inbox.settle();
  }

  /** @throws Error if that question is not open. */
  answer(answer: Answer): readonly Effect[] {
    const state = this.#state;
    const { asked } = state;
    if (asked === undefined || (answer.to !== "any" && answer.to !== asked.question.ask))
      throw new Error(`no question "${answer.to}" is open`);
    state.asked = undefined;
    if (state.mode === "closed") return NOTHING;
    if (answer.to === "any")
      this.#unanswered(asked.question.ask, answer, () => this.#commands.decided(asked.question, asked.command, say.OWN_TROUBLE));
    else if (answer.to === "message") this.#content.answered(answer.reply);
    else if (answer.to === "password" || answer.to === "verifier") this.#auth.answered(answer);
    else this.#commands.decided(asked.question, asked.command, answer.decision);
    if (state.draining && !this.inTransaction) state.end(say.SHUTTING_DOWN, "draining");
    return this.#run();
  }

  /** The handshake is done. All that was said before it is void (RFC 3207 §4.2), a login included. */
  tlsStarted(facts: TlsFacts): readonly Effect[] {
    const state = this.#state;
    state.client = { ip: state.client.ip, helo: "", esmtp: false, tls: facts };
    this.#lines.reset();
    state.inbox.clear();
    if (state.mode === "tls") state.mode = "command";
    if (state.draining && state.mode === "command") state.end(say.SHUTTING_DOWN, "draining");
    return state.take();
  }

  /** What was owed did not come in time. */
  timedOut(): readonly Effect[] {
    if (this.#state.mode === "tls") return this.lost("timeout"); // neither plain text nor TLS would be understood
    this.#state.end(say.TOO_SLOW, "timeout");
    return this.#state.take();
  }

  /** Finishes the open transaction, then says 421 and closes; at once if none is open. */
  drain(): readonly Effect[] {
    const state = this.#state;
    state.draining = true;
    if (!this.waiting && !this.inTransaction && state.mode !== "greeting") state.end(say.SHUTTING_DOWN, "draining");
    return state.take();
  }

  /** The client sends no more. An open question is still answered first; call again then. */
  inputEnded(): readonly Effect[] {
    return this.waiting ? NOTHING : this.lost("the client hung up");
  }

  /** The connection is gone, or is to go, without a word. */
  lost(why: string): readonly Effect[] {
    this.#state.close(why);
    return this.#state.take();
  }

  #run(): readonly Effect[] {
    const state = this.#state;
    while (state.inbox.left > 0 && state.asked === undefined) {
      if (state.mode === "command" || state.mode === "auth") this.#readLine();
      else if (state.mode === "content" || state.mode === "chunk" || state.mode === "skip") this.#content.read();
      else break; // greeting: it waits; tls, closed: it is void
    }
    // A chunk of no octets is whole without any input.
    if (state.asked === undefined && state.chunk?.left === 0) this.#content.chunkRead();
    return state.take();
  }

  #readLine(): void {
    const state = this.#state;
    const { inbox } = state;
    if (state.mode === "command" && this.#lines.empty && inbox.bytes[inbox.at] === TLS_HANDSHAKE)
      return state.end(say.TLS_NOT_HERE, "TLS on a plain port");
    inbox.at = this.#lines.read(inbox.bytes, inbox.at, state.mode === "auth");
    const { line, fault } = this.#lines;
    if (line !== undefined) {
      const text = lineText(line);
      if (text === undefined) this.#faultyLine(say.NOT_TEXT);
      else if (state.mode === "auth") this.#auth.line(text);
      else this.#commands.command(readCommand(text), text);
    } else if (fault === "endless") state.end(say.LINE_ENDLESS, "a command line without an end");
    else if (fault === "bare line feed") this.#faultyLine(say.BARE_LINE_FEED);
    else if (fault === "too long") this.#faultyLine(state.mode === "auth" ? say.AUTH_LINE_TOO_LONG : say.LINE_TOO_LONG);
  }

  #faultyLine(reply: Reply): void {
    this.#auth.abandon();
    this.#state.fault("(faulty line)", reply);
  }

  /** The host could not answer: the client hears of trouble here, and that it may try again. */
  #unanswered(ask: string, answer: Answer, undecided: () => void): void {
    if (ask === "message") this.#content.answered(say.CANNOT_STORE);
    else if (ask === "password" || ask === "verifier") this.#auth.answered(answer);
    else undecided();
  }
}

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
