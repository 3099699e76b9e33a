/**
 * The configuration: what an operator wrote, in a YAML file and in flags, and what the program gets. `resolveConfig` is
 * pure; whoever calls it reads the file. Flags win over the file; where the file has a list, they add to it.
 *
 * The schema is `schema.ts`; reading it tells every fault at once, each with file, line, cause and remedy.
 */
import { join } from "node:path";
import type { Cidr } from "../../base/ip.ts";
import type { Level } from "../../base/log.ts";
import type { Endpoint } from "../../base/network.ts";
import { type Finding, lineAt } from "../../base/option.ts";
import type { TlsDemand } from "../../mail/transport-security/transport-security.ts";
import type { Upstream } from "../../relay/deliver/deliver.ts";
import type { RetrySettings } from "../../relay/dispatch/dispatch.ts";
import type { WayPlan } from "../../relay/egress/egress.ts";
import type { ListenerSettings } from "../../relay/intake/intake.ts";
import type { RuleSettings } from "../../relay/limits/limits.ts";
import { readFlags } from "./flags.ts";
import type { HttpPlace } from "./http-place.ts";
import { isHostname } from "./names.ts";
import { allowedRanges, listenersOf } from "./overlay.ts";
import { type ConfigFile, type ListenerKind, SCHEMA } from "./schema.ts";
import { type TlsReporter, tlsReporterOf } from "./tls-report-options.ts";
import { waysOf } from "./way-options.ts";
import { readYaml } from "./yaml-tree.ts";

export { DEFAULT_HTTP, type HttpPlace } from "./http-place.ts";
export { isHostname, readDomain } from "./names.ts";
export { type ReferenceRow, reference, referenceRows } from "./reference.ts";
export { readUpstream } from "./upstream-url.ts";
export { readCost } from "./way-options.ts";
export { readYaml, writeYaml } from "./yaml-tree.ts";

/** What the program gets: nothing left to choose. Holds the upstreams' passwords; print it by `publicConfig` only. */
export interface Config {
  readonly data: string;
  /** In greetings, EHLO and Received lines. */
  readonly hostname: string;
  /** At least one; no two with the same name or address. */
  readonly listeners: readonly ListenerConfig[];
  /** Who may send without a login. */
  readonly allow: readonly Cidr[];
  /** Absent: by MX. */
  readonly upstream?: Upstream;
  /** By recipient domain, lower case; these win over `upstream`. */
  readonly routes: ReadonlyMap<string, Upstream>;
  /** Limits by provider's key, recipient domain, or `HOST:PORT` of an upstream; lower case. */
  readonly destinations: ReadonlyMap<string, RuleSettings>;
  /** Ways out besides. */
  readonly ways: Pick<WayPlan, "ways" | "pools" | "rules">;
  readonly dns: {
    /** None: the system's. */
    readonly servers: readonly Endpoint[];
    /** Addresses of servers whose word on DNSSEC is believed. */
    readonly validating: readonly string[];
    /** By name, lower case. */
    readonly hosts: ReadonlyMap<string, readonly string[]>;
  };
  /** Absent: senders' own return paths stay. */
  readonly returnPath?: { readonly domain: string /** Local parts. */; readonly complaints: readonly string[] };
  /** Absent: no reports on TLS are sent. */
  readonly tlsReports?: TlsReporter;
  /** Paths of PEM files. Absent: a self-signed certificate is made. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  readonly limits: {
    readonly messageBytes: number;
    readonly recipients: number;
    readonly connections: number;
    readonly connectionsPerAddress: number;
  };
  readonly outgoing: {
    readonly tls: {
      readonly default: TlsDemand;
      /** By recipient domain, lower case. */
      readonly domains: ReadonlyMap<string, TlsDemand>;
      readonly dane: boolean;
      readonly mtaSts: boolean;
    };
    readonly connections: number;
    readonly perUpstream: number;
    readonly perDomain: number;
    readonly messagesPerConnection: number;
    readonly replyWithinMs: number;
    readonly verdictWithinMs: number;
  };
  readonly retry: RetrySettings;
  /** `keepFreeBytes` absent: the spool's own rule. */
  readonly spool: { readonly keepFreeBytes?: number };
  /** Absent: the usual place, if it is free. */
  readonly http?: HttpPlace;
  /** Path of the control socket. */
  readonly controlSocket: string;
  readonly logLevel: Level;
  /** A simulated internet instead of the real one. */
  readonly lab: boolean;
}

export interface ListenerConfig extends ListenerSettings {
  readonly kind: ListenerKind;
}

/** The quick flags of `up`, as they were typed. */
export interface ConfigFlags {
  readonly data?: string;
  readonly smtp?: readonly string[];
  readonly allow?: readonly string[];
  /** Takes an allowed range wider than /16. */
  readonly iKnow?: boolean;
  readonly upstream?: string;
  readonly http?: string;
  readonly lab?: boolean;
}

