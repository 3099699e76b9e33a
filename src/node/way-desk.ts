/**
 * The API's port to the ways out of this node: how they stand, by the engine; changes of them, as settings with a revision
 * each. A change is written as a whole section of the settings, so that it is looked at as everything else that is applied.
 */
import type { Clock } from "../base/clock.ts";
import type { Answered, Refusal } from "../control/api/node-face.ts";
import type { AddressOrder, PoolRecord, TestedRoute, UpstreamOrder, WayDesk, WayOrderBy, WayRecord } from "../control/api/way-desk.ts";
import { type Config, writeYaml } from "../control/config/config.ts";
import { type SettingOf, type SettingsDesk, settingsOf, waysOfSettings } from "../control/settings/settings.ts";
import { DEFAULT_EGRESS, type Egress, type EgressName } from "../model/egress.ts";
import { nameOf, type Pool, type WayReport, Ways } from "../relay/egress/egress.ts";
import type { ControlSettings } from "../store/settings/control-settings.ts";
import type { WayStore } from "./way-store.ts";

export interface NodeWayPorts {
  readonly clock: Clock;
  readonly settings: ControlSettings;
  readonly desk: Pick<SettingsDesk, "apply">;
  readonly store: Pick<WayStore, "setPassword">;
  readonly ways: Ways;
  readonly config: Pick<Config, "hostname" | "ways">;
  hasAddress(ip: string): boolean;
  test(question: Parameters<WayDesk["test"]>[0]): Promise<TestedRoute>;
}

type Kind = "egress" | "upstream" | "pool";
type Refused = Extract<Answered<object>, { readonly ok: false }>;
type EgressSetting = SettingOf["egress"];
type UpstreamSetting = SettingOf["upstream"];

const SECTION: Readonly<Record<Kind, string>> = { egress: "egress", upstream: "upstreams", pool: "pools" };

export class NodeWays implements WayDesk {
  readonly #ports: NodeWayPorts;
  readonly #fixedWays: ReadonlySet<string>;
  readonly #fixedPools: ReadonlySet<string>;

  constructor(ports: NodeWayPorts) {
    this.#ports = ports;
    this.#fixedWays = new Set(ports.config.ways.ways.map(nameOf));
    this.#fixedPools = new Set(ports.config.ways.pools.map(({ name }) => name));
  }

