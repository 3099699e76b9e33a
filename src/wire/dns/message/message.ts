/**
 * DNS messages (RFC 1035 §4) between octets and values. Reading never throws, never reads beyond the octets and takes
 * time in proportion to them; whatever is not wholly well-formed is no message. `docs/decisions/` says why not a library.
 */
import { type NamesRead, readName } from "./names.ts";
import { CLASS_IN, codeOf, type DnsRecord, OPT, readData, writeData } from "./records.ts";
import { MESSAGE_OCTETS, MessageWriter } from "./writer.ts";

/** RFC 1035 §4.1.1, RFC 6891 §9. */
export const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;

const RCODE_NAMES = new Map<number, string>(Object.entries(RCODES).map(([name, code]) => [code, name]));

export function rcodeText(rcode: number): string {
  return RCODE_NAMES.get(rcode) ?? `RCODE ${rcode}`;
}

/** Fits what IPv6 carries without fragments, which get lost and can be forged (DNS flag day 2020). */
export const EDNS_OCTETS = 1232;
/** What everybody takes over UDP (RFC 1035 §4.2.1). */
export const PLAIN_OCTETS = 512;
export const HEADER_OCTETS = 12;

export interface Question {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

export interface Edns {
  /** What its sender takes over UDP. */
  readonly udpOctets: number;
  readonly version: number;
}

export interface Message {
  readonly id: number;
  readonly response: boolean;
  readonly opcode: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  /** AD: its sender validated all of it, or, in a question, wants to be told (RFC 6840 §5.7). */
  readonly authentic: boolean;
  readonly rcode: number;
  /** Exactly one, as everybody does; some servers leave it out where they refuse. */
  readonly question: Question | undefined;
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly edns: Edns | undefined;
}

/** Undefined if the octets are no message. Records of other classes are left out, and what is additional but EDNS. */
export function readMessage(bytes: Uint8Array): Message | undefined {
  if (bytes.length < HEADER_OCTETS || bytes.length > MESSAGE_OCTETS) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flags = view.getUint16(2);
  const questions = view.getUint16(4);
  if (questions > 1) return undefined;
  const names: NamesRead = new Map();
  const reader = { bytes, view, names };
  const asked = questions === 1 ? readQuestion(reader) : { question: undefined, end: HEADER_OCTETS };
  const answers = asked && readSection(reader, asked.end, view.getUint16(6));
  const authority = answers && readSection(reader, answers.end, view.getUint16(8));
  const additional = authority && readSection(reader, authority.end, view.getUint16(10));
  if (!asked || !answers || !authority || !additional) return undefined;
  const opts = [answers.opts, authority.opts, additional.opts];
  if (opts[0] || opts[1] || additional.opts > 1) return undefined; // RFC 6891 §6.1.1: one, and in its place
  return {
    id: view.getUint16(0),
    response: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 15,
    authoritative: (flags & 0x0400) !== 0,
    truncated: (flags & 0x0200) !== 0,
    recursionDesired: (flags & 0x0100) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    authentic: (flags & 0x0020) !== 0,
    rcode: (flags & 15) | (additional.rcodeAbove << 4),
    question: asked.question,
    answers: answers.records,
    authority: authority.records,
    edns: additional.edns,
  };
}

interface Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly names: NamesRead;
}

function readQuestion({ bytes, view, names }: Reader): { readonly question: Question; readonly end: number } | undefined {
  const name = readName(bytes, HEADER_OCTETS, names);
  if (name === undefined || name.end + 4 > bytes.length) return undefined;
  return { question: { name: name.text, type: view.getUint16(name.end), class: view.getUint16(name.end + 2) }, end: name.end + 4 };
}

interface Section {
  readonly records: DnsRecord[];
  end: number;
  opts: number;
  edns: Edns | undefined;
  /** The upper bits of the RCODE are EDNS's. */
  rcodeAbove: number;
}

/** NAME, TYPE, CLASS, TTL, RDLENGTH, RDATA (RFC 1035 §4.1.3). A record has at least 11 octets: counts that lie end soon. */
function readSection({ bytes, view, names }: Reader, from: number, count: number): Section | undefined {
  const section: Section = { records: [], end: from, opts: 0, edns: undefined, rcodeAbove: 0 };
  for (let n = 0; n < count; n++) {
    const owner = readName(bytes, section.end, names);
    if (owner === undefined || owner.end + 10 > bytes.length) return undefined;
    const [code, kind, ttl] = [view.getUint16(owner.end), view.getUint16(owner.end + 2), view.getUint32(owner.end + 4)];
    const start = owner.end + 10;
    section.end = start + view.getUint16(owner.end + 8);
    if (section.end > bytes.length) return undefined;
    if (code === OPT) {
      section.opts++;
      section.edns = { udpOctets: kind, version: (ttl >>> 16) & 0xff };
      section.rcodeAbove = ttl >>> 24;
    } else if (kind === CLASS_IN) {
      const data = readData(bytes, code, start, section.end, names);
      if (data === undefined) return undefined;
      section.records.push({ ...data, name: owner.text, ttl: ttl > 0x7fffffff ? 0 : ttl }); // RFC 2181 §8
    }
  }
  return section;
}

export type Draft = Partial<Message> & Pick<Message, "id">;

/** What does not fit in `most` octets is left out, and the message says that it is truncated (RFC 2181 §9). */
export function writeMessage(draft: Draft, most = MESSAGE_OCTETS): Uint8Array {
  const out = new MessageWriter();
  const { question, answers = [], authority = [], edns, rcode = 0 } = draft;
  out.u16(draft.id);
  const flagsAt = out.length;
  for (let field = 0; field < 5; field++) out.u16(0);
  if (question) {
    out.name(question.name);
    out.u16(question.type);
    out.u16(question.class);
  }
  const bare = out.length;
  const room = Math.min(most, MESSAGE_OCTETS) - (edns ? 11 : 0);
  const fits = writeRecords(out, answers, room) && writeRecords(out, authority, room);
  if (!fits) out.cutAt(bare);
  if (edns) {
    out.u8(0);
    out.u16(OPT);
    out.u16(edns.udpOctets);
    out.u32(((rcode >> 4) << 24) | (edns.version << 16));
    out.u16(0);
  }
  const counts = [question ? 1 : 0, fits ? answers.length : 0, fits ? authority.length : 0, edns ? 1 : 0];
  for (const [index, value] of [flagsOf(draft, !fits), ...counts].entries()) out.u16At(flagsAt + index * 2, value);
  return out.bytes;
}

function flagsOf(draft: Draft, cut: boolean): number {
  const flag = (holds: boolean | undefined, bit: number): number => (holds ? bit : 0);
  return (
    flag(draft.response, 0x8000) |
    (((draft.opcode ?? 0) & 15) << 11) |
    flag(draft.authoritative, 0x0400) |
    flag(draft.truncated || cut, 0x0200) |
    flag(draft.recursionDesired, 0x0100) |
    flag(draft.recursionAvailable, 0x0080) |
    flag(draft.authentic, 0x0020) |
    ((draft.rcode ?? 0) & 15)
  );
}

function writeRecords(out: MessageWriter, records: readonly DnsRecord[], most: number): boolean {
  for (const record of records) {
    out.name(record.name);
    out.u16(codeOf(record));
    out.u16(CLASS_IN);
    out.u32(record.ttl);
    const lengthAt = out.length;
    out.u16(0);
    writeData(record, out);
    out.u16At(lengthAt, out.length - lengthAt - 2);
    if (out.length > most) return false;
  }
  return true;
}
