/** What a route's answer knows besides its input: who asks, through which door, and what stands behind the API. */
import type { Clock, WallMs } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Actor } from "../../model/event.ts";
import type { View } from "../../model/view.ts";
import type { Identity, Visitor } from "../logins/logins.ts";
import type { Desk } from "./desk.ts";
import type { NodeFace } from "./node-face.ts";
import { Refused } from "./refused.ts";
import type { Streamed } from "./routes/route.ts";
import type { ReceivedBy, ReplyOf, RouteName } from "./routes.ts";

/** Which door a request came through. */
export type Through = { readonly door: "socket" } | { readonly door: "http"; readonly secure: boolean };

/** What the audit will say of this request, besides who, when and what. */
export interface Remark {
  /** Who it turned out to be, where the request itself did not say: a login. */
  readonly by?: string;
  readonly on?: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface Asked {
  readonly desk: Desk;
  readonly node: NodeFace;
  readonly log: Log;
  readonly clock: Clock;
  readonly now: WallMs;
  readonly through: Through;
  readonly visitor: Visitor;
  /** The Host header, for a page that only this machine may read. */
  readonly host: string;
  /** A proxy says that it passes on what somebody else asked. */
  readonly forwarded: boolean;
  /** Absent only on routes that need no login. */
  readonly identity: Identity | undefined;
  /** Of a session. */
  readonly token: string | undefined;
  /** `Last-Event-ID`. */
  readonly lastEvent: string | undefined;
  remark(remark: Remark): void;
  /** Sends the session's cookie; undefined takes it away. */
  setSession(token: string | undefined): void;
  setStatus(status: number): void;
}

/** Octets instead of JSON; `headers` beside the content type. */
export interface RawReply {
  readonly raw: AsyncIterable<Uint8Array>;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A stream of server-sent events: `begin` gets a writer and returns what ends it. */
export interface LiveReply {
  begin(stream: LiveStream): () => void;
}

export interface LiveStream {
  /** False where the reader is too slow: what came after is lost, and told as a gap. */
  send(text: string): boolean;
  /** Bytes waiting for the reader. */
  readonly waiting: () => number;
  end(): void;
}

export type Run<Name extends RouteName> = (
  asked: Asked,
  input: ReceivedBy<Name>,
) => Promise<ReplyOf<Name> extends Streamed ? RawReply | LiveReply : ReplyOf<Name>>;
export type Answers<Names extends RouteName> = { readonly [Name in Names]: Run<Name> };

/** Who asks, on a route that needs a login: the table saw to it. */
export function identityOf(asked: Asked): Identity {
  if (asked.identity === undefined) throw new Refused("login-needed", "this needs a login");
  return asked.identity;
}

export function viewOf(asked: Asked): View {
  return identityOf(asked).view;
}

export function actorOf(asked: Asked): Actor {
  return identityOf(asked).actor;
}
