/** What this node asks of TLS towards mail hosts, put together; and whether its name servers let DANE work at all. */
import type { Log } from "../base/log.ts";
import type { Need } from "../control/api/node-face.ts";
import type { Config } from "../control/config/config.ts";
import { StsPolicies, Transport } from "../relay/deliver/deliver.ts";
import type { TlsResults } from "../store/tls-results/tls-results.ts";
import type { TransportMemory } from "../store/transport/transport.ts";
import type { StubResolver } from "../wire/dns/stub-resolver.ts";
import type { World } from "./stores.ts";
import { stsFetch } from "./sts-fetch.ts";

export interface TransportParts {
  readonly config: Config;
  readonly world: World;
  readonly resolver: StubResolver;
  readonly memory: TransportMemory;
  readonly results: TlsResults;
}

export function openTransport({ config, world, resolver, memory, results }: TransportParts): Transport {
  const { clock, web } = world;
  const { tls } = config.outgoing;
  const seen = results.seen.bind(results);
  const sts =
    web && tls.mtaSts && new StsPolicies({ clock, resolver, store: memory.policies, fetch: stsFetch(web, resolver, clock), seen });
  return new Transport({
    ...{ clock, resolver, broken: memory.broken, dane: tls.dane, seen },
    ...(sts && { sts }),
    demand: (domain) => tls.domains.get(domain) ?? tls.default,
  });
}

/** Signed since 2010 and served by everybody: whoever checks signatures finds them in order. */
const SIGNED = ["org", "com", "se"];

/**
 * Asks for names that are surely signed, once. Resolves with what a person should know: a server whose word we believe does
 * not say that they are authentic, so it checks nothing, or something on the way takes the signatures out. Then no answer is
 * authentic and DANE protects no mail; nothing is sent that it would forbid, because nothing says that it would.
 */
export async function daneNeed(
  { dns, outgoing }: Pick<Config, "dns" | "outgoing">,
  resolver: StubResolver,
  log: Log,
): Promise<Need | undefined> {
  if (!outgoing.tls.dane) return undefined;
  if (!resolver.isBelieved) {
    log("info", "DANE is not used: no name server is on this machine or named in dns.validating");
    return undefined;
  }
  const answers = await Promise.all(SIGNED.map(async (name) => await resolver.ask(name, "SOA")));
  const found = answers.filter((answer) => answer.status === "ok");
  if (found.length === 0) {
    log("warn", "whether the name servers check signatures (DNSSEC) is not known: they answer for none of org, com, se");
    return undefined;
  }
  if (found.some(({ authentic }) => authentic)) return undefined;
  log("warn", "the name servers do not check signatures (DNSSEC), or something on the way removes them; DANE is not used");
  const who =
    dns.servers.length === 0 ? "The name servers of this machine" : `The name servers ${dns.servers.map(({ ip }) => ip).join(", ")}`;
  return {
    code: "dnssec-stripped",
    line: `${who} do not say that answers are authentic: DANE protects no mail.`,
    fix: "Let them check DNSSEC (unbound does by itself), look for a forwarder in between that removes signatures, or set outgoing.tls.dane: false.",
  };
}
