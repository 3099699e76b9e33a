/** What came of an attempt, per recipient, with where it came to that: the evidence a story is made from. */
import type { TlsFacts } from "../base/network.ts";
import type { Reply } from "./reply.ts";

/** How far the dialogue had come. `dot` is past the final dot: the receiver may have the message. */
export type Stage = "dns" | "connect" | "banner" | "ehlo" | "tls" | "auth" | "mail" | "rcpt" | "data" | "dot";

/** Why an attempt failed without a reply. `code` as in PipeFault, or a word of ours (`loop`, `no-address`, `8bit`). */
export interface LocalFault {
  readonly code: string;
  readonly text: string;
}

export type RecipientResult =
  | { readonly is: "accepted"; readonly reply: Reply }
  | { readonly is: "refused"; readonly reply: Reply; readonly permanent: boolean }
  /** Nothing was decided about this recipient: try again. `reply` where a host spoke (a 421), `fault` where none did. */
  | { readonly is: "failed"; readonly fault: LocalFault; readonly reply?: Reply; readonly permanent: boolean }
  /** Sent past the final dot, no reply came: possibly delivered. */
  | { readonly is: "in-doubt"; readonly fault: LocalFault };

/** Milliseconds by stage; what was reused or skipped is absent. */
export type StageTimes = Readonly<Partial<Record<Stage, number>>>;

/** Who vouched for the host: nobody, an authority of the web's, that under an MTA-STS policy, or its TLSA records. */
export type TlsVerified = "none" | "webpki" | "sts" | "dane";

/** What a policy says of a handshake. */
export type TlsVerdict = { readonly ok: true; readonly verified: TlsVerified } | { readonly ok: false; readonly fault: LocalFault };

/** TLS as it was used. `verified` is absent in records of before it was told. */
export interface AttemptTls extends TlsFacts {
  readonly verified?: TlsVerified;
  /** What had to be true of it, where anything had: `dane`, `sts`, `encrypted`, `named`. */
  readonly rule?: string;
}

export interface AttemptFacts {
  readonly host: string;
  readonly ip: string;
  readonly stage: Stage;
  readonly times: StageTimes;
  readonly tls?: AttemptTls;
  /** Nth transaction on its connection, from 1. */
  readonly nth: number;
  /** The address it left from. */
  readonly localIp?: string;
  /**
   * What was said, a line each: `S: ` the host, `C: ` us, `* ` a remark of ours (TLS began, content of n octets, a cut).
   * Secrets are left out; at most 4 KiB, cut in the middle. Greeting included where this was its connection's first.
   */
  readonly dialogue?: string;
}
