/**
 * Who is next at a site: deficit round-robin over tenants, and inside a tenant over flows (a sender and a class of
 * its mail), so that a campaign of a million delays nobody else. A job costs its recipients times its class's price;
 * prices make the shares 16:4:1 for transactional : normal : bulk (forwarded mail counts as bulk).
 *
 * Deficit round-robin needs no clock and no sorting: each visit grants a flow the same credit, and a flow spends it
 * on whole jobs. Rejected: priorities (bulk would starve) and a queue by arrival (a flood would own it).
 */
import type { SenderKey, TenantId } from "../../model/ids.ts";
import type { MessageClass } from "../../model/message.ts";

export interface Fair {
  readonly tenant: TenantId;
  readonly sender: SenderKey;
  readonly class: MessageClass;
  /** Recipients. */
  readonly size: number;
}

const PRICE: Readonly<Record<MessageClass, number>> = { report: 1, transactional: 1, normal: 4, forward: 16, bulk: 16 };

/** What a job costs its flow. */
export function priceOf({ size, class: kind }: Pick<Fair, "size" | "class">): number {
  return size * PRICE[kind];
}

/** What a visit grants: one bulk recipient, four normal ones, sixteen transactional ones. */
const CREDIT = 16;

/** How much the flow of this job has had elsewhere: turns are then not this queue's to give. */
export type Rank = (job: Fair) => number;

export class FairQueue<T extends Fair> {
  readonly #tenants = new Ring<Ring<Flow<T>>>();
  #size = 0;

  /** Recipients of all waiting jobs. */
  get size(): number {
    return this.#size;
  }

  /** Recipients waiting in the job's own flow. */
  flowSize(job: Pick<Fair, "tenant" | "sender" | "class">): number {
    return this.#tenants.get(job.tenant)?.get(flowKey(job))?.size ?? 0;
  }

  add(job: T): void {
    const flows = this.#tenants.getOrAdd(job.tenant, () => new Ring<Flow<T>>());
    flows.getOrAdd(flowKey(job), () => new Flow<T>()).add(job);
    flows.activate(flowKey(job));
    this.#tenants.activate(job.tenant);
    this.#size += job.size;
  }

  /** The job that would be taken next; with `rank`, that of the flow which ranks least, whoever's turn it is. */
  peek(rank?: Rank): T | undefined {
    return rank === undefined ? this.#tenants.peek() : this.#least(rank)?.peek();
  }

  take(rank?: Rank): T | undefined {
    const job = rank === undefined ? this.#tenants.take() : this.#least(rank)?.take();
    if (job !== undefined) this.#size -= job.size;
    return job;
  }

  #least(rank: Rank): Flow<T> | undefined {
    let [best, least]: [Flow<T> | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
    for (const flows of this.#tenants.members())
      for (const flow of flows.members()) {
        const job = flow.peek();
        const ranked = job === undefined ? Number.POSITIVE_INFINITY : rank(job);
        if (ranked < least) [best, least] = [flow, ranked];
      }
    return best;
  }

  /** Empties the queue. */
  takeAll(): T[] {
    const all: T[] = [];
    for (let job = this.take(); job !== undefined; job = this.take()) all.push(job);
    return all;
  }
}

function flowKey(job: Pick<Fair, "sender" | "class">): string {
  return `${job.class} ${job.sender}`;
}

/** What a ring can hold: something that knows the price of what it would give next. */
interface Source<T> {
  /** Price of the next job; undefined when empty. */
  price(): number | undefined;
  peek(): T | undefined;
  take(): T | undefined;
}

interface Seat<S> {
  readonly key: string;
  readonly source: S;
  deficit: number;
  active: boolean;
}

/** Members in turn; each turn adds the credit, and a member gives jobs while its deficit covers their price. */
class Ring<S extends Source<Fair>> implements Source<ReturnOf<S>> {
  readonly #seats = new Map<string, Seat<S>>();
  #turn: Seat<S>[] = [];
  #front = 0;

  get(key: string): S | undefined {
    return this.#seats.get(key)?.source;
  }

  *members(): Iterable<S> {
    for (const { source } of this.#seats.values()) yield source;
  }

  getOrAdd(key: string, make: () => S): S {
    const seat = this.#seats.get(key);
    if (seat) return seat.source;
    const source = make();
    this.#seats.set(key, { key, source, deficit: 0, active: false });
    return source;
  }

  /** Puts a member that has jobs into the turn, at its end. */
  activate(key: string): void {
    const seat = this.#seats.get(key);
    if (!seat || seat.active) return;
    seat.active = true;
    this.#turn.push(seat);
  }

  price(): number | undefined {
    const seat = this.#eligible();
    return seat?.source.price();
  }

  peek(): ReturnOf<S> | undefined {
    return this.#eligible()?.source.peek() as ReturnOf<S> | undefined;
  }

  take(): ReturnOf<S> | undefined {
    const seat = this.#eligible();
    if (!seat) return undefined;
    seat.deficit -= seat.source.price() ?? 0;
    const job = seat.source.take();
    if (seat.source.price() === undefined) this.#leave(seat);
    return job as ReturnOf<S> | undefined;
  }

  /** The member whose turn it is and whose deficit covers its next job. */
  #eligible(): Seat<S> | undefined {
    for (;;) {
      const seat = this.#turn[this.#front];
      if (!seat) return undefined;
      const price = seat.source.price();
      if (price === undefined) this.#leave(seat);
      else if (seat.deficit >= price) return seat;
      else {
        seat.deficit += CREDIT;
        if (seat.deficit < price || this.#turn.length - this.#front > 1) this.#rotate(seat);
      }
    }
  }

  #rotate(seat: Seat<S>): void {
    this.#front++;
    this.#turn.push(seat);
    this.#compact();
  }

  /** An empty member forgets its deficit: credit cannot be saved up while there is nothing to send. */
  #leave(seat: Seat<S>): void {
    this.#front++;
    this.#seats.delete(seat.key);
    this.#compact();
  }

  #compact(): void {
    if (this.#front < 64 || this.#front * 2 < this.#turn.length) return;
    this.#turn = this.#turn.slice(this.#front);
    this.#front = 0;
  }
}

type ReturnOf<S> = S extends Source<infer T> ? T : never;

/** One flow's jobs, first in, first out. */
class Flow<T extends Fair> implements Source<T> {
  #jobs: T[] = [];
  #front = 0;
  size = 0;

  add(job: T): void {
    this.#jobs.push(job);
    this.size += job.size;
  }

  price(): number | undefined {
    const job = this.#jobs[this.#front];
    return job && priceOf(job);
  }

  peek(): T | undefined {
    return this.#jobs[this.#front];
  }

  take(): T | undefined {
    const job = this.#jobs[this.#front];
    if (!job) return undefined;
    this.size -= job.size;
    this.#front++;
    if (this.#front > 64 && this.#front * 2 > this.#jobs.length) {
      this.#jobs = this.#jobs.slice(this.#front);
      this.#front = 0;
    }
    return job;
  }
}
