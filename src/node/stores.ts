/** What is kept, opened in order: the spool first, whose lock keeps a second node out; then settings, then history. */
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { Fault } from "../base/fault.ts";
import type { Log } from "../base/log.ts";
import { systemRandom } from "../base/random.ts";
import type { Config } from "../control/config/config.ts";
import type { NodeNumber } from "../model/ids.ts";
import { type Limits, openLimits, operatorRules, SHIPPED_RULES } from "../relay/limits/limits.ts";
import type { History } from "../store/history/history.ts";
import { Overrides } from "../store/overrides/overrides.ts";
import type { ControlSettings } from "../store/settings/control-settings.ts";
import { openSpool, type Spool } from "../store/spool/spool.ts";
import { portDialect } from "../store/sql/dialect.ts";
import { SqlFault } from "../store/sql/sql.ts";
import { type ControlPlane, openControlPlane } from "./control-plane.ts";
import { historyOf } from "./kept.ts";
import { nodeKey } from "./node-key.ts";
import { serveDatabase } from "./served-database.ts";
import type { Surroundings } from "./surroundings.ts";

export interface World extends Surroundings {
  /** A log for the part named. */
  log(part: string): Log;
}

export interface Stores {
  readonly spool: Spool;
  readonly control: ControlPlane;
  readonly history: History;
  /** Rules and what was decided about them, of this node's own lanes. */
  readonly limits: Limits;
  /** Known to this node only: signs loop tokens and links, makes decoys for unknown logins. */
  readonly secret: Uint8Array;
}

const NODE_SECRET = "node/node";

/** All of it closes with the stack. @throws {Fault} with a sentence for people. */
export async function openStores(config: Config, number: NodeNumber, world: World, stack: AsyncDisposableStack): Promise<Stores> {
  const { clock, desk, log } = world;
  const where = world.spool ? { memory: world.spool } : { folder: config.data };
  const spool = stack.use(await openSpool({ where, clock, log: log("spool"), ...config.spool }));
  const control = stack.use(await openControl(config, world));
  const { settings } = control;
  const journal = { path: world.spool?.path ?? join(config.data, "spool.db"), flush: world.spool ? "durable" : "soon" } as const;
  const history = historyOf(config, { stack, settings, spool, journal, clock: desk, log: log("history") });
  const limits = stack.use(
    await openLimits({
      ...{ clock, log: log("limits"), record: (event) => spool.record(event) },
      table: new Overrides(control.database, `n${number}`),
      rules: [...SHIPPED_RULES, ...operatorRules(config.destinations)],
    }),
  );
  return { spool, control, history, limits, secret: await nodeSecret(settings, world) };
}

async function openControl(config: Config, { desk: clock, log }: World): Promise<ControlPlane> {
  const [random, people] = [systemRandom, systemClock]; // secrets, and those who have them
  const key = await nodeKey(join(config.data, "secret.key"), random);
  const path = join(config.data, "settings.db");
  const dialect = portDialect(serveDatabase(path, people, log("control")));
  try {
    return await openControlPlane({ dialect, clock, people, random, log, nodeKey: key, node: config.hostname });
  } catch (thrown) {
    if (!(thrown instanceof SqlFault)) throw thrown;
    throw new Fault(
      thrown.code,
      `the settings in ${path} cannot be read: ${thrown.message}; put back a copy of it, or move it away to begin without settings, sources and logins (mail that waits is kept elsewhere and stays)`,
      thrown,
    );
  }
}

/** Made once. */
async function nodeSecret(settings: ControlSettings, { clock }: World): Promise<Uint8Array> {
  const kept = settings.secret(NODE_SECRET);
  if (kept) return kept;
  const secret = systemRandom.bytes(32);
  await settings.setSecret(NODE_SECRET, secret, clock.wall());
  return secret;
}
