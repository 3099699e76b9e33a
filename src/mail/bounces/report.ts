/** What a bounce, a complaint or an automatic answer says. */
import type { Diagnosis } from "../../model/diagnosis.ts";

/** RFC 3464 §2.3.3. */
export type Action = "failed" | "delayed" | "delivered" | "relayed" | "expanded";

export type BounceKind = "dsn" | "arf" | "autoreply" | "none";

export interface BouncedRecipient {
  /** As the report has it, without brackets and type; redacted ones as they are. */
  readonly address: string;
  readonly action: Action;
  /** RFC 3463, from the report's own field or the reply; absent where it says none: it is never made up. */
  readonly status?: string;
  /** SMTP code of the reply that the report quotes. */
  readonly reply?: number;
  /** The reason in the reporter's words, one line, control characters replaced. */
  readonly diagnostic?: string;
  readonly diagnosis: Diagnosis;
  /** The host that refused, as far as the report names it. */
  readonly host?: string;
  /** The SMTP command that was answered: `RCPT`, `DATA`. */
  readonly command?: string;
  /** The address before aliases and forwards. */
  readonly originalRecipient?: string;
}

/** The message that the report is about, as far as it came back. */
export interface Original {
  readonly messageId?: string;
  readonly from?: string;
  readonly to?: string;
  readonly subject?: string;
  readonly returnPath?: string;
  /** X- and List- fields by lower-case name, first of each, that a sender may have put there to know its message again. */
  readonly headers: ReadonlyMap<string, string>;
}

export interface BounceReport {
  readonly kind: BounceKind;
  /** The reporting MTA, or the agent of a complaint; "" where it does not say. */
  readonly from: string;
  readonly recipients: readonly BouncedRecipient[];
  /** Of a complaint: `abuse`, `auth-failure`, `opt-out`, …, as it was written, lower case. */
  readonly feedbackType?: string;
  readonly original?: Original;
  /** Addresses that may be a return path of ours: of the envelope, the original's, and its X- fields. Without repeats. */
  readonly tokens: readonly string[];
  /** A bound was reached; something was left out. */
  readonly cut: boolean;
}
