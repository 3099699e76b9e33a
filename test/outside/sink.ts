/**
 * A next hop on a real socket that takes notes and behaves as a test tells it: refuses, delays, falls silent, breaks the
 * connection at the worst moment. It speaks what it announces and no more.
 */
import { createServer, type Server, type Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import { systemClock } from "../../src/base/clock.ts";

export interface Received {
  readonly mailFrom: string;
  /** The command lines as they came. */
  readonly mail: string;
  readonly rcpts: readonly string[];
  readonly rcptLines: readonly string[];
  /** Dots unstuffed, the final dot cut off. */
  readonly content: Buffer;
  readonly tls: boolean;
  readonly helo: string;
}

/** A reply without CRLF, or what happens instead of one. */
export type Behaviour = string | { readonly reply: string; readonly afterMs: number } | "drop" | "reset" | "silence";

export interface SinkOptions {
  readonly port?: number;
  readonly keywords?: readonly string[];
  readonly tls?: SecureContext;
  /** Each is asked for its command; undefined means the usual positive reply. */
  readonly onConnect?: (nth: number) => Behaviour | undefined;
  readonly onMail?: (line: string) => Behaviour | undefined;
  readonly onRcpt?: (line: string) => Behaviour | undefined;
  readonly onData?: () => Behaviour | undefined;
  readonly onDot?: (message: Received) => Behaviour | undefined;
}

export interface Sink extends AsyncDisposable {
  readonly port: number;
  /** Every content that came whole, also those then refused. */
  readonly received: readonly Received[];
  /** Those that count as delivered: a 250 was meant for them, though it may never have left. */
  readonly taken: readonly Received[];
  readonly connections: number;
  /** Behaves differently from now on. */
  become(options: SinkOptions): void;
}

const KEYWORDS = ["PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "SIZE 104857600"];

export async function startSink(first: SinkOptions = {}): Promise<Sink> {
  let options = first;
  const received: Received[] = [];
  const taken: Received[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined); // the other side may break off at any time
    new Session(socket, () => options, received, taken).greet(++connections);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(first.port ?? 0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as { port: number }).port,
    received,
    taken,
    get connections() {
      return connections;
    },
    become: (next) => void (options = next),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

class Session {
  #socket: Socket;
  readonly #options: () => SinkOptions;
  readonly #received: Received[];
  readonly #taken: Received[];
  #input: Buffer[] = [];
  #waits = false;
  #inData = false;
  #begun = false;
  #helo = "";
  #mail = "";
  #rcptLines: string[] = [];

  constructor(socket: Socket, options: () => SinkOptions, received: Received[], taken: Received[]) {
    this.#socket = socket;
    this.#options = options;
    this.#received = received;
    this.#taken = taken;
    this.#attach(socket);
  }

  #attach(socket: Socket): void {
    socket.on("data", (bytes: Buffer) => {
      this.#input.push(bytes);
      this.#read();
    });
  }

  greet(nth: number): void {
    this.#answer(this.#options().onConnect?.(nth) ?? "220 sink.example ESMTP");
  }

  /** Handles complete commands or contents, in order, until one has to wait. */
  #read(): void {
    while (!this.#waits) {
      // Joining only when an end is in sight (it has five octets) keeps a large content from being copied for every chunk.
      const last = this.#input.at(-1);
      if (!last || (this.#inData && this.#input.length > 1 && !Buffer.concat(this.#input.slice(-5)).includes("\r\n.\r\n"))) return;
      const input = Buffer.concat(this.#input);
      const end = this.#inData ? endOfContent(input) : input.indexOf("\n");
      this.#input = end < 0 ? [input] : [input.subarray(this.#inData ? end + 3 : end + 1)].filter((part) => part.length > 0);
      if (end < 0) return;
      if (this.#inData) this.#content(input.subarray(0, end));
      else this.#command(input.toString("latin1", 0, end).replace(/\r$/, ""));
    }
  }

  #command(line: string): void {
    const { onMail, onRcpt, onData, tls, keywords } = this.#options();
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === "EHLO" || verb === "HELO") {
      this.#helo = line.slice(5);
      const offered = [...(keywords ?? KEYWORDS), ...(tls && !(this.#socket instanceof TLSSocket) ? ["STARTTLS"] : [])];
      const lines = verb === "EHLO" ? ["sink.example", ...offered] : ["sink.example"];
      this.#answer(lines.map((text, i) => `250${i === lines.length - 1 ? " " : "-"}${text}`).join("\r\n"));
    } else if (verb === "MAIL") {
      this.#mail = line;
      this.#rcptLines = [];
      const behaviour = onMail?.(line) ?? "250 2.1.0 ok";
      this.#begun = typeof behaviour !== "string" || behaviour.startsWith("2");
      this.#answer(behaviour);
    } else if (verb === "RCPT" && !this.#begun) {
      this.#answer("503 5.5.1 MAIL first"); // RFC 5321 §4.1.4, whatever was pipelined behind a refused MAIL
    } else if (verb === "RCPT") {
      const behaviour = onRcpt?.(line) ?? "250 2.1.5 ok";
      if (typeof behaviour !== "string" || behaviour.startsWith("2")) this.#rcptLines.push(line);
      this.#answer(behaviour);
    } else if (verb === "DATA") {
      const behaviour = onData?.() ?? (this.#rcptLines.length > 0 ? "354 go ahead" : "554 5.5.1 no recipients");
      this.#inData = behaviour === "354 go ahead";
      this.#answer(behaviour);
    } else if (verb === "STAR" && tls) {
      this.#answer("220 2.0.0 go ahead");
      this.#socket.removeAllListeners("data");
      this.#socket = new TLSSocket(this.#socket, { isServer: true, secureContext: tls });
      this.#socket.on("error", () => undefined);
      this.#attach(this.#socket);
    } else if (verb === "QUIT") {
      this.#answer("221 2.0.0 bye");
      this.#socket.end();
    } else {
      this.#answer(verb === "RSET" || verb === "NOOP" ? "250 2.0.0 ok" : "500 5.5.2 what?");
    }
  }

  #content(stuffed: Buffer): void {
    this.#inData = false;
    const message: Received = {
      mailFrom: pathOf(this.#mail),
      mail: this.#mail,
      rcpts: this.#rcptLines.map(pathOf),
      rcptLines: this.#rcptLines,
      content: unstuffed(stuffed),
      tls: this.#socket instanceof TLSSocket,
      helo: this.#helo,
    };
    this.#received.push(message);
    const behaviour = this.#options().onDot?.(message) ?? "250 2.0.0 taken";
    const reply = typeof behaviour === "string" ? behaviour : behaviour.reply;
    if (!/^[45]/.test(reply)) this.#taken.push(message);
    this.#answer(behaviour);
  }

  #answer(behaviour: Behaviour): void {
    if (behaviour === "drop") this.#socket.destroy();
    else if (behaviour === "reset") this.#socket.resetAndDestroy();
    else if (behaviour === "silence") this.#waits = true;
    else if (typeof behaviour === "string") this.#socket.write(`${behaviour}\r\n`);
    else {
      this.#waits = true;
      systemClock.after(behaviour.afterMs, () => {
        this.#waits = false;
        if (this.#socket.destroyed) return;
        this.#socket.write(`${behaviour.reply}\r\n`);
        this.#read();
      });
    }
  }
}

/** The offset of the final dot's line, or -1. */
function endOfContent(input: Buffer): number {
  if (input.subarray(0, 3).toString("latin1") === ".\r\n") return 0;
  const at = input.indexOf("\r\n.\r\n");
  return at < 0 ? -1 : at + 2;
}

function unstuffed(content: Buffer): Buffer {
  if (content[0] !== 46 && !content.includes("\r\n.")) return Buffer.from(content);
  return Buffer.from(content.toString("latin1").replace(/(^|\r\n)\./g, "$1"), "latin1");
}

export function pathOf(line: string): string {
  return /<(.*?)>(?:\s|$)/.exec(line)?.[1] ?? "";
}
