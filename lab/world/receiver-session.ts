/**
 * One SMTP connection at a simulated receiver: the lab's own server code, kept apart from src/wire on purpose. Strict
 * about the client's manners, lenient in what follows from them.
 */
import type { Pipe } from "../../src/base/network.ts";
import type { Random } from "../../src/base/random.ts";
import { Answers, describe, passes } from "./answers.ts";
import type { Later, Reaction, Receiver, Taken, Visit } from "./receivers.ts";

const EMPTY = Buffer.alloc(0);
const END_OF_DATA = Buffer.from("\r\n.\r\n");

export class ReceiverSession {
  readonly #receiver: Receiver;
  readonly #pipe: Pipe;
  readonly #random: Random;
  #input: Buffer = EMPTY;
  #mode: "command" | "data" | "chunk" | "login" = "command";
  readonly #answers: Answers;
  #greeted = false;
  #helo = "";
  #tls = false;
  #transaction = 0;
  #mailFrom: string | undefined;
  #parameters = "";
  #recipients: string[] = [];
  #chunks: Buffer[] = [];
  #chunkLeft = 0;
  #chunkLast = false;
  /** Replies owed: more than one at a time needs PIPELINING. */
  #pipelining = false;

  constructor(receiver: Receiver, pipe: Pipe) {
    this.#receiver = receiver;
    this.#pipe = pipe;
    this.#random = receiver.ports.random.fork(`connection ${receiver.connections}`);
    this.#answers = new Answers(pipe, receiver.ports.clock, () => this.#work());
  }

