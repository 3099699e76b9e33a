/** Limits that the operator sets for what mail goes to, instead of those that are shipped. */
import { map, section } from "../../base/option.ts";
import { wholeNumber } from "../../base/option-leaves.ts";
import { findByKey, PROVIDERS } from "../../mail/replies/providers.ts";
import { LIMIT_NAMES, type LimitName } from "../../model/override.ts";
import { LIMIT_RANGES } from "../../relay/limits/limits.ts";
import { isHostname, readDomain } from "./names.ts";

/** `HOST:PORT` in its one form, IPv6 addresses in brackets. */
function readPlace(text: string): string | undefined {
  const parts = /^(\[[0-9a-f:.]+\]|[^:[\]]+):(\d{1,5})$/.exec(text);
  const [, host = "", port = ""] = parts ?? [];
  const isHost = host.startsWith("[") || isHostname(host) || /^\d+(\.\d+){3}$/.test(host);
  return parts !== null && isHost && Number(port) >= 1 && Number(port) <= 65_535 ? `${host}:${Number(port)}` : undefined;
}

function readDestination(text: string): string | undefined {
  const low = text.toLowerCase();
  return findByKey(low)?.key ?? readPlace(low) ?? readDomain(low);
}

function bound(limit: LimitName, example: number, doc: string) {
  const { least, most } = LIMIT_RANGES[limit];
  return wholeNumber({ least: Math.ceil(least), most, example, otherwise: "what is shipped, if anything is", doc });
}

const limits = section(
  {
    connections: bound("connections", 5, "Connections at a time."),
    perMinute: bound("perMinute", 600, "Messages a minute."),
    perConnection: bound("perConnection", 50, "Messages on one connection."),
    recipients: bound("recipients", 100, "Recipients of one message at a time."),
  },
  {
    doc: "Limits.",
    check: (value, { path, line }, report) => {
      if (LIMIT_NAMES.every((limit) => value[limit] === undefined))
        report({ path, line, cause: "limits nothing", remedy: `write one of ${LIMIT_NAMES.join(", ")}` });
    },
  },
);

export const destinations = map(limits, {
  key: "provider's key, domain or HOST:PORT",
  example: "google",
  readKey: readDestination,
  known: PROVIDERS.map(({ key }) => key),
  doc: "Limits by receiver, for each address that mail leaves from: by a provider's key for all that it receives for, by a recipient domain, or by an upstream as HOST:PORT. What is written here stands instead of what is shipped for it; docs/limits.md lists that.",
});
