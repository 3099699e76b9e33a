/** What a site holds in memory: jobs in fair turns, and beside them those that must go to one host (they are in doubt). */
import type { SiteKey } from "../../model/ids.ts";
import { type Fair, FairQueue, type Rank } from "./fair-queue.ts";
import type { Job } from "./job.ts";

/** Deliveries of one site in memory; the rest stays in the spool. */
export const WINDOW = 2000;
/** Of one sender and class, so that a flood cannot fill the window. */
export const PER_FLOW = 200;
/**
 * While due mail waits in the spool, fresh mail comes straight into the window only as long as so few of its sender are
 * there: else a small sender waits behind the window of a flood, and a sender overtakes its own older mail.
 */
export const FRESH_PER_FLOW = 20;
/**
 * A slowed lane holds what leaves within so many minutes, of one sender a tenth of it: what waits longer is read when
 * its time comes, with whatever became of it meanwhile, and a sender whose mail comes later finds room.
 */
const SLOW_WINDOW_MINUTES = 5;
const SLOW_WINDOW_LEAST = 10;
/** Ask the spool again when fewer than this wait. */
const REFILL_BELOW = 200;

/** How much is held in memory, and of one sender; with fewer waiting than `below` the spool is asked again. */
export interface Room {
  readonly all: number;
  readonly perFlow: number;
  readonly below: number;
}

/** Without a limit. */
export const ROOM: Room = { all: WINDOW, perFlow: PER_FLOW, below: REFILL_BELOW };

export function roomFor(perMinute: number): Room {
  const all = Math.min(WINDOW, Math.max(SLOW_WINDOW_LEAST, Math.ceil(SLOW_WINDOW_MINUTES * perMinute)));
  const perFlow = Math.min(PER_FLOW, Math.ceil(all / 10));
  return { all, perFlow, below: perFlow };
}

export class Window {
  readonly #fair = new FairQueue<Job>();
  #bound: Job[] = [];

  /** Recipients that wait for any host. */
  get size(): number {
    return this.#fair.size;
  }

  get empty(): boolean {
    return this.#fair.size + this.#bound.length === 0;
  }

  /** The host that a bound job waits for. */
  get boundTo(): string | undefined {
    return this.#bound[0]?.onlyHost;
  }

  /** Recipients of the job's own flow. */
  flowSize(job: Fair): number {
    return this.#fair.flowSize(job);
  }

  add(jobs: readonly Job[]): void {
    for (const job of jobs) {
      if (job.onlyHost === undefined) this.#fair.add(job);
      else this.#bound.push(job);
    }
  }

  /** The job that would leave next; with `rank`, of the flow that ranks least. */
  peek(rank?: Rank): Job | undefined {
    return this.#bound[0] ?? this.#fair.peek(rank);
  }

  has(host: string): boolean {
    return this.#fair.size > 0 || this.#bound.some((job) => job.onlyHost === host);
  }

  /** The next job that may go to this host. */
  take(host: string, rank?: Rank): Job | undefined {
    const at = this.#bound.findIndex((job) => job.onlyHost === host);
    return at < 0 ? this.#fair.take(rank) : this.#bound.splice(at, 1)[0];
  }

  takeAll(): Job[] {
    return [...this.#fair.takeAll(), ...this.#bound.splice(0)];
  }

  /** Only those that waited in this queue. */
  takeOf(queue: SiteKey): readonly Job[] {
    const all = this.takeAll();
    this.add(all.filter((job) => job.queue !== queue));
    return all.filter((job) => job.queue === queue);
  }

  /** What waits for this host may go to any. */
  unbind(host: string): void {
    const free = this.#bound.filter((job) => job.onlyHost === host);
    this.#bound = this.#bound.filter((job) => job.onlyHost !== host);
    for (const { onlyHost: _, ...job } of free) this.#fair.add(job);
  }
}
