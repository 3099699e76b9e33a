/**
 * The ways out of this node: those of flags and configuration (fixed), and those among the settings, which are changed while
 * it runs. Of two with one name the fixed one holds; rules of the file come first. An upstream's password is a secret beside
 * its setting.
 */

import { checkedUtf8 } from "../base/bytes.ts";
import type { WallMs } from "../base/clock.ts";
import type { Config } from "../control/config/config.ts";
import { settingsOf, upstreamSecret, wayKinds, waysOfSettings } from "../control/settings/settings.ts";
import { nameOf, type WayPlan } from "../relay/egress/egress.ts";
import type { ControlSettings } from "../store/settings/control-settings.ts";

export interface ReadPlan extends WayPlan {
  /** Upstreams that have a user and no password: nothing is handed to them. */
  readonly withoutPassword: readonly string[];
}

export class WayStore {
  readonly #settings: ControlSettings;
  readonly #config: Pick<Config, "hostname" | "upstream" | "routes" | "ways">;

  readonly #listeners = new Set<() => void>();

  constructor(settings: ControlSettings, config: Pick<Config, "hostname" | "upstream" | "routes" | "ways">) {
    this.#settings = settings;
    this.#config = config;
  }

  plan(): ReadPlan {
    const { hostname, upstream, routes, ways: fixed } = this.#config;
    const kinds = ["egress", "upstream", "pool", "choice"] as const;
    const documents = kinds.flatMap((kind) => settingsOf(this.#settings, kind).map(({ name, value }) => ({ kind, key: name, value })));
    const set = waysOfSettings(documents, hostname, (name) => this.#password(name));
    const names = new Set(fixed.ways.map(nameOf));
    const pools = new Set(fixed.pools.map(({ name }) => name));
    return {
      hostname,
      ways: [...fixed.ways, ...set.ways.filter((way) => !names.has(nameOf(way)))],
      pools: [...fixed.pools, ...set.pools.filter(({ name }) => !pools.has(name))],
      rules: [...fixed.rules, ...set.rules],
      upstream,
      byDomain: routes,
      withoutPassword: set.withoutPassword,
    };
  }

  /** Calls at each change of a plan's part, wherever it was made. The result ends it. */
  onChange(listener: (plan: ReadPlan) => void): () => void {
    const tell = (): void => listener(this.plan());
    this.#listeners.add(tell);
    const ofSettings = this.#settings.onChange((changed) => {
      if (changed.some(({ kind }) => wayKinds.includes(kind))) tell();
    });
    return () => {
      this.#listeners.delete(tell);
      ofSettings();
    };
  }

  /** Seals an upstream's password; from then on it is logged in with. A password is no revision. */
  async setPassword(name: string, password: string, at: WallMs): Promise<void> {
    await this.#settings.setSecret(upstreamSecret(name), Buffer.from(password), at);
    for (const listener of this.#listeners) listener();
  }

  #password(name: string): string | undefined {
    const secret = this.#settings.secret(upstreamSecret(name));
    return secret && checkedUtf8(secret);
  }
}
