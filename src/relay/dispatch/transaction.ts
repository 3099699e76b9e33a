/** From a job to the SMTP transaction that carries it: where content comes from, and the mark before it leaves. */
import { codeOf, textOf } from "../../base/fault.ts";
import type { RecipientResult } from "../../model/outcome.ts";
import type { Change } from "../../store/spool/spool.ts";
import type { Transaction, TransactionFacts } from "../../wire/smtp/client.ts";
import type { Link } from "../deliver/deliver.ts";
import type { DispatchContext } from "./context.ts";
import type { Job } from "./job.ts";
import { type Heard, heardIn } from "./signal.ts";

/** Room for the prelude in SIZE= while it is still in the spool; SIZE is an estimate (RFC 1870 §4). */
const PRELUDE_ESTIMATE = 1024;

/** What the site wants to know of a transaction. */
export interface Progress {
  /** The dialogue is over: what the host's answer says of the pace, and how long it thought about the final dot. */
  answered(heard: Heard, dotMs: number | undefined): void;
  /** Its results are written: the job's places in the window are free. */
  recorded(): void;
}

/** What a job's transaction works with. */
export interface Carriage {
  readonly job: Job;
  readonly link: Link;
  /** By an upstream, which takes it from here. */
  readonly relayed: boolean;
  readonly context: DispatchContext;
  readonly progress: Progress;
}

export class JobTransaction implements Transaction {
  readonly mailFrom: string;
  readonly recipients: Job["deliveries"];
  readonly body: Transaction["body"];
  readonly smtpUtf8: boolean;
  readonly ret?: "full" | "headers";
  readonly envid?: string;
  readonly requireTls: boolean;
  readonly bytes: number;
  readonly #carriage: Carriage;
  /** As last written; undefined for a delivery that was taken back meanwhile. */
  #versions: readonly (number | undefined)[];
  /** While the mark is being written, results wait: written for the versions before it, they would be stale. */
  #marking: Promise<void> | undefined;
  /** Why its content cannot be sent: it does not match its checksum. */
  #corrupt: string | undefined;

  constructor(carriage: Carriage) {
    const { job } = carriage;
    const [first] = job.deliveries;
    if (!first) throw new Error("a job without deliveries");
    this.#carriage = carriage;
    this.#versions = job.deliveries.map((delivery) => delivery.version);
    this.mailFrom = returnPathOf(job, carriage.context);
    this.recipients = job.deliveries;
    this.body = first.body;
    this.smtpUtf8 = first.smtpUtf8;
    if (first.ret) this.ret = first.ret;
    if (first.envid !== undefined) this.envid = first.envid;
    this.requireTls = first.tls === "required";
    this.bytes = job.content?.bytes ?? first.bytes + PRELUDE_ESTIMATE;
  }

  content(): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
    const { job, context } = this.#carriage;
    if (job.content) return job.content.pieces;
    return contentFromSpool(job, context, (why) => {
      this.#corrupt = why;
    });
  }

  async markSent(): Promise<boolean> {
    const { job, link, context } = this.#carriage;
    const written = Promise.withResolvers<void>();
    this.#marking = written.promise;
    const at = context.clock.wall();
    const marks = job.deliveries.map(({ ref, version }): Change => ({ ref, version, to: "sent", at, host: link.host }));
    try {
      const applied = await context.spool.apply(marks, "durable");
      this.#versions = applied.map((answer, i) => (answer === "ok" ? (job.deliveries[i]?.version ?? 0) + 1 : undefined));
      return applied.every((answer) => answer === "ok");
    } catch (thrown) {
      context.log("warn", "an attempt was not begun: it could not be recorded", { site: job.queue, why: String(thrown) });
      return false;
    } finally {
      this.#marking = undefined;
      written.resolve();
    }
  }

  done(results: readonly RecipientResult[], facts: TransactionFacts): void {
    const { job, link, relayed, context, progress } = this.#carriage;
    context.forgetContent([job]);
    progress.answered(heardIn(results, { host: link.host, stage: facts.stage, upstream: relayed }), facts.times.dot);
    if (this.#marking) void this.#marking.then(() => this.#record(results, facts));
    else this.#record(results, facts);
  }

  #record(results: readonly RecipientResult[], facts: TransactionFacts): void {
    const { job, link, relayed, context, progress } = this.#carriage;
    const first = facts.nth === 1;
    const attempt = {
      host: link.host,
      ip: link.ip,
      localIp: link.localIp,
      ...facts,
      times: first ? { ...link.times, ...facts.times } : facts.times,
      dialogue: first ? `${link.dialogue}\n${facts.dialogue}` : facts.dialogue,
      ...(link.tls && { tls: link.tls }),
    };
    const versions = this.#versions;
    const corrupt = this.#corrupt;
    const attempted = {
      job,
      relayed,
      versions,
      results,
      attempt,
      receiverTells: link.capabilities.dsn,
      ...(corrupt !== undefined && { corrupt }),
    };
    context.settle(attempted, () => progress.recorded());
  }
}

/** Reports have none; of several recipients in one transaction the token can only name the message. */
function returnPathOf({ deliveries }: Job, { returnPaths }: DispatchContext): string {
  const [only, more] = deliveries;
  if (!only) throw new Error("a job without deliveries");
  if (returnPaths === undefined || only.mailFrom === "" || only.class === "report") return only.mailFrom;
  return returnPaths.addressFor(more === undefined ? only.ref : { message: only.ref.message });
}

async function* contentFromSpool(job: Job, { spool }: DispatchContext, damaged: (why: string) => void): AsyncGenerator<Uint8Array> {
  const key = job.deliveries[0]?.ref.message;
  if (key === undefined) return;
  try {
    // Asked for together: the two answers come with the same batch.
    const [message, first] = await Promise.all([spool.message(key), spool.part(key, 0)]);
    if (!message) throw new Error(`message ${key} has queued deliveries but no row`);
    yield message.prelude;
    yield first;
    for (let part = 1; part < message.parts; part++) yield await spool.part(key, part);
  } catch (thrown) {
    if (codeOf(thrown) === "SPOOL_CORRUPT") damaged(textOf(thrown));
    throw thrown;
  }
}
