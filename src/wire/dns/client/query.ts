/**
 * One question as it is sent, and which messages can be its answer. Nobody on the way signs DNS, so an answer must know
 * what only who saw the question knows: its random id, its source port, and the random case of its letters (RFC 5452 §9.1;
 * the case is "0x20" of draft-vixie-dnsext-dns0x20).
 */
import type { Random } from "../../../base/random.ts";
import { EDNS_OCTETS, HEADER_OCTETS, type Message, RCODES, readMessage, writeMessage } from "../message/message.ts";
import { NAME_OCTETS } from "../message/names.ts";
import { CLASS_IN, type RecordType, TYPE_CODES } from "../message/records.ts";

export interface Query {
  readonly bytes: Uint8Array;
  /** Octets of the question, from the header's end. */
  readonly asked: number;
  readonly edns: boolean;
}

export type Received =
  | { readonly is: "answer"; readonly message: Message }
  /** Not to this question, or from somebody who guesses: as if it had not come. */
  | { readonly is: "stray" }
  /** To this question, but the case of its letters is lost: to be asked where nobody can forge. */
  | { readonly is: "unsure" }
  /** From whom we asked, and no message. */
  | { readonly is: "garbled" };

/** `name` in its one form. `edns` false: for a server that does not know it. */
export function makeQuery(name: string, type: RecordType, edns: boolean, random: Random): Query {
  const chance = random.bytes(2 + NAME_OCTETS); // at once: each call for chance costs more than writing the question
  const bytes = writeMessage({
    id: ((chance[0] ?? 0) << 8) | (chance[1] ?? 0),
    recursionDesired: true,
    authentic: true, // RFC 6840 §5.7: asks for the AD bit without the weight of the signatures
    question: { name, type: TYPE_CODES[type], class: CLASS_IN },
    ...(edns && { edns: { udpOctets: EDNS_OCTETS, version: 0 } }),
  });
  const asked = questionOctets(bytes);
  mixCase(bytes.subarray(HEADER_OCTETS, HEADER_OCTETS + asked - 4), chance.subarray(2));
  return { bytes, asked, edns };
}

/** The name was written without pointers: it is the first. */
function questionOctets(bytes: Uint8Array): number {
  let at = HEADER_OCTETS;
  while ((bytes[at] ?? 0) !== 0) at += (bytes[at] ?? 0) + 1;
  return at + 5 - HEADER_OCTETS;
}

const isLetter = (octet: number): boolean => (octet | 32) >= 0x61 && (octet | 32) <= 0x7a;

function mixCase(name: Uint8Array, chance: Uint8Array): void {
  for (let at = 0; at < name.length; ) {
    const end = at + 1 + (name[at] ?? 0);
    for (let letter = at + 1; letter < end; letter++)
      if (isLetter(name[letter] ?? 0)) name[letter] = (name[letter] ?? 0) ^ ((chance[letter] ?? 0) & 32);
    at = end;
  }
}

/** `transport` "tcp": the connection itself says whom it comes from. */
export function receive(query: Query, bytes: Uint8Array, transport: "udp" | "tcp"): Received {
  if (bytes.length < HEADER_OCTETS) return { is: "stray" };
  const isResponse = ((bytes[2] ?? 0) & 0x80) !== 0;
  if (bytes[0] !== query.bytes[0] || bytes[1] !== query.bytes[1] || !isResponse) return { is: "stray" };
  const repeated = repeats(query, bytes);
  if (repeated === "no") {
    const message = readMessage(bytes);
    return message && refusesBlindly(message) ? { is: "answer", message } : { is: "stray" };
  }
  if (repeated === "but for case" && transport === "udp") return { is: "unsure" };
  const message = readMessage(bytes);
  if (message !== undefined && message.opcode === 0) return { is: "answer", message };
  // Cut off within a record by a server that says so: some cut at the octet.
  return ((bytes[2] ?? 0) & 0x02) !== 0 && transport === "udp" ? { is: "unsure" } : { is: "garbled" };
}

function repeats(query: Query, bytes: Uint8Array): "yes" | "but for case" | "no" {
  const end = HEADER_OCTETS + query.asked;
  if (bytes.length < end || bytes[4] !== 0 || bytes[5] !== 1) return "no";
  let same = true;
  for (let at = HEADER_OCTETS; at < end; at++) {
    const [ours = 0, theirs = 0] = [query.bytes[at], bytes[at]];
    if (ours === theirs) continue;
    // A type's octet that differs by 32 is another type; letters stand in the name only.
    if (at >= end - 4 || (ours ^ theirs) !== 32 || !isLetter(ours)) return "no";
    same = false;
  }
  return same ? "yes" : "but for case";
}

/** What servers that could not even read the question say without repeating it. Nothing is learned from it but that. */
function refusesBlindly({ question, rcode, answers }: Message): boolean {
  const refusals: readonly number[] = [RCODES.FORMERR, RCODES.SERVFAIL, RCODES.NOTIMP, RCODES.REFUSED];
  return question === undefined && answers.length === 0 && refusals.includes(rcode);
}