  get usual(): Egress {
    return { name: DEFAULT_EGRESS, helo: this.#ports.config.hostname };
  }

  async test(question: Parameters<WayDesk["test"]>[0]): Promise<TestedRoute> {
    return await this.#ports.test(question);
  }

  ways(): readonly WayRecord[] {
    return this.#ports.ways.report().map((report) => this.#record(report));
  }

  pools(): readonly PoolRecord[] {
    return this.#ports.ways.plan.pools.map((pool) => ({ ...pool, fixed: this.#fixedPools.has(pool.name) }));
  }

  rules(): readonly string[] {
    return this.#ports.ways.plan.rules.map(({ text }) => text);
  }

  async set(order: AddressOrder | UpstreamOrder, who: WayOrderBy): ReturnType<WayDesk["set"]> {
    const { name } = order;
    const was = this.ways().find((one) => one.name === name);
    if (was?.fixed) return fixed(name);
    if (was !== undefined && was.way.is !== order.is)
      return no({ code: "exists", text: `${name} is ${aWay(was)} already`, fix: "name it otherwise" });
    const kind = order.is === "address" ? "egress" : "upstream";
    const value =
      order.is === "address" ? addressValue(order, this.#value("egress", name)) : upstreamValue(order, this.#value("upstream", name));
    const password = order.is === "upstream" ? order.login?.password : undefined;
    // The trial first: a password is sealed for a way that will be there.
    const wrong = await this.#apply(kind, name, value, { ...who, dryRun: true });
    if (wrong) return wrong;
    if (who.dryRun) return { ok: true, way: this.#imagined(kind, name, value), ...(was && { was }) };
    if (password !== undefined) await this.#ports.store.setPassword(name, password, this.#ports.clock.wall());
    const refused = await this.#apply(kind, name, value, who);
    if (refused) return refused;
    const way = this.ways().find((one) => one.name === name);
    return way === undefined ? removedMeanwhile(name) : { ok: true, way, ...(was && { was }) };
  }

  async remove(is: "address" | "upstream", name: EgressName, who: WayOrderBy): ReturnType<WayDesk["remove"]> {
    const removed = this.ways().find((one) => one.name === name && one.way.is === is);
    if (removed === undefined) return no({ code: "not-found", text: `there is no ${is} ${name}` });
    if (removed.fixed) return fixed(name);
    return (await this.#apply(is === "address" ? "egress" : "upstream", name, undefined, who)) ?? { ok: true, removed };
  }

  async setPool(pool: Pool, who: WayOrderBy): ReturnType<WayDesk["setPool"]> {
    const was = this.pools().find(({ name }) => name === pool.name);
    if (was?.fixed) return fixed(pool.name);
    const members = pool.members.map(({ name, weight }) => (weight === 1 ? name : `${name}=${weight}`));
    const refused = await this.#apply("pool", pool.name, { ways: members }, who);
    return refused ?? { ok: true, pool: { ...pool, fixed: false }, ...(was && { was }) };
  }

  async removePool(name: string, who: WayOrderBy): ReturnType<WayDesk["removePool"]> {
    const removed = this.pools().find((pool) => pool.name === name);
    if (removed === undefined) return no({ code: "not-found", text: `there is no pool ${name}`, fix: "list them: fairlead pool list" });
    if (removed.fixed) return fixed(name);
    return (await this.#apply("pool", name, undefined, who)) ?? { ok: true, removed };
  }

  #record(report: WayReport): WayRecord {
    return { ...report, fixed: this.#fixedWays.has(report.name) };
  }

  #value<K extends "egress" | "upstream">(kind: K, name: string) {
    return settingsOf(this.#ports.settings, kind).find((one) => one.name === name)?.value;
  }

  /** The section as it should be; `undefined` leaves the name out. What is wrong comes back, and nothing is changed then. */
  async #apply(kind: Kind, name: string, value: object | undefined, { by, dryRun }: WayOrderBy): Promise<Refused | undefined> {
    const { settings, desk } = this.#ports;
    const expect = settings.revision;
    const others = settingsOf(settings, kind).filter((one) => one.name !== name);
    const section = Object.fromEntries([...others.map((one) => [one.name, one.value]), ...(value === undefined ? [] : [[name, value]])]);
    const done = await desk.apply({ yaml: writeYaml({ [SECTION[kind]]: section }, ""), dryRun, by: by.id, expect });
    if (done.ok) return undefined;
    const { code, text } = done.refusal; // its remedy is for somebody who edits a file
    return no({ code, text: text.replaceAll(/^settings[^ ]* /gm, "") });
  }

  /** How it would be listed. */
  #imagined(kind: "egress" | "upstream", name: EgressName, value: EgressSetting | UpstreamSetting): WayRecord {
    const { clock, config, ways, hasAddress } = this.#ports;
    const read = waysOfSettings([{ kind, key: name, value }], config.hostname, () => "");
    const plan = { hostname: config.hostname, ways: read.ways, pools: ways.plan.pools, rules: [], byDomain: new Map() };
    const [report] = new Ways(plan, { clock, kept: [], hasAddress, news: () => {} }).report();
    if (report === undefined) throw new Error(`the settings took ${name}, and it is no way out`);
    return this.#record(report);
  }
}

function aWay({ way }: WayRecord): string {
  return way.is === "address" ? "an address" : "an upstream";
}

function fixed(name: string): Refused {
  return no({ code: "fixed", text: `${name} stands in the configuration file`, fix: "change it there and restart" });
}

function removedMeanwhile(name: string): Refused {
  return no({ code: "too-late", text: `${name} was removed again meanwhile` });
}

function no(refusal: Refusal): Refused {
  return { ok: false, refusal };
}

function addressValue({ helo, ip4, ip6, state, forDomains }: AddressOrder, was: EgressSetting = {}): EgressSetting {
  return {
    ...was,
    ...(helo !== undefined && { helo }),
    ...(ip4 !== undefined && { ip4 }),
    ...(ip6 !== undefined && { ip6 }),
    ...(state !== undefined && { state }),
    ...(forDomains !== undefined && { forDomains }),
  };
}

function upstreamValue(order: UpstreamOrder, was: UpstreamSetting = {}): UpstreamSetting {
  const { login, perHour, perDay, cost, state, forDomains } = order;
  const { user, perHour: hourWas, perDay: dayWas, url, ...rest } = was;
  const [userNow, hour, day] = [
    login === undefined ? user : login?.user,
    perHour === undefined ? hourWas : (perHour ?? undefined),
    perDay === undefined ? dayWas : (perDay ?? undefined),
  ];
  return {
    ...{ ...rest, url: urlOf(order, url) },
    ...(userNow !== undefined && { user: userNow }),
    ...(hour !== undefined && { perHour: String(hour) }),
    ...(day !== undefined && { perDay: String(day) }),
    ...(cost !== undefined && { cost: String(cost) }),
    ...(state !== undefined && { state }),
    ...(forDomains !== undefined && { forDomains }),
  };
}

/** `smtp://HOST:PORT?tls=required`: what is not ordered is taken from the one that stands. */
function urlOf({ host, port, tls }: UpstreamOrder, was = "smtp://"): string {
  const [, scheme = "smtp", place = "", oldPort, oldTls] =
    /^(smtps?):\/\/(\[[^\]]*\]|[^:/?]*)(?::(\d+))?\/?(?:\?tls=(\w+))?$/.exec(was) ?? [];
  const how = tls ?? oldTls ?? (scheme === "smtps" ? "implicit" : undefined);
  const at = host === undefined ? place : host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const behind = port === undefined ? (oldPort === undefined ? "" : `:${oldPort}`) : `:${port}`;
  return how === "implicit" ? `smtps://${at}${behind}` : `smtp://${at}${behind}${how === undefined ? "" : `?tls=${how}`}`;
}
