/** A message as it was handed over: its envelope (RFC 5321), which never changes, apart from its content. */
import type { WallMs } from "../base/clock.ts";
import type { MessageKey, SenderKey, SourceName, TenantId } from "./ids.ts";

/** What kind of mail it is; decides its weight against others (16:4:1 for transactional:normal:bulk, forward = bulk). */
export type MessageClass = "report" | "transactional" | "normal" | "forward" | "bulk";

export type BodyKind = "7bit" | "8bit" | "binary"; // RFC 6152, RFC 3030

/**
 * What a message asks of the TLS of every hop that it takes from here. Absent: what domains ask holds, no more.
 * `required`: it goes over TLS with a verified host that passes the wish on, or not at all (REQUIRETLS, RFC 8689 §4.2.1).
 * `relaxed`: it goes, whatever TLS comes to, and whatever the domain's policies say (TLS-Required: No, RFC 8689 §4.2.2).
 * `report`: the same, and its session is in no TLS report, for it carries one (RFC 8460 §3).
 */
export type TlsWish = "required" | "relaxed" | "report";

/** RFC 3461 §4.1: when the sender wants to be told. Absent means FAILURE and, at our discretion, DELAY. */
export type Notify = "never" | readonly ("success" | "failure" | "delay")[];

export interface Recipient {
  /** As given in RCPT TO, without the angle brackets. */
  readonly address: string;
  /** Lower case, A-labels. */
  readonly domain: string;
  readonly notify?: Notify;
  /** ORCPT, decoded from xtext, with its address type: `rfc822;user@example.org`. */
  readonly orcpt?: string;
}

/** Who handed it over, for the trace and for policy. */
export interface Peer {
  readonly ip: string;
  readonly helo: string;
  /** `TLSv1.3 TLS_AES_256_GCM_SHA384`; absent in plain text. */
  readonly tls?: string;
  /** The login name it authenticated as. */
  readonly login?: string;
  readonly listener: string;
}

export interface Envelope {
  readonly key: MessageKey;
  readonly acceptedAt: WallMs;
  readonly expiresAt: WallMs;
  readonly tenant: TenantId;
  readonly source: SourceName;
  readonly sender: SenderKey;
  /** Without the angle brackets; "" is the null reverse-path. */
  readonly mailFrom: string;
  readonly recipients: readonly Recipient[];
  readonly class: MessageClass;
  /** Content octets, as stored (CRLF lines, dots unstuffed, without the prelude). */
  readonly bytes: number;
  readonly body: BodyKind;
  readonly smtpUtf8: boolean;
  /** RFC 3461 RET and ENVID. */
  readonly ret?: "full" | "headers";
  readonly envid?: string;
  readonly tls?: TlsWish;
  readonly peer: Peer;
  /** The Message-ID header, with its angle brackets. */
  readonly messageId?: string;
  /** The message that this one reports on (a DSN). */
  readonly parent?: MessageKey;
}
