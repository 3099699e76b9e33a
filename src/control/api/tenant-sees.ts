/**
 * Rows and events as their tenant sees them: no more than its story tells (R25). What the node's people wrote, which of
 * them did it, and through which relays mail leaves, is taken out before anything is shaped; whoever sees all gets them
 * as they are.
 */
import { unreachable } from "../../base/brand.ts";
import {
  asTenantSees,
  BY_PROVIDER,
  ENDED,
  FOR_REVIEW,
  type MessageRecord,
  RELAY,
  TOO_LATE,
  UNREACHED,
  withoutInside,
} from "../../diagnose/story/story.ts";
import type { FairleadEvent } from "../../model/event.ts";
import { idOf, type MessageKey, type SiteKey } from "../../model/ids.ts";
import type { View } from "../../model/view.ts";
import type { HistoryRow } from "../../store/history/history.ts";
import type { SpooledDelivery } from "../../store/spool/spool.ts";
import type { HeldGroup, NodeFace } from "./node-face.ts";

const UPSTREAM = "upstream:";

export function siteSeen(site: SiteKey, view: View): SiteKey {
  return view.sees !== "all" && site.startsWith(UPSTREAM) ? (RELAY as SiteKey) : site;
}

export function rowSeen(row: HistoryRow, view: View, node: NodeFace): HistoryRow {
  if (view.sees === "all") return row;
  const { host, why, ...rest } = row;
  const relays = relaysOf(node, row.state === "relayed" && host !== undefined ? [host] : []);
  const said = whySeen(row.state, why, row.code !== undefined, relays);
  return {
    ...rest,
    ...(host === undefined ? {} : { host: relays.has(host) ? RELAY : host }),
    ...(said === undefined ? {} : { why: said }),
  };
}

export function deliverySeen(row: SpooledDelivery, view: View, node: NodeFace): SpooledDelivery {
  if (view.sees === "all") return row;
  const { why, action: _action, lastHost, ...rest } = row;
  const site = siteSeen(row.site, view);
  const relays = relaysOf(node, site === row.site || lastHost === undefined ? [] : [lastHost]);
  const said = row.state === "held" ? FOR_REVIEW : why === undefined ? undefined : withoutInside(why, relays);
  return {
    ...{ ...rest, site },
    ...(lastHost === undefined ? {} : { lastHost: relays.has(lastHost) ? RELAY : lastHost }),
    ...(said === undefined ? {} : { why: said }),
  };
}

export function groupSeen(group: HeldGroup, view: View, node: NodeFace): HeldGroup {
  if (view.sees === "all") return group;
  const { action: _, ...rest } = group;
  return { ...rest, why: FOR_REVIEW, sample: group.sample.map((row) => deliverySeen(row, view, node)) };
}

/** Each as its message's story has it. What a tenant hears nothing of is left out. */
export async function eventsSeen(
  events: readonly FairleadEvent[],
  view: View,
  node: Pick<NodeFace, "message" | "number" | "upstreams">,
): Promise<readonly FairleadEvent[]> {
  if (view.sees === "all") return events;
  const upstreams = node.upstreams?.() ?? new Set();
  const seen = new Map<number, FairleadEvent>();
  const ofMessages = Map.groupBy(events, ({ message }) => message);
  for (const [key, own] of ofMessages) {
    const record = key === undefined ? undefined : await node.message(view, key);
    if (key === undefined || record === undefined) continue;
    for (const event of clearedEvents(key, record, own, node, upstreams)) seen.set(event.seq, event);
  }
  return events.flatMap(({ seq }) => seen.get(seq) ?? []);
}

/** The record's own events say through which relays it went, so they are read with those asked for. */
function clearedEvents(
  key: MessageKey,
  record: MessageRecord,
  own: readonly FairleadEvent[],
  { number }: Pick<NodeFace, "number">,
  upstreams: ReadonlySet<string>,
): readonly FairleadEvent[] {
  const wanted = new Set(own.map(({ seq }) => seq));
  const others = record.events.filter(({ seq }) => !wanted.has(seq));
  const told = { id: idOf(key, number), now: record.envelope.acceptedAt, zone: "UTC", closed: new Map(), upstreams };
  return asTenantSees({ ...record, events: [...others, ...own] }, told).events.filter(({ seq }) => wanted.has(seq));
}

function relaysOf(node: NodeFace, more: readonly string[]): ReadonlySet<string> {
  return new Set([...(node.upstreams?.() ?? []), ...more]);
}

/** A receiver's words where a host spoke; otherwise a word from the fixed set, because what is written there is ours. */
function whySeen(state: HistoryRow["state"], why: string | undefined, spoken: boolean, relays: ReadonlySet<string>): string | undefined {
  const said = why === undefined ? undefined : withoutInside(why, relays);
  switch (state) {
    case "held":
      return FOR_REVIEW;
    case "discarded":
      return BY_PROVIDER;
    case "expired":
      return TOO_LATE;
    case "bounced":
      return spoken ? said : ENDED;
    case "queued":
      return spoken || said === undefined || said === "" ? said : UNREACHED;
    case "delivered":
    case "relayed":
    case "refused":
      return said;
    default:
      return unreachable(state);
  }
}
