/** What one SMTP transaction will carry: recipients of one message at one site. */

import type { QueuedDelivery } from "../../model/delivery.ts";
import type { DeliveryRef, SenderKey, SiteKey, TenantId } from "../../model/ids.ts";
import type { MessageClass } from "../../model/message.ts";
import type { Fair } from "./fair-queue.ts";

/** Recipients of one transaction; more make several (RFC 5321 §4.5.3.1.8 promises 100, many sites take fewer). */
export const RECIPIENTS_PER_TRANSACTION = 50;

/** Prelude and content, in order. */
export interface FreshContent {
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
}

export interface Job extends Fair {
  /** Where it waited: the spool's key. */
  readonly queue: SiteKey;
  readonly tenant: TenantId;
  readonly sender: SenderKey;
  readonly class: MessageClass;
  readonly size: number;
  readonly deliveries: readonly QueuedDelivery[];
  /** While a fresh message is still in memory; else its content comes from the spool. */
  readonly content?: FreshContent;
  /** The only host it may go to: where it was when its fate became unknown. */
  readonly onlyHost?: string;
}

/**
 * Groups deliveries of one site into jobs. Those of one message share a transaction, except one in doubt, which goes
 * alone: its host and its past are its own. `bound` says whether it must still go to the host it went to before.
 */
export function makeJobs(
  deliveries: readonly QueuedDelivery[],
  {
    content,
    bound = false,
    most = RECIPIENTS_PER_TRANSACTION,
  }: { readonly content?: FreshContent | undefined; readonly bound?: boolean; readonly most?: number | undefined } = {},
): Job[] {
  const open = new Map<number, QueuedDelivery[]>();
  const groups: QueuedDelivery[][] = [];
  for (const delivery of deliveries) {
    let group = delivery.sentAt === undefined ? open.get(delivery.ref.message) : undefined;
    if (!group || group.length >= most) {
      group = [];
      groups.push(group);
      if (delivery.sentAt === undefined) open.set(delivery.ref.message, group);
    }
    group.push(delivery);
  }
  return groups.flatMap((group) => {
    const first = group[0];
    if (!first) return [];
    return [
      {
        queue: first.site,
        tenant: first.tenant,
        sender: first.sender,
        class: first.class,
        size: group.length,
        deliveries: group,
        ...(content && { content }),
        ...(first.sentAt !== undefined && first.lastHost !== undefined && bound && { onlyHost: first.lastHost }),
      },
    ];
  });
}

export function refsOf(jobs: readonly Job[]): DeliveryRef[] {
  return jobs.flatMap((job) => job.deliveries.map((delivery) => delivery.ref));
}
