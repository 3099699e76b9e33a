/**
 * Reports to senders: whether one is wanted (R15), and the message that it becomes. A report is appended in the very
 * transaction that ends the delivery, so there is neither a bounce without a report nor a report without its bounce.
 */
import type { Clock, WallMs } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { composeReport } from "../../mail/message/message.ts";
import { domainOf } from "../../model/address.ts";
import type { QueuedDelivery } from "../../model/delivery.ts";
import type { Diagnosis } from "../../model/diagnosis.ts";
import type { DsnFate } from "../../model/event.ts";
import { idOf, type MessageKey, type NodeNumber, type SenderKey, type SourceName } from "../../model/ids.ts";
import type { Envelope } from "../../model/message.ts";
import type { Reply } from "../../model/reply.ts";
import type { Spool, Submission } from "../../store/spool/spool.ts";
import { type Routes, siteOf } from "../deliver/deliver.ts";

export interface ReportRow {
  readonly delivery: QueuedDelivery;
  readonly action: "failed" | "delayed" | "relayed";
  readonly why: string;
  readonly status: string;
  readonly host?: string;
  readonly reply?: Reply;
  readonly diagnosis?: Diagnosis;
}

export interface ReportPorts {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly log: Log;
  readonly routes: Routes;
  readonly node: NodeNumber;
  readonly hostname: string;
  newKey(): MessageKey;
  /** Where the sender reads the message's story; resolves soon, and undefined where there is no such place. */
  storyUrl?(message: MessageKey): Promise<string | undefined>;
  /** What each report says first: that it is a lab's. */
  readonly notice?: string | undefined;
}

/** Reports an hour to one sender; beyond it the story alone tells (R15): a flood must not become backscatter. */
const PER_SENDER_HOUR = 20;
const HOUR_MS = 3_600_000;
/** A reading less sure than this is not told to a sender: the receiver's own words are (and stand in the report anyway). */
const TOLD = 0.8;
/** Senders counted at a time; above it counting starts anew, which errs towards telling. */
const SENDERS_COUNTED = 50_000;
/** A report that cannot be delivered for so long is dropped (RFC 5321 asks 4–5 days of mail, not of its reports). */
const REPORT_LIFE_MS = 48 * HOUR_MS;

export class Reports {
  readonly #ports: ReportPorts;
  #counts = new Map<SenderKey, number>();
  #hour = 0;

  constructor(ports: ReportPorts) {
    this.#ports = ports;
  }

  /** Decides, in order, for deliveries of one message that fail together; "sent" counts once against the sender's hour. */
  fates(deliveries: readonly QueuedDelivery[], about: "failure" | "delay" = "failure"): readonly DsnFate[] {
    let counted: DsnFate | undefined;
    return deliveries.map((delivery) => {
      const fate = fateOf(delivery, about);
      if (fate !== "sent") return fate;
      counted ??= this.mayTell(delivery.sender) ? "sent" : "rate limited";
      return counted;
    });
  }

  /** Whether one more report to this sender is within its hour; counts it. */
  mayTell(sender: SenderKey): boolean {
    const hour = Math.floor(this.#ports.clock.wall() / HOUR_MS);
    if (hour !== this.#hour || this.#counts.size > SENDERS_COUNTED) {
      this.#hour = hour;
      this.#counts = new Map();
    }
    const n = (this.#counts.get(sender) ?? 0) + 1;
    this.#counts.set(sender, n);
    return n <= PER_SENDER_HOUR;
  }

  /** The report on rows of one message that share an action. Its single delivery is queued, not leased. */
  async compose(rows: readonly ReportRow[]): Promise<Submission | undefined> {
    const [first] = rows;
    if (!first) return undefined;
    const { spool, clock, node, hostname, routes, newKey, notice } = this.#ports;
    const message = first.delivery.ref.message;
    const [stored, content, detailsUrl] = await Promise.all([
      spool.message(message),
      this.#header(message),
      this.#ports.storyUrl?.(message),
    ]);
    if (!stored) return undefined;
    const now = clock.wall();
    const key = newKey();
    const report = composeReport({
      kind: first.action,
      id: idOf(key, node),
      host: hostname,
      at: now,
      to: first.delivery.mailFrom,
      reference: idOf(message, node),
      acceptedAt: stored.envelope.acceptedAt,
      ...(detailsUrl !== undefined && { detailsUrl }),
      ...(notice !== undefined && { notice }),
      ...(first.delivery.envid !== undefined && { envid: first.delivery.envid }),
      recipients: rows.map(({ delivery, status, host, reply, why, action, diagnosis }) => ({
        address: delivery.address,
        ...(delivery.orcpt !== undefined && { orcpt: delivery.orcpt }),
        status,
        ...(reply ? { reply } : { fault: why }),
        ...(host !== undefined && host !== "" && { remote: host }),
        ...(diagnosis && diagnosis.confidence >= TOLD && { cause: diagnosis.cause, advice: diagnosis.remedy.text }),
        lastAttemptAt: now,
        ...(action === "delayed" && { retryUntil: delivery.expiresAt }),
      })),
      original: {
        bytes: Buffer.concat([stored.prelude, content]),
        size: stored.prelude.length + stored.envelope.bytes,
        smtpUtf8: stored.envelope.smtpUtf8,
        ...returnedOf(first.delivery),
      },
    });
    const domain = domainOf(first.delivery.mailFrom);
    const envelope: Envelope = {
      key,
      acceptedAt: now,
      expiresAt: (now + REPORT_LIFE_MS) as WallMs,
      tenant: stored.envelope.tenant,
      source: "fairlead" as SourceName,
      sender: "mailer-daemon@fairlead" as SenderKey,
      mailFrom: "",
      recipients: [{ address: first.delivery.mailFrom, domain, notify: "never" }],
      class: "report",
      bytes: report.bytes.length,
      body: report.body,
      smtpUtf8: report.smtpUtf8,
      peer: { ip: "", helo: hostname, listener: "report" },
      messageId: `<${idOf(key, node)}@${hostname}>`,
      parent: message,
      ...(first.delivery.tls === "required" && { tls: first.delivery.tls }),
    };
    const { route } = routes.routeFor({ ...envelope, domain, fromDomain: hostname, fresh: true });
    return {
      envelope,
      first: [{ state: "queued", site: siteOf(route), dueAt: now, leased: false }],
      prelude: new Uint8Array(0),
      content: { is: "inline", bytes: report.bytes },
    };
  }

  /** The first part of the content: the whole of most messages, the header of all. */
  async #header(message: MessageKey): Promise<Uint8Array> {
    try {
      return await this.#ports.spool.part(message, 0);
    } catch (thrown) {
      this.#ports.log("warn", "a report goes out without the original: its content cannot be read", { why: String(thrown) });
      return new Uint8Array(0);
    }
  }
}

/** Of a message with REQUIRETLS the header alone, and the report goes with REQUIRETLS itself (RFC 8689 §5). */
function returnedOf({ ret, tls }: QueuedDelivery): { readonly ret?: "full" | "headers" } {
  if (tls === "required") return { ret: "headers" };
  return ret ? { ret } : {};
}

/** Whether a failure or delay of this delivery is to be reported, before any limit (RFC 3461 §4.1). */
function fateOf(delivery: QueuedDelivery, about: "failure" | "delay"): DsnFate {
  if (delivery.mailFrom === "") return "null sender";
  if (delivery.class === "report") return "parent is a report";
  if (delivery.notify === "never" || (delivery.notify && !delivery.notify.includes(about))) return "not wanted";
  return "sent";
}
