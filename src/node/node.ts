/**
 * The composition root: opens everything bottom-up, runs until told to stop, closes top-down. Threads: this one moves
 * mail and answers the control socket; the spool's SQLite has a thread of its own (and a second for long reads, once
 * somebody asks). The only file that picks real clocks, networks and files.
 */
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock, type WallMs } from "../base/clock.ts";
import { Fault, textOf } from "../base/fault.ts";
import { makeFolder } from "../base/folder.ts";
import { rangeTest } from "../base/ip.ts";
import { type Log, openLog } from "../base/log.ts";
import { systemRandom } from "../base/random.ts";
import { systemNetwork } from "../base/system-network.ts";
import { openResolver } from "../base/system-resolver.ts";
import { type Desk, startApi } from "../control/api/api.ts";
import { LINK_DAYS, openLinks } from "../control/api/links.ts";
import type { Config } from "../control/config/config.ts";
import { days, setting, settingsOf } from "../control/settings/settings.ts";
import { httpsClient, openWebhooks, type Webhooks } from "../control/webhooks/webhooks.ts";
import type { NodeNumber } from "../model/ids.ts";
import { type Source, STRANGER } from "../relay/intake/intake.ts";
import type { ControlSettings } from "../store/settings/control-settings.ts";
import { openSpool } from "../store/spool/spool.ts";
import { portDialect } from "../store/sql/dialect.ts";
import { SqlFault } from "../store/sql/sql.ts";
import { type ControlPlane, openControlPlane } from "./control-plane.ts";
import { firstLogin, httpPlace, openHttp } from "./http-door.ts";
import { nodeKey } from "./node-key.ts";
import { openNodeMetrics } from "./node-metrics.ts";
import { openPipeline, type Pipeline } from "./pipeline.ts";
import { pipelineSettings } from "./pipeline-settings.ts";
import { serveDatabase } from "./served-database.ts";
import { SourceStore } from "./source-store.ts";
import { Steering } from "./steering.ts";
import { storyUrls } from "./story-urls.ts";
import { openCertificate } from "./tls.ts";

export interface NodeRun {
  readonly config: Config;
  readonly version: string;
  readonly signal: AbortSignal;
  /** The built panel; absent: the API answers without it. */
  readonly panelFolder?: string | undefined;
  /** Log lines, whole. */
  write(line: string): void;
  /** Everything is open and mail is taken. */
  ready(facts: ReadyFacts): void;
  /** While stopping: what it waits for, about once a second. */
  waiting(what: string): void;
}

export interface ReadyFacts {
  readonly listeners: readonly { readonly name: string; readonly address: string }[];
  /** From the start of `runNode`. */
  readonly ms: number;
  readonly cleanBefore: boolean;
  readonly queued: number;
  readonly held: number;
  readonly socket: string;
  /** Where browsers find the panel; absent where no door was opened. */
  readonly panel?: string;
  /** Opens it for the first owner, once. */
  readonly login?: { readonly url: string; readonly until: WallMs };
}

const NODE = 1 as NodeNumber;
const NAME = `n${NODE}`;
const NODE_SECRET = "node/node";

/** A stop waits so long for open transactions; then they are cut (and mail past its final dot is in doubt). */
const DRAIN_MS = 30_000;

