/**
 * The moment of acceptance, for every way in: checks that need the content, the lines we add, one durable append, and
 * the hand-over to dispatch. 250 may be said only after `accept` resolved with it.
 */
import { fromUtf8 } from "../../base/bytes.ts";
import type { Clock, WallMs } from "../../base/clock.ts";
import { codeOf } from "../../base/fault.ts";
import type { Log } from "../../base/log.ts";
import { dateLine, type Headers, isLoop, messageIdLine, readHeaders, receivedLine, traceLine } from "../../mail/message/message.ts";
import type { QueuedDelivery } from "../../model/delivery.ts";
import { idOf, type MessageKey, type NodeNumber, type SiteKey } from "../../model/ids.ts";
import type { BodyKind, Envelope, MessageClass, Recipient } from "../../model/message.ts";
import type { Reply } from "../../model/reply.ts";
import type { FirstState, Spool, Submission } from "../../store/spool/spool.ts";
import { type Routes, siteOf } from "../deliver/deliver.ts";
import type { Dispatch } from "../dispatch/dispatch.ts";
import { accepted, CANNOT_STORE, DISK_FULL, looping } from "./replies.ts";

/** A transaction as it stands at the final dot. */
export interface Draft
  extends Pick<Envelope, "key" | "tenant" | "source" | "sender" | "mailFrom" | "smtpUtf8" | "ret" | "envid" | "tls" | "peer"> {
  readonly recipients: readonly Recipient[];
  readonly body: BodyKind;
  readonly esmtp: boolean;
}

export interface AcceptedContent {
  /** The first part: at least the whole header. */
  readonly head: Uint8Array;
  readonly bytes: number;
  /** All of it, if it is in memory. */
  readonly inline: Uint8Array | undefined;
  /** @throws {SpoolError} */
  finish(): Promise<Submission["content"]>;
  drop(): void;
}

export interface AcceptPorts {
  readonly spool: Spool;
  readonly dispatch: Dispatch;
  readonly routes: Routes;
  readonly clock: Clock;
  readonly log: Log;
  readonly node: NodeNumber;
  readonly hostname: string;
  /** Marks mail that was here before (R16). */
  readonly traceToken: string;
  readonly expireMs: number;
}

/** The reply to the final dot. Never throws: what the spool cannot take is answered with 4xx, and the content is dropped. */
export async function accept(draft: Draft, content: AcceptedContent, ports: AcceptPorts): Promise<Reply> {
  const headers = readHeaders(content.head);
  if (isLoop(headers, ports.traceToken)) {
    content.drop();
    return looping(headers.count("Received"));
  }
  const id = idOf(draft.key, ports.node);
  const now = ports.clock.wall();
  const prelude = preludeOf(draft, headers, id, now, ports);
  const envelope = envelopeOf(draft, headers, content.bytes, now, ports.expireMs);
  const plan = placesFor(envelope, headers, ports);
  try {
    // An inline message is appended without giving up the turn: it joins the commit that is being gathered now.
    const finished = content.inline === undefined ? await content.finish() : ({ is: "inline", bytes: content.inline } as const);
    await ports.spool.append({ envelope, first: plan.first, prelude, content: finished });
  } catch (thrown) {
    for (const [site, group] of plan.leased) ports.dispatch.unadmit(site, group.length);
    content.drop();
    ports.log("warn", "a message was not accepted", { id, code: codeOf(thrown), why: String(thrown) });
    return codeOf(thrown) === "SPOOL_FULL" ? DISK_FULL : CANNOT_STORE;
  }
  handOver(envelope, plan, prelude, content.inline, ports);
  return accepted(id);
}

function preludeOf(draft: Draft, headers: Headers, id: string, now: WallMs, ports: AcceptPorts): Uint8Array {
  const [only, more] = draft.recipients;
  const hop = { peer: draft.peer, esmtp: draft.esmtp, smtpUtf8: draft.smtpUtf8, host: ports.hostname, id, at: now };
  let lines = receivedLine(only && !more ? { ...hop, recipient: only.address } : hop) + traceLine(ports.traceToken);
  // RFC 6409 §8: a submission server completes what a mail client left out. All our sources are submitters.
  if (!headers.has("Date")) lines += dateLine(now);
  if (!headers.has("Message-ID")) lines += messageIdLine(id, ports.hostname);
  // A first line that is no field would otherwise become part of our header.
  if (headers.ended === "malformed line") lines += headers.size === 0 ? "\r\n" : "";
  return fromUtf8(lines);
}

