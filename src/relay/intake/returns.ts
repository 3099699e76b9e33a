/**
 * Mail that comes back: reports, complaints and automatic replies to return paths of ours (R18). Anybody may send it,
 * for that is how bounces travel; nothing else is taken from strangers. It joins the story of the delivery it is
 * about, it may end further mail to that address (R17), and it is passed on to the sender, whose return path it was.
 */

import { fromUtf8 } from "../../base/bytes.ts";
import type { Clock, WallMs } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { type BouncedRecipient, type BounceReport, readBounce } from "../../mail/bounces/bounces.ts";
import { isLoop, readHeaders, receivedLine, traceLine } from "../../mail/message/message.ts";
import type { ReadReturnPath, Returning, ReturnPaths } from "../../mail/return-path/return-path.ts";
import { domainOf } from "../../model/address.ts";
import type { EventBody } from "../../model/event.ts";
import { idOf, type MessageKey, type NodeNumber, type SenderKey, type SourceName } from "../../model/ids.ts";
import type { Envelope, Peer } from "../../model/message.ts";
import type { Reply } from "../../model/reply.ts";
import type { Spool, Submission } from "../../store/spool/spool.ts";
import type { Suppression } from "../../store/suppression/suppression.ts";
import { type Routes, siteOf } from "../deliver/deliver.ts";
import type { Dispatch } from "../dispatch/dispatch.ts";
import type { AcceptedContent } from "./accept.ts";
import { accepted, looping, NOTED, RETURN_EXPIRED, RETURN_UNKNOWN } from "./replies.ts";

export interface ReturnsSettings {
  readonly paths: ReturnPaths;
  /** Addresses at the same domain to which receivers send complaints (RFC 5965), lower case. */
  readonly complaints: readonly string[];
}

export interface ReturnsPorts {
  readonly spool: Spool;
  readonly dispatch: Dispatch;
  readonly routes: Routes;
  readonly clock: Clock;
  readonly log: Log;
  readonly node: NodeNumber;
  readonly hostname: string;
  readonly expireMs: number;
  readonly traceToken: string;
  /** The envelope of a message, also after it was settled; undefined once history has forgotten it. */
  envelopeOf(key: MessageKey): Promise<Envelope | undefined>;
  readonly suppression?: Suppression | undefined;
  /** Whether one more report to this sender is within its hour (R15). */
  mayTell(sender: SenderKey): boolean;
}

/** What is returned, as it stands at its final dot. */
export interface Returned {
  readonly key: MessageKey;
  readonly to: string;
  readonly peer: Peer;
  readonly esmtp: boolean;
  readonly smtpUtf8: boolean;
  readonly body: Envelope["body"];
  /** It came with REQUIRETLS, and goes on with it. */
  readonly requireTls: boolean;
}

/** Of what a stranger's transaction is about. */
export type ReturnAddress = "return path" | "complaints" | "expired" | "none";

export class Returns {
  readonly #ports: ReturnsPorts;
  readonly #settings: ReturnsSettings;

  constructor(ports: ReturnsPorts, settings: ReturnsSettings) {
    this.#ports = ports;
    this.#settings = settings;
  }

