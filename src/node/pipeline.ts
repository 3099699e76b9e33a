/**
 * The way of a message, as one picture:
 *
 *     listener ─▶ session ─▶ accept ─▶ spool ══ 250 ══▶ dispatch ─▶ site ─▶ transaction ─▶ outcome
 *                                                          ▲                                  │
 *                                                          └─── retry ◀── settle ◀────────────┤
 *                                                                                             ▼
 *                                                            reports to senders, events ◀── spool
 *
 * Reading order: `relay/intake` (session-host, accept) → `store/spool` → `relay/dispatch` (dispatch, site,
 * transaction) → `relay/deliver` → `wire/smtp/client` → back in `relay/dispatch` (next-step, settle, report).
 * Everything the parts touch of the outside world comes in through `ports`, so the same picture runs in production, in
 * the lab and in a test that lives through three days in a second.
 */
import { Activities } from "../base/activities.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Network } from "../base/network.ts";
import type { Random } from "../base/random.ts";
import type { Resolver } from "../base/resolver.ts";
import { traceToken } from "../mail/message/message.ts";
import { ReturnPaths } from "../mail/return-path/return-path.ts";
import { envelopeIn } from "../model/envelope-in.ts";
import { keySource, type MessageKey, type NodeNumber } from "../model/ids.ts";
import type { Envelope } from "../model/message.ts";
import type { DeliverSettings, Transport } from "../relay/deliver/deliver.ts";
import {
  Actions,
  Dispatch,
  type DispatchSettings,
  memoryOf,
  type ReportPorts,
  Reports,
  type RetrySettings,
} from "../relay/dispatch/dispatch.ts";
import type { Ways } from "../relay/egress/egress.ts";
import { Intake, type IntakeSettings, OwnMail, Returns, type Source } from "../relay/intake/intake.ts";
import type { Limits } from "../relay/limits/limits.ts";
import type { Spool } from "../store/spool/spool.ts";
import type { Suppression } from "../store/suppression/suppression.ts";

export interface PipelinePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly resolver: Resolver;
  /** What is asked of TLS towards mail hosts. Absent: nothing. */
  readonly transport?: Transport | undefined;
  readonly spool: Spool;
  /** Addresses that are not written to (R17). Absent: none is remembered. */
  readonly suppression?: Suppression | undefined;
  /** Rules and overrides of limits. Absent: none. */
  readonly limits?: Pick<Limits, "effective" | "generation" | "onChange"> | undefined;
  /** For reports: where a sender reads the message's story. */
  readonly storyUrl?: ReportPorts["storyUrl"];
  /** What each report says first. */
  readonly notice?: string | undefined;
  /** A log for the part named. */
  log(part: string): Log;
}

export interface PipelineSettings {
  readonly node: NodeNumber;
  readonly hostname: string;
  /** Known to this node only: signs the loop token and makes decoys for unknown logins. */
  readonly secret: Uint8Array;
  readonly routes: Ways;
  readonly retry: RetrySettings;
  readonly deliver: DeliverSettings;
  readonly connections: DispatchSettings["connections"];
  readonly intake: IntakeSettings;
  readonly sources: readonly Source[];
  /** Absent: senders' own return paths stay, and nothing comes back to us. */
  readonly returnPath?: { readonly domain: string; readonly complaints: readonly string[] } | undefined;
}

export interface Pipeline extends AsyncDisposable {
  readonly intake: Intake;
  readonly dispatch: Dispatch;
  readonly actions: Actions;
  /** What the program writes on its own account. */
  readonly ownMail: OwnMail;
  /** Stops in order: no new transactions in, open ones finish; then no new attempts, those under way are recorded. */
  drain(withinMs: number): Promise<void>;
  /** What it still waits for. */
  describe(): string;
}

/** Resolves once mail is taken and sent. The spool is the caller's to close, afterwards. */
export async function openPipeline(ports: PipelinePorts, settings: PipelineSettings): Promise<Pipeline> {
  const { clock, random, network, resolver, spool, suppression, limits } = ports;
  const { node, hostname, routes, retry, returnPath } = settings;
  const paths = returnPath && new ReturnPaths(returnPath.domain, settings.secret);
  const newKey = keySource(clock, spool.opened.lastKey);
  const reports = new Reports({
    ...{ spool, clock, log: ports.log("reports"), routes, node, hostname, newKey, notice: ports.notice },
    ...(ports.storyUrl && { storyUrl: ports.storyUrl }),
  });
  const dispatch = new Dispatch(
    {
      spool,
      clock,
      random: random.fork("dispatch"),
      log: ports.log("dispatch"),
      ports: { network, resolver, clock, random: random.fork("deliver"), transport: ports.transport },
      reports,
      decisions: limits,
      recipients: suppression && memoryOf(suppression, clock, ports.log("suppression")),
    },
    { deliver: settings.deliver, retry, routes, returnPaths: paths, connections: settings.connections },
  );
  const stopListening = limits?.onChange(() => dispatch.reconsider());
  const token = traceToken(settings.secret, node);
  const returns = paths && returnsOf(ports, settings, { paths, dispatch, reports, token });
  const intake = new Intake(
    {
      ...{ spool, dispatch, routes, clock, network, node, hostname },
      random: random.fork("intake"),
      log: ports.log("intake"),
      secret: settings.secret,
      traceToken: token,
      returns,
      suppression,
      expireMs: retry.expireMs,
      newKey,
    },
    settings.intake,
    settings.sources,
  );
  const orders = new Activities(clock);
  const actions = new Actions({
    spool,
    clock,
    dispatch,
    reports,
    routes,
    inDoubtAfterMs: retry.inDoubtAfterMs,
    begin: (label) => orders.begin(label),
  });
  await intake.listen(); // first: an address that is taken is the usual reason not to start
  await dispatch.start();
  const drain = async (withinMs: number): Promise<void> => {
    const until = clock.mono() + withinMs;
    const left = (): number => Math.max(0, until - clock.mono());
    await intake.drain(left());
    stopListening?.();
    await dispatch.drain(left());
    await orders.drained(left());
  };
  return {
    intake,
    dispatch,
    actions,
    ownMail: new OwnMail({ spool, dispatch, routes, clock, node, hostname, newKey }),
    drain,
    describe: () => [intake.describe(), dispatch.describe(), orders.describe()].filter((part) => part !== "").join(", "),
    [Symbol.asyncDispose]: () => drain(0),
  };
}

function returnsOf(
  { spool, clock, log, suppression }: PipelinePorts,
  { routes, node, hostname, retry, returnPath }: PipelineSettings,
  made: { readonly paths: ReturnPaths; readonly dispatch: Dispatch; readonly reports: Reports; readonly token: string },
): Returns {
  const { paths, dispatch, reports, token } = made;
  return new Returns(
    {
      ...{ spool, dispatch, routes, clock, node, hostname, log: log("returns"), expireMs: retry.expireMs, traceToken: token, suppression },
      envelopeOf: (key) => envelopeOf(spool, key),
      mayTell: (sender) => reports.mayTell(sender),
    },
    { paths, complaints: (returnPath?.complaints ?? []).map((local) => `${local.toLowerCase()}@${paths.domain}`) },
  );
}

/** While it is open from the spool, afterwards from the journal, as long as that keeps it. */
async function envelopeOf(spool: Spool, key: MessageKey): Promise<Envelope | undefined> {
  const stored = await spool.message(key);
  if (stored) return stored.envelope;
  return envelopeIn(await spool.eventsOf(key), key);
}
