/**
 * The system's DNS behind the port of `resolver.ts`, by node:dns (c-ares), which follows CNAMEs and asks the servers of
 * /etc/resolv.conf. Says apart what it can: no such name, no such record, and "could not find out". For addresses the
 * hosts file comes first, as it does for every other program of the machine.
 */
import { promises as dns } from "node:dns";
import { readFileSync } from "node:fs";
import { codeOf } from "./fault.ts";
import { ipFamily } from "./ip.ts";
import type { Answer, Mx, Resolver } from "./resolver.ts";

export interface ResolverSettings {
  /** `IP` or `IP:PORT`; absent: those of the system. */
  readonly servers?: readonly string[];
  readonly hostsFile: string;
  /** For the first try at a server; c-ares doubles it for the next. */
  readonly timeoutMs: number;
  readonly tries: number;
}

/** Two servers that are both silent cost at most 2 × (2 + 4) s. */
const DEFAULTS: ResolverSettings = { hostsFile: "/etc/hosts", timeoutMs: 2_000, tries: 2 };

export function openResolver(settings: Partial<ResolverSettings> = {}): Resolver {
  const { servers, hostsFile, timeoutMs, tries } = { ...DEFAULTS, ...settings };
  const resolver = new dns.Resolver({ timeout: timeoutMs, tries, maxTimeout: timeoutMs * 2 });
  if (servers) resolver.setServers([...servers]);
  return {
    async mx(domain) {
      const answer = await answerOf(resolver.resolveMx(domain));
      if (answer.status !== "ok") return answer;
      const records = answer.records.map(
        ({ priority, exchange }): Mx => ({ preference: priority, host: exchange.toLowerCase().replace(/\.$/, "") }),
      );
      return { status: "ok", records: records.sort((a, b) => a.preference - b.preference) };
    },
    async addresses(host) {
      if (ipFamily(host) !== undefined) return { status: "ok", records: [host] };
      const local = inHostsFile(host.toLowerCase(), hostsFile);
      if (local.length > 0) return { status: "ok", records: local };
      return both(await Promise.all([answerOf(resolver.resolve4(host)), answerOf(resolver.resolve6(host))]));
    },
  };
}

async function answerOf<T>(asked: Promise<T[]>): Promise<Answer<T>> {
  try {
    const records = await asked;
    return records.length > 0 ? { status: "ok", records } : { status: "nodata" };
  } catch (thrown) {
    switch (codeOf(thrown)) {
      case "ENODATA":
        return { status: "nodata" };
      case "ENOTFOUND":
      case "EBADNAME": // what is no name cannot exist
        return { status: "nxdomain" };
      default:
        return { status: "fail", why: codeOf(thrown) || String(thrown) };
    }
  }
}

/** One family's addresses are enough to go on with; "there are none" needs both families to say so. */
function both([four, six]: readonly [Answer<string>, Answer<string>]): Answer<string> {
  const records = [four, six].flatMap((answer) => (answer.status === "ok" ? answer.records : []));
  if (records.length > 0) return { status: "ok", records };
  if (four.status === "fail") return four;
  if (six.status === "fail") return six;
  return four.status === "nxdomain" && six.status === "nxdomain" ? four : { status: "nodata" };
}

/** Read each time: it is small, a look-up precedes a connection, and an edit counts at once. */
function inHostsFile(host: string, path: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return []; // a machine without one has DNS
  }
  const found: string[] = [];
  for (const line of text.split("\n")) {
    const [ip = "", ...names] = line.replace(/#.*/, "").trim().toLowerCase().split(/\s+/);
    if (names.includes(host) && ipFamily(ip) !== undefined) found.push(ip);
  }
  return found;
}
