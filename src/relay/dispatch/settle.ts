/**
 * Records what attempts came to. Nothing waits for it: results go to the spool `soon`, share commits, and are kept
 * here until they are written. If the spool cannot take them, they are tried again; should the process die before
 * that, the delivery is found marked as sent and thus in doubt, never lost and never repeated unmarked.
 */
import type { QueuedDelivery } from "../../model/delivery.ts";
import type { DsnFate } from "../../model/event.ts";
import type { SiteKey } from "../../model/ids.ts";
import type { AttemptFacts, RecipientResult } from "../../model/outcome.ts";
import type { Reply } from "../../model/reply.ts";
import type { Applied, Change, Submission } from "../../store/spool/spool.ts";
import type { DispatchContext } from "./context.ts";
import type { Job } from "./job.ts";
import { nextStep } from "./next-step.ts";
import { moveOf, objectsToAddress, type Step, tellWay } from "./other-way.ts";
import type { RecipientMemory } from "./recipient-memory.ts";
import type { ReportRow, Reports } from "./report.ts";

export interface Attempted {
  readonly job: Job;
  readonly relayed: boolean;
  /** The version of each delivery as last written; undefined where another change came first. */
  readonly versions: readonly (number | undefined)[];
  readonly results: readonly RecipientResult[];
  readonly attempt: AttemptFacts;
  /** The receiver offers DSN: a wish for success reports has passed on to it (RFC 3461 §5.2.2). */
  readonly receiverTells: boolean;
  /** The stored content is damaged, and how: nothing of it was completed. */
  readonly corrupt?: string;
}

/** `finished` is called once the results are written and the job's places are free. */
export type Settle = (attempted: Attempted, finished: () => void) => void;

/** How long an outcome waits before the spool is asked again to take it. */
const AGAIN_MS = 1000;

export interface SettlePorts {
  readonly context: Omit<DispatchContext, "settle">;
  readonly reports: Reports;
  /** The job is under way until this is called. */
  begin(label: string): () => void;
  /** What an attempt says about its recipient (R17). */
  readonly recipients: RecipientMemory;
}

interface Plan {
  readonly changes: readonly Change[];
  readonly report?: Submission;
  /** A second report on the same transaction, of another kind. */
  readonly also?: Submission;
  readonly expect: readonly { readonly site: SiteKey; readonly dueAt: number }[];
}

export function makeSettle(ports: SettlePorts): Settle {
  const { context } = ports;
  const write = async (plan: Plan): Promise<readonly Applied[]> => {
    for (;;) {
      try {
        return await context.spool.apply(plan.changes, "soon", plan.report);
      } catch (thrown) {
        context.log("warn", "results wait: the spool cannot take them now", { why: String(thrown), deliveries: plan.changes.length });
        await context.clock.sleep(AGAIN_MS);
      }
    }
  };
  return (attempted, finished) => {
    const end = ports.begin(`recording what came of a delivery to ${attempted.attempt.host}`);
    const planned = plan(attempted, ports);
    const done = async (ready: Plan): Promise<void> => {
      const applied = await write(ready);
      if (applied.includes("stale")) {
        await settleOvertaken(ready, applied, write, context);
        // An operator was faster for one of them: the others' report still goes out.
        if (ready.report) await write({ changes: [], report: ready.report, expect: [] });
      }
      if (ready.also) await write({ changes: [], report: ready.also, expect: [] });
      for (const { site, dueAt } of ready.expect) context.expect(site, { dueAt });
      for (const first of [...(ready.report?.first ?? []), ...(ready.also?.first ?? [])]) {
        if (first.state === "queued") context.expect(first.site, first);
      }
    };
    void (planned instanceof Promise ? planned.then(done) : done(planned)).then(() => {
      end();
      finished();
    });
  };
}

/**
 * What a receiver has said outlasts what an operator wished meanwhile: a delivery that was taken must not be tried
 * again because its row was held a moment before the answer came.
 */
async function settleOvertaken(
  plan: Plan,
  applied: readonly Applied[],
  write: (plan: Plan) => Promise<readonly Applied[]>,
  context: SettlePorts["context"],
): Promise<void> {
  const final = plan.changes.filter((change, i) => applied[i] === "stale" && change.to !== "queued" && change.to !== "held");
  if (final.length === 0) return;
  const rows = await context.spool.find({ refs: final.map((change) => change.ref) }, final.length);
  const again = final.flatMap((change): Change[] => {
    const row = rows.find(({ ref }) => ref.message === change.ref.message && ref.rcpt === change.ref.rcpt);
    return row ? [{ ...change, version: row.version }] : [];
  });
  if (again.length > 0) await write({ changes: again, expect: [] });
}

/** The usual outcome needs no report and is planned at once; composing a report reads the message, and so does a move. */
function plan(attempted: Attempted, ports: SettlePorts): Plan | Promise<Plan> {
  const { corrupt } = attempted;
  if (corrupt !== undefined) return damaged(attempted, corrupt, ports.context);
  const steps = stepsOf(attempted, ports.context);
  for (const step of steps) tellWay(step, attempted.attempt.host, ports.context.ways);
  return steps.some(({ step }) => objectsToAddress(step)) ? planWithMoves(attempted, steps, ports) : planOf(attempted, steps, ports);
}

