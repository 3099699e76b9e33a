/** Where people and programs ask and steer: the socket of the data folder, the HTTP door, and webhooks outwards. */
import { systemRandom } from "../base/random.ts";
import type { TlsFiles } from "../base/tls-files.ts";
import { type Desk, startApi } from "../control/api/api.ts";
import type { Links } from "../control/api/desk.ts";
import type { Config } from "../control/config/config.ts";
import { settingsOf } from "../control/settings/settings.ts";
import { openWebhooks, type Webhooks } from "../control/webhooks/webhooks.ts";
import type { NodeNumber } from "../model/ids.ts";
import type { StubResolver } from "../wire/dns/stub-resolver.ts";
import { countedLogins } from "./counted-logins.ts";
import { firstLogin, httpPlace, openHttp } from "./http-door.ts";
import { keepingOf } from "./kept.ts";
import type { MailWay } from "./mail-way.ts";
import { openNodeMetrics } from "./node-metrics.ts";
import { testRoute } from "./route-test.ts";
import { Steering } from "./steering.ts";
import type { Stores, World } from "./stores.ts";
import { NodeWays } from "./way-desk.ts";

export interface DoorPorts {
  readonly config: Config;
  readonly version: string;
  readonly number: NodeNumber;
  readonly world: World;
  readonly stores: Stores;
  readonly mail: MailWay;
  readonly links: Links;
  readonly certificate: TlsFiles;
  readonly resolver: StubResolver;
  /** The panel's address for people elsewhere, where settings name one. */
  readonly publicUrl: () => string | undefined;
  readonly panelFolder?: string | undefined;
  /** Begins a graceful stop. */
  readonly stop: () => void;
}

export interface Doors {
  readonly steering: Steering;
  /** Where browsers find the panel; absent where no door was opened. */
  readonly panel?: string;
  /** Opens it for the first owner, once. */
  readonly login?: NonNullable<Awaited<ReturnType<typeof firstLogin>>>;
  /** Begins what is done by the clock, until the signal ends it. */
  watch(signal: AbortSignal): void;
}

/** All of it closes with the stack. @throws {Fault} with a sentence for people. */
export async function openDoors(ports: DoorPorts, stack: AsyncDisposableStack): Promise<Doors> {
  const { config, world, stores, mail, links, certificate, version, publicUrl } = ports;
  const { desk: clock, http: client, lab, log } = world;
  const { spool, control, history } = stores;
  const { settings } = control;
  let webhooks: Webhooks | undefined;
  const steering = steeringOf(ports, () => webhooks);
  webhooks = stack.use(
    await openWebhooks({
      ...{ database: control.database, settings, node: steering, clock, random: systemRandom },
      ...{ http: client, resolver: ports.resolver, log: log("webhooks") },
      alarm: (code, text) => spool.record({ at: clock.wall(), body: { kind: "alarm", code, text } }),
    }),
  );
  const { logins, failed } = countedLogins(control.logins);
  const metrics = stack.use(
    openNodeMetrics({
      ...{ clock, spool, steering, pipeline: mail.pipeline, webhooks, traffic: mail.traffic, version },
      ...{
        certificateUntil: () => certificate.until,
        loginsFailed: failed,
        lookUps: () => ports.resolver.counts,
        tls: mail,
        limits: stores.limits,
      },
    }),
  );
  const place = httpPlace(config);
  const desk: Desk = {
    ...{ node: steering, logins, audit: control.audit, settings: control.settingsDesk, suppression: control.suppression },
    tlsReports: { results: mail.tlsResults, sends: config.tlsReports !== undefined },
    ...{ metrics, links, webhooks, keeping: keepingOf(history, settings), ...(lab && { lab }) },
    publicUrl: () => publicUrl() ?? place?.url ?? "",
  };
  stack.use(await startApi({ ...desk, clock, socketPath: config.controlSocket, log: log("control") }));
  const http = place && (await openHttp(place, { desk, clock, certificate, log: log("http"), panelFolder: ports.panelFolder }));
  if (http) stack.use(http);
  const login = http && place ? await firstLogin(logins, place.url) : undefined;
  return {
    steering,
    ...(http && place && { panel: place.url }),
    ...(login && { login }),
    watch: (signal) => {
      steering.watch(signal);
      control.watch(signal);
      void mail.tlsReports.run(signal);
      void webhooks.watch(signal);
    },
  };
}

function steeringOf(
  { config, version, number, world, stores, mail, certificate, resolver, stop }: DoorPorts,
  webhooks: () => Webhooks | undefined,
): Steering {
  const { desk: clock, log } = world;
  const { spool, control, history } = stores;
  const { pipeline, sources, traffic, pickup, siteFor } = mail;
  const { upstream, routes } = config;
  return new Steering({
    ways: waysOf({ config, world, stores, mail, resolver }),
    ...{ name: `n${number}`, number, version, startedAt: clock.wall(), clock, log: log("steering") },
    ...{ spool, pipeline, sources, history, traffic, siteFor, stop, actions: control.actions },
    ...{ limits: stores.limits, connections: { upstream: config.outgoing.perUpstream, mx: config.outgoing.perDomain } },
    pickup: () => pickup.look(),
    needs: () => [...control.needs(), ...mail.needs(), ...(webhooks()?.needs() ?? [])],
    certificateUntil: () => certificate.until,
    upstreams: new Set([...(upstream ? [upstream] : []), ...routes.values()].map(({ host }) => host)),
    mayRelease: (tenant) => settingsOf(control.settings, "tenant").some(({ name, value }) => name === tenant && value.mayRelease === true),
  });
}

function waysOf({ config, world, stores, mail, resolver }: Pick<DoorPorts, "config" | "world" | "stores" | "mail" | "resolver">): NodeWays {
  const { clock, random, ownAddresses } = world;
  const { settings, settingsDesk: desk } = stores.control;
  const { wayHouse, wayStore: store, transport } = mail;
  const { ways } = wayHouse;
  const looking = { routes: ways, resolver, random, ownAddresses, transport, hostname: config.hostname };
  return new NodeWays({
    ...{ clock, settings, desk, store, ways, config, hasAddress: (ip) => world.hasAddress(ip) },
    test: async (question) => await testRoute(question, { ...looking, nameOf: (site) => ways.nameOf(site) }),
  });
}
