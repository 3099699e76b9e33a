/** From a job to the SMTP transaction that carries it: where content comes from, and the mark before it leaves. */
import { codeOf, textOf } from "../../base/fault.ts";
import type { SiteKey } from "../../model/ids.ts";
import type { RecipientResult } from "../../model/outcome.ts";
import type { Change } from "../../store/spool/spool.ts";
import type { Transaction, TransactionFacts } from "../../wire/smtp/client.ts";
import type { Link } from "../deliver/deliver.ts";
import type { DispatchContext } from "./context.ts";
import type { Job } from "./job.ts";

/** Room for the prelude in SIZE= while it is still in the spool; SIZE is an estimate (RFC 1870 §4). */
const PRELUDE_ESTIMATE = 1024;

/** What the site wants to know of a transaction. */
export interface Progress {
  /** The dialogue is over: whether the host said yes to any recipient, and how long it thought about the final dot. */
  answered(accepted: boolean, dotMs: number | undefined): void;
  /** Its results are written: the job's places in the window are free. */
  recorded(): void;
}

export function makeTransaction(
  job: Job,
  link: Link,
  site: SiteKey,
  relayed: boolean,
  context: DispatchContext,
  progress: Progress,
): Transaction {
  const [first] = job.deliveries;
  if (!first) throw new Error("a job without deliveries");
  const { spool, clock, settle } = context;
  /** Versions after the mark; undefined for a delivery that was taken back meanwhile. */
  let versions: readonly (number | undefined)[] | "unmarked" = "unmarked";
  /** While the mark is being written: results that come before it must wait, or they would be written for the old versions and be stale. */
  let marking: Promise<void> | undefined;
  /** Why its content cannot be sent: it does not match its checksum. */
  let corrupt: string | undefined;
  return {
    mailFrom: first.mailFrom,
    recipients: job.deliveries,
    body: first.body,
    smtpUtf8: first.smtpUtf8,
    ...(first.ret && { ret: first.ret }),
    ...(first.envid !== undefined && { envid: first.envid }),
    bytes: job.content?.length ?? first.bytes + PRELUDE_ESTIMATE,
    content: () =>
      job.content
        ? [job.content]
        : contentFromSpool(job, context, (why) => {
            corrupt = why;
          }),
    markSent: async () => {
      const written = Promise.withResolvers<void>();
      marking = written.promise;
      const at = clock.wall();
      const marks = job.deliveries.map(({ ref, version }): Change => ({ ref, version, to: "sent", at, host: link.host }));
      try {
        const applied = await spool.apply(marks, "durable");
        versions = applied.map((answer, i) => (answer === "ok" ? (job.deliveries[i]?.version ?? 0) + 1 : undefined));
        return applied.every((answer) => answer === "ok");
      } catch (thrown) {
        context.log("warn", "an attempt was not begun: it could not be recorded", { site, why: String(thrown) });
        return false;
      } finally {
        marking = undefined;
        written.resolve();
      }
    },
    done: (results: readonly RecipientResult[], facts: TransactionFacts) => {
      context.forgetContent([job]);
      progress.answered(
        results.some((result) => result.is === "accepted"),
        facts.times.dot,
      );
      if (marking) void marking.then(() => record(results, facts));
      else record(results, facts);
    },
  };

  function record(results: readonly RecipientResult[], facts: TransactionFacts): void {
    const seen = versions === "unmarked" ? job.deliveries.map((delivery) => delivery.version) : versions;
    const attempt = {
      host: link.host,
      ip: link.ip,
      ...facts,
      times: facts.nth === 1 ? { ...link.times, ...facts.times } : facts.times,
      ...(link.tls && { tls: link.tls }),
    };
    settle(
      {
        job,
        site,
        relayed,
        versions: seen,
        results,
        attempt,
        receiverTells: link.capabilities.dsn,
        ...(corrupt !== undefined && { corrupt }),
      },
      () => progress.recorded(),
    );
  }
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
