/**
 * sendmail -bs: an SMTP session on standard input and output, served by the same machine as the listeners; each message
 * goes into the drop folder.
 */
import { systemClock } from "../base/clock.ts";
import { textOf } from "../base/fault.ts";
import type { Pipe, PipeEvents } from "../base/network.ts";
import { systemRandom } from "../base/random.ts";
import type { Recipient } from "../model/message.ts";
import type { Reply } from "../model/reply.ts";
import type { PickupEnvelope } from "../relay/intake/pickup-file.ts";
import { DEFAULT_LIMITS, defaultServerOptions, serve } from "../wire/smtp/server.ts";
import type { ContentFacts, MailCommand, ServerHost } from "../wire/smtp/server-host.ts";
import type { Terminal } from "./terminal.ts";

type Hand = (envelope: PickupEnvelope, content: AsyncIterable<Uint8Array>) => Promise<void>;

const HOST_NAME = "localhost";

/** Resolves when the session is over. */
export async function serveStdio(terminal: Terminal, hand: Hand, mostBytes: number): Promise<void> {
  const pipe = new StdioPipe(terminal);
  const options = {
    ...defaultServerOptions(HOST_NAME, systemRandom),
    limits: { ...DEFAULT_LIMITS, content: mostBytes },
    normalisesFor: () => true,
  };
  await serve(pipe, options, new DropHost(terminal, hand), systemClock).done;
}

/** Takes whatever a local user sends: the drop folder knows who it was. */
class DropHost implements ServerHost {
  readonly #terminal: Terminal;
  readonly #hand: Hand;
  #mail: MailCommand | undefined;
  #recipients: Recipient[] = [];
  #content: Uint8Array[] = [];

  constructor(terminal: Terminal, hand: Hand) {
    this.#terminal = terminal;
    this.#hand = hand;
  }

  mail(command: MailCommand): undefined {
    this.reset();
    this.#mail = command;
  }

  rcpt(recipient: Recipient): undefined {
    this.#recipients.push(recipient);
  }

  data(): undefined {}

  content(bytes: Uint8Array): void {
    this.#content.push(Uint8Array.from(bytes)); // the view ends with the call
  }

  async message(facts: ContentFacts): Promise<Reply> {
    const { mailFrom = "", body = "7bit", smtpUtf8 = false, ret, envid } = this.#mail ?? {};
    const envelope: PickupEnvelope = {
      ...{ mailFrom, smtpUtf8, recipients: this.#recipients, body: facts.eightBit && body === "7bit" ? "8bit" : body },
      ...(ret === undefined ? {} : { ret }),
      ...(envid === undefined ? {} : { envid }),
    };
    const parts = this.#content;
    try {
      await this.#hand(
        envelope,
        (async function* () {
          yield* parts;
        })(),
      );
      return { code: 250, enhanced: "2.0.0", text: "accepted" };
    } catch (thrown) {
      this.#terminal.err(`sendmail: ${textOf(thrown)}\n`);
      return { code: 451, enhanced: "4.3.0", text: "FL-4002 cannot store mail now; keep it and retry" };
    } finally {
      this.reset();
    }
  }

  reset(): void {
    this.#mail = undefined;
    this.#recipients = [];
    this.#content = [];
  }

  password(): boolean {
    return false; // AUTH is not offered
  }

  verifier(): never {
    throw new Error("AUTH is not offered on standard input");
  }

  scramDone(): void {}

  closed(): void {}
}

/** Standard input and output as a connection from this machine. */
class StdioPipe implements Pipe {
  readonly remote = { ip: "127.0.0.1", port: 0 };
  readonly local = { ip: "127.0.0.1", port: 0 };
  readonly #terminal: Terminal;
  #events: PipeEvents | undefined;
  #paused: PromiseWithResolvers<void> | undefined;
  #closed = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  open(events: PipeEvents): void {
    this.#events = events;
    void this.#pump();
  }

  async #pump(): Promise<void> {
    try {
      for await (const part of this.#terminal.stdin) {
        await this.#paused?.promise;
        if (this.#closed) return;
        this.#events?.data(part);
      }
      if (!this.#closed) this.#events?.end();
    } catch (thrown) {
      this.#close({ code: "EIO", text: textOf(thrown) });
    }
  }

  write(bytes: Uint8Array): boolean {
    this.#terminal.out(Buffer.from(bytes).toString("utf8"));
    return true;
  }

  pause(): void {
    this.#paused ??= Promise.withResolvers();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  startTls(): never {
    throw new Error("TLS is not offered on standard input");
  }

  end(): void {
    queueMicrotask(() => this.#close());
  }

  destroy(): void {
    queueMicrotask(() => this.#close());
  }

  #close(fault?: { readonly code: string; readonly text: string }): void {
    if (this.#closed) return;
    this.#closed = true;
    this.resume();
    this.#events?.close(fault);
  }
}
