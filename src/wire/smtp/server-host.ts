/**
 * What the server side of SMTP asks of its owner. The session machine knows the protocol; the host knows who may send
 * what. Answers may come at once or later; while one is awaited the session takes no further command, and the socket
 * is paused once a bounded amount of input waits.
 */
import type { TlsFacts } from "../../base/network.ts";
import type { BodyKind, Recipient } from "../../model/message.ts";
import type { Reply } from "../../model/reply.ts";

/** MAIL FROM with its ESMTP parameters. */
export interface MailCommand {
  readonly mailFrom: string;
  /** SIZE= as declared; absent if not. */
  readonly size?: number;
  readonly body: BodyKind;
  readonly smtpUtf8: boolean;
  readonly ret?: "full" | "headers";
  /** Decoded from xtext. */
  readonly envid?: string;
  readonly requireTls: boolean;
  /** AUTH= (RFC 4954 §5), decoded; "" for <>. */
  readonly auth?: string;
}

/** What is known of the client at a moment. */
export interface ClientFacts {
  /** Its address: the socket's, or what PROXY or XCLIENT said. */
  readonly ip: string;
  /** "" before EHLO. */
  readonly helo: string;
  readonly esmtp: boolean;
  readonly tls?: TlsFacts;
  /** The login it authenticated as. */
  readonly login?: string;
}

/** Undefined accepts with the machine's own 250; a reply of 4xx or 5xx refuses. */
export type Decision = Reply | undefined;
type Soon<T> = T | Promise<T>;

/** A SCRAM-SHA-256 verifier (RFC 5802 §3); also checks PLAIN and LOGIN passwords. */
export interface ScramVerifier {
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/** How content was framed, known at its end. */
export interface ContentFacts {
  /** Octets handed to `content`. */
  readonly bytes: number;
  /** Lines ended by a bare LF or holding a bare CR; already normalised to CRLF if the options say so. */
  readonly bareLines: number;
  readonly hasNul: boolean;
  /** Octets without the CRLF, dots unstuffed; 0 for binary content. */
  readonly longestLine: number;
  readonly eightBit: boolean;
}

export interface ServerHost {
  mail(command: MailCommand, client: ClientFacts): Soon<Decision>;
  rcpt(recipient: Recipient, client: ClientFacts): Soon<Decision>;
  /** DATA or the first BDAT: the last chance to refuse before the content. */
  data(client: ClientFacts): Soon<Decision>;
  /**
   * Content in order: CRLF lines, dots unstuffed. The view is valid during the call only. A promise slows the client:
   * while one is pending nothing more is read, though the rest of what was read already (≤ 256 KiB) is still handed
   * over; `message` waits for all of them.
   */
  content(bytes: Uint8Array): Soon<void>;
  /** The whole content has come; the reply to the final dot (or BDAT LAST). 250 only once it is durable. */
  message(facts: ContentFacts): Soon<Reply>;
  /** The transaction was dropped (RSET, EHLO, STARTTLS, too big, lost connection): forget envelope and content. */
  reset(): void;
  /** PLAIN or LOGIN. True authenticates. */
  password(login: string, password: string, client: ClientFacts): Soon<boolean>;
  /** SCRAM: the verifier of a login. For an unknown login a made-up, stable one, so that names cannot be probed. */
  verifier(login: string): Soon<{ readonly known: boolean; readonly verifier: ScramVerifier }>;
  /** SCRAM ended. */
  scramDone(login: string, ok: boolean, client: ClientFacts): void;
  /** A reply was sent that refuses something (for the record): the command line is cut to 200 characters, never holds a password. */
  refused?(command: string, reply: Reply, client: ClientFacts): void;
  /** The connection is over; the last call. */
  closed(why: string): void;
}
