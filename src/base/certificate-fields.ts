/**
 * Fields of an X.509 certificate that node:crypto does not hand out as they stand in it: the public key's own octets, which
 * TLSA records are made of, the alternative names as a list (as one text they could be forged), and what binds an authority.
 * Reads DER (X.690 §8.1, §10.1) of RFC 5280 §4.1 by position; whether it is signed is for OpenSSL to say.
 */

export interface CertificateFields {
  /** SubjectPublicKeyInfo, DER, a view. */
  readonly publicKey: Uint8Array;
  /** dNSName entries of subjectAltName, lower case, in order. */
  readonly names: readonly string[];
  /** pathLenConstraint of an authority: so many more may stand below it. Absent: any number. */
  readonly pathLength?: number;
  /** A critical extension that is not understood here, name constraints among them: what it forbids is not known. */
  readonly bound: boolean;
}

interface Value {
  readonly tag: number;
  /** Where the tag stands, and where the content. */
  readonly at: number;
  readonly from: number;
  readonly end: number;
}

const SEQUENCE = 0x30;
const OBJECT_ID = 0x06;
const BOOLEAN = 0x01;
const INTEGER = 0x02;
/** `[0]` of a certificate: its version; `[3]`: its extensions. */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
/** `[2]` of a GeneralName. */
const DNS_NAME = 0x82;

const SUBJECT_ALT_NAME = "551d11";
const BASIC_CONSTRAINTS = "551d13";
/** Those, key usage, extended key usage and certificate policies: the last bind nobody who did not ask for one. */
const UNDERSTOOD = [SUBJECT_ALT_NAME, BASIC_CONSTRAINTS, "551d0f", "551d25", "551d20"];
/** Alternative names of one certificate; large hosters have some hundred. */
const NAMES_MOST = 1_000;

/** Undefined if the octets are no certificate. */
export function certificateFields(der: Uint8Array): CertificateFields | undefined {
  const [certificate] = valuesIn(der, { tag: 0, at: 0, from: 0, end: der.length }, 1);
  const [tbs] = certificate ? valuesIn(der, certificate, 1) : [];
  if (certificate?.tag !== SEQUENCE || tbs?.tag !== SEQUENCE) return undefined;
  const fields = valuesIn(der, tbs);
  // serial, signature, issuer, validity, subject, public key
  const key = fields[fields[0]?.tag === VERSION ? 6 : 5];
  if (key?.tag !== SEQUENCE) return undefined;
  const wrapped = fields.find(({ tag }) => tag === EXTENSIONS);
  const [list] = wrapped ? valuesIn(der, wrapped, 1) : [];
  const read = { names: [] as string[], pathLength: undefined as number | undefined, bound: false };
  for (const extension of list ? valuesIn(der, list) : []) readExtension(der, extension, read);
  const { pathLength, ...rest } = read;
  return { publicKey: der.subarray(key.at, key.end), ...rest, ...(pathLength !== undefined && { pathLength }) };
}

function readExtension(der: Uint8Array, extension: Value, into: { names: string[]; pathLength: number | undefined; bound: boolean }): void {
  const parts = valuesIn(der, extension);
  const [id] = parts;
  const content = parts.at(-1);
  if (id?.tag !== OBJECT_ID || content === undefined) return;
  const oid = Buffer.from(der.subarray(id.from, id.end)).toString("hex");
  const critical = parts[1]?.tag === BOOLEAN && der[parts[1].from] !== 0;
  if (critical && !UNDERSTOOD.includes(oid)) into.bound = true;
  const [inner] = valuesIn(der, content, 1);
  if (inner === undefined) return;
  if (oid === SUBJECT_ALT_NAME)
    for (const name of valuesIn(der, inner, NAMES_MOST))
      if (name.tag === DNS_NAME) into.names.push(Buffer.from(der.subarray(name.from, name.end)).toString("latin1").toLowerCase());
  if (oid === BASIC_CONSTRAINTS) {
    const length = valuesIn(der, inner, 2).find(({ tag }) => tag === INTEGER);
    if (length) into.pathLength = der.subarray(length.from, length.end).reduce((sum, octet) => sum * 256 + octet, 0);
  }
}

/** The values that stand in another, as many as are whole. */
function valuesIn(der: Uint8Array, outer: Value, most = 64): Value[] {
  const found: Value[] = [];
  for (let at = outer.from; at < outer.end && found.length < most; ) {
    const value = valueAt(der, at, outer.end);
    if (value === undefined) break;
    found.push(value);
    at = value.end;
  }
  return found;
}

function valueAt(der: Uint8Array, at: number, most: number): Value | undefined {
  const [tag, first] = [der[at], der[at + 1]];
  if (tag === undefined || first === undefined) return undefined;
  let [from, size] = [at + 2, first];
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 3) return undefined; // DER has no open end, and no certificate has 16 MB
    size = der.subarray(from, from + octets).reduce((sum, octet) => sum * 256 + octet, 0);
    from += octets;
  }
  return from + size <= most ? { tag, at, from, end: from + size } : undefined;
}
