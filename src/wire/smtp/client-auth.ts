/**
 * AUTH towards an upstream (RFC 4954): SCRAM-SHA-256 (RFC 5802, RFC 7677), which never shows the password and proves the
 * server knows it too; PLAIN (RFC 4616) and LOGIN where the channel hides them. A machine over the challenges' texts.
 */
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import type { LocalFault } from "../../model/outcome.ts";

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export type ClientMechanism = "SCRAM-SHA-256" | "PLAIN" | "LOGIN";

/** The derivation blocks this thread (25 ms at the bound), so a host cannot ask for any number of rounds. */
const MAX_ITERATIONS = 100_000;
const SALTED_KEPT = 64;

/** The best one offered. `hidden`: the channel shows the password to nobody. */
export function chooseMechanism(offered: readonly string[], hidden: boolean): ClientMechanism | undefined {
  if (offered.includes("SCRAM-SHA-256")) return "SCRAM-SHA-256";
  return hidden ? (["PLAIN", "LOGIN"] as const).find((mechanism) => offered.includes(mechanism)) : undefined;
}

export class ClientAuth {
  readonly #mechanism: ClientMechanism;
  readonly #login: Credentials;
  readonly #nonce: string;
  #step: "first" | "second" | "over" = "first";
  /** SCRAM: what the server must sign with, once the proof is sent. */
  #serverSignature: Buffer | undefined;
  #proven: boolean;

  /** `nonce`: fresh printable ASCII without a comma, used by SCRAM. */
  constructor(mechanism: ClientMechanism, login: Credentials, nonce: string) {
    this.#mechanism = mechanism;
    this.#login = login;
    this.#nonce = nonce;
    this.#proven = mechanism !== "SCRAM-SHA-256";
  }

  /** The AUTH command's line. */
  start(): string {
    const { user, password } = this.#login;
    if (this.#mechanism === "LOGIN") return "AUTH LOGIN\r\n";
    return `AUTH ${this.#mechanism} ${base64(this.#mechanism === "PLAIN" ? `\0${user}\0${password}` : `n,,${this.#clientFirst()}`)}\r\n`;
  }

  /** The line that answers a 334 with this text, or why the exchange ends here. */
  challenge(text: string): string | LocalFault {
    const step = this.#step;
    this.#step = step === "first" ? "second" : "over";
    if (this.#mechanism === "PLAIN" || step === "over")
      return { code: "auth-protocol", text: "the host asked once more than the mechanism does" };
    if (this.#mechanism === "LOGIN") return `${base64(step === "first" ? this.#login.user : this.#login.password)}\r\n`;
    const message = Buffer.from(text, "base64").toString("utf8");
    return step === "first" ? this.#prove(message) : this.#verify(message);
  }

  /** Whether success may be believed: under SCRAM only once the server has shown that it knows the password. */
  get proven(): boolean {
    return this.#proven;
  }

  #clientFirst(): string {
    return `n=${this.#login.user.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${this.#nonce}`;
  }

  /** RFC 5802 §3: server-first in, client-final out. */
  #prove(serverFirst: string): string | LocalFault {
    const match = /^r=([!-+\--~]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9]\d{0,9})(?:,.*)?$/.exec(serverFirst);
    const [, nonce = "", salt = "", rounds = ""] = match ?? [];
    const iterations = Number(rounds);
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length)
      return { code: "auth-protocol", text: "the host's SCRAM challenge is malformed" };
    if (iterations > MAX_ITERATIONS)
      return { code: "auth-protocol", text: `the host asks for ${iterations} SCRAM rounds; ${MAX_ITERATIONS} are done at most` };
    const salted = saltedPassword(this.#login.password, salt, iterations);
    const clientKey = hmac(salted, "Client Key");
    const withoutProof = `c=biws,r=${nonce}`;
    const signed = `${this.#clientFirst()},${serverFirst},${withoutProof}`;
    const signature = hmac(createHash("sha256").update(clientKey).digest(), signed);
    this.#serverSignature = hmac(hmac(salted, "Server Key"), signed);
    const proof = clientKey.map((octet, i) => octet ^ (signature[i] ?? 0));
    return `${base64(`${withoutProof},p=${Buffer.from(proof).toString("base64")}`)}\r\n`;
  }

  #verify(serverFinal: string): string | LocalFault {
    const signature = Buffer.from(/^v=([A-Za-z0-9+/]+={0,2})/.exec(serverFinal)?.[1] ?? "", "base64");
    const wanted = this.#serverSignature;
    if (!wanted || signature.length !== wanted.length || !timingSafeEqual(signature, wanted))
      return { code: "auth-server-unproven", text: "the host could not prove that it knows the password" };
    this.#proven = true;
    return "\r\n";
  }
}

/** Deriving is slow on purpose, and each connection to an upstream asks for the same. Oldest out first. */
const salted = new Map<string, Buffer>();

function saltedPassword(password: string, salt: string, iterations: number): Buffer {
  const key = `${iterations} ${salt} ${password}`;
  const known = salted.get(key);
  if (known) return known;
  const derived = pbkdf2Sync(password.normalize("NFKC"), Buffer.from(salt, "base64"), iterations, 32, "sha256");
  const oldest = salted.size >= SALTED_KEPT ? salted.keys().next().value : undefined;
  if (oldest !== undefined) salted.delete(oldest);
  salted.set(key, derived);
  return derived;
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
