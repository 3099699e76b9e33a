/** One row of the table: everything about a route but what it does. */
import type { TSchema } from "typebox";
import type { Role } from "../../../model/view.ts";
import type { Got, Group, Props, Static, Written } from "./schema.ts";
import { object } from "./schema.ts";

/** Octets instead of JSON. */
export interface Streamed {
  readonly streams: readonly string[];
}

/** Who may call: these roles, everybody (also without a login), or only whoever can open the node's own socket. */
export type Callers = readonly Role[] | "everybody" | "socket";

export interface Route<P extends Props = Props, Reply extends TSchema | Streamed = TSchema | Streamed> {
  readonly says: string;
  readonly callers: Callers;
  readonly takes: Group<P>;
  readonly replies: Reply;
  /** Cannot be undone, or lets somebody stay who came by a session left open: a session must have shown its password within the last ten minutes. */
  readonly fresh?: true;
  /** A body of this type is taken too; it arrives as the field `text`. */
  readonly also?: "text/csv";
  /** Of the body; 1 MiB if not given. */
  readonly mostBytes?: number;
  /** Other statuses than 200 that carry the reply. */
  readonly statuses?: readonly number[];
  /** Changes nothing though it is a POST, so nothing is written down. */
  readonly unrecorded?: true;
}

export type ReplyFor<R extends Route> = R["replies"] extends Streamed ? Streamed : Static<R["replies"]>;
export type WrittenFor<R extends Route> = R["takes"] extends Group<infer P> ? Written<P> : never;
export type GotFor<R extends Route> = R["takes"] extends Group<infer P> ? Got<P> : never;

type Extras = Pick<Route, "fresh" | "also" | "mostBytes" | "statuses" | "unrecorded">;

export function route<P extends Props, Reply extends TSchema | Streamed>(
  says: string,
  callers: Callers,
  takes: P,
  replies: Reply,
  extras: Extras = {},
): Route<P, Reply> {
  return { says, callers, takes: object(takes), replies, ...extras };
}

export function streams(...types: readonly string[]): Streamed {
  return { streams: types };
}

export function isStreamed(replies: TSchema | Streamed): replies is Streamed {
  return "streams" in replies;
}

/** From the fewest to the most. */
export const OWNER: Callers = ["owner"];
export const OPERATOR: Callers = ["owner", "operator"];
export const ABUSE: Callers = ["owner", "operator", "abuse"];
/** The node's people, and a tenant's own where the matter is the tenant's. */
export const OPERATOR_OR_TENANT: Callers = ["owner", "operator", "tenant-admin"];
export const OWNER_OR_TENANT: Callers = ["owner", "tenant-admin"];
export const ACTS: Callers = ["owner", "operator", "abuse", "tenant-admin"];
export const READS: Callers = ["owner", "operator", "abuse", "tenant-admin", "tenant-read"];
