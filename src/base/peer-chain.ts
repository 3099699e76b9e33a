/**
 * The certificates that a peer showed, read for whoever weighs them by other rules than OpenSSL's: who issued whom, and
 * whether he may. What this cannot judge (name constraints, policies) makes it say no, never yes.
 */
import { X509Certificate } from "node:crypto";
import { type CertificateFields, certificateFields } from "./certificate-fields.ts";
import type { WallMs } from "./clock.ts";
import type { PeerCertificate } from "./network.ts";

/** Extended key usages (RFC 5280 §4.2.1.12) that a server of TLS may have: its own, and any. */
const FOR_SERVERS = ["1.3.6.1.5.5.7.3.1", "2.5.29.37.0"];

interface Link {
  readonly x509: X509Certificate;
  readonly fields: CertificateFields;
}

/**
 * `shown`: DER, the peer's own first, each one's issuer behind it. `more`: authorities that complete it where its end was
 * issued by one of them. What cannot be read ends the chain.
 */
export function readChain(shown: readonly Uint8Array[], more: readonly Uint8Array[]): readonly PeerCertificate[] {
  const links: Link[] = [];
  for (const der of shown) {
    const link = readLink(der);
    if (link === undefined) break;
    links.push(link);
  }
  const last = links.at(-1);
  const above = last && more.map(readLink).find((link) => link !== undefined && last.x509.checkIssued(link.x509));
  if (above && last.x509.fingerprint256 !== above.x509.fingerprint256) links.push(above);
  return links.map(({ x509, fields }, nth) => ({
    bytes: x509.raw,
    publicKey: fields.publicKey,
    names: fields.names,
    from: x509.validFromDate.getTime() as WallMs,
    until: x509.validToDate.getTime() as WallMs,
    signedByNext: isSigned(links[nth], links[nth + 1], nth),
  }));
}

function readLink(der: Uint8Array): Link | undefined {
  const fields = certificateFields(der);
  if (fields === undefined) return undefined;
  try {
    return { x509: new X509Certificate(der), fields };
  } catch {
    return undefined; // OpenSSL cannot read it: nothing can be said of it
  }
}

/** `below`: how many authorities stand between the issuer and the peer's own certificate. */
function isSigned(child: Link | undefined, issuer: Link | undefined, below: number): boolean {
  if (child === undefined || issuer === undefined) return false;
  if (child.fields.bound || issuer.fields.bound) return false;
  if (!issuer.x509.ca || !isForServers(child.x509) || !isForServers(issuer.x509)) return false;
  if (issuer.fields.pathLength !== undefined && issuer.fields.pathLength < below) return false;
  return child.x509.checkIssued(issuer.x509) && child.x509.verify(issuer.x509.publicKey);
}

function isForServers({ keyUsage }: X509Certificate): boolean {
  // node calls the extended usages keyUsage; undefined where the certificate does not limit them
  return keyUsage === undefined || keyUsage.some((usage) => FOR_SERVERS.includes(usage));
}
