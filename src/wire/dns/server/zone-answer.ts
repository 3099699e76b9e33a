/**
 * The authoritative server as a machine without sockets: a query's octets in, the answer's out, or nothing. It answers
 * for its zones only, follows CNAMEs within them, and never answers an answer, so that two servers cannot keep each
 * other busy.
 */
import { EDNS_OCTETS, type Message, PLAIN_OCTETS, RCODES, readMessage, writeMessage } from "../message/message.ts";
import { ANY, CLASS_IN, type DnsRecord, typeName } from "../message/records.ts";
import { MESSAGE_OCTETS } from "../message/writer.ts";
import type { Zone } from "./zone.ts";

const CNAMES_MOST = 8;
/** HINFO "RFC8482" "": what RFC 8482 §4.2 gives who asks for everything at once. */
const EVERYTHING = { type: "other", code: 13, data: new TextEncoder().encode("\x07RFC8482\x00") } as const;
const EDNS_VERSION = 0;

/** The zone that answers for a name: of those that hold it, the one furthest down. */
export type ZoneFor = (name: string) => Zone | undefined;

export function zoneFor(zones: readonly Zone[]): ZoneFor {
  return (name) => zones.filter((zone) => zone.holds(name)).reduce<Zone | undefined>(longer, undefined);
}

function longer(best: Zone | undefined, zone: Zone): Zone {
  return best && best.origin.length >= zone.origin.length ? best : zone;
}

/** Undefined: no answer. Never throws, whatever the octets. */
export function answerQuery(bytes: Uint8Array, zones: ZoneFor, transport: "udp" | "tcp"): Uint8Array | undefined {
  if (bytes.length < 12 || ((bytes[2] ?? 0) & 0x80) !== 0) return undefined;
  const query = readMessage(bytes);
  if (query === undefined) {
    const opcode = ((bytes[2] ?? 0) >> 3) & 15;
    return writeMessage({ id: ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0), response: true, opcode, rcode: RCODES.FORMERR });
  }
  const said = say(query, zones);
  if (said === "silence") return undefined;
  const edns = query.edns && { udpOctets: EDNS_OCTETS, version: EDNS_VERSION };
  const { id, opcode, question, recursionDesired } = query;
  const message = writeMessage(
    {
      ...{ id, response: true, opcode, recursionDesired, question },
      ...(edns && { edns }),
      ...said,
      authentic: isAuthentic(query, said, zones),
    },
    transport === "tcp" ? MESSAGE_OCTETS : Math.max(PLAIN_OCTETS, Math.min(query.edns?.udpOctets ?? 0, EDNS_OCTETS)),
  );
  return question ? withTheirCase(message, bytes) : message;
}

type Said = Pick<Message, "rcode"> & Partial<Pick<Message, "authoritative" | "answers" | "authority">>;

function say({ opcode, question, edns }: Message, zones: ZoneFor): Said | "silence" {
  if (opcode !== 0) return { rcode: RCODES.NOTIMP };
  if (question === undefined) return { rcode: RCODES.FORMERR };
  if (edns && edns.version !== EDNS_VERSION) return { rcode: RCODES.BADVERS };
  const zone = zones(question.name);
  if (question.class !== CLASS_IN || zone === undefined) return { rcode: RCODES.REFUSED };
  if (question.type === ANY) return found([{ ...EVERYTHING, name: question.name, ttl: zone.ttl }]);
  // Zone transfers and other questions about the zone as a whole (RFC 6895 §3.1).
  if (question.type >= 249 && question.type < ANY) return { rcode: RCODES.NOTIMP };
  return follow(question.name, typeName(question.type), zones);
}

/** Only who asks for the bit gets it (RFC 6840 §5.8); each name on the way must stand in what counts as signed. */
function isAuthentic({ authentic, question }: Message, said: Said, zones: ZoneFor): boolean {
  if (!authentic || question === undefined) return false;
  const names = [question.name, ...(said.answers ?? []).map(({ name }) => name)];
  return names.every((name) => zones(name)?.isSigned(name) === true);
}

function follow(name: string, type: ReturnType<typeof typeName>, zones: ZoneFor): Said | "silence" {
  const answers: DnsRecord[] = [];
  for (let owner = name; ; ) {
    const zone = zones(owner);
    if (zone === undefined) return found(answers); // a chain that leaves our zones: others know the rest
    const says = zone.say(owner, type);
    switch (says.is) {
      case "records":
        return found([...answers, ...says.records]);
      case "alias":
        if (answers.push(says.record) > CNAMES_MOST) return { rcode: RCODES.SERVFAIL };
        owner = says.to;
        break;
      case "nodata":
        return { rcode: RCODES.NOERROR, authoritative: true, answers, authority: [zone.soa] };
      case "NXDOMAIN":
        return { rcode: RCODES.NXDOMAIN, authoritative: true, answers, authority: [zone.soa] };
      case "SERVFAIL":
        return { rcode: RCODES.SERVFAIL };
      case "TIMEOUT":
        return "silence";
    }
  }
}

function found(answers: readonly DnsRecord[]): Said {
  return { rcode: RCODES.NOERROR, authoritative: true, answers };
}

/** The question comes back letter for letter: who mixed the case looks for it. */
function withTheirCase(answer: Uint8Array, query: Uint8Array): Uint8Array {
  for (let at = 12; at < query.length && at < answer.length; ) {
    const length = query[at] ?? 0;
    if (length === 0 || length > 63) break;
    answer.set(query.subarray(at, at + 1 + length), at);
    at += 1 + length;
  }
  return answer;
}
