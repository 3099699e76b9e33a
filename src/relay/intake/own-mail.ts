/**
 * Mail that the program writes on its own account: reports to domains, not those to senders, which belong to a delivery
 * (relay/dispatch/report). It goes the way of every other message, counted and told of, and nobody is told if it fails.
 */
import type { Clock, WallMs } from "../../base/clock.ts";
import { domainOf } from "../../model/address.ts";
import { idOf, type MessageKey, type NodeNumber, type SenderKey, type SourceName, type TenantId } from "../../model/ids.ts";
import type { Envelope } from "../../model/message.ts";
import type { Spool } from "../../store/spool/spool.ts";
import { type Routes, siteOf } from "../deliver/deliver.ts";
import type { Dispatch } from "../dispatch/dispatch.ts";

export interface OwnMailPorts {
  readonly spool: Spool;
  readonly dispatch: Dispatch;
  readonly routes: Routes;
  readonly clock: Clock;
  readonly node: NodeNumber;
  readonly hostname: string;
  newKey(): MessageKey;
}

export interface OwnMessage {
  readonly mailFrom: string;
  /** At least one. */
  readonly to: readonly string[];
  readonly tls: NonNullable<Envelope["tls"]>;
  /** CRLF lines, 7-bit. `id`: for its Message-ID, at this node's name. */
  compose(id: string, at: WallMs): Uint8Array;
}

/** RFC 8460 §5.5: a day. */
const LIFE_MS = 86_400_000;

export class OwnMail {
  readonly #ports: OwnMailPorts;

  constructor(ports: OwnMailPorts) {
    this.#ports = ports;
  }

  /** Resolves once it is durably queued. @throws {SpoolError} */
  async send({ mailFrom, to, tls, compose }: OwnMessage): Promise<MessageKey> {
    const { spool, dispatch, routes, clock, node, hostname, newKey } = this.#ports;
    const key = newKey();
    const now = clock.wall();
    const id = idOf(key, node);
    const bytes = compose(id, now);
    const envelope: Envelope = {
      key,
      acceptedAt: now,
      expiresAt: (now + LIFE_MS) as WallMs,
      tenant: "default" as TenantId,
      source: "fairlead" as SourceName,
      sender: "reports@fairlead" as SenderKey,
      mailFrom,
      recipients: to.map((address) => ({ address, domain: domainOf(address), notify: "never" })),
      class: "report",
      bytes: bytes.length,
      body: "7bit",
      smtpUtf8: false,
      peer: { ip: "", helo: hostname, listener: "report" },
      messageId: `<${id}@${hostname}>`,
      tls,
    };
    const first = envelope.recipients.map(({ domain }) => {
      const { route } = routes.routeFor({ ...envelope, domain, fromDomain: domainOf(mailFrom), fresh: true });
      return { state: "queued", site: siteOf(route), dueAt: now, leased: false } as const;
    });
    await spool.append({ envelope, first, prelude: new Uint8Array(0), content: { is: "inline", bytes } });
    for (const { site, dueAt } of first) dispatch.expect(site, { dueAt });
    return key;
  }
}
