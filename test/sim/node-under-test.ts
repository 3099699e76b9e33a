/**
 * The whole pipeline as one process of a simulated world: started, drained, killed at any moment and started again on
 * the same store, as a machine's disk survives its power.
 */

import type { Process, World } from "../../lab/world/world.ts";
import { parseCidr } from "../../src/base/ip.ts";
import { type Log, openLog } from "../../src/base/log.ts";
import type { NodeNumber, SourceName, TenantId } from "../../src/model/ids.ts";
import { openPipeline, type Pipeline, type PipelinePorts, type PipelineSettings } from "../../src/node/pipeline.ts";
import type { Upstream } from "../../src/relay/deliver/deliver.ts";
import { DEFAULT_RETRY } from "../../src/relay/dispatch/dispatch.ts";
import { barePlan, type WayPlan, Ways } from "../../src/relay/egress/egress.ts";
import { MemoryStore, openSpool, type Spool } from "../../src/store/spool/spool.ts";
import { knownTransport, type TransportScene } from "./known-transport.ts";
import { slowSpool } from "./slow-spool.ts";

export const NODE = { ip: "198.51.100.25", port: 25 };
/** Simulated sources have addresses here. */
export const SOURCES = "203.0.113.0/24";
/** A run outlives the usual three days, and its check reads every event. */
const KEEP_ALL = { ms: 365 * 86_400_000, rows: 100_000_000 };

interface NodeOptions {
  readonly upstream?: Upstream;
  readonly returnPath?: PipelineSettings["returnPath"];
  readonly limits?: PipelinePorts["limits"];
  /** Ways out. Absent: the system's own choice, or `upstream`. */
  readonly plan?: WayPlan;
  /** Addresses of its machine besides the one that it takes mail at. */
  readonly ips?: readonly string[];
  /** Absent: TLS is opportunistic. */
  readonly transport?: TransportScene;
}

export class NodeUnderTest {
  readonly store = new MemoryStore();
  readonly #world: World;
  readonly #options: NodeOptions;
  readonly logLines: string[] = [];
  #life: Process | undefined;
  #spool: Spool | undefined;
  #pipeline: Pipeline | undefined;

  constructor(world: World, options: NodeOptions = {}) {
    this.#world = world;
    this.#options = options;
  }

  get running(): boolean {
    return this.#pipeline !== undefined;
  }

  get pipeline(): Pipeline {
    if (!this.#pipeline) throw new Error("the node is not running");
    return this.#pipeline;
  }

  get spool(): Spool {
    if (!this.#spool) throw new Error("the node is not running");
    return this.#spool;
  }

  /** Runs virtual time until it takes mail. */
  async start(): Promise<void> {
    const life = this.#world.process("node", [NODE.ip, ...(this.#options.ips ?? [])]);
    const log = (part: string): Log => openLog(part, "info", (line) => this.#logged(line));
    const open = async (): Promise<void> => {
      const bare = await openSpool({ where: { memory: this.store }, clock: life.clock, log: log("spool"), keepEvents: KEEP_ALL });
      const spool = slowSpool(bare, life.clock, life.random.fork("disk"));
      this.#life = life;
      this.#spool = spool;
      this.#pipeline = await openPipeline(
        {
          clock: life.clock,
          random: life.random,
          network: life.network,
          resolver: life.resolver,
          spool,
          log,
          limits: this.#options.limits,
          transport: this.#options.transport && knownTransport(life, this.#options.transport),
        },
        this.#settings(life),
      );
    };
    await this.#world.clock.during(open());
  }

  /** kill -9. */
  crash(): void {
    this.store.crash();
    this.#life?.kill();
    this.#pipeline = undefined;
  }

  /** SIGTERM: drains, closes the spool and ends. */
  async stop(withinMs = 30_000): Promise<void> {
    const { pipeline } = this;
    await this.#world.clock.during(pipeline.drain(withinMs));
    await this.#world.clock.during(Promise.resolve(this.#spool?.[Symbol.asyncDispose]()));
    this.#life?.kill();
    this.#pipeline = undefined;
  }

  /** A second view of the store for checks, while no process runs on it. */
  async inspect<T>(look: (spool: Spool) => Promise<T>): Promise<T> {
    const spool = await openSpool({
      where: { memory: this.store },
      clock: this.#world.clock,
      log: openLog("check", "error", () => {}),
      keepEvents: KEEP_ALL,
    });
    const result = await this.#world.clock.during(look(spool));
    await this.#world.clock.during(Promise.resolve(spool[Symbol.asyncDispose]()));
    return result;
  }

  #logged(line: string): void {
    this.logLines.push(line);
    if (this.logLines.length > 200) this.logLines.shift();
  }

  #settings({ clock }: Process): Parameters<typeof openPipeline>[1] {
    const hostname = "relay.example.net";
    const range = parseCidr(SOURCES);
    if (!range) throw new Error(`${SOURCES} is no range`);
    return {
      node: 1 as NodeNumber,
      hostname,
      secret: Buffer.alloc(32, 7),
      routes: new Ways(this.#options.plan ?? barePlan(hostname, this.#options.upstream), {
        clock,
        kept: [],
        hasAddress: () => true,
        news: () => {},
      }),
      retry: DEFAULT_RETRY,
      deliver: {
        helo: hostname,
        ownAddresses: new Set([NODE.ip]),
        connectTimeoutMs: 30_000,
        timeouts: { banner: 300_000, command: 300_000, dataBlock: 180_000, finalDot: 600_000 },
        maxTransactions: 100,
        idleMs: 5_000,
      },
      connections: { upstream: 20, mx: 5, all: 100 },
      intake: {
        hostname,
        listeners: [{ name: "smtp", at: NODE, tls: "none", auth: "never", proxyFrom: [], xclientFrom: [] }],
        tls: undefined,
        maxMessageBytes: 10 * 1024 * 1024,
        maxRecipients: 100,
        maxConnections: 200,
        maxConnectionsPerAddress: 100,
      },
      returnPath: this.#options.returnPath,
      sources: [{ name: "lab" as SourceName, tenant: "default" as TenantId, kind: "range", ranges: [range] }],
    };
  }
}
