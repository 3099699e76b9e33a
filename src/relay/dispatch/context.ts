/** What a site needs of dispatch. One object, made once, so that a site's constructor stays readable. */
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { ReturnPaths } from "../../mail/return-path/return-path.ts";
import type { QueuedDelivery } from "../../model/delivery.ts";
import type { SiteKey } from "../../model/ids.ts";
import type { Effective } from "../../model/override.ts";
import type { Spool } from "../../store/spool/spool.ts";
import type { DeliverPorts, DeliverSettings, Route, Routes } from "../deliver/deliver.ts";
import type { Ways } from "../egress/egress.ts";
import type { Job } from "./job.ts";
import type { Places } from "./places.ts";
import type { Queue } from "./queue.ts";
import type { RetrySettings } from "./schedule.ts";
import type { Settle } from "./settle.ts";
import type { Site } from "./site.ts";
import type { Turnstile } from "./turnstile.ts";

export type WaysOut = Routes & Pick<Ways, "routeVia" | "onOutcome" | "moveFor" | "quotaLeft" | "onChange">;

export interface DispatchContext {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly ports: DeliverPorts;
  readonly deliver: DeliverSettings;
  readonly retry: RetrySettings;
  readonly returnPaths: ReturnPaths | undefined;
  /** Ways out, and what is learned of them. */
  readonly ways: WaysOut;
  readonly settle: Settle;
  /** No attempts now: draining, or the spool cannot record their results. */
  paused(): boolean;
  /** Domains whose hosts are looked up at a time. */
  readonly lookUps: Turnstile<Queue>;
  /** For all connections of the node. */
  readonly places: Places;
  /** The queue of that key, while it is known. */
  queueOf(key: SiteKey): Queue | undefined;
  /** The site that these hosts make for the queue. */
  siteOf(queue: Queue, mx: string): Site;
  /** The key of that site, without making it. */
  siteKeyOf(queue: Queue, mx: string): string;
  /** The way that the queue's mail takes now: its own, or another by a decision. */
  routeOf(queue: Queue): Route;
  /** What rules and people say of the queue's limits. */
  decided(queue: Queue): Effective;
  /** Sorts out what must not be attempted now (in doubt since a crash) and records why; the rest is ready. */
  screen(found: readonly QueuedDelivery[], release: (deliveries: number) => void): readonly QueuedDelivery[];
  /** Jobs left the window, sent or not: their content no longer counts against the memory budget. */
  forgetContent(jobs: readonly Job[]): void;
  /** A delivery at `site` is or will be due. */
  expect(site: SiteKey, delivery: { readonly dueAt: number }): void;
}
