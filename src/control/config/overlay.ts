/** Where lists of the file and of the flags come together: listeners and allowed ranges. */
import { type Cidr, cidrText, LOOPBACK } from "../../base/ip.ts";
import type { Endpoint } from "../../base/network.ts";
import type { Finding, Report } from "../../base/option.ts";
import { endpointText } from "../../base/option-leaves.ts";
import { tooWide } from "../../model/wide-range.ts";
import type { ListenerConfig } from "./config.ts";
import type { GivenFlags } from "./flags.ts";
import type { ConfigFile, ListenerKind } from "./schema.ts";

/** Without any other: this machine only, on a port that needs no privilege. */
const USUAL_LISTENER: Endpoint = { ip: "127.0.0.1", port: 2525 };

/** Reports what stands at a path of the file. */
type ReportAt = (path: readonly (string | number)[], finding: Finding) => void;
type Entry = ConfigFile["listeners"][number];

/** The file's listeners, then those of --smtp whose address the file has not. */
export function listenersOf(file: ConfigFile, flags: GivenFlags, report: ReportAt): readonly ListenerConfig[] {
  const fromFile = file.listeners.flatMap((entry) => listenersIn(entry));
  const fromFlags = flags.smtp.filter((at) => !fromFile.some((listener) => sameAddress(listener.at, at)));
  const all = [...fromFile, ...fromFlags.map((at) => listenerAt("smtp", at))];
  if (all.length === 0) return [listenerAt("smtp", USUAL_LISTENER)];
  reportTwins(all, report);
  return all;
}

function listenersIn(entry: Entry): readonly ListenerConfig[] {
  const kinds: readonly ListenerKind[] = ["smtp", "submission", "submissions"];
  return kinds.flatMap((kind) => {
    const at = entry[kind];
    return at === undefined
      ? []
      : [{ ...listenerAt(kind, at), ...chosen(entry), proxyFrom: entry.proxyFrom, xclientFrom: entry.xclientFrom }];
  });
}

function chosen({ name, tls, auth }: Entry): Partial<ListenerConfig> {
  return { ...(name !== undefined && { name }), ...(tls !== undefined && { tls }), ...(auth !== undefined && { auth }) };
}

function listenerAt(kind: ListenerKind, at: Endpoint): ListenerConfig {
  return {
    kind,
    name: `${kind}-${at.port}`,
    at,
    tls: kind === "submissions" ? "implicit" : "starttls",
    auth: "tls-only",
    proxyFrom: [],
    xclientFrom: [],
  };
}

function sameAddress(a: Endpoint, b: Endpoint): boolean {
  return a.ip === b.ip && a.port === b.port && a.port !== 0;
}

function reportTwins(all: readonly ListenerConfig[], report: ReportAt): void {
  for (const [index, { at, name }] of all.entries()) {
    const before = all.slice(0, index);
    const twin = before.some((other) => sameAddress(other.at, at))
      ? endpointText(at)
      : before.some((other) => other.name === name)
        ? `the name ${name}`
        : undefined;
    if (twin !== undefined)
      report(["listeners", index], {
        path: `listeners[${index}]`,
        line: undefined,
        cause: `has ${twin}, as another has`,
        remedy: undefined,
      });
  }
}

/** The ranges of both. A wide one is refused where it was written. */
export function allowedRanges(file: ConfigFile, flags: GivenFlags, inFile: ReportAt, inFlags: Report): readonly Cidr[] {
  const fault = (range: Cidr): string | undefined => {
    const wide = flags.iKnow || file.iKnowThisIsWide ? undefined : tooWide(range);
    return wide && `${wide}: everybody in it could send through this server`;
  };
  for (const [index, range] of file.allow.entries()) {
    const cause = fault(range);
    const remedy = "name the networks, or write iKnowThisIsWide: true";
    if (cause !== undefined) inFile(["allow", index], { path: `allow[${index}]`, line: undefined, cause, remedy });
  }
  for (const range of flags.allow) {
    const cause = fault(range);
    if (cause !== undefined) inFlags({ path: "--allow", line: undefined, cause, remedy: "name the networks, or add --i-know" });
  }
  const all = new Map([...file.allow, ...flags.allow].map((range) => [cidrText(range), range]));
  return all.size === 0 ? LOOPBACK : [...all.values()];
}
