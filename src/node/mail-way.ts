/** The way of mail of this node: the pipeline with its addresses, sources and counts, taking mail when it is open. */
import { join } from "node:path";
import { Fault } from "../base/fault.ts";
import { rangeTest } from "../base/ip.ts";
import type { Log } from "../base/log.ts";
import { systemRandom } from "../base/random.ts";
import type { Resolver } from "../base/resolver.ts";
import type { TlsFiles } from "../base/tls-files.ts";
import type { Config } from "../control/config/config.ts";
import { openTraffic, type Traffic } from "../control/metrics/traffic.ts";
import type { NodeNumber } from "../model/ids.ts";
import { siteOf } from "../relay/deliver/deliver.ts";
import { type Pickup, type Source, STRANGER } from "../relay/intake/intake.ts";
import type { SiteFor } from "./past.ts";
import { openPipeline, type Pipeline, type PipelinePorts } from "./pipeline.ts";
import { pipelineSettings } from "./pipeline-settings.ts";
import { SourceStore } from "./source-store.ts";
import type { Stores, World } from "./stores.ts";

export interface MailWay {
  readonly pipeline: Pipeline;
  readonly sources: SourceStore;
  readonly traffic: Traffic;
  readonly pickup: Pickup;
  readonly siteFor: SiteFor;
}

export interface MailPorts {
  readonly config: Config;
  readonly number: NodeNumber;
  readonly world: World;
  readonly resolver: Resolver;
  readonly stores: Stores;
  readonly certificate: TlsFiles;
  readonly storyUrl: NonNullable<PipelinePorts["storyUrl"]>;
}

/** All of it closes with the stack. @throws {Fault} with a sentence for people. */
export async function openMailWay(ports: MailPorts, stack: AsyncDisposableStack): Promise<MailWay> {
  const { config, number, world, resolver, stores, certificate, storyUrl } = ports;
  const { clock, random, network, ownAddresses, log } = world;
  const { spool, control, secret } = stores;
  const sources = new SourceStore({ settings: control.settings, clock, random: systemRandom, allowed: config.allow });
  const settings = pipelineSettings(config, {
    ...{ node: number, secret, sources: sources.all(), ownAddresses },
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
  const pipeline = stack.use(await openPipeline({ clock, random, network, resolver, spool, suppression, storyUrl, log }, settings));
  stack.defer(sources.onChange((all) => pipeline.intake.setSources(all)));
  await refuseOpenRelay(pipeline, log("intake"), sources.all().some(holdsStrangers));
  const pickup = stack.use(await pipeline.intake.watchPickup(join(config.data, "pickup")));
  return { pipeline, sources, traffic, pickup, siteFor };
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
