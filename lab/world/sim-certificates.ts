/**
 * Certificates of simulated hosts. They are no X.509: what a handshake tells of them is told from this, and their octets are
 * their description as text, so TLSA records match them as they match real ones.
 *
 *     const certificate = { names: ["mx1.example.org"], by: "itself" } as const;
 *     world.network.weather("192.0.2.2", { certificate });
 *     world.resolver.sign("example.org");
 *     world.resolver.add("_25._tcp.mx1.example.org", { TLSA: [tlsaFor(certificate)] }); // 3 1 1
 */
import { createHash } from "node:crypto";
import type { WallMs } from "../../src/base/clock.ts";
import type { PeerCertificate, TlsPeer } from "../../src/base/network.ts";

export interface SimCertificate {
  readonly names: readonly string[];
  /** Of a root that everybody trusts; its own; or of an authority of this name, which is shown with it and trusted by nobody. */
  readonly by: "a trusted root" | "itself" | { readonly authority: string };
  /** Absent: it has not ended. */
  readonly until?: WallMs;
  /** Another word is another key. */
  readonly key?: string;
}

const YEAR_MS = 365 * 86_400_000;
const BEGINNING = 0 as WallMs;
const NEVER = (100 * YEAR_MS) as WallMs;

/** A value for a zone: `3 1 1` and the digest of its key. Usage 2 is about the authority that issued it. */
export function tlsaFor(
  certificate: SimCertificate,
  { usage = 3, selector = 1, matching = 1 }: { readonly usage?: number; readonly selector?: 0 | 1; readonly matching?: 0 | 1 | 2 } = {},
): string {
  const shown = chainOf(certificate)[usage === 2 ? 1 : 0];
  if (shown === undefined) throw new Error("no authority issued it");
  const octets = selector === 0 ? shown.bytes : shown.publicKey;
  const data =
    matching === 0
      ? Buffer.from(octets)
      : createHash(matching === 1 ? "sha256" : "sha512")
          .update(octets)
          .digest();
  return `${usage} ${selector} ${matching} ${data.toString("hex")}`;
}

/** What a client learns of it. */
export function peerOf(certificate: SimCertificate, now: WallMs): TlsPeer {
  const distrust = distrustOf(certificate, now);
  return { chain: () => chainOf(certificate), ...(distrust !== undefined && { distrust }) };
}

function distrustOf({ by, until = NEVER }: SimCertificate, now: WallMs): string | undefined {
  if (by === "itself") return "DEPTH_ZERO_SELF_SIGNED_CERT";
  if (by !== "a trusted root") return "SELF_SIGNED_CERT_IN_CHAIN";
  return until <= now ? "CERT_HAS_EXPIRED" : undefined;
}

/** A wildcard stands for one label (RFC 6125 §6.4.3). */
export function isFor({ names }: SimCertificate, host: string): boolean {
  return names.includes(host) || names.includes(host.replace(/^[^.]+/, "*"));
}

function chainOf({ names, by, until = NEVER, key = "first" }: SimCertificate): readonly PeerCertificate[] {
  const authority = by === "itself" ? undefined : by === "a trusted root" ? by : by.authority;
  const own: PeerCertificate = {
    bytes: Buffer.from(`certificate of ${names.join(" ")} by ${authority ?? "itself"} until ${until} with the key ${key}`),
    publicKey: Buffer.from(`key ${key} of ${names.join(" ")}`),
    ...{ names, from: BEGINNING, until, signedByNext: authority !== undefined },
  };
  if (authority === undefined) return [own];
  const issuer: PeerCertificate = {
    ...{ bytes: Buffer.from(`authority ${authority}`), publicKey: Buffer.from(`key of authority ${authority}`) },
    ...{ names: [], from: BEGINNING, until: NEVER, signedByNext: false },
  };
  return [own, issuer];
}
