/**
 * XCLIENT, as Postfix defines it: a trusted front (a proxy, a filter, a test) says whom it speaks for. Attributes are
 * NAME=xtext; `[UNAVAILABLE]` and `[TEMPUNAVAIL]` say that something is not known.
 */
import { canonicalIp, plainName } from "./peer-address.ts";
import type { ClientFacts } from "./server-host.ts";
import { decodeXtext } from "./xtext.ts";

/** What was named. "" is what the front says is not known. */
export interface XclientAttributes {
  readonly ip?: string;
  readonly helo?: string;
  readonly esmtp?: boolean;
  readonly login?: string;
}

const KNOWN = new Set(["NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN", "DESTADDR", "DESTPORT"]);
const MAX_VALUE = 255;

/** Undefined where an attribute is unknown, given twice or malformed, or where there is none. */
export function readXclient(attributes: string): XclientAttributes | undefined {
  const read: { -readonly [K in keyof XclientAttributes]: XclientAttributes[K] } = {};
  const seen = new Set<string>();
  for (const word of attributes.split(/ +/)) {
    const equals = word.indexOf("=");
    const name = word.slice(0, Math.max(0, equals)).toUpperCase();
    const value = decodeValue(word.slice(equals + 1));
    if (!KNOWN.has(name) || seen.has(name) || value === undefined) return undefined;
    seen.add(name);
    if (name === "ADDR" || name === "DESTADDR") {
      const address = value === "" ? "" : canonicalIp(value.replace(/^IPV6:/i, ""));
      if (address === undefined) return undefined;
      if (name === "ADDR") read.ip = address;
    } else if (name === "PORT" || name === "DESTPORT") {
      if (!/^\d{0,5}$/.test(value) || Number(value) > 65_535) return undefined;
    } else if (name === "PROTO") {
      if (!/^(E?SMTP)?$/i.test(value)) return undefined;
      read.esmtp = value.toUpperCase() === "ESMTP";
    } else if (name === "HELO") read.helo = plainName(value);
    else if (name === "LOGIN") read.login = value;
  }
  return read;
}

/** The client the front speaks for. What it did not name stays as it was; an unknown address stays the front's. */
export function applyXclient(client: ClientFacts, read: XclientAttributes): ClientFacts {
  const login = read.login ?? client.login ?? "";
  return {
    ip: read.ip || client.ip,
    helo: read.helo ?? "", // the session begins anew (220): EHLO comes next
    esmtp: read.esmtp ?? false,
    ...(client.tls && { tls: client.tls }),
    ...(login !== "" && { login }),
  };
}

function decodeValue(encoded: string): string | undefined {
  if (encoded === "" || encoded.length > MAX_VALUE * 3) return undefined;
  const upper = encoded.toUpperCase();
  if (upper === "[UNAVAILABLE]" || upper === "[TEMPUNAVAIL]") return "";
  const value = decodeXtext(encoded);
  return value === undefined || value.length > MAX_VALUE || /\p{Cc}/u.test(value) ? undefined : value;
}
