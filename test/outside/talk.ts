/** A client that says exactly what a test tells it to, byte for byte, and reads whole replies. */
import { connect, type Socket } from "node:net";
import { systemClock } from "../../src/base/clock.ts";

export interface SmtpReply {
  readonly code: number;
  /** The lines without codes. */
  readonly lines: readonly string[];
}

const REPLY_WITHIN_MS = 30_000;

export class Talk implements Disposable {
  readonly socket: Socket;
  readonly #replies: SmtpReply[] = [];
  #lines: string[] = [];
  #rest = "";
  #over = false;
  #wake = (): void => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => this.#take(bytes.toString("latin1")));
    for (const name of ["close", "end"]) socket.on(name, () => ((this.#over = true), this.#wake()));
    socket.on("error", () => undefined); // told by close
  }

  /** Connects and reads no greeting. */
  static async to(port: number): Promise<Talk> {
    const socket = connect({ host: "127.0.0.1", port });
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new Talk(socket);
  }

  /** Connects, reads the greeting and says EHLO. */
  static async greeted(port: number, name = "client.example"): Promise<Talk> {
    const talk = await Talk.to(port);
    await talk.expect(220);
    await talk.ask(`EHLO ${name}`, 250);
    return talk;
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\r\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      this.#lines.push(line.slice(4));
      if (line[3] === "-") continue;
      this.#replies.push({ code: Number(line.slice(0, 3)), lines: this.#lines });
      this.#lines = [];
    }
    this.#wake();
  }

  get over(): boolean {
    return this.#over;
  }

  send(text: string | Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(typeof text === "string" ? Buffer.from(text, "latin1") : text);
  }

  /** Sends and waits while the other side takes it slowly; false once it is gone. */
  async sendSlowly(bytes: Uint8Array): Promise<boolean> {
    if (this.socket.destroyed) return false;
    if (!this.socket.write(bytes)) {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          this.socket.off("drain", go).off("close", go);
          resolve();
        };
        this.socket.on("drain", go).on("close", go);
      });
    }
    return !this.socket.destroyed;
  }

  /** The next reply; undefined once the connection is over without one. @throws when neither comes in time. */
  async reply(withinMs = REPLY_WITHIN_MS): Promise<SmtpReply | undefined> {
    const end = systemClock.mono() + withinMs;
    for (;;) {
      const reply = this.#replies.shift();
      if (reply || this.#over) return reply;
      if (systemClock.mono() >= end) throw new Error(`no reply within ${withinMs} ms`);
      await new Promise<void>((resolve) => {
        const cancel = systemClock.after(end - systemClock.mono(), resolve);
        this.#wake = () => (cancel(), resolve());
      });
    }
  }

  /** @throws unless the next reply has the code (a number, or a first digit as "5"). */
  async expect(code: number | "2" | "4" | "5"): Promise<SmtpReply> {
    const reply = await this.reply();
    if (!reply || !String(reply.code).startsWith(String(code)))
      throw new Error(`expected ${code}, got ${reply ? `${reply.code} ${reply.lines.join(" / ")}` : "the end"}`);
    return reply;
  }

  async ask(line: string, code: number | "2" | "4" | "5"): Promise<SmtpReply> {
    this.send(`${line}\r\n`);
    return this.expect(code);
  }

  /** A whole transaction, refused nowhere before its end; the reply to the final dot. */
  async give(from: string, to: readonly string[], content: string | Uint8Array, parameters = ""): Promise<SmtpReply> {
    await this.ask(`MAIL FROM:<${from}>${parameters && ` ${parameters}`}`, 250);
    for (const address of to) await this.ask(`RCPT TO:<${address}>`, "2");
    await this.ask("DATA", 354);
    const text = typeof content === "string" ? content : Buffer.from(content).toString("latin1");
    this.send(`${text.replace(/(^|\r\n)\./g, "$1..")}.\r\n`);
    const reply = await this.reply();
    if (!reply) throw new Error("the connection ended after the final dot");
    return reply;
  }

  /** A transaction that Fairlead accepts; returns the id from "accepted as ID". */
  async mail(from: string, to: readonly string[], content: string | Uint8Array, parameters = ""): Promise<string> {
    return acceptedId(await this.give(from, to, content, parameters));
  }

  async quit(): Promise<void> {
    await this.ask("QUIT", 221);
    this.socket.destroy();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** The id in a `250 2.0.0 accepted as ID`. */
export function acceptedId(reply: SmtpReply): string {
  const id = /accepted as ([0-9A-Z]{16})/.exec(reply.lines.join(" "))?.[1];
  if (!id) throw new Error(`no id in: ${reply.lines.join(" ")}`);
  return id;
}

/** A small message with CRLF lines; `marker` stands in a header of its own. */
export function letter(marker: string, body = "Hello.\r\n"): string {
  return [
    `From: <anna@client.example>`,
    "To: <bob@dest.example>",
    `Subject: ${marker}`,
    "Date: Tue, 24 Nov 2026 12:00:00 +0000",
    `Message-ID: <${marker}@client.example>`,
    `X-Marker: ${marker}`,
    "",
    body,
  ].join("\r\n");
}