/** Resolves after an orderly stop. @throws {Fault} with a sentence for people when it cannot start. */
export async function runNode(run: NodeRun): Promise<void> {
  const started = systemClock.mono();
  const { config } = run;
  const log = (part: string): Log => openLog(part, config.logLevel, run.write);
  makeDataFolder(config.data);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  run.signal.addEventListener("abort", stop, { once: true });

  await using stack = new AsyncDisposableStack();
  const clock: Clock = systemClock;
  const spool = stack.use(await openSpool({ where: { folder: config.data }, clock, log: log("spool"), ...config.spool }));
  const control = stack.use(await openControl(config, clock, log));
  const { settings } = control;
  const secret = await nodeSecret(settings, clock);
  const certificate = stack.use(await openCertificate(config, clock, log("tls")));
  const resolver = openResolver();
  const links = openLinks(secret, control.revokedLinks, clock, () => days(setting(settings, "panel").linkLifetime, LINK_DAYS));
  const publicUrl = (): string | undefined => setting(settings, "panel").publicUrl;
  const sources = new SourceStore({ settings, clock, random: systemRandom, allowed: config.allow });
  const pipeline = stack.use(
    await openPipeline(
      {
        ...{ clock, random: systemRandom, network: systemNetwork(clock), resolver, spool, log },
        suppression: control.suppression,
        storyUrl: storyUrls(links, publicUrl, clock),
      },
      pipelineSettings(config, {
        ...{ node: NODE, secret, sources: sources.all(), ownAddresses: ownAddresses() },
        tls: { context: () => certificate.context },
      }),
    ),
  );
  stack.defer(sources.onChange((all) => pipeline.intake.setSources(all)));
  await refuseOpenRelay(pipeline, log("intake"), sources.all().some(holdsStrangers));
  const pickup = stack.use(await pipeline.intake.watchPickup(join(config.data, "pickup")));
  let webhooks: Webhooks | undefined;
  const steering = new Steering({
    ...{ name: NAME, number: NODE, version: run.version, startedAt: clock.wall(), clock, log: log("steering") },
    ...{ spool, pipeline, sources, stop, actions: control.actions },
    pickup: () => pickup.look(),
    history: () => ({ is: "off" }),
    needs: () => webhooks?.needs() ?? [],
    certificateUntil: () => certificate.until,
    upstreams: upstreamHosts(config),
    mayRelease: (tenant) => settingsOf(settings, "tenant").some(({ name, value }) => name === tenant && value.mayRelease === true),
  });
  webhooks = stack.use(
    await openWebhooks({
      ...{ database: control.database, settings, node: steering, clock, random: systemRandom },
      ...{ http: httpsClient(), resolver, log: log("webhooks") },
    }),
  );
  const metrics = stack.use(openNodeMetrics({ clock, spool, steering, pipeline, webhooks, version: run.version }));
  const place = httpPlace(config);
  const desk: Desk = {
    ...{ node: steering, logins: control.logins, audit: control.audit, settings: control.settingsDesk },
    ...{ suppression: control.suppression, metrics, links, webhooks },
    publicUrl: () => publicUrl() ?? place?.url ?? "",
  };
  stack.use(await startApi({ ...desk, socketPath: config.controlSocket, log: log("control") }));
  const http = place && (await openHttp(place, { desk, certificate, log: log("http"), panelFolder: run.panelFolder }));
  if (http) stack.use(http);
  const login = http && place ? await firstLogin(control.logins, place.url) : undefined;
  steering.watch(stopping.signal);
  void webhooks.watch(stopping.signal);
  control.watch(stopping.signal);
  const { opened } = spool;
  run.ready({
    listeners: pipeline.intake.addresses.map(({ name, local }) => ({ name, address: `${local.ip}:${local.port}` })),
    ms: systemClock.mono() - started,
    cleanBefore: opened.clean,
    queued: opened.queued,
    held: opened.held,
    socket: config.controlSocket,
    ...(http && place && { panel: place.url }),
    ...(login && { login }),
  });

  await aborted(stopping.signal);
  steering.drain();
  await waitedFor(pipeline.drain(DRAIN_MS), () => pipeline.describe(), run.waiting);
}

/** Says once a second what a stop still waits for. */
async function waitedFor(drained: Promise<void>, describe: () => string, say: (what: string) => void): Promise<void> {
  const done = new AbortController();
  const telling = (async () => {
    while (!done.signal.aborted) {
      await systemClock.sleep(1000, done.signal);
      const what = describe();
      if (what !== "") say(what);
    }
  })().catch(() => {}); // its sleep ends by the abort
  try {
    await drained;
  } finally {
    done.abort();
    await telling;
  }
}

function makeDataFolder(path: string): void {
  try {
    makeFolder(path, 0o700);
  } catch (thrown) {
    throw new Fault("DATA_FOLDER", `the data folder ${path} cannot be made: ${textOf(thrown)}; name another with --data`, thrown);
  }
}

async function openControl(config: Config, clock: Clock, log: (part: string) => Log): Promise<ControlPlane> {
  const key = await nodeKey(join(config.data, "secret.key"), systemRandom);
  const path = join(config.data, "settings.db");
  const dialect = portDialect(serveDatabase(path, clock, log("control")));
  try {
    return await openControlPlane({ dialect, clock, random: systemRandom, log, nodeKey: key, node: config.hostname });
  } catch (thrown) {
    if (!(thrown instanceof SqlFault)) throw thrown;
    throw new Fault(
      thrown.code,
      `the settings in ${path} cannot be read: ${thrown.message}; put back a copy of it, or move it away to begin without settings, sources and logins (mail that waits is kept elsewhere and stays)`,
      thrown,
    );
  }
}

/** What only this node knows: signs loop tokens and links, makes decoys for unknown logins. Made once. */
async function nodeSecret(settings: ControlSettings, clock: Clock): Promise<Uint8Array> {
  const kept = settings.secret(NODE_SECRET);
  if (kept) return kept;
  const secret = systemRandom.bytes(32);
  await settings.setSecret(NODE_SECRET, secret, clock.wall());
  return secret;
}

/** Their names and what they are reached by: to a tenant, the inside. */
function upstreamHosts({ upstream, routes }: Config): ReadonlySet<string> {
  return new Set([...(upstream ? [upstream] : []), ...routes.values()].map(({ host }) => host));
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

function ownAddresses(): ReadonlySet<string> {
  return new Set(Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)));
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
