/**
 * A receiver for tests of the client: a pipe in memory whose other end says what the test tells it to, and a clock that
 * stands still until the test moves it. `client` is the dialogue as one text, so tests compare what a reader can read.
 */
import assert from "node:assert/strict";
import type { Cancel, Clock, MonoMs, WallMs } from "../../base/clock.ts";
import type { Pipe, PipeEvents, PipeFault, TlsHandshake } from "../../base/network.ts";
import { PipeError } from "../../base/network.ts";
import type { AttemptTls, RecipientResult, StageTimes } from "../../model/outcome.ts";
import type {
  Capabilities,
  ClientConnection,
  ClientEnd,
  ClientOptions,
  ClientSource,
  GreetingFacts,
  Transaction,
  TransactionFacts,
} from "./client.ts";
import { openClient } from "./client.ts";

/** A clock that moves when told. */
export class HandClock implements Clock {
  #now = 1_000;
  #pending: { at: number; then: () => void }[] = [];
  wall(): WallMs {
    return this.#now as WallMs;
  }
  mono(): MonoMs {
    return this.#now as MonoMs;
  }
  after(ms: number, then: () => void): Cancel {
    const entry = { at: this.#now + ms, then };
    this.#pending.push(entry);
    return () => {
      this.#pending = this.#pending.filter((other) => other !== entry);
    };
  }
  nextTurn(then: () => void): void {
    this.after(0, then);
  }
  async sleep(): Promise<void> {
    throw new Error("nobody sleeps here");
  }
  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#pending.filter((entry) => entry.at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      this.#pending = this.#pending.filter((entry) => entry !== next);
      next.then();
    }
    this.#now = until;
  }
  get waiting(): number {
    return this.#pending.length;
  }
}

export class ScriptedPipe implements Pipe {
  readonly remote = { ip: "192.0.2.25", port: 25 };
  readonly local = { ip: "192.0.2.1", port: 40_000 };
  /** Each write, as text. */
  readonly writes: string[] = [];
  state: "open" | "ended" | "destroyed" = "open";
  /** Answers `write` with false. */
  full = false;
  tls: TlsHandshake | PipeFault = { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", authorized: true };
  tlsName: string | undefined;
  #events: PipeEvents | undefined;

  open(events: PipeEvents): void {
    this.#events = events;
  }
  write(bytes: Uint8Array): boolean {
    if (this.state === "open") this.writes.push(Buffer.from(bytes).toString("latin1"));
    return !this.full;
  }
  pause(): void {}
  resume(): void {}
  async startTls(as: Parameters<Pipe["startTls"]>[0]): Promise<TlsHandshake> {
    this.writes.push("<TLS>");
    this.tlsName = "client" in as ? as.client.serverName : undefined;
    await Promise.resolve();
    if ("code" in this.tls) throw new PipeError(this.tls);
    return this.tls;
  }
  end(): void {
    if (this.state === "open") this.state = "ended";
  }
  destroy(): void {
    this.state = "destroyed";
  }
  /** The host says this. */
  say(text: string): void {
    const view = Buffer.from(text, "latin1");
    this.#events?.data(view);
    view.fill("X"); // it was valid during the call only
  }
  /** What was written has left; `full`: one more write and it stands again. */
  drain(full = false): void {
    this.full = full;
    this.#events?.drain();
  }
  /** The connection breaks, or closes in order. */
  close(fault?: PipeFault): void {
    this.#events?.close(fault);
  }
  /** What the client has written since the last call. */
  heard(): string {
    return this.writes.splice(0).join("");
  }
}

export interface Sent {
  readonly results: readonly RecipientResult[];
  readonly facts: TransactionFacts;
}

/** A message to send; what came of it. */
export class Letter implements Transaction {
  readonly mailFrom: string;
  readonly recipients: Transaction["recipients"];
  readonly body: Transaction["body"] = "7bit";
  readonly smtpUtf8: boolean = false;
  readonly bytes: number;
  #content: string | readonly string[] | (() => AsyncIterable<Uint8Array> | Iterable<Uint8Array>);
  mark: () => Promise<boolean> = async () => true;
  sent: Sent | undefined;
  pulls = 0;