  start(): void {
    this.#pipe.open({
      data: (bytes) => {
        this.#input = Buffer.concat([this.#input, bytes]); // copies: the view is not ours to keep
        this.#work();
      },
      drain: () => {},
      end: () => this.#pipe.end(),
      close: () => {
        this.#answers.ended();
        for (const habit of this.#receiver.habits) habit.closed?.(this.#visit());
      },
    });
    const reaction = this.#receiver.ask((habit) => habit.connect?.(this.#visit()));
    this.#answers.react(reaction, `220 ${this.#receiver.name} ESMTP`);
  }

  #visit(): Visit {
    const { clock } = this.#receiver.ports;
    return {
      ip: this.#pipe.remote.ip,
      ...{ helo: this.#helo, tls: this.#tls },
      transaction: this.#transaction,
      mailFrom: this.#mailFrom ?? "",
      recipients: this.#recipients,
      now: clock.wall(),
      random: this.#random,
    };
  }

  #work(): void {
    while (!this.#answers.over && !this.#answers.busy && this.#step());
  }

  /** Takes one command or piece of content from the input; false if it needs more. */
  #step(): boolean {
    switch (this.#mode) {
      case "data":
        return this.#dataStep();
      case "chunk":
        return this.#chunkStep();
      default: {
        const end = this.#input.indexOf(10);
        if (end < 0) return false;
        const line = this.#input.toString("utf8", 0, end + 1);
        this.#input = this.#input.subarray(end + 1);
        if (!line.endsWith("\r\n")) this.#receiver.violation(`a command line that ends in a bare LF: ${JSON.stringify(line)}`);
        if (line.length > 512 + 500) this.#receiver.violation(`a command line of ${line.length}`);
        if (this.#input.length > 0 && !this.#pipelining) this.#receiver.violation(`sends ahead without PIPELINING after ${line.trim()}`);
        if (this.#input.length > 0 && /^(EHLO|HELO|DATA|STARTTLS|AUTH)/i.test(line))
          this.#receiver.violation(`does not wait for the answer to ${line.trim()}`); // RFC 2920 §3.1
        if (this.#mode === "login") this.#loginLine(line.trim());
        else this.#command(line.trim());
        return true;
      }
    }
  }

  #command(line: string): void {
    const verb = (/^[A-Za-z]*/.exec(line)?.[0] ?? "").toUpperCase();
    switch (verb) {
      case "EHLO":
      case "HELO":
        return this.#ehlo(verb, line.slice(5));
      case "MAIL":
        return this.#mail(line);
      case "RCPT":
        return this.#rcpt(line);
      case "DATA":
        return this.#data();
      case "BDAT":
        return this.#bdat(line);
      case "RSET":
        this.#forget();
        return this.#say("250 2.0.0 forgotten");
      case "NOOP":
        return this.#say("250 2.0.0 ok");
      case "STARTTLS":
        return this.#startTls();
      case "AUTH":
        return this.#auth(line);
      case "QUIT":
        this.#say("221 2.0.0 bye");
        return this.#answers.hangUp();
      default:
        this.#receiver.violation(`an unknown command: ${JSON.stringify(line.slice(0, 80))}`);
        return this.#say("500 5.5.2 what?");
    }
  }

  #ehlo(verb: "EHLO" | "HELO", helo: string): void {
    const reaction = this.#receiver.ask((habit) => habit.ehlo?.(verb, this.#visit()));
    if (!passes(reaction)) return this.#answers.react(reaction, "");
    const extended = verb === "EHLO";
    this.#greeted = true;
    this.#helo = helo;
    this.#forget();
    const offered = this.#receiver.offers();
    this.#pipelining = extended && offered.has("PIPELINING");
    const words: string[] = [];
    for (const extension of offered) {
      if (extension === "STARTTLS" && this.#tls) continue;
      if (extension === "REQUIRETLS" && !this.#tls) continue; // RFC 8689 §3
      words.push(extension === "SIZE" ? `SIZE ${this.#receiver.sizeMost}` : extension === "AUTH" ? "AUTH PLAIN LOGIN" : extension);
    }
    const lines = extended ? [this.#receiver.name, ...words] : [this.#receiver.name];
    const plain = lines.map((word, n) => `250${n === lines.length - 1 ? " " : "-"}${word}`).join("\r\n");
    this.#answers.react(reaction, plain);
  }

  #mail(line: string): void {
    const read = /^MAIL FROM:<([^>]*)>((?: [^ ]+)*)$/i.exec(line);
    if (!read) return this.#wrong(`MAIL that cannot be read: ${line}`, "501 5.5.4 syntax");
    if (!this.#greeted || this.#mailFrom !== undefined) return this.#wrong("MAIL before EHLO or inside a transaction", "503 5.5.1 not now");
    const [, address = "", parameters = ""] = read;
    const offered = this.#receiver.offers();
    for (const [parameter, extension] of [
      ["SIZE", "SIZE"],
      ["BODY", "8BITMIME"],
      ["SMTPUTF8", "SMTPUTF8"],
      ["RET", "DSN"],
      ["ENVID", "DSN"],
      ["REQUIRETLS", "REQUIRETLS"],
    ] as const)
      if (new RegExp(` ${parameter}\\b`, "i").test(parameters) && !offered.has(extension))
        return this.#wrong(`${parameter} that was not offered`, "555 5.5.4 not offered");
    this.#mailFrom = address;
    this.#parameters = parameters;
    this.#transaction++;
    this.#checkAddress(address);
    this.#decide(
      this.#receiver.ask((habit) => habit.mail?.(this.#visit())),
      "250 2.1.0 ok",
      (passed) => {
        if (!passed) this.#mailFrom = undefined;
      },
    );
  }

  #rcpt(line: string): void {
    const read = /^RCPT TO:<([^>]+)>((?: [^ ]+)*)$/i.exec(line);
    if (!read) return this.#wrong(`RCPT that cannot be read: ${line}`, "501 5.5.4 syntax");
    if (this.#mailFrom === undefined) return this.#say("503 5.5.1 MAIL first"); // pipelined behind a refused MAIL: no fault
    const [, address = "", parameters = ""] = read;
    if (/ (NOTIFY|ORCPT)=/i.test(parameters) && !this.#receiver.offers().has("DSN"))
      this.#receiver.violation("NOTIFY or ORCPT that was not offered");
    this.#checkAddress(address);
    this.#decide(
      this.#receiver.ask((habit) => habit.rcpt?.(address, this.#visit())),
      "250 2.1.5 ok",
      (passed) => {
        if (passed) this.#recipients.push(address);
      },
    );
  }

  /** Answers, once it is known what; `then` learns whether the client may go on. */
  #decide(asked: Reaction | Later | undefined, plain: string, then: (passed: boolean) => void): void {
    const decided = (reaction: Reaction | undefined): void => {
      then(passes(reaction));
      if (reaction !== undefined && "say" in reaction && !passes(reaction)) this.#receiver.saidNo(reaction.say);
      this.#answers.react(reaction, plain);
    };
    if (asked === undefined || !("later" in asked)) return decided(asked);
    this.#answers.busy = true;
    void asked.later.then((reaction) => {
      if (this.#answers.over) return;
      this.#answers.busy = false;
      decided(reaction);
      this.#work();
    });
  }

  #checkAddress(address: string): void {
    if (/[^\x20-\x7e]/.test(address) && !/ SMTPUTF8\b/i.test(this.#parameters))
      this.#receiver.violation("a UTF-8 address without SMTPUTF8");
  }

  #data(): void {
    if (this.#recipients.length === 0) return this.#say("554 5.5.1 no valid recipients"); // pipelined: no fault
    this.#decide(
      this.#receiver.ask((habit) => habit.data?.(this.#visit())),
      "354 go on",
      (passed) => {
        if (passed) this.#mode = "data";
        else this.#forget();
      },
    );
  }

  #dataStep(): boolean {
    // The first line may be the dot itself.
    const end = this.#input.subarray(0, 3).equals(END_OF_DATA.subarray(2)) ? -2 : this.#input.indexOf(END_OF_DATA);
    if (end === -1) return false;
    const raw = this.#input.subarray(0, Math.max(0, end + 2));
    this.#input = this.#input.subarray(end + END_OF_DATA.length);
    this.#mode = "command";
    if (this.#input.length > 0 && !this.#pipelining) this.#receiver.violation("sends ahead without PIPELINING after the final dot");
    this.#complete(Buffer.from(raw.toString("latin1").replace(/(^|\r\n)\./g, "$1"), "latin1"));
    return true;
  }

  #bdat(line: string): void {
    const read = /^BDAT (\d+)( LAST)?$/i.exec(line);
    if (!read || !this.#receiver.offers().has("CHUNKING")) return this.#wrong(`BDAT: ${line}`, "501 5.5.4 syntax");
    this.#chunkLeft = Number(read[1]);
    this.#chunkLast = read[2] !== undefined;
    this.#mode = "chunk";
  }

  #chunkStep(): boolean {
    const take = Math.min(this.#chunkLeft, this.#input.length);
    this.#chunks.push(this.#input.subarray(0, take));
    this.#input = this.#input.subarray(take);
    this.#chunkLeft -= take;
    if (this.#chunkLeft > 0) return false;
    this.#mode = "command";
    if (this.#recipients.length === 0) {
      this.#forget();
      this.#say("503 5.5.1 no valid recipients");
    } else if (this.#chunkLast) this.#complete(Buffer.concat(this.#chunks));
    else this.#say("250 2.0.0 go on");
    return true;
  }

  /** The whole message is here. */
  #complete(content: Buffer): void {
    this.#checkContent(content);
    const { clock } = this.#receiver.ports;
    const message: Taken = {
      at: clock.wall(),
      mailFrom: this.#mailFrom ?? "",
      recipients: [...this.#recipients],
      parameters: this.#parameters,
      content: Buffer.from(content),
      tls: this.#tls,
    };
    const reaction = this.#receiver.ask((habit) => habit.dot?.(message, this.#visit()));
    const keeps = reaction?.keeps ?? passes(reaction);
    if (keeps) this.#receiver.keep(message);
    this.#receiver.note(
      `<${message.mailFrom}> to ${message.recipients.join(", ")}, ${content.length} octets: ${keeps ? "kept" : "not kept"}, ${describe(reaction)}`,
    );
    this.#forget();
    this.#decide(reaction, `250 2.6.0 kept as ${this.#receiver.counts.taken}`, () => {});
  }

  #checkContent(content: Buffer): void {
    const text = content.toString("latin1");
    if (/(?<!\r)\n|\r(?!\n)/.test(text)) this.#receiver.violation("a bare CR or LF in the content");
    if (text.split("\r\n").some((line) => line.length > 998)) this.#receiver.violation("a line above 998 octets");
    if (/[\x80-\xff]/.test(text) && !/ BODY=(8BITMIME|BINARYMIME)/i.test(this.#parameters))
      this.#receiver.violation("8-bit content without BODY=8BITMIME");
    if (!text.endsWith("\r\n")) this.#receiver.violation("content that ends inside a line");
  }

  #startTls(): void {
    if (!this.#receiver.offers().has("STARTTLS") || this.#tls) return this.#wrong("STARTTLS that was not offered", "503 5.5.1 no");
    const reaction = this.#receiver.ask((habit) => habit.startTls?.(this.#visit()));
    if (!passes(reaction)) return this.#answers.react(reaction, "");
    this.#say("220 2.0.0 begin");
    this.#answers.busy = true;
    // A simulated handshake has no certificate of ours to show: the network's weather holds its names.
    this.#pipe.startTls({ server: {} as never }).then(
      () => {
        this.#tls = true;
        this.#greeted = false;
        this.#answers.busy = false;
        this.#input = EMPTY;
        this.#work();
      },
      () => {
        this.#answers.ended(); // the client hung up or the weather broke it
      },
    );
  }

  #auth(line: string): void {
    const [, mechanism = "", initial] = line.split(" ");
    if (mechanism.toUpperCase() === "PLAIN" && initial !== undefined) {
      const [, user, password] = Buffer.from(initial, "base64").toString().split("\0");
      return this.#loginIs(user ?? "", password ?? "");
    }
    if (mechanism.toUpperCase() === "PLAIN") this.#mode = "login";
    this.#say(this.#mode === "login" ? "334 " : "504 5.5.4 PLAIN only");
  }

  #loginLine(line: string): void {
    this.#mode = "command";
    const [, user, password] = Buffer.from(line, "base64").toString().split("\0");
    this.#loginIs(user ?? "", password ?? "");
  }

  #loginIs(user: string, password: string): void {
    const { login } = this.#receiver;
    this.#say(login && login.user === user && login.password === password ? "235 2.7.0 welcome" : "535 5.7.8 user or password wrong");
  }

  #wrong(what: string, reply: string): void {
    this.#receiver.violation(what);
    this.#say(reply);
  }

  #forget(): void {
    this.#mailFrom = undefined;
    this.#parameters = "";
    this.#recipients = [];
    this.#chunks = [];
  }

  #say(reply: string): void {
    this.#answers.say(reply);
  }
}
