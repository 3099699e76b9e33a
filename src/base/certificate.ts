/**
 * A self-signed certificate for a host, so that STARTTLS works from the first start on. Node makes keys and signs, but
 * writes no certificates; an X.509 certificate is a few nested DER values (RFC 5280 §4.1), and these are they.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { WallMs } from "./clock.ts";
import { ipFamily } from "./ip.ts";
import type { Random } from "./random.ts";

export interface CertificatePair {
  /** PEM, PKCS #8. */
  readonly key: string;
  /** PEM. */
  readonly certificate: string;
}

const DAY_MS = 86_400_000;
/** RFC 5280 §4.1.2.5.2: no end that means anything; whoever wants rotation brings certificates of an authority. */
const LIFE_MS = 3_650 * DAY_MS;

/** P-256 with SHA-256, for `host` (a name or an IP address), valid from a day before `now` for ten years. */
export function selfSigned(host: string, now: WallMs, random: Random): CertificatePair {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const unsigned = toBeSigned(host, now, random, createPublicKey(privateKey));
  const signature = sign("sha256", unsigned, privateKey);
  const certificate = sequence(unsigned, ECDSA_SHA256, bitString(signature));
  return { key: privateKey.export({ type: "pkcs8", format: "pem" }) as string, certificate: pem("CERTIFICATE", certificate) };
}

function toBeSigned(host: string, now: WallMs, random: Random, key: KeyObject): Buffer {
  const name = commonName(host);
  return sequence(
    explicit(0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.from(random.bytes(16))),
    ECDSA_SHA256,
    name, // issuer
    sequence(time(now - DAY_MS), time(now + LIFE_MS)), // a day's grace for peers whose clock is behind
    name, // subject
    key.export({ type: "spki", format: "der" }),
    explicit(3, sequence(subjectAltName(host), basicConstraints(), keyUsage(), serverAuth())),
  );
}

/** A common name holds 64 characters at most (RFC 5280 appendix A); what counts is the alternative name. */
function commonName(host: string): Buffer {
  return sequence(set(sequence(oid("2.5.4.3"), value(0x0c, Buffer.from(host.slice(0, 64), "utf8")))));
}

function subjectAltName(host: string): Buffer {
  const octets = addressOctets(host);
  return extension("2.5.29.17", false, sequence(octets ? value(0x87, octets) : value(0x82, Buffer.from(host, "latin1"))));
}

/** An authority for itself only (path length 0), so that a peer that pins it as a root can verify it. */
function basicConstraints(): Buffer {
  return extension("2.5.29.19", true, sequence(value(0x01, Buffer.from([0xff])), integer(Buffer.from([0]))));
}

/** Digital signature and certificate signing: the bits 0 and 5. */
function keyUsage(): Buffer {
  return extension("2.5.29.15", true, value(0x03, Buffer.from([2, 0b1000_0100])));
}

function serverAuth(): Buffer {
  return extension("2.5.29.37", false, sequence(oid("1.3.6.1.5.5.7.3.1")));
}

function extension(id: string, critical: boolean, content: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [value(0x01, Buffer.from([0xff]))] : []), value(0x04, content));
}

/** UTCTime until 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5). */
function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/\.\d+/, "").replace(/[-:T]/g, "");
  return digits < "2050" ? value(0x17, Buffer.from(digits.slice(2))) : value(0x18, Buffer.from(digits));
}

/** A positive integer of big-endian octets, as short as DER demands. */
function integer(octets: Buffer): Buffer {
  let from = 0;
  while (from < octets.length - 1 && octets[from] === 0) from++;
  const shortest = octets.subarray(from);
  return value(0x02, (shortest[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), shortest]) : shortest);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const octets = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    octets.push(...groups);
  }
  return value(0x06, Buffer.from(octets));
}

function bitString(octets: Buffer): Buffer {
  return value(0x03, Buffer.concat([Buffer.from([0]), octets]));
}

function sequence(...values: readonly Buffer[]): Buffer {
  return value(0x30, Buffer.concat(values));
}

function set(content: Buffer): Buffer {
  return value(0x31, content);
}

function explicit(number: number, content: Buffer): Buffer {
  return value(0xa0 | number, content);
}

/** Tag, length, value (X.690 §8.1, §10.1: the shortest length form). */
function value(tag: number, content: Buffer): Buffer {
  const size = content.length;
  const head = size < 0x80 ? [tag, size] : size < 0x100 ? [tag, 0x81, size] : [tag, 0x82, size >>> 8, size & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

function addressOctets(host: string): Buffer | undefined {
  const family = ipFamily(host);
  if (family === undefined) return undefined;
  if (family === 4) return Buffer.from(host.split(".").map(Number));
  // The URL parser writes an IPv6 address in its canonical form, without an embedded IPv4 part.
  const groups = new URL(`http://[${host}]`).hostname
    .slice(1, -1)
    .split("::")
    .map((half) => (half === "" ? [] : half.split(":")));
  const [head = [], tail = []] = groups;
  const zeros = Array<string>(8 - head.length - tail.length).fill("0");
  return Buffer.from([...head, ...zeros, ...tail].map((group) => group.padStart(4, "0")).join(""), "hex");
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
}

/** ecdsa-with-SHA256 (RFC 5758 §3.2). */
const ECDSA_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
