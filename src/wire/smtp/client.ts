/**
 * The client side of SMTP: one connection that takes transactions one after another. It pulls: after writing a
 * content it asks for the next transaction at once, so that final dot, MAIL, RCPT and DATA leave in one write.
 */
import type { Clock } from "../../base/clock.ts";
import type { Pipe, PipeFault, TlsClient, TlsHandshake } from "../../base/network.ts";
import type { BodyKind, Notify } from "../../model/message.ts";
import type { AttemptTls, LocalFault, RecipientResult, Stage, StageTimes, TlsVerdict } from "../../model/outcome.ts";
import type { Reply } from "../../model/reply.ts";
import { ClientDriver } from "./client-driver.ts";

export interface ClientRecipient {
  readonly address: string;
  readonly notify?: Notify;
  readonly orcpt?: string;
}

export interface Transaction {
  readonly mailFrom: string;
  readonly recipients: readonly ClientRecipient[];
  readonly body: BodyKind;
  readonly smtpUtf8: boolean;
  readonly ret?: "full" | "headers";
  readonly envid?: string;
  /** It goes with REQUIRETLS or not at all (RFC 8689 §4.2.1). */
  readonly requireTls?: boolean;
  /** Octets of `content` together, for SIZE=. */
  readonly bytes: number;
  /** Header prelude and content in order, CRLF lines, dots not stuffed. Pulled only when the receiver wants it. */
  content(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /**
   * Called once the transaction is pulled; awaited before the first content octet leaves. Resolves true once the
   * deliveries are durably marked as sent; false if they were taken back meanwhile: then RSET and every recipient is
   * `failed` with code `taken-back`.
   */
  markSent(): Promise<boolean>;
  /** The last call. `results` has one for each recipient, in order. */
  done(results: readonly RecipientResult[], facts: TransactionFacts): void;
}

export interface TransactionFacts {
  readonly stage: Stage;
  readonly times: StageTimes;
  readonly nth: number;
  /** What was said, as `AttemptFacts.dialogue`; without the connection's greeting. */
  readonly dialogue: string;
}

/** How the connection began. */
export interface GreetingFacts {
  readonly times: StageTimes;
  readonly dialogue: string;
}

/** What the receiver offered, as its EHLO said (after STARTTLS, if that was used). */
export interface Capabilities {
  readonly pipelining: boolean;
  readonly size: number | "unlimited" | "not offered";
  readonly eightBit: boolean;
  readonly smtpUtf8: boolean;
  readonly chunking: boolean;
  readonly binaryMime: boolean;
  readonly dsn: boolean;
  readonly startTls: boolean;
  readonly enhanced: boolean;
  readonly requireTls: boolean;
  /** Upper case. */
  readonly auth: readonly string[];
}

export interface ClientOptions {
  readonly helo: string;
  readonly tls: "never" | "opportunistic" | "required" | "implicit";
  /** SNI and the name checked; absent: neither. */
  readonly serverName?: string;
  /** What is said of the host's certificate; a fault ends the attempt before anything else is sent. Absent: any will do. */
  readonly judge?: (handshake: TlsHandshake) => TlsVerdict;
  /** A TLS session to take up again, and where new ones are kept. */
  readonly session?: Pick<TlsClient, "session" | "keep">;
  /** `inClear`: PLAIN and LOGIN may be used without TLS, as they may towards this machine itself. */
  readonly login?: { readonly user: string; readonly password: string; readonly inClear?: boolean };
  readonly timeouts: ClientTimeouts;
  /** After this many transactions: QUIT. */
  readonly maxTransactions: number;
  /** How long to stay open with nothing to send. */
  readonly idleMs: number;
}

/** RFC 5321 §4.5.3.2, in milliseconds. */
export interface ClientTimeouts {
  readonly banner: number;
  readonly command: number;
  readonly dataBlock: number;
  readonly finalDot: number;
}

/** What a connection asks of its lane. */
export interface ClientSource {
  /** Connected, greeted, TLS and AUTH done. */
  ready(capabilities: Capabilities, tls: AttemptTls | undefined, greeting: GreetingFacts): void;
  /** The next transaction, or undefined: then the connection idles until `wake`. */
  next(capabilities: Capabilities): Transaction | undefined;
  /** The connection is over; the last call. Every transaction pulled has had its `done` before. */
  closed(end: ClientEnd): void;
}

export type ClientEnd =
  | { readonly is: "orderly" }
  /** It ended before `ready`, or a 421 or protocol error broke it. `dialogue` is the greeting's, where that was the end. */
  | { readonly is: "refused"; readonly stage: Stage; readonly reply: Reply; readonly dialogue?: string }
  | { readonly is: "broken"; readonly stage: Stage; readonly fault: PipeFault | LocalFault; readonly dialogue?: string };

export interface ClientConnection {
  /** There may be something to pull. */
  wake(): void;
  /** Finishes what was pulled, then QUIT. */
  quit(): void;
  /** Drops the connection now; transactions past the final dot end in doubt. */
  abort(why: LocalFault): void;
}

export type OpenClient = (pipe: Pipe, options: ClientOptions, clock: Clock, source: ClientSource) => ClientConnection;

/** Takes the pipe over. Calls `source` only after this has returned: from the event loop, or inside `wake`, `quit` and `abort`. */
export const openClient: OpenClient = (pipe, options, clock, source) => new ClientDriver(pipe, options, clock, source);
