/** What several routes answer with, once: rows, stories, counts. Absent is null, never missing. */
import { REPLY_CLASSES } from "../../../model/diagnosis.ts";
import type { EventBody } from "../../../model/event.ts";
import type { Wire } from "../wire-form.ts";
import { bool, int, list, num, object, oneOf, orNull, type Shape, shape, str, time } from "./schema.ts";

export const HISTORY_STATES = ["queued", "held", "delivered", "relayed", "bounced", "expired", "discarded", "refused"] as const;
const historyState = oneOf("where it stands", HISTORY_STATES);

export const counts = object({
  ...{ accepted: int, queued: int, held: int, delivered: int, relayed: int, bounced: int, expired: int, discarded: int },
});

export const flowStep = object({ at: time, accepted: int, settled: int });

/** One delivery, or one refusal, as history has it. */
export const row = object({
  ...{ id: str, rcpt: int, at: time, state: historyState, inDoubt: bool, possiblyTwice: bool, from: str, to: str, sender: str },
  ...{ source: str, tenant: str, recipients: int, attempts: int, tookMs: orNull(num), dueAt: orNull(time), why: orNull(str) },
  ...{ class: orNull(oneOf("what the receiver objected to", REPLY_CLASSES)), provider: orNull(str), host: orNull(str) },
  ...{ code: orNull(int), enhanced: orNull(str), fault: orNull(str) },
});

/** An open delivery as the spool has it. */
export const delivery = object({
  ...{ id: str, rcpt: int, state: oneOf("in which state", ["queued", "held"]), from: str, to: str, domain: str, sender: str },
  ...{ source: str, tenant: str, class: str, site: str, bytes: int, acceptedAt: time, expiresAt: time, due: orNull(time) },
  ...{ attempts: int, inDoubt: bool, lastHost: orNull(str), why: orNull(str), action: orNull(int) },
});

export const remedy = object({
  who: oneOf("who can do something about it", ["operator", "tenant", "sender", "recipient", "receiver", "nobody"]),
  text: str,
  link: orNull(str),
});

export const diagnosis = object({
  class: oneOf("what the receiver objected to", REPLY_CLASSES),
  scope: oneOf("what it is about", ["ip", "net", "domain", "sender", "message", "recipient", "site", "us"]),
  ...{
    provider: orNull(str),
    permanent: bool,
    waitSeconds: orNull(num),
    zone: orNull(str),
    rule: str,
    confidence: num,
    cause: str,
    remedy,
  },
});

const step = object({
  ...{ at: time, ms: num, text: str, quote: orNull(str), by: orNull(str), event: int, dialogue: orNull(str), ref: orNull(str) },
  confidence: orNull(num),
});
const part = object({ what: str, ms: num });

const at = { at: time };
/** Where a delivery stands; which fields there are depends on `k`. */
const now = object({
  k: oneOf("its state", [...HISTORY_STATES, "not known"]),
  due: orNull(time),
  attempts: orNull(int),
  inDoubt: orNull(bool),
  expiresAt: orNull(time),
  since: orNull(time),
  at: orNull(time),
  possiblyTwice: orNull(bool),
  why: orNull(str),
  code: orNull(str),
});

const toldOfOne = {
  line: str,
  now,
  totalMs: num,
  steps: list(step),
  parts: list(part),
  remedy: orNull(remedy),
  cause: orNull(str),
  confidence: orNull(num),
  /** What came back after it was settled. */
  back: orNull(object({ at: time, what: oneOf("what it was", ["failed", "delayed", "delivered", "complaint", "autoreply"]) })),
};

/** The story of a message; at the top the one recipient that most needs telling. */
export const story = object({
  ...{ id: str, acceptedAt: time, from: str, sender: str, source: str, tenant: str, class: str, bytes: int, messageId: orNull(str) },
  peer: object({ ip: str, helo: str, tls: orNull(str), login: orNull(str) }),
  zone: str,
  recipients: list(object({ rcpt: int, to: str, ...toldOfOne })),
  ...toldOfOne,
});

export const foundMessage = object({
  ...{ id: str, acceptedAt: time, from: str, sender: str, source: str, bytes: int },
  recipients: list(object({ rcpt: int, to: str, line: str, now })),
});

export const need = object({ code: str, line: str, fix: orNull(str), link: orNull(str) });

const spool = object({ is: oneOf("how it is", ["ok", "full", "sick"]), freeBytes: orNull(num), why: orNull(str) });
const history = object({ is: oneOf("how it is", ["ok", "stopped", "off"]), behind: int, why: orNull(str) });

/** Of the node's own affairs a tenant is told nothing: null, or an empty list. */
export const statusFields = {
  node: object({ name: str, number: int, version: str }),
  line: str,
  ...at,
  startedAt: time,
  phase: oneOf("what the node does", ["starting", "running", "draining"]),
  listeners: list(object({ name: str, address: str })),
  flow: orNull(object({ inPerMinute: int, outPerMinute: int })),
  counts,
  inDoubt: int,
  oldest: orNull(object({ id: str, rcpt: int, acceptedAt: time, site: str })),
  ledger: orNull(object({ at: time, balances: bool, drift: list(str) })),
  spool: orNull(spool),
  history: orNull(history),
  needs: list(need),
  waitsFor: orNull(str),
};

export const provider = object({
  ...{ provider: str, key: str, queued: int, oldestAt: orNull(time), deliveredPerHour: num },
  answers15m: object({ ok: int, later: int, no: int }),
  ...{ limit: orNull(str), why: orNull(str), opensAt: orNull(time), sites: int },
});

export const because = object({
  ...{ id: str, what: str, on: str, cause: str, link: orNull(str), by: str, since: time, until: orNull(time), then: orNull(str) },
  /** `what` is for `fairlead undo`: an action's number, an override as `o12`, or a lane's key. */
  undo: orNull(object({ action: orNull(int), what: str })),
});

export const actor = object({ kind: oneOf("who did it", ["policy", "dispatch", "expiry", "operator"]), id: str });

export const lane = object({
  ...{ egress: str, site: str, state: oneOf("whether mail goes there", ["open", "closed"]), why: orNull(str), until: orNull(time) },
  ...{ connections: int, queued: int, nextDueAt: orNull(time), since: orNull(time), perMinute: orNull(num), ceiling: orNull(num) },
  ...{ provider: orNull(str), limitedBy: orNull(oneOf("what set the limit that holds", ["rule", "law", "operator"])) },
  /** What `fairlead undo` takes to end it: an override as `o12`, or the lane's own key for what the law decided. */
  undo: orNull(str),
});

export const tallyByState: Shape<Readonly<Record<(typeof HISTORY_STATES)[number], number>>> = object(
  Object.fromEntries(HISTORY_STATES.map((state) => [state, int])) as Record<(typeof HISTORY_STATES)[number], Shape<number>>,
);

/** As the journal keeps it; `kind` says which fields there are. */
const eventBody: Shape<Wire<EventBody>> = shape({ type: "object", additionalProperties: {} });
export const eventRow = object({ seq: int, at: time, id: orNull(str), rcpt: orNull(int), body: eventBody });