  constructor(
    to: readonly string[],
    content: string | readonly string[] | (() => AsyncIterable<Uint8Array> | Iterable<Uint8Array>) = "Subject: hi\r\n\r\nhello\r\n",
    more: Partial<Transaction> = {},
  ) {
    this.mailFrom = "a@example.org";
    this.recipients = to.map((address) => ({ address }));
    this.#content = content;
    this.bytes = typeof content === "function" ? 0 : [content].flat().join("").length;
    Object.assign(this, more);
  }
  content(): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
    this.pulls++;
    return typeof this.#content === "function" ? this.#content() : [this.#content].flat().map((part) => Buffer.from(part, "latin1"));
  }
  markSent(): Promise<boolean> {
    return this.mark();
  }
  done(results: readonly RecipientResult[], facts: TransactionFacts): void {
    if (this.sent) throw new Error("done was called twice");
    this.sent = { results, facts };
  }
  /** The results in a form that fits a line: `accepted 250`, `refused 550 for good`, `failed size for good`, `in doubt closed`. */
  get outcome(): readonly string[] | undefined {
    return this.sent?.results.map(inShort);
  }
}

export function inShort(result: RecipientResult): string {
  switch (result.is) {
    case "accepted":
      return `accepted ${result.reply.code}`;
    case "refused":
      return `refused ${result.reply.code}${result.permanent ? " for good" : ""}`;
    case "failed":
      return `failed ${result.fault.code}${result.permanent ? " for good" : ""}`;
    case "in-doubt":
      return `in doubt ${result.fault.code}`;
  }
}

/** A certificate of a trusted root for the host's name, or nothing. */
export const trustedOnly: NonNullable<ClientOptions["judge"]> = ({ authorized }) =>
  authorized
    ? { ok: true, verified: "webpki" }
    : { ok: false, fault: { code: "tls-unauthorized", text: "the host's certificate is not trusted for its name" } };

export const OPTIONS: ClientOptions = {
  helo: "relay.example.org",
  tls: "never",
  timeouts: { banner: 300_000, command: 240_000, dataBlock: 180_000, finalDot: 600_000 },
  maxTransactions: 100,
  idleMs: 5_000,
};

/** The client of a test with everything around it. Letters in `queue` are sent in order. */
export class Dialogue implements ClientSource {
  readonly pipe = new ScriptedPipe();
  readonly clock = new HandClock();
  readonly queue: Letter[];
  readonly connection: ClientConnection;
  capabilities: Capabilities | undefined;
  tls: AttemptTls | undefined;
  times: StageTimes | undefined;
  greeting = "";
  over: ClientEnd | undefined;

  constructor(queue: Letter[] = [], options: Partial<ClientOptions> = {}) {
    this.queue = queue;
    this.connection = openClient(this.pipe, { ...OPTIONS, ...options }, this.clock, this);
  }
  ready(capabilities: Capabilities, tls: AttemptTls | undefined, greeting: GreetingFacts): void {
    this.capabilities = capabilities;
    this.tls = tls;
    this.times = greeting.times;
    this.greeting = greeting.dialogue;
  }
  next(): Transaction | undefined {
    return this.queue.shift();
  }
  closed(end: ClientEnd): void {
    if (this.over) throw new Error("closed was called twice");
    this.over = end;
  }
  /** How the connection ended: `orderly`, `refused 421 at dot`, `broken TIMEOUT at mail`. */
  get ending(): string | undefined {
    const end = this.over;
    if (end === undefined || end.is === "orderly") return end?.is;
    return `${end.is} ${end.is === "refused" ? end.reply.code : end.fault.code} at ${end.stage}`;
  }
  /** The host says this; returns what the client writes then, promises kept included. */
  async says(text: string): Promise<string> {
    this.pipe.say(text);
    return await this.hears();
  }
  async hears(): Promise<string> {
    // Marks and contents of the tests resolve within a few turns of the microtask queue.
    for (let i = 0; i < 20; i++) await Promise.resolve();
    return this.pipe.heard();
  }
  /**
   * Plays a dialogue and compares what the client says. `S: ` lines in a row are said at once; the `C: ` lines behind
   * them are all that the client says then. `C:> ` stands for a line without its CRLF.
   */
  async plays(script: string): Promise<void> {
    const lines = script
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
    for (let i = 0; i < lines.length; ) {
      let said = "";
      for (; lines[i]?.startsWith("S:"); i++) said += `${lines[i]?.slice(3)}\r\n`;
      let wanted = "";
      for (; lines[i]?.startsWith("C:"); i++) wanted += lines[i]?.startsWith("C:> ") ? lines[i]?.slice(4) : `${lines[i]?.slice(3)}\r\n`;
      if (said === "" && wanted === "") throw new Error(`neither S: nor C: ${lines[i]}`);
      assert.equal(said === "" ? await this.hears() : await this.says(said), wanted, `after ${JSON.stringify(said)}`);
    }
  }
  /** Greets with these ESMTP words; returns what the client writes then. */
  async greet(...words: string[]): Promise<string> {
    await this.says("220 mx.example.net ESMTP\r\n");
    const lines = ["mx.example.net", ...words];
    return await this.says(lines.map((line, i) => `250${i < lines.length - 1 ? "-" : " "}${line}\r\n`).join(""));
  }
}
