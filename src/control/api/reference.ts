/** Ids, moments and durations as people write them, read for the node; and which deliveries a selector means. */
import type { WallMs } from "../../base/clock.ts";
import { parseDuration } from "../../base/time-text.ts";
import {
  type DeliveryRef,
  type MessageKey,
  type NodeNumber,
  readId,
  type SenderKey,
  type SiteKey,
  type SourceName,
} from "../../model/ids.ts";
import type { Selector } from "../../store/spool/spool.ts";
import type { NodeFace } from "./node-face.ts";
import { notFound, Refused } from "./refused.ts";
import type { SelectorInput } from "./routes/fields.ts";

/** A message, or one of its recipients: `ID` or `ID.2` (the third). */
export interface Reference {
  readonly message: MessageKey;
  readonly node: NodeNumber;
  readonly rcpt?: number;
}

/** @throws {Refused} in words that begin with the field's name. */
export function readReference(field: string, written: string): Reference {
  const [id = "", rcpt] = written.split(".");
  const read = readId(id);
  if ("fault" in read)
    throw new Refused(
      "bad-request",
      read.fault === "mistyped"
        ? `${field} has a typing error: its check characters do not fit`
        : `${field} is not an id (16 letters and digits)`,
    );
  return { message: read.key, node: read.node, ...(rcpt === undefined ? {} : { rcpt: Number(rcpt) }) };
}

/** The same, of a message of this node. @throws {Refused} */
export function ownReference(written: string, node: NodeFace): Reference {
  const reference = readReference("id", written);
  if (reference.node !== node.number)
    throw notFound(`that message is of node ${reference.node}; this is node ${node.number}`, "ask the node that accepted it");
  return reference;
}

export function deliveryOf({ message, rcpt = 0 }: Reference): DeliveryRef {
  return { message, rcpt };
}

/** @throws {Refused} */
export function readSpan(field: string, written: string): number {
  const ms = parseDuration(written);
  if (ms === undefined) throw new Refused("bad-request", `${field} must be a duration such as 30min, 2h or 3d`);
  return ms;
}

/** RFC 3339; without a zone it is UTC. @throws {Refused} */
export function readMoment(field: string, written: string): WallMs {
  const zoned = /(Z|[+-]\d\d:\d\d)$/.test(written) || !written.includes("T") ? written : `${written}Z`;
  const at = Date.parse(zoned);
  if (Number.isNaN(at)) throw new Refused("bad-request", `${field} is no moment of the calendar`);
  return at as WallMs;
}

/** The names of the conditions that were given; empty means: everything. */
export function conditionsOf(input: SelectorInput): readonly string[] {
  return Object.entries(input).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

/** The spool's selector. @throws {Refused} where the combination means nothing. */
export function selectorOf(input: SelectorInput, now: WallMs, node: NodeNumber): Selector {
  const references = (input.id ?? []).map((id) => readReference("id", id));
  const stranger = references.find((ref) => ref.node !== node);
  if (stranger !== undefined) throw new Refused("bad-request", `id names a message of node ${stranger.node}; this is node ${node}`);
  const whole = references.filter((ref) => ref.rcpt === undefined);
  if (whole.length > 0 && whole.length < references.length)
    throw new Refused("bad-request", "id must name either whole messages or single recipients, not both");
  return {
    ...(input.states && { states: input.states }),
    ...(whole.length > 0 && { messages: whole.map((ref) => ref.message) }),
    ...(references.length > whole.length && { refs: references.map(deliveryOf) }),
    ...(input.sender && { sender: input.sender as SenderKey }),
    ...(input.from && { mailFrom: input.from === "<>" ? "" : input.from }),
    ...(input.to && { recipient: input.to }),
    ...(input.domain && { recipientDomain: input.domain }),
    ...(input.source && { source: input.source as SourceName }),
    ...(input.site && { site: input.site as SiteKey }),
    ...(input.older !== undefined && { acceptedBefore: (now - readSpan("older", input.older)) as WallMs }),
    ...(input.reply && { reply: input.reply }),
    ...(input.action !== undefined && { action: input.action }),
  };
}