/** Where the receiver objects to our address, what may leave by another does (R7). */
async function planWithMoves(attempted: Attempted, steps: readonly Step[], ports: SettlePorts): Promise<Plan> {
  const asked = steps.filter(({ step }) => objectsToAddress(step));
  const found = await Promise.all(asked.map((step) => moveOf(step, attempted, ports.context)));
  const moves = found.filter((move) => move !== undefined);
  const moved = new Set(moves.map(({ of }) => of));
  const rest = steps.filter((step) => !moved.has(step));
  const planned = await planOf(attempted, rest, ports);
  return {
    ...planned,
    changes: [...moves.flatMap(({ changes }) => changes), ...planned.changes],
    expect: [...moves, ...planned.expect],
  };
}

function stepsOf({ job, versions, results, attempt, relayed }: Attempted, context: SettlePorts["context"]): readonly Step[] {
  const { clock, retry, random } = context;
  const now = clock.wall();
  return results.flatMap((result, i): Step[] => {
    const delivery = job.deliveries[i];
    const version = versions[i];
    if (!delivery || version === undefined) return [];
    return [{ delivery, version, result, step: nextStep(delivery, version, result, attempt, { now, relayed, retry, random }) }];
  });
}

function damaged({ job, versions }: Attempted, why: string, { spool, clock }: SettlePorts["context"]): Plan {
  spool.record({ at: clock.wall(), body: { kind: "alarm", code: "corrupt", text: why } });
  const changes = job.deliveries.flatMap((delivery, i) => {
    const version = versions[i];
    return version === undefined ? [] : [setAside(delivery, version, why)];
  });
  return { changes, expect: [] };
}

function planOf(attempted: Attempted, steps: readonly Step[], { recipients, reports }: SettlePorts): Plan | Promise<Plan> {
  const { job, attempt, receiverTells } = attempted;
  const changes: Change[] = [];
  const expect: { site: SiteKey; dueAt: number }[] = [];
  const failures: (ReportRow & { version: number })[] = [];
  const taken: ReportRow[] = [];
  for (const { delivery, version, step } of steps) {
    if (step.is === "bounce") {
      recipients.failed(delivery, step.diagnosis, attempt.host, step.why);
      const { why, status, diagnosis, reply } = step;
      failures.push({ delivery, version, action: "failed", why, status, diagnosis, host: attempt.host, ...(reply && { reply }) });
      continue;
    }
    changes.push(step.change);
    if (step.accepted) recipients.worked(delivery);
    if (step.change.to === "queued") expect.push({ site: job.queue, dueAt: step.change.dueAt });
    if (step.accepted && wantsSuccess(delivery) && !receiverTells) taken.push(relayedRow(delivery, step.accepted, attempted));
  }
  if (failures.length === 0 && taken.length === 0) return { changes, expect };
  return withReport(attempted, changes, expect, failures, taken, reports);
}

/** Damaged mail is neither sent nor bounced: a person decides, and an alarm calls one (R3). */
function setAside(delivery: QueuedDelivery, version: number, why: string): Change {
  const by = { kind: "dispatch", id: "corrupt" } as const;
  return { ref: delivery.ref, version, to: "held", why: `damaged: ${why}`, event: { kind: "held", why: `damaged: ${why}`, by } };
}

async function withReport(
  attempted: Attempted,
  changes: readonly Change[],
  expect: Plan["expect"],
  failures: readonly (ReportRow & { version: number })[],
  taken: readonly ReportRow[],
  reports: Reports,
): Promise<Plan> {
  const fates = reports.fates(failures.map((row) => row.delivery));
  const failed = await reports.compose(failures.filter((_, i) => fates[i] === "sent"));
  const relayed = await reports.compose(taken);
  const [report, also] = failed ? [failed, relayed] : [relayed, undefined];
  const bounced = failures.map((row, i): Change => {
    const dsn: DsnFate = fates[i] ?? "not wanted";
    return {
      ref: row.delivery.ref,
      version: row.version,
      to: "bounced",
      event: {
        kind: "bounced",
        attempt: attempted.attempt,
        ...(row.reply && { reply: row.reply }),
        ...(row.diagnosis && { diagnosis: row.diagnosis }),
        why: row.why,
        dsn,
        by: { kind: "dispatch", id: "refused" },
      },
    };
  });
  return { changes: [...changes, ...bounced], expect, ...(report && { report }), ...(also && { also }) };
}

function wantsSuccess({ notify }: QueuedDelivery): boolean {
  return notify !== undefined && notify !== "never" && notify.includes("success");
}

/** RFC 3461 §5.2.2: a success was asked for, and from here on nobody would tell of it. */
function relayedRow(delivery: QueuedDelivery, reply: Reply, attempted: Attempted): ReportRow {
  return { delivery, action: "relayed", why: "", status: "2.0.0", host: attempted.attempt.host, reply };
}
