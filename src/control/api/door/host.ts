/**
 * What a request calls us by. A browser that another site's page leads here (its name made to point at this machine)
 * says that site's name; so over plain HTTP only an address, `localhost` and the configured name are ours. Over TLS the
 * certificate does this, because that browser finds none for its name.
 */
import type { IncomingMessage } from "node:http";
import { ipFamily } from "../../../base/ip.ts";
import { type Failure, failure } from "../refused.ts";

/** Undefined: go on. `publicUrl` may be empty. */
export function misdirected(request: IncomingMessage, publicUrl: string, secure: boolean): Failure | undefined {
  const { url = "", method, headersDistinct, httpVersion } = request;
  const hosts = headersDistinct["host"] ?? [];
  const [host] = hosts;
  // RFC 9112 §3.2
  if (hosts.length > 1 || (host === undefined && httpVersion !== "1.0"))
    return failure(400, "bad-request", host === undefined ? "there is no Host" : "there is more than one Host", null);
  if (!url.startsWith("/") && !(url === "*" && method === "OPTIONS"))
    return failure(400, "bad-request", "this is no proxy: a request names a path", null);
  // None at all: HTTP/1.0, which no browser speaks.
  if (secure || host === undefined || isOurs(hostname(host), publicUrl)) return undefined;
  return failure(
    421,
    "wrong-host",
    `${JSON.stringify(host.slice(0, 100))} is not a name of this node`,
    "ask by its address, or set panel.publicUrl to the name that people use",
  );
}

function isOurs(name: string, publicUrl: string): boolean {
  return isAddressOrLocal(name) || (name !== "" && URL.parse(publicUrl)?.hostname === name);
}

/** An address, in brackets where it is IPv6, or `localhost`. */
export function isAddressOrLocal(name: string): boolean {
  return name === "localhost" || ipFamily(name) === 4 || ipFamily(/^\[(.+)\]$/.exec(name)?.[1] ?? "") === 6;
}

/** Of a Host header: without the port, in small letters; empty where it is none. */
export function hostname(host: string): string {
  return (
    /^(\[[\da-f:.]+\]|[a-z\d._-]+)(?::\d{1,5})?$/i
      .exec(host)?.[1]
      ?.toLowerCase()
      .replace(/(?<=[a-z])\.$/, "") ?? ""
  );
}
