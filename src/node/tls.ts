/** The certificate that listeners show: the operator's files, or a self-signed pair made at the first start. */
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { systemRandom } from "../base/random.ts";
import { ensureSelfSigned, openTlsFiles, type TlsFiles } from "../base/tls-files.ts";
import type { Config } from "../control/config/config.ts";

/** @throws {Fault} `TLS_FILES` when configured files cannot be used. */
export async function openCertificate({ tls, data, hostname }: Config, clock: Clock, log: Log): Promise<TlsFiles> {
  if (tls) return await openTlsFiles(tls, clock, log);
  const own = { certificate: join(data, "tls", "self-signed.pem"), key: join(data, "tls", "self-signed.key") };
  if (await ensureSelfSigned(own, hostname, clock, systemRandom)) log("info", "a self-signed certificate was made", { host: hostname });
  return await openTlsFiles(own, clock, log);
}