export interface ConfigSources {
  readonly flags: ConfigFlags;
  /** The text of the file, if there is one, and its name for messages. */
  readonly fileText?: string;
  readonly fileName?: string;
  /** The machine's own name, for `hostname`. */
  readonly machineName?: string;
}

export interface ConfigFault {
  /** The file's name; "" for a flag. */
  readonly file: string;
  readonly line?: number;
  /** `listeners[0].smtp`, `--smtp`; "" for the file as a whole. */
  readonly path: string;
  /** Completes a sentence that begins with the path. */
  readonly cause: string;
  readonly remedy?: string;
}

export type Resolved = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly errors: readonly ConfigFault[] };

/** Never throws. Errors come in the order of the lines, flags first. */
export function resolveConfig({ flags, fileText, fileName = "configuration", machineName }: ConfigSources): Resolved {
  const errors: ConfigFault[] = [];
  const given = readFlags(flags, (finding) => errors.push(faultOf("", finding)));
  const inFile: Finding[] = [];
  const written = fileText === undefined ? undefined : readYaml(fileText, (finding) => inFile.push(finding));
  const file = written === undefined ? SCHEMA.absent : SCHEMA.read(written, "", (finding) => inFile.push(finding));
  const inTree = (path: readonly (string | number)[], finding: Finding): void =>
    void inFile.push({ ...finding, line: written && lineAt(written, path) });
  const listeners = listenersOf(file, given, inTree);
  const ways = waysOf(file, file.hostname ?? nameOf(machineName), inTree);
  const allow = allowedRanges(file, given, inTree, (finding) => errors.push(faultOf("", finding)));
  inFile.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  errors.push(...inFile.map((finding) => faultOf(fileName, finding)));
  if (errors.length > 0) return { ok: false, errors };
  return {
    ok: true,
    config: {
      ...resolved(file, given.data ?? file.data, machineName),
      ...optional("upstream", given.upstream ?? file.upstream),
      ...optional("http", given.http ?? file.http),
      listeners,
      allow,
      ways,
      lab: given.lab,
    },
  };
}

/** One line: `fairlead.yaml:5: listeners[0].smtp must be HOST:PORT, for example 0.0.0.0:25 (got "25")`. */
export function faultText({ file, line, path, cause, remedy }: ConfigFault): string {
  const place = file === "" ? "" : line === undefined ? `${file}: ` : `${file}:${line}: `;
  const subject = path === "" ? (line === undefined ? "the file " : "this line ") : `${path} `;
  return `${place}${subject}${cause}${remedy === undefined ? "" : `; ${remedy}`}`;
}

/** The configuration as JSON values, without passwords. */
export function publicConfig(config: Config): unknown {
  const shown = (key: string, value: unknown): unknown => {
    if (key === "password") return "***";
    return value instanceof Map ? Object.fromEntries(value) : value;
  };
  return JSON.parse(JSON.stringify(config, shown));
}

function faultOf(file: string, { path, line, cause, remedy }: Finding): ConfigFault {
  return { file, ...optional("line", line), path, cause, ...optional("remedy", remedy) };
}

type Rest = Omit<Config, "listeners" | "allow" | "ways" | "upstream" | "http" | "lab">;

function resolved(file: ConfigFile, data: string, machineName: string | undefined): Rest {
  const { limits, outgoing, retry, spool, tls, returnPath } = file;
  const hostname = file.hostname ?? nameOf(machineName);
  return {
    data,
    hostname,
    routes: file.routes,
    destinations: file.destinations,
    dns: file.dns,
    ...(returnPath.domain !== undefined && { returnPath: { domain: returnPath.domain, complaints: returnPath.complaints } }),
    ...optional("tlsReports", tlsReporterOf(file.tlsReports, hostname)),
    ...(tls.certificate !== undefined && tls.key !== undefined && { tls: { certificate: tls.certificate, key: tls.key } }),
    limits: {
      messageBytes: limits.messageSize,
      recipients: limits.recipients,
      connections: limits.connections,
      connectionsPerAddress: limits.connectionsPerAddress,
    },
    outgoing: {
      tls: outgoing.tls,
      connections: outgoing.connections,
      perUpstream: outgoing.perUpstream,
      perDomain: outgoing.perDomain,
      messagesPerConnection: outgoing.messagesPerConnection,
      replyWithinMs: outgoing.replyWithin,
      verdictWithinMs: outgoing.verdictWithin,
    },
    retry: { scheduleMs: retry.schedule, expireMs: retry.expire, delayWarningMs: retry.delayWarning, inDoubtAfterMs: retry.inDoubtAfter },
    spool: optional("keepFreeBytes", spool.keepFree),
    controlSocket: file.control ?? join(data, "control.sock"),
    logLevel: file.logLevel,
  };
}

/** The machine's name, where it is one that may stand in EHLO (RFC 5321 §4.1.2). */
function nameOf(machineName: string | undefined): string {
  return machineName !== undefined && isHostname(machineName) ? machineName.toLowerCase() : "localhost";
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };
}
