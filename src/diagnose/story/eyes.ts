/**
 * What a tenant may see of its own message (R25). The record itself is cleared before anything is told from it, so a
 * sentence that is added later cannot leak what it never got: other tenants, operators' names and notes, lanes and
 * limits, the provider's own hosts, and in a link to one recipient the others. Free text of ours is never passed on,
 * only words from the fixed sets here; the receiver's words are, with the inside's names taken out.
 */
import { unreachable } from "../../base/brand.ts";
import { ipFamily, parseCidr, rangeTest } from "../../base/ip.ts";
import type { Diagnosis } from "../../model/diagnosis.ts";
import type { Actor, EventBody, FairleadEvent } from "../../model/event.ts";
import type { MessageId } from "../../model/ids.ts";
import type { Envelope } from "../../model/message.ts";
import type { AttemptFacts } from "../../model/outcome.ts";
import type { Reply } from "../../model/reply.ts";
import type { SpooledDelivery } from "../../store/spool/spool.ts";
import type { MessageRecord, Telling } from "./story.ts";

export const RELAY = "your provider's relay";
const PROVIDER: Actor = { kind: "policy", id: "" };
export const BY_PROVIDER = "by your provider";
export const FOR_REVIEW = "your provider wants to look at it first";
const UPSTREAM = "upstream:";

const PRIVATE = rangeTest(
  [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
  ].flatMap((text) => parseCidr(text) ?? []),
);
const ADDRESS_LIKE = /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w:])/gi;

/** What a fault says to somebody who cannot look into our log, by its code. */
const FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "their server took no connection",
  ETIMEDOUT: "their server did not answer in time",
  TIMEOUT: "their server did not answer in time",
  ECONNRESET: "the connection to their server broke",
  closed: "their server closed the connection",
  TLS: "no secure connection to their server could be made",
  dns: "the name service did not say where their server is",
  "no-domain": "the domain does not exist",
  "null-mx": "the domain takes no mail",
  "no-address": "no mail server of the domain has an address",
  loop: "the message goes round in circles between mail servers",
};
export const UNREACHED = "their server could not be reached";
export const ENDED = "it cannot be delivered";
export const TOO_LATE = "it could not be delivered in the time allowed";

const SUPPRESSIONS: Readonly<Record<string, string>> = {
  badrcpt: "the mailbox does not exist",
  suspended: "the mailbox is switched off",
  complaint: "its reader complained",
  unsubscribe: "its reader asked for no more mail",
};

interface Inside {
  readonly id: MessageId;
  readonly tenant: string;
  readonly isRelay: (host: string, ip: string) => boolean;
  /** Takes the inside's names and addresses out of strangers' words. */
  readonly clear: (text: string) => string;
}

export function asTenantSees(record: MessageRecord, { id, only, upstreams = new Set() }: Telling): MessageRecord {
  const inside = insideOf(record, id, upstreams);
  const mine = (event: FairleadEvent): boolean => only === undefined || event.rcpt === undefined || event.rcpt === only;
  return {
    envelope: envelopeSeen(record.envelope, only),
    open: record.open.filter((delivery) => only === undefined || delivery.ref.rcpt === only).map(deliverySeen),
    events: record.events.filter(mine).flatMap((event) => {
      const body = bodySeen(event.body, inside, only);
      return body === undefined ? [] : [{ ...event, body }];
    }),
  };
}

/** Recipients keep their index; those not asked for are blank, and are not told. */
function envelopeSeen<E extends Omit<Envelope, "key">>(envelope: E, only: number | undefined): E {
  const { peer } = envelope;
  return {
    ...envelope,
    recipients: envelope.recipients.map((recipient, rcpt) =>
      only === undefined || only === rcpt ? recipient : { address: "", domain: "" },
    ),
    peer: { ip: PRIVATE(peer.ip) ? "" : peer.ip, helo: "", listener: "", ...(peer.tls === undefined ? {} : { tls: peer.tls }) },
  };
}

/** Its site stays: the teller looks up by it whether the lane is closed, and does not print it. */
function deliverySeen(delivery: SpooledDelivery): SpooledDelivery {
  const { lastHost: _host, action: _action, ...rest } = delivery;
  return { ...rest, why: FOR_REVIEW };
}

function insideOf({ events, open, envelope }: MessageRecord, id: MessageId, upstreams: ReadonlySet<string>): Inside {
  const hosts = new Set(upstreams);
  const ips = new Set<string>();
  const through = new Set(open.filter(({ site }) => site.startsWith(UPSTREAM)).map(({ ref }) => ref.rcpt));
  for (const { rcpt, body } of events) {
    const attempt = "attempt" in body ? body.attempt : undefined;
    const relay = body.kind === "relayed" || (rcpt !== undefined && through.has(rcpt));
    if (attempt !== undefined && (relay || hosts.has(attempt.host) || PRIVATE(attempt.ip))) {
      hosts.add(attempt.host);
      ips.add(attempt.ip);
    }
    if (body.kind === "rerouted" && body.site?.startsWith(UPSTREAM)) hosts.add(body.site.slice(UPSTREAM.length).replace(/:\d+$/, ""));
  }
  for (const { site } of open) if (site.startsWith(UPSTREAM)) hosts.add(site.slice(UPSTREAM.length).replace(/:\d+$/, ""));
  for (const { lastHost, ref } of open) if (lastHost !== undefined && through.has(ref.rcpt)) hosts.add(lastHost);
  return {
    id,
    tenant: envelope.tenant,
    isRelay: (host, ip) => hosts.has(host) || ips.has(ip) || PRIVATE(ip),
    clear: (text) => withoutInside(text, [...hosts, ...ips]),
  };
}