  addressed(to: string): ReturnAddress {
    if (this.#settings.complaints.includes(to.toLowerCase())) return "complaints";
    switch (this.#read(to).is) {
      case "good":
        return "return path";
      case "expired":
        return "expired";
      case "not one":
        return "none";
    }
  }

  /** The reply to the final dot. 250 means that what it says is committed. @throws {SpoolError} */
  async receive(returned: Returned, content: AcceptedContent): Promise<Reply> {
    const headers = readHeaders(content.head);
    if (isLoop(headers, this.#ports.traceToken)) return dropped(content, looping(headers.count("Received")));
    const report = await readBounce(content.head);
    const about = this.#about(returned.to, report);
    if (about === "expired") return dropped(content, RETURN_EXPIRED);
    if (about === undefined) {
      this.#ports.log("info", "a report names no message of ours", { kind: report.kind, from: report.from, peer: returned.peer.ip });
      return dropped(content, NOTED);
    }
    const original = await this.#ports.envelopeOf(about.message);
    if (original === undefined) return dropped(content, RETURN_UNKNOWN);
    const forward = this.#passOn(report, original, returned, content.bytes, headers.text("Message-ID"));
    if (forward !== undefined) {
      const finished = content.inline === undefined ? await content.finish() : ({ is: "inline", bytes: content.inline } as const);
      await this.#ports.spool.append({ ...forward, content: finished });
      for (const first of forward.first) if (first.state === "queued") this.#ports.dispatch.expect(first.site, first);
    } else content.drop();
    this.#record(report, about, original, returned.peer, forward && returned.key);
    await this.#ports.spool.apply([], "durable"); // behind the events just recorded, so they are committed with it
    return forward === undefined ? NOTED : accepted(idOf(returned.key, this.#ports.node));
  }

  #read(address: string): ReadReturnPath {
    return this.#settings.paths.read(address, this.#ports.clock.wall());
  }

  /** By the address it came to; of a complaint by any of our return paths in what is complained about. */
  #about(to: string, report: BounceReport): Returning | "expired" | undefined {
    for (const address of [to, ...report.tokens]) {
      const read = this.#read(address);
      if (read.is === "good") return read;
      if (read.is === "expired" && address === to) return "expired";
    }
    return undefined;
  }

  #record(report: BounceReport, about: Returning, original: Envelope, peer: Peer, passedOn: MessageKey | undefined): void {
    const at = this.#ports.clock.wall();
    for (const { row, rcpt } of rowsAbout(report, about, original)) {
      const body = eventOf(report, row, peer, passedOn);
      this.#ports.spool.record({ at, ref: rcpt === undefined ? { message: original.key } : { message: original.key, rcpt }, body });
      if (rcpt !== undefined) void this.#learn(body, original, rcpt, at);
    }
  }

  async #learn(body: EventBody & { readonly kind: "returned" }, original: Envelope, rcpt: number, at: WallMs): Promise<void> {
    const { suppression, log } = this.#ports;
    const address = original.recipients[rcpt]?.address;
    const why = causeOf(body);
    if (suppression === undefined || address === undefined || why === undefined) return;
    const detail = body.diagnostic ?? body.feedbackType ?? body.what;
    // A report of ours is as good as its sender: what strangers say counts like a host that may be lying.
    const failure = { tenant: original.tenant, address, why, exact: false, detail, message: original.key, at };
    await suppression
      .failed(failure)
      .catch((thrown: unknown) => log("warn", "a report could not be learned from", { why: String(thrown) }));
  }

  /** As a report of its own to whoever wrote the original, or undefined where nobody wants it. */
  #passOn(
    report: BounceReport,
    original: Envelope,
    returned: Returned,
    bytes: number,
    messageId: string | undefined,
  ): Omit<Submission, "content"> | undefined {
    const { clock, hostname, node, expireMs, routes, mayTell } = this.#ports;
    if (report.kind === "arf" || original.mailFrom === "" || original.recipients.every(({ notify }) => notify === "never"))
      return undefined;
    if (!mayTell(original.sender)) return undefined;
    const now = clock.wall();
    const { key, peer, esmtp, smtpUtf8, body, requireTls } = returned;
    const domain = domainOf(original.mailFrom);
    const envelope: Envelope = {
      key,
      acceptedAt: now,
      expiresAt: (now + expireMs) as WallMs,
      tenant: original.tenant,
      source: "fairlead" as SourceName,
      sender: "mailer-daemon@fairlead" as SenderKey,
      mailFrom: "",
      recipients: [{ address: original.mailFrom, domain, notify: "never" }],
      class: "report",
      bytes,
      body,
      smtpUtf8,
      peer,
      parent: original.key,
      ...(requireTls && { tls: "required" as const }),
      ...(messageId !== undefined && { messageId: messageId.slice(0, 998) }),
    };
    const hop = { peer, esmtp, smtpUtf8, host: hostname, id: idOf(key, node), at: now, recipient: returned.to };
    const prelude = fromUtf8(receivedLine(hop) + traceLine(this.#ports.traceToken));
    const { route } = routes.routeFor({ ...envelope, domain, fresh: true });
    return { envelope, first: [{ state: "queued", site: siteOf(route), dueAt: now, leased: false }], prelude };
  }
}

function dropped(content: AcceptedContent, reply: Reply): Reply {
  content.drop();
  return reply;
}

interface RowAbout {
  readonly row: BouncedRecipient | undefined;
  /** Of the original; undefined where that cannot be told. */
  readonly rcpt: number | undefined;
}

/**
 * At most one row for each recipient that the message had: whoever holds one return path writes no thousand events with
 * it. A path that stands for one recipient gets the row that names it, else the first; one that stands for the message
 * gets those that name its recipients, else the first.
 */
function rowsAbout({ recipients }: BounceReport, { rcpt }: Returning, original: Envelope): readonly RowAbout[] {
  const named = new Map<number, BouncedRecipient>();
  for (const row of recipients) {
    const found = recipientOf(row, original);
    if (found !== undefined && !named.has(found)) named.set(found, row);
  }
  if (rcpt !== undefined) return [{ row: named.get(rcpt) ?? recipients[0], rcpt }];
  if (named.size === 0) return [{ row: recipients[0], rcpt: recipientOf(recipients[0], original) }];
  return [...named].map(([found, row]) => ({ row, rcpt: found }));
}

/** Which recipient of the original a report's row is about; undefined where that cannot be told. */
function recipientOf(row: BouncedRecipient | undefined, original: Envelope): number | undefined {
  if (original.recipients.length === 1) return 0;
  const named = [row?.originalRecipient, row?.address].map((address) => address?.toLowerCase());
  const found = original.recipients.findIndex(({ address }) => named.includes(address.toLowerCase()));
  return found < 0 ? undefined : found;
}

function eventOf(
  report: BounceReport,
  row: BouncedRecipient | undefined,
  peer: Peer,
  passedOn: MessageKey | undefined,
): EventBody & { readonly kind: "returned" } {
  return {
    kind: "returned",
    what: whatOf(report, row),
    from: report.from === "" ? peer.helo : report.from,
    ...(row?.status !== undefined && { status: row.status }),
    ...(row?.diagnostic !== undefined && { diagnostic: row.diagnostic.slice(0, 1000) }),
    ...(report.feedbackType !== undefined && { feedbackType: report.feedbackType }),
    ...(row && whatOf(report, row) === "failed" && { diagnosis: row.diagnosis }),
    ...(passedOn !== undefined && { report: passedOn }),
  };
}

/**
 * Feedback types that a reader of the message caused (RFC 5965 §7.3): such a person wants no more mail. What programs report
 * of a message (RFC 6591 auth-failure, virus), or that somebody likes it (not-spam), is no complaint.
 */
const READERS = new Set(["abuse", "fraud", "opt-out", "opt-out-list"]);

function whatOf(report: BounceReport, row: BouncedRecipient | undefined): (EventBody & { readonly kind: "returned" })["what"] {
  if (report.kind === "arf") return READERS.has(report.feedbackType ?? "abuse") ? "complaint" : "autoreply";
  if (report.kind !== "dsn" || row === undefined) return "autoreply";
  switch (row.action) {
    case "failed":
    case "delayed":
      return row.action;
    default:
      return "delivered";
  }
}

function causeOf({ what, diagnosis }: EventBody & { readonly kind: "returned" }): "badrcpt" | "suspended" | "complaint" | undefined {
  if (what === "complaint") return "complaint";
  if (what !== "failed" || diagnosis === undefined || diagnosis.confidence < 0.8) return undefined;
  return diagnosis.class === "badrcpt" || diagnosis.class === "suspended" ? diagnosis.class : undefined;
}
