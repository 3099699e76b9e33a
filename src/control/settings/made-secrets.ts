/**
 * Secrets that belong to settings and are not in them: the verifier of a source's password, the key that signs what a
 * webhook is told. One is made for whatever has none, and told once.
 */
import { newPassword } from "../../base/password-text.ts";
import type { Random } from "../../base/random.ts";
import type { SecretChange, SettingsDocument } from "../../store/settings/control-settings.ts";
import type { ScramVerifier } from "../../wire/smtp/server-host.ts";

const SIGNING_BYTES = 32;

export interface MadeSecrets {
  readonly secrets: readonly SecretChange[];
  /** A sentence for each, with what is shown only now. */
  readonly told: readonly string[];
}

export interface SecretMaking {
  readonly random: Random;
  readonly has: (name: string) => boolean;
  readonly verifierOf: (password: string) => Promise<ScramVerifier>;
}

export function sourceSecret(name: string): string {
  return `source/${name}`;
}
export function webhookSecret(name: string): string {
  return `webhook/${name}`;
}

/** In the form that receivers' libraries take (Standard Webhooks). */
export function newWebhookSecret(random: Random): string {
  return `whsec_${Buffer.from(random.bytes(SIGNING_BYTES)).toString("base64")}`;
}

/** For the documents that need a secret and have none. */
export async function makeSecrets(
  documents: readonly Pick<SettingsDocument, "kind" | "key" | "value">[],
  making: SecretMaking,
): Promise<MadeSecrets> {
  const secrets: SecretChange[] = [];
  const told: string[] = [];
  for (const { kind, key, value } of documents) {
    const login = typeof value === "object" && value !== null && "login" in value ? String(value.login) : undefined;
    if (kind === "source" && login !== undefined && !making.has(sourceSecret(key))) {
      const password = newPassword(making.random);
      secrets.push({ name: sourceSecret(key), value: verifierBytes(await making.verifierOf(password)) });
      told.push(`The password of ${key} (login ${login}), shown this once: ${password}`);
    }
    if (kind === "webhook" && !making.has(webhookSecret(key))) {
      const secret = newWebhookSecret(making.random);
      secrets.push({ name: webhookSecret(key), value: Buffer.from(secret) });
      told.push(`The secret that signs what ${key} is told, shown this once: ${secret}`);
    }
  }
  return { secrets, told };
}

/** What a dry run can say of them. */
export function secretsToMake(
  documents: readonly Pick<SettingsDocument, "kind" | "key" | "value">[],
  has: (name: string) => boolean,
): readonly string[] {
  return documents.flatMap(({ kind, key, value }) => {
    const login = typeof value === "object" && value !== null && "login" in value;
    if (kind === "source" && login && !has(sourceSecret(key))) return [`A password is made for ${key}, and shown once.`];
    return kind === "webhook" && !has(webhookSecret(key)) ? [`A secret is made for the webhook ${key}, and shown once.`] : [];
  });
}

/** A verifier as its secret holds it. */
export function verifierBytes({ iterations, salt, storedKey, serverKey }: ScramVerifier): Uint8Array {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  return Buffer.from(JSON.stringify({ iterations, salt: base64(salt), storedKey: base64(storedKey), serverKey: base64(serverKey) }));
}

/** Undefined for what is none. */
export function readVerifier(secret: Uint8Array): ScramVerifier | undefined {
  try {
    const read: unknown = JSON.parse(Buffer.from(secret).toString());
    const fields = typeof read === "object" && read !== null ? (read as Readonly<Record<string, unknown>>) : {};
    const bytes = (name: string): Uint8Array => Buffer.from(String(fields[name]), "base64");
    const { iterations } = fields;
    if (typeof iterations !== "number") return undefined;
    return { iterations, salt: bytes("salt"), storedKey: bytes("storedKey"), serverKey: bytes("serverKey") };
  } catch {
    return undefined; // not ours
  }
}
