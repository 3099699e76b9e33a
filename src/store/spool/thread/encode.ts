/** From the contract's shapes to operations. */
import type { WallMs } from "../../../base/clock.ts";
import type { EventBody } from "../../../model/event.ts";
import type { Cell } from "../../sql/sql.ts";
import type { AppendOp, ChangeOp, RcptCells } from "../engine/ops.ts";
import type { Change, FirstState, Submission } from "../spool.ts";
import type { Arena } from "./link.ts";

export function encodeSubmission({ envelope, first, prelude, content }: Submission, arena: Arena): AppendOp {
  const rcpts: Cell[] = [];
  envelope.recipients.forEach(({ address, domain, notify, orcpt }, i) => {
    const dsn = notify === undefined && orcpt === undefined ? null : JSON.stringify([notify ?? null, orcpt ?? null]);
    rcpts.push(...encodeFirst(first[i], address, domain, dsn));
  });
  const inline = content.is === "inline";
  return [
    "append",
    envelope.key,
    envelope.tenant,
    envelope.source,
    envelope.sender,
    envelope.acceptedAt,
    envelope.expiresAt,
    envelope.class,
    envelope.mailFrom,
    envelope.bytes,
    envelope.body,
    envelope.smtpUtf8 ? 1 : 0,
    envelope.ret ?? null,
    envelope.envid ?? null,
    JSON.stringify(envelope),
    arena.add(prelude),
    prelude.length,
    inline ? arena.add(content.bytes) : -1,
    inline ? content.bytes.length : 0,
    inline ? 0 : content.parts,
    rcpts,
    envelope.tls ?? null,
  ];
}

function encodeFirst(first: FirstState | undefined, address: string, domain: string, dsn: string | null): RcptCells {
  switch (first?.state) {
    case "queued":
      return [first.leased ? "leased" : "queued", first.site, first.dueAt, null, address, domain, dsn];
    case "held":
      return ["held", first.site, 0, first.why, address, domain, dsn];
    case "discarded":
      return ["discarded", "", 0, first.why, address, domain, dsn];
    case undefined:
      throw new Error("a submission names a first state for each recipient");
  }
}

/** Bytes a submission takes in the arena. */
export function bytesOf({ prelude, content }: Submission): number {
  return prelude.length + (content.is === "inline" ? content.bytes.length : 0);
}

export function encodeChange(change: Change, now: WallMs): ChangeOp {
  const { message, rcpt } = change.ref;
  const { version } = change;
  switch (change.to) {
    case "sent":
      return ["sent", message, rcpt, version, change.at, change.host];
    case "queued":
      return [
        "queued",
        message,
        rcpt,
        version,
        now,
        JSON.stringify(change.event),
        change.dueAt,
        change.attempts,
        change.sentAt,
        change.site ?? null,
        change.lastHost ?? null,
        change.why ?? null,
        change.delayTold === true ? 1 : 0,
        actionOf(change.event),
      ];
    case "held":
      return ["held", message, rcpt, version, now, JSON.stringify(change.event), change.why, change.action ?? actionOf(change.event)];
    default:
      return ["settled", message, rcpt, version, now, JSON.stringify(change.event), change.to];
  }
}

/** The operator's action that an event belongs to. */
function actionOf(event: EventBody): number | null {
  return "action" in event ? (event.action ?? null) : null;
}
