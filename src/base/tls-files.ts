/**
 * The certificate and key that listeners show, kept in step with their files: whoever renews a certificate replaces the
 * files and nothing else. Looks at them by name now and then, which works on every file system and through the symbolic
 * links that certbot leaves. Files that make no pair (half replaced, or broken) change nothing but the log.
 */
import { X509Certificate } from "node:crypto";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { SecureContext } from "node:tls";
import { selfSigned } from "./certificate.ts";
import type { Cancel, Clock, WallMs } from "./clock.ts";
import { codeOf, Fault, textOf } from "./fault.ts";
import type { Log } from "./log.ts";
import type { Random } from "./random.ts";
import { serverContext } from "./system-network.ts";

export interface TlsFileNames {
  /** PEM: the host's certificate, then those between it and the root. */
  readonly certificate: string;
  /** PEM, without a passphrase. */
  readonly key: string;
}

export interface TlsFiles extends AsyncDisposable {
  /** For connections from now on; those open keep theirs. */
  readonly context: SecureContext;
  /** When the certificate ends. */
  readonly until: WallMs;
  /** Looks at the files now. Resolves true if a new pair was taken. */
  look(): Promise<boolean>;
}

export type TlsFault = Fault<"TLS_FILES">;

const LOOK_EVERY_MS = 10_000;

/** @throws {TlsFault} if the files cannot be read or are no pair: then there is nothing to fall back on. */
export async function openTlsFiles(names: TlsFileNames, clock: Clock, log: Log): Promise<TlsFiles> {
  let seen = await stampOf(names);
  let { context, until } = await load(names);
  let cancel: Cancel = () => {};
  let closed = false;
  const look = async (): Promise<boolean> => {
    const now = await stampOf(names);
    if (now === seen) return false;
    seen = now; // also where it cannot be used: each state of the files is told once
    try {
      ({ context, until } = await load(names));
    } catch (thrown) {
      log("warn", "the certificate files changed and cannot be used; the old certificate stays", {
        certificate: names.certificate,
        why: textOf(thrown),
      });
      return false;
    }
    log("info", "a new certificate is in use", { certificate: names.certificate });
    return true;
  };
  const again = (): void => {
    cancel = clock.after(LOOK_EVERY_MS, () => {
      void look().finally(() => {
        if (!closed) again();
      });
    });
  };
  again();
  return {
    get context() {
      return context;
    },
    get until() {
      return until;
    },
    look,
    async [Symbol.asyncDispose]() {
      closed = true;
      cancel();
    },
  };
}

/** Makes a key and a self-signed certificate for `host` unless both files exist. Resolves true if it made them. */
export async function ensureSelfSigned(names: TlsFileNames, host: string, clock: Clock, random: Random): Promise<boolean> {
  if (!(await stampOf(names)).includes("?")) return false;
  const pair = selfSigned(host, clock.wall(), random);
  await replace(names.key, pair.key, 0o600);
  await replace(names.certificate, pair.certificate, 0o644);
  return true;
}

async function load(names: TlsFileNames): Promise<Pick<TlsFiles, "context" | "until">> {
  try {
    const [certificate, key] = await Promise.all([readFile(names.certificate), readFile(names.key)]);
    const context = serverContext({ certificate, key });
    return { context, until: new X509Certificate(certificate).validToDate.getTime() as WallMs };
  } catch (thrown) {
    const why = codeOf(thrown) === "ERR_OSSL_X509_KEY_VALUES_MISMATCH" ? "the key does not belong to the certificate" : textOf(thrown);
    throw new Fault("TLS_FILES", `${names.certificate} and ${names.key} cannot be used: ${why}`, thrown);
  }
}

/** Changes when a file is replaced or written to; "?" stands for one that cannot be seen. */
async function stampOf(names: TlsFileNames): Promise<string> {
  const stamps = [names.certificate, names.key].map(async (name) => {
    try {
      const { ino, mtimeMs, size } = await stat(name);
      return `${ino}:${mtimeMs}:${size}`;
    } catch {
      return "?"; // `load` says what is wrong with it
    }
  });
  return (await Promise.all(stamps)).join(" ");
}

/** Whole or not at all, and readable to others at no time if it shall not be. */
async function replace(name: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(name), { recursive: true, mode: 0o700 });
  const draft = `${name}.new`;
  await writeFile(draft, text, { mode });
  await rename(draft, name);
}
