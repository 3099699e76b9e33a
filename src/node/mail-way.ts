/** The way of mail of this node: the pipeline with its addresses, sources and counts, taking mail when it is open. */
import { join } from "node:path";
import { concat, latin1 } from "../base/bytes.ts";
import { Fault } from "../base/fault.ts";
import { rangeTest } from "../base/ip.ts";
import type { Log } from "../base/log.ts";
import { systemRandom } from "../base/random.ts";
import type { Answer } from "../base/resolver.ts";
import type { TlsFiles } from "../base/tls-files.ts";
import type { Need } from "../control/api/node-face.ts";
import type { Config } from "../control/config/config.ts";
import { openTraffic, type Traffic } from "../control/metrics/traffic.ts";
import { domainOf } from "../model/address.ts";
import type { NodeNumber } from "../model/ids.ts";
import type { OverrideOrder } from "../model/override.ts";
import { siteOf, type Transport } from "../relay/deliver/deliver.ts";
import { type Pickup, type Source, STRANGER } from "../relay/intake/intake.ts";
import { TlsResults } from "../store/tls-results/tls-results.ts";
import { WayCounts } from "../store/way-counts/way-counts.ts";
import type { StubResolver } from "../wire/dns/stub-resolver.ts";
import type { SiteFor } from "./past.ts";
import { openPipeline, type Pipeline, type PipelinePorts } from "./pipeline.ts";
import { pipelineSettings } from "./pipeline-settings.ts";
import { SourceStore } from "./source-store.ts";
import type { Stores, World } from "./stores.ts";
import { reportPlaces } from "./tls-report-places.ts";
import { TlsReports } from "./tls-reports.ts";
import { daneNeed, openTransport } from "./transport.ts";
import { openWayHouse, type WayHouse } from "./way-house.ts";
import { WayStore } from "./way-store.ts";

export interface MailWay {
  readonly pipeline: Pipeline;
  readonly sources: SourceStore;
  readonly traffic: Traffic;
  readonly pickup: Pickup;
  readonly siteFor: SiteFor;
  readonly wayHouse: WayHouse;
  readonly wayStore: WayStore;
  readonly transport: Transport;
  readonly tlsResults: TlsResults;
  /** Sends nothing before it runs. */
  readonly tlsReports: TlsReports;
  /** What a person should know of the way out. */
  needs(): readonly Need[];
}

export interface MailPorts {
  readonly config: Config;
  readonly number: NodeNumber;
  readonly world: World;
  readonly resolver: StubResolver;
  readonly stores: Stores;
  readonly certificate: TlsFiles;
  readonly storyUrl: NonNullable<PipelinePorts["storyUrl"]>;
}

/** All of it closes with the stack. @throws {Fault} with a sentence for people. */
export async function openMailWay(ports: MailPorts, stack: AsyncDisposableStack): Promise<MailWay> {
  const { config, number, world, resolver, stores, certificate, storyUrl } = ports;
  const { clock, random, network, ownAddresses, log } = world;
  const { spool, control, limits, secret } = stores;
  const sources = new SourceStore({ settings: control.settings, clock, random: systemRandom, allowed: config.allow });
  const wayStore = new WayStore(control.settings, config);
  const wayHouse = stack.use(await wayHouseOf(ports, wayStore));
  const { ways } = wayHouse;
  const settings = pipelineSettings(config, {
    ...{ node: number, secret, sources: sources.all(), ways, ownAddresses },
    tls: { context: () => certificate.context },
  });
  const siteFor: SiteFor = (domain) => siteOf(settings.routes.routeFor({ domain }).route);
  const traffic = stack.use(
    openTraffic({
      ...{ clock, log: log("traffic"), journal: spool, onEvents: (listener) => spool.onEvents(listener) },
      siteFor,
    }),
  );
  const { suppression } = control;
  const tlsResults = stack.use(new TlsResults(control.database, { clock, log: log("tls"), node: `n${number}` }));
  const transport = openTransport({ config, world, resolver, memory: control.transport, results: tlsResults });
  const outside = { clock, random, network, resolver, transport };
  const pipeline = stack.use(
    await openPipeline({ ...outside, spool, suppression, limits, storyUrl, notice: world.lab?.notice, log }, settings),
  );
  wayHouse.start();
  stack.defer(sources.onChange((all) => pipeline.intake.setSources(all)));
  await refuseOpenRelay(pipeline, log("intake"), sources.all().some(holdsStrangers));
  const pickup = stack.use(await pipeline.intake.watchPickup(join(config.data, "pickup")));
  let dane: Need | undefined;
  void daneNeed(config, resolver, log("tls")).then((need) => {
    dane = need;
  });
  const needs = (): readonly Need[] => [...(dane ? [dane] : []), ...wayHouse.needs()];
  return {
    pipeline,
    wayHouse,
    wayStore,
    transport,
    sources,
    traffic,
    pickup,
    siteFor,
    tlsResults,
    tlsReports: tlsReportsOf(ports, pipeline, tlsResults),
    needs,
  };
}

async function wayHouseOf({ number, world, stores }: MailPorts, store: WayStore): Promise<WayHouse> {
  const { clock } = world;
  const { spool, control, limits } = stores;
  const log = world.log("egress");
  const decide = async (order: OverrideOrder): Promise<void> => {
    const added = await limits.add(order);
    if (added.is === "refused") log("info", `mail is not sent another way: the decision ${added.why}`);
  };
  return await openWayHouse({
    ...{ clock, log, spool, hasAddress: (ip) => world.hasAddress(ip), decide: (order) => void decide(order) },
    store,
    counts: new WayCounts(control.database, `n${number}`),
  });
}

function tlsReportsOf({ config, number, world, resolver }: MailPorts, { ownMail }: Pipeline, results: TlsResults): TlsReports {
  const { clock, http, log } = world;
  const { tlsReports: reporter, hostname } = config;
  return new TlsReports(
    {
      ...{ results, clock, log: log("tls") },
      txt: async (name) => await textsAt(name, resolver),
      ...reportPlaces({ clock, ownMail, hostname, from: reporter?.from ?? "", http, resolver }),
    },
    reporter && { ...reporter, submitter: domainOf(reporter.from), node: `n${number}` },
  );
}

async function textsAt(name: string, resolver: StubResolver): Promise<Answer<string>> {
  const answer = await resolver.ask(name, "TXT");
  return answer.status === "ok" ? { ...answer, records: answer.records.map(({ parts }) => latin1(concat(parts))) } : answer;
}

/** A range as wide as that is refused unless somebody says that he knows. */
function holdsStrangers(source: Source): boolean {
  return source.kind === "range" && rangeTest(source.ranges)(STRANGER);
}

/** R24. A range that includes strangers was asked for by a flag that says so: then it is told, not refused. */
async function refuseOpenRelay(pipeline: Pipeline, log: Log, wide: boolean): Promise<void> {
  const open = await pipeline.intake.openRelays();
  if (open.length === 0) return;
  if (!wide) throw new Fault("OPEN_RELAY", `strangers could send through ${open.join(", ")}`);
  log("warn", "strangers can send through this server: an allowed range includes them", { listeners: open.join(",") });
}
