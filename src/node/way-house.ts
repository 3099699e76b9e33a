/**
 * The ways out in the running node: the plan of settings and configuration, what was counted before the last stop, and what
 * is done about news of them. Counts are written every few seconds and at the end; a crash forgets the last of them, which
 * is less than receivers would notice.
 */
import { unreachable } from "../base/brand.ts";
import type { Clock } from "../base/clock.ts";
import { textOf } from "../base/fault.ts";
import type { Log } from "../base/log.ts";
import { countText } from "../base/size-text.ts";
import { durationText } from "../base/time-text.ts";
import type { Need } from "../control/api/node-face.ts";
import type { EgressName } from "../model/egress.ts";
import type { OverrideOrder } from "../model/override.ts";
import { nameOf, type WayNews, type WayReport, Ways } from "../relay/egress/egress.ts";
import type { Spool } from "../store/spool/spool.ts";
import type { WayCounts } from "../store/way-counts/way-counts.ts";
import type { ReadPlan, WayStore } from "./way-store.ts";

export interface WayHousePorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: WayStore;
  readonly counts: Pick<WayCounts, "load" | "put">;
  readonly spool: Pick<Spool, "record" | "sites">;
  hasAddress(ip: string): boolean;
  /** What the program decides about a way that does not work. */
  decide(order: OverrideOrder): void;
}

/** How often counts are written, and how often it is looked whether addresses are there and drained ones are empty. */
const WRITE_MS = 5_000;
const LOOK_MS = 60_000;

/** @throws {SqlFault} */
export async function openWayHouse(ports: WayHousePorts): Promise<WayHouse> {
  return new WayHouse(ports, await ports.counts.load(ports.clock.wall()));
}

export class WayHouse implements AsyncDisposable {
  readonly ways: Ways;
  readonly #ports: WayHousePorts;
  readonly #stop = new AbortController();
  readonly #stopListening: () => void;
  /** Draining ways that were told to be empty. */
  readonly #empty = new Set<EgressName>();
  #plan: ReadPlan;
  #loop: Promise<void> = Promise.resolve();

  constructor(ports: WayHousePorts, kept: Awaited<ReturnType<WayCounts["load"]>>) {
    const { clock, store } = ports;
    this.#ports = ports;
    this.#plan = store.plan();
    this.ways = new Ways(this.#plan, { clock, kept, hasAddress: (ip) => ports.hasAddress(ip), news: (news) => this.#heard(news) });
    this.#stopListening = store.onChange((plan) => {
      this.#plan = plan;
      this.ways.setPlan(plan);
    });
  }

  /** Looks at every way, and again each minute. */
  start(): void {
    this.ways.look();
    this.#loop = this.#run();
  }

  /** Draining ways by which nothing waits any more. */
  get empty(): ReadonlySet<EgressName> {
    return this.#empty;
  }

  needs(): readonly Need[] {
    const reports = this.ways.report();
    return [...reports.flatMap((report) => this.#needOf(report)), ...this.#plan.withoutPassword.map(lacksPassword)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopListening();
    this.#stop.abort();
    await this.#loop;
    await this.#write();
  }

  async #run(): Promise<void> {
    const { clock } = this.#ports;
    const { signal } = this.#stop;
    let lookAt = clock.mono();
    while (!signal.aborted) {
      await this.#write();
      if (clock.mono() >= lookAt) {
        lookAt = (clock.mono() + LOOK_MS) as typeof lookAt;
        this.ways.look();
        await this.#lookAtDrained();
      }
      await clock.sleep(WRITE_MS, signal).catch(() => {}); // aborted: the loop sees it
    }
  }

  #unwritten = new Map<string, string>();
  async #write(): Promise<void> {
    for (const { key, value } of this.ways.changes()) this.#unwritten.set(key, value);
    if (this.#unwritten.size === 0) return;
    const rows = [...this.#unwritten].map(([key, value]) => ({ key, value }));
    this.#unwritten = new Map();
    try {
      await this.#ports.counts.put(rows, this.#ports.clock.wall());
    } catch (thrown) {
      for (const { key, value } of rows) if (!this.#unwritten.has(key)) this.#unwritten.set(key, value);
      this.#ports.log("warn", "counts of the ways out wait to be written", { why: textOf(thrown) });
    }
  }

  async #lookAtDrained(): Promise<void> {
    const draining = new Set(this.#plan.ways.filter(({ state }) => state === "draining").map(nameOf));
    for (const name of this.#empty) if (!draining.has(name)) this.#empty.delete(name);
    if ([...draining].every((name) => this.#empty.has(name))) return;
    try {
      const waiting = new Set((await this.#ports.spool.sites()).map(({ site }) => this.ways.nameOf(site)));
      for (const name of draining) {
        if (waiting.has(name) || this.#empty.has(name)) continue;
        this.#empty.add(name);
        this.#tell("info", "way-empty", `${name} is drained: nothing waits for it any more, and it may be taken away`);
      }
    } catch (thrown) {
      this.#ports.log("warn", "it cannot be told what waits for the ways that are drained", { why: textOf(thrown) });
    }
  }

  #heard(news: WayNews): void {
    const { clock } = this.#ports;
    switch (news.is) {
      case "broken": {
        const wait = durationText(news.until - clock.wall());
        const instead = news.to === undefined ? "what waits for it waits on" : `mail leaves by ${news.to}`;
        this.#tell("warn", "way-broken", `${news.name} does not work: ${news.why}; ${instead}, and it is tried again in ${wait}`);
        if (news.to === undefined) return;
        const scope = news.place === undefined ? { egress: news.name } : { domain: news.place };
        this.#ports.decide({
          scope,
          change: { is: "reroute", to: news.to },
          cause: news.why,
          by: { kind: "dispatch", id: "way-broken" },
          until: news.until,
        });
        return;
      }
      case "works":
        return this.#tell("info", "way-works", `${news.name} works again`);
      case "stepped back":
        return this.#tell(
          "warn",
          "warm-up",
          `${news.provider} objects to ${news.name}, which is new there: it takes ${countText(news.to)} messages a day instead of ${countText(news.from)}`,
        );
      default:
        unreachable(news);
    }
  }

  /** In the log and among the events, which the panel, webhooks and stories read. */
  #tell(level: "info" | "warn", code: string, text: string): void {
    const { log, spool, clock } = this.#ports;
    log(level, text);
    spool.record({ at: clock.wall(), body: { kind: "alarm", code, text } });
  }

  #needOf({ name, breaker, way }: WayReport): readonly Need[] {
    if (way.is === "address" && way.missing.length > 0) {
      const line = `This machine does not have ${way.missing.join(" and ")}, from which mail should leave (${name}).`;
      return [{ code: "way-broken", line, fix: `Give the address to a network interface, or take ${name} out of use.` }];
    }
    if (breaker.is === "closed") return [];
    const since = durationText(this.#ports.clock.wall() - breaker.since);
    const fix =
      way.is === "upstream" ? "Look at its address, user and password, and whether it lets you in." : "Look at this machine's network.";
    return [{ code: "way-broken", line: `${name} does not work for ${since}: ${breaker.why}.`, fix }];
  }
}

function lacksPassword(name: string): Need {
  return {
    code: "way-broken",
    line: `The upstream ${name} has a user and no password: nothing is handed to it.`,
    fix: "Set its password.",
    link: "#/addresses",
  };
}
