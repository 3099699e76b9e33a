/** The door for browsers and programs: where it is, and what a busy address means. */
import type { Clock, WallMs } from "../base/clock.ts";
import { codeOf, textOf } from "../base/fault.ts";
import { isLoopback } from "../base/ip.ts";
import type { Log } from "../base/log.ts";
import type { Endpoint } from "../base/network.ts";
import { endpointText } from "../base/option-leaves.ts";
import type { TlsFiles } from "../base/tls-files.ts";
import { type Desk, type HttpApi, startHttp } from "../control/api/api.ts";
import { type Config, DEFAULT_HTTP } from "../control/config/config.ts";
import type { Logins } from "../control/logins/logins.ts";

export interface HttpPlace {
  readonly at: Endpoint;
  readonly tls: boolean;
  /** As a browser on this machine writes it, without a slash at the end. */
  readonly url: string;
  /** Somebody asked for this very address. */
  readonly asked: boolean;
}

/** Undefined where it is switched off. TLS everywhere but on loopback. */
export function httpPlace({ http, hostname }: Pick<Config, "http" | "hostname">): HttpPlace | undefined {
  if (http === "off") return undefined;
  const at = http ?? DEFAULT_HTTP;
  const tls = !isLoopback(at.ip);
  const host = at.ip === "0.0.0.0" || at.ip === "::" ? `${hostname}:${at.port}` : endpointText(at);
  return { at, tls, url: `${tls ? "https" : "http"}://${host}`, asked: http !== undefined };
}

/**
 * An address that nobody asked for and that is taken costs the panel, not the start: mail comes first.
 * @throws {HttpFault} for one that somebody asked for.
 */
export async function openHttp(
  { at, tls, asked }: HttpPlace,
  given: {
    readonly desk: Desk;
    readonly clock: Clock;
    readonly certificate: TlsFiles;
    readonly log: Log;
    readonly panelFolder: string | undefined;
  },
): Promise<HttpApi | undefined> {
  const { desk, clock, certificate, log, panelFolder } = given;
  try {
    return await startHttp({
      ...desk,
      ...{ at, clock, log },
      ...(tls && { tls: { context: () => certificate.context } }),
      ...(panelFolder !== undefined && { panelFolder }),
    });
  } catch (thrown) {
    if (asked || codeOf(thrown) !== "HTTP_LISTEN") throw thrown;
    log("warn", "there is no panel: its usual address is taken", { why: textOf(thrown), fix: "--http HOST:PORT, or --http off" });
    return undefined;
  }
}

/** For a node that nobody can log in to yet. */
export async function firstLogin(logins: Logins, url: string): Promise<{ readonly url: string; readonly until: WallMs } | undefined> {
  if (await logins.hasUsers()) return undefined;
  const { code, until } = await logins.makeFirstCode();
  return { url: `${url}/#/first/${code}`, until };
}