/** Strangers' words without the inside's names and addresses. */
export function withoutInside(text: string, names: Iterable<string>): string {
  let clean = text;
  for (const name of names) if (name !== "") clean = clean.replaceAll(name, "[relay]");
  return clean.replace(ADDRESS_LIKE, (found) => (ipFamily(found) !== undefined && PRIVATE(found) ? "[relay]" : found));
}

/** Undefined for what a tenant sees nothing of. */
function bodySeen(body: EventBody, inside: Inside, only: number | undefined): EventBody | undefined {
  switch (body.kind) {
    case "accepted":
      return { kind: body.kind, envelope: envelopeSeen(body.envelope, only) };
    case "delivered":
    case "relayed":
      return { ...body, attempt: attemptSeen(body.attempt, inside), reply: replySeen(body.reply, inside) };
    case "deferred":
      return {
        ...{ kind: body.kind, dueAt: body.dueAt, attempts: body.attempts, counted: body.counted },
        ...spoken(body, inside),
        ...(body.fault === undefined ? {} : { fault: { code: "", text: FAULTS[body.fault.code] ?? UNREACHED } }),
      };
    case "in-doubt":
      return { kind: body.kind, dueAt: body.dueAt, why: "the connection broke", ...spoken(body, inside) };
    case "bounced": {
      const why = body.by.kind === "operator" ? `ended ${BY_PROVIDER}` : ENDED;
      return { kind: body.kind, why, dsn: body.dsn, by: PROVIDER, ...spoken(body, inside) };
    }
    case "expired":
      return { kind: body.kind, why: TOO_LATE, dsn: body.dsn };
    case "held":
      return { kind: body.kind, why: FOR_REVIEW, by: PROVIDER };
    case "released":
    case "discarded":
      return { kind: body.kind, why: BY_PROVIDER, by: PROVIDER };
    case "retried":
    case "rerouted":
      return { kind: body.kind, by: PROVIDER };
    case "delay-told":
      return body;
    case "refused":
      return refusedSeen(body, inside);
    case "returned":
      return returnedSeen(body, inside);
    case "suppressed":
    case "unsuppressed":
      if (body.tenant !== inside.tenant) return undefined;
      return { ...body, why: SUPPRESSIONS[body.why] ?? BY_PROVIDER, by: PROVIDER };
    case "lane":
    case "override":
    case "alarm":
      return undefined;
    default:
      return unreachable(body);
  }
}

/** What stands in an event about the other side. */
interface Spoken {
  readonly attempt?: AttemptFacts;
  readonly reply?: Reply;
  readonly diagnosis?: Diagnosis;
}

function spoken({ attempt, reply, diagnosis }: Spoken, inside: Inside): Spoken {
  return {
    ...(attempt === undefined ? {} : { attempt: attemptSeen(attempt, inside) }),
    ...(reply === undefined ? {} : { reply: replySeen(reply, inside) }),
    ...(diagnosis === undefined ? {} : { diagnosis: diagnosisSeen(diagnosis, inside) }),
  };
}

/** The dialogue names other recipients of the same transaction, and our hosts: it stays inside. */
function attemptSeen(attempt: AttemptFacts, { isRelay }: Inside): AttemptFacts {
  const { dialogue: _, localIp, host, ip, ...facts } = attempt;
  const from = localIp === undefined || PRIVATE(localIp) ? {} : { localIp };
  return isRelay(host, ip) ? { ...facts, ...from, host: RELAY, ip: "" } : { ...facts, ...from, host, ip };
}

function replySeen(reply: Reply, { clear }: Inside): Reply {
  return { ...reply, text: clear(reply.text) };
}

/** What the operator would do is for the tenant to ask for. */
function diagnosisSeen(diagnosis: Diagnosis, { id, clear }: Inside): Diagnosis {
  const { remedy } = diagnosis;
  const cause = clear(diagnosis.cause);
  if (remedy.who !== "operator") return { ...diagnosis, cause };
  return { ...diagnosis, cause, remedy: { who: "operator", text: `can help, if you name ${id}` } };
}

function refusedSeen(body: EventBody & { readonly kind: "refused" }, { clear }: Inside): EventBody {
  const { kind, mailFrom, rcptTo, reply, code, source, sender } = body;
  return {
    ...{ kind, peer: "", mailFrom, reply: { ...reply, text: clear(reply.text) } },
    ...(rcptTo === undefined ? {} : { rcptTo }),
    ...(code === undefined ? {} : { code }),
    ...(source === undefined ? {} : { source }),
    ...(sender === undefined ? {} : { sender }),
  };
}

function returnedSeen(body: EventBody & { readonly kind: "returned" }, inside: Inside): EventBody {
  const { diagnostic, diagnosis, from, ...rest } = body;
  return {
    ...rest,
    from: inside.isRelay(from, from) ? RELAY : "their side",
    ...(diagnostic === undefined ? {} : { diagnostic: inside.clear(diagnostic) }),
    ...(diagnosis === undefined ? {} : { diagnosis: diagnosisSeen(diagnosis, inside) }),
  };
}
