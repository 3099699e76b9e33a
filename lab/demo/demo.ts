/**
 * The lab as somebody meets it with `fairlead up --lab`: the whole program, with its panel, API and command line, in a
 * simulated internet whose time runs twenty times as fast. Mail, names and time are the world's; nothing but the panel's
 * port and the control socket is real. Everything in the world follows from the seed: the node runs in the same thread on the
 * world's clock, its spool too, so the same seed is the same history.
 */
import { join } from "node:path";
import { systemClock, type WallMs } from "../../src/base/clock.ts";
import type { ApiClient } from "../../src/control/api/client.ts";
import type { Config } from "../../src/control/config/config.ts";
import type { Surroundings } from "../../src/node/surroundings.ts";
import { MemoryStore } from "../../src/store/spool/spool.ts";
import { openBigWorld } from "../world/big-world.ts";
import { NAME_SERVERS, World } from "../world/world.ts";
import { SCHOOL_AT, SPEED } from "./beats.ts";
import { companySettings } from "./company.ts";
import { Desk } from "./desk.ts";
import { openBank, openSchool, writeTo } from "./neighbours.ts";
import { Pacer } from "./pacer.ts";
import { placesOf } from "./places.ts";
import { play } from "./play.ts";

export interface LabOptions {
  readonly seed: string;
  /** Exists, and is empty. */
  readonly data: string;
  /** When its time begins. */
  readonly start: WallMs;
}

export interface Lab {
  readonly seed: string;
  readonly surroundings: Surroundings;
  /** The node's configuration, where it stands in the lab: listeners, names and routes are the world's. */
  configOf(config: Config): Config;
  /** Lets time pass, from before the node opens until it has closed. @throws what a call of the world threw. */
  run(signal: AbortSignal): Promise<void>;
  /** For a node that takes mail: enters the servers, then mail begins to flow and the play to be played. */
  begin(api: ApiClient): Promise<void>;
  /** The node stops: nobody hands over more mail, and time goes on, also where it stood still, so that it can. */
  end(): void;
  /** Of all that happened in the world so far. */
  readonly hash: string;
}

const NODE = { ip: "198.51.100.25", port: 25 };
const HOST = "relay.example.net";
const SERVERS_RANGE = "203.0.113";
/** How many of the messages of a hosting company of that size there are: what a laptop moves without its fan. */
const HASTE = 0.35;
/** Not `spool.db`: a node of the real internet that is started on the lab's folder must not find mail to send. */
const SPOOL = "lab-spool.db";

export async function openLab({ seed, data, start }: LabOptions): Promise<Lab> {
  const world = new World(seed, { start, chop: 0 });
  const { clock } = world;
  const options = { node: NODE, egresses: [{ ip: NODE.ip, name: HOST, warm: true }], traffic: { haste: HASTE } };
  const big = await clock.during(openBigWorld(world, options));
  const life = world.process("node", [NODE.ip]);
  const pacer = new Pacer(clock, systemClock, SPEED);
  const neighbours = [await clock.during(openBank(big)), await clock.during(openSchool(big))];
  const desk = new Desk({ seed, clock, places: [...placesOf(big), ...neighbours] }, pacer);
  const surroundings: Surroundings = {
    ...{
      clock: life.clock,
      random: life.random,
      network: life.network,
      ownAddresses: new Set([NODE.ip]),
      hasAddress: (ip) => ip === NODE.ip,
    },
    desk: { ...systemClock, wall: () => clock.wall() },
    http: { post: async () => ({ is: "failed", why: "the lab's internet is simulated: nothing outside is told" }) },
    spool: new MemoryStore(join(data, SPOOL)),
    lab: desk,
  };
  let ending = false;
  return {
    ...{ seed, surroundings },
    configOf: labConfig,
    run: (signal) => pacer.run(signal),
    begin: async (api) => {
      await api.call("applySettings", { yaml: companySettings(big.traffic.from.length, SERVERS_RANGE), note: "the lab's servers" });
      big.traffic.start();
      const goesOn = (): boolean => !ending;
      writeTo(big, "bank", NODE, { afterMs: 0, goesOn });
      writeTo(big, "school", NODE, { afterMs: SCHOOL_AT * SPEED * 1000 + 1, goesOn });
      play({ clock, desk, api });
      pacer.resume();
    },
    end: () => {
      ending = true;
      big.traffic.stop();
      pacer.resume();
    },
    get hash() {
      return world.chronicle.hash;
    },
  };
}

function labConfig({ upstream: _, tls: __, ...config }: Config): Config {
  return {
    ...config,
    hostname: HOST,
    listeners: [{ kind: "smtp", name: "smtp", at: NODE, tls: "none", auth: "never", proxyFrom: [], xclientFrom: [] }],
    ...{ allow: [], routes: new Map() },
    dns: { servers: NAME_SERVERS, validating: NAME_SERVERS.map(({ ip }) => ip), hosts: new Map() },
  };
}