function envelopeOf(draft: Draft, headers: Headers, bytes: number, now: WallMs, expireMs: number): Envelope {
  const { esmtp: _, ...rest } = draft;
  const messageId = headers.text("Message-ID");
  return {
    ...rest,
    ...wishIn(draft, headers),
    acceptedAt: now,
    expiresAt: (now + expireMs) as WallMs,
    class: classOf(draft, headers),
    bytes,
    ...(messageId !== undefined && { messageId: messageId.slice(0, 998) }),
  };
}

/** REQUIRETLS counts before what the header says (RFC 8689 §4.2.2); of the header's word only "No" is defined. */
function wishIn({ tls }: Draft, headers: Headers): Pick<Envelope, "tls"> {
  if (tls !== undefined) return { tls };
  return headers.text("TLS-Required")?.trim().toLowerCase() === "no" ? { tls: "relaxed" } : {};
}

/** By what the message says of itself; standing and configuration will have their say later. */
function classOf(draft: Draft, headers: Headers): MessageClass {
  if (draft.mailFrom === "") return "report";
  const precedence = headers.text("Precedence")?.toLowerCase();
  if (precedence === "bulk" || precedence === "list" || precedence === "junk") return "bulk";
  return headers.has("List-Id") || headers.has("List-Unsubscribe") ? "bulk" : "normal";
}

interface Places {
  readonly first: readonly FirstState[];
  /** Recipients' indexes by site: taken by dispatch at once … */
  readonly leased: ReadonlyMap<SiteKey, readonly number[]>;
  /** … or left to the spool, to be fetched when their turn comes. */
  readonly left: ReadonlySet<SiteKey>;
}

function placesFor(envelope: Envelope, headers: Headers, ports: AcceptPorts): Places {
  const { tenant, source, sender, mailFrom, tls } = envelope;
  const asked = {
    tenant,
    source,
    sender,
    mailFrom,
    ...(tls && { tls }),
    class: envelope.class,
    header: (name: string) => headers.text(name),
    fresh: true,
  };
  const sites = envelope.recipients.map(({ domain }) => siteOf(ports.routes.routeFor({ ...asked, domain }).route));
  const leased = new Map<SiteKey, number[]>();
  sites.forEach((site, i) => {
    const group = leased.get(site);
    if (group) group.push(i);
    else leased.set(site, [i]);
  });
  const left = new Set<SiteKey>();
  for (const [site, group] of leased) {
    if (ports.dispatch.admit(site, { tenant: envelope.tenant, sender: envelope.sender, class: envelope.class, size: group.length }))
      continue;
    leased.delete(site);
    left.add(site);
  }
  const first = sites.map((site): FirstState => ({ state: "queued", site, dueAt: envelope.acceptedAt, leased: leased.has(site) }));
  return { first, leased, left };
}

function handOver(envelope: Envelope, plan: Places, prelude: Uint8Array, inline: Uint8Array | undefined, ports: AcceptPorts): void {
  const whole = inline && { pieces: [prelude, inline], bytes: prelude.length + inline.length };
  for (const [site, group] of plan.leased)
    ports.dispatch.offer(
      site,
      group.map((i) => queued(envelope, i, site)),
      whole,
    );
  for (const site of plan.left) ports.dispatch.expect(site, { dueAt: envelope.acceptedAt });
}

/** A delivery as the spool would return it, fresh from acceptance. */
function queued(envelope: Envelope, rcpt: number, site: SiteKey): QueuedDelivery {
  const recipient = envelope.recipients[rcpt];
  if (!recipient) throw new Error(`recipient ${rcpt} of message ${envelope.key} does not exist`);
  return {
    ref: { message: envelope.key as MessageKey, rcpt },
    version: 0,
    dueAt: envelope.acceptedAt,
    expiresAt: envelope.expiresAt,
    attempts: 0,
    site,
    tenant: envelope.tenant,
    sender: envelope.sender,
    class: envelope.class,
    mailFrom: envelope.mailFrom,
    address: recipient.address,
    domain: recipient.domain,
    ...(recipient.notify && { notify: recipient.notify }),
    ...(recipient.orcpt !== undefined && { orcpt: recipient.orcpt }),
    bytes: envelope.bytes,
    body: envelope.body,
    smtpUtf8: envelope.smtpUtf8,
    ...(envelope.ret && { ret: envelope.ret }),
    ...(envelope.envid !== undefined && { envid: envelope.envid }),
    ...(envelope.tls && { tls: envelope.tls }),
    delayTold: false,
  };
}
