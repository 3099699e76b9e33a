/**
 * The server session's way to act: it touches nothing itself, it lists what is to be done. The driver (or a test)
 * does it, in order, and brings answers back.
 */
import type { Recipient } from "../../model/message.ts";
import type { Reply } from "../../model/reply.ts";
import type { ClientFacts, ContentFacts, Decision, MailCommand, ScramVerifier } from "./server-host.ts";

export type Effect =
  /** ASCII, whole lines. */
  | { readonly is: "send"; readonly text: string }
  /** Content in order; a view of what `receive` was given, valid until it is called again. */
  | { readonly is: "content"; readonly bytes: Uint8Array }
  /** Always the last of its list: nothing more is read until `answer`. */
  | { readonly is: "ask"; readonly question: Question }
  /** The open transaction is dropped. */
  | { readonly is: "reset" }
  | { readonly is: "refused"; readonly command: string; readonly reply: Reply; readonly client: ClientFacts }
  | { readonly is: "scram-done"; readonly login: string; readonly ok: boolean; readonly client: ClientFacts }
  /** Handshake, then `tlsStarted` or `tlsFailed`. What was sent before goes out in plain text first. */
  | { readonly is: "start-tls" }
  /** The end, once everything sent is out. The session takes nothing more. */
  | { readonly is: "close"; readonly why: string /** The client said QUIT: it sends no more. */; readonly clientIsDone: boolean };

/** Each is one of ServerHost's methods. */
export type Question =
  | { readonly ask: "mail"; readonly command: MailCommand; readonly client: ClientFacts }
  | { readonly ask: "rcpt"; readonly recipient: Recipient; readonly client: ClientFacts }
  | { readonly ask: "data"; readonly client: ClientFacts }
  | { readonly ask: "message"; readonly facts: ContentFacts }
  | { readonly ask: "password"; readonly login: string; readonly password: string; readonly client: ClientFacts }
  | { readonly ask: "verifier"; readonly login: string };

export type Answer =
  | { readonly to: "mail" | "rcpt" | "data"; readonly decision: Decision }
  | { readonly to: "message"; readonly reply: Reply }
  | { readonly to: "password"; readonly ok: boolean }
  | { readonly to: "verifier"; readonly known: boolean; readonly verifier: ScramVerifier }
  /** The host threw: the client hears of trouble here and nothing is decided. */
  | { readonly to: "any"; readonly failed: true };
