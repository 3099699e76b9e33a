/** From what the operator configured to what each part takes. */
import { Fault } from "../base/fault.ts";
import { ipFamily } from "../base/ip.ts";
import type { Config } from "../control/config/config.ts";
import type { NodeNumber } from "../model/ids.ts";
import type { Upstream } from "../relay/deliver/deliver.ts";
import type { Ways } from "../relay/egress/egress.ts";
import type { Source } from "../relay/intake/intake.ts";
import type { ServerTls } from "../wire/smtp/server.ts";
import type { PipelineSettings } from "./pipeline.ts";

export interface NodeFacts {
  readonly node: NodeNumber;
  readonly secret: Uint8Array;
  readonly tls: ServerTls;
  readonly sources: readonly Source[];
  readonly ways: Ways;
  /** This machine's addresses. */
  readonly ownAddresses: ReadonlySet<string>;
}

const MINUTE = 60_000;
/** RFC 5321 §4.5.3.2.5: for each block of content that the socket does not take. */
const DATA_BLOCK_MS = 3 * MINUTE;
const CONNECT_MS = 30_000;
/** Longer idling gains little and takes places at receivers (R20). */
const IDLE_MS = 5000;

export function pipelineSettings(config: Config, facts: NodeFacts): PipelineSettings {
  const { hostname, limits, outgoing, retry, listeners } = config;
  refuseOwnUpstream(config, facts.ownAddresses);
  return {
    node: facts.node,
    hostname,
    secret: facts.secret,
    routes: facts.ways,
    retry,
    deliver: {
      helo: hostname,
      ownAddresses: facts.ownAddresses,
      connectTimeoutMs: CONNECT_MS,
      timeouts: {
        banner: outgoing.replyWithinMs,
        command: outgoing.replyWithinMs,
        dataBlock: DATA_BLOCK_MS,
        finalDot: outgoing.verdictWithinMs,
      },
      maxTransactions: outgoing.messagesPerConnection,
      idleMs: IDLE_MS,
    },
    connections: { upstream: outgoing.perUpstream, mx: outgoing.perDomain, all: outgoing.connections },
    intake: {
      hostname,
      listeners,
      tls: facts.tls,
      maxMessageBytes: limits.messageBytes,
      maxRecipients: limits.recipients,
      maxConnections: limits.connections,
      maxConnectionsPerAddress: limits.connectionsPerAddress,
    },
    sources: facts.sources,
    returnPath: config.returnPath,
  };
}

/** An upstream that is one of our own listeners would send every message round until it is found out to loop (R16). */
function refuseOwnUpstream({ listeners, upstream, routes }: Config, own: ReadonlySet<string>): void {
  const all: Upstream[] = [...(upstream ? [upstream] : []), ...routes.values()];
  for (const { host, port } of all) {
    const here = host === "localhost" || own.has(host) || (ipFamily(host) === 4 && host.startsWith("127."));
    const mine = listeners.find(
      ({ at }) => here && at.port === port && (at.ip === host || at.ip === "0.0.0.0" || at.ip === "::" || host === "localhost"),
    );
    if (mine)
      throw new Fault(
        "OWN_UPSTREAM",
        `the upstream ${host}:${port} is this node's own listener ${mine.name}: mail would go round; name another server`,
      );
  }
}
