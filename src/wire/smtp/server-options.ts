/** What a listener allows and offers. All of it can differ from listener to listener, none of it changes in a session. */
import type { Mechanism } from "./auth-exchange.ts";
import type { ClientFacts } from "./server-host.ts";

export interface SessionOptions {
  /** In the greeting, and in answer to EHLO. */
  readonly hostname: string;
  readonly offers: Offers;
  readonly limits: SessionLimits;
  /** `offered`: STARTTLS if the client likes; `required`: no mail without it. With implicit TLS either will do. */
  readonly tls: "none" | "offered" | "required";
  readonly auth: "never" | "tls-only" | "always";
  /** In the order they are offered. */
  readonly mechanisms: readonly Mechanism[];
  /** No mail without a login (ports 587 and 465). */
  readonly authRequired: boolean;
  /** Whether bare CR and LF in this client's content become CRLF (trusted sources; R22) or get the message refused. Asked when content begins. */
  readonly normalisesFor: (client: ClientFacts) => boolean;
  /** Whether the client at this address may use XCLIENT; absent: nobody. */
  readonly xclientFrom?: (ip: string) => boolean;
  /** Whether what is sent before the greeting is kept for after it, or ends the connection. */
  readonly earlyTalk: boolean;
}

/** Extensions that can be left out; PIPELINING and ENHANCEDSTATUSCODES are always there. */
export interface Offers {
  readonly eightBit: boolean;
  readonly smtpUtf8: boolean;
  readonly chunking: boolean;
  /** Only together with `chunking`. */
  readonly binaryMime: boolean;
  readonly dsn: boolean;
  /** RFC 8689; offered under TLS only. */
  readonly requireTls: boolean;
}

export interface SessionLimits {
  /** Octets of content. */
  readonly content: number;
  /** Accepted recipients of one message; the next one gets 452 4.5.3. RFC 5321 §4.5.3.1.8 wants at least 100. */
  readonly recipients: number;
  /** Faulty commands in a session before 421. */
  readonly faults: number;
  /** Commands in a row that bring no message nearer (NOOP, RSET, EHLO, VRFY, empty transactions) before 421. */
  readonly idleCommands: number;
}

export const DEFAULT_OFFERS: Offers = { eightBit: true, smtpUtf8: true, chunking: true, binaryMime: true, dsn: true, requireTls: false };
export const DEFAULT_LIMITS: SessionLimits = { content: 50_000_000, recipients: 1_000, faults: 20, idleCommands: 100 };

/** A plain listener for untrusted clients, to be changed where needed. */
export function defaultSessionOptions(hostname: string): SessionOptions {
  return {
    hostname,
    offers: DEFAULT_OFFERS,
    limits: DEFAULT_LIMITS,
    tls: "none",
    auth: "never",
    mechanisms: ["SCRAM-SHA-256", "PLAIN", "LOGIN"],
    authRequired: false,
    normalisesFor: () => false,
    earlyTalk: true,
  };
}
