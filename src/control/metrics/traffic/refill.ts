/**
 * After a start the last hour is read back from the journal, and the open deliveries from the spool, in slices between
 * which mail goes on. What happens meanwhile is counted as it happens: the journal is read up to the start only.
 */
import type { Clock, WallMs } from "../../../base/clock.ts";
import { turningPoint } from "../../../base/turning-point.ts";
import type { FairleadEvent } from "../../../model/event.ts";
import type { DeliveryRef } from "../../../model/ids.ts";
import type { Spool } from "../../../store/spool/spool.ts";
import type { Fold } from "./fold.ts";
import { DELIVERIES_KNOWN, DELIVERIES_MOST } from "./open-deliveries.ts";
import { MINUTE_MS, MINUTES } from "./tracks.ts";

/** Events read back at most, the newest; a busier hour is known from where they begin. */
const EVENTS_MOST = 500_000;
/** A slice is a few milliseconds of work; between two of them there is time for mail. */
const SLICE = 250;
const PAUSE_MS = 20;

export type Journal = Pick<Spool, "eventsAfter" | "find" | "count">;

export interface RefillPorts {
  readonly journal: Journal;
  readonly clock: Clock;
  /** Events later than that come by themselves. */
  readonly openedAt: WallMs;
  readonly signal: AbortSignal;
}

/** Resolves with the moment from which on everything is counted. @throws {SpoolError}, or the signal's reason */
export async function refill(fold: Fold, ports: RefillPorts): Promise<WallMs> {
  const { clock, openedAt, signal } = ports;
  const since = (openedAt - MINUTES * MINUTE_MS) as WallMs;
  const newest = await lastWhere(ports.journal, () => true);
  const start = await lastWhere(ports.journal, ({ at }) => at < since);
  let seq = Math.max(start, newest - EVENTS_MOST);
  let first: WallMs | undefined;
  while (seq < newest) {
    const events = await ports.journal.eventsAfter(seq, SLICE);
    if (events.length === 0) break;
    for (const { at, message, rcpt, body } of events) {
      first ??= at;
      if (at < since || at > openedAt) continue;
      const ref = message === undefined ? {} : { ref: rcpt === undefined ? { message } : { message, rcpt } };
      fold.past({ at, ...ref, body });
    }
    seq = events.at(-1)?.seq ?? newest;
    await clock.sleep(PAUSE_MS, signal);
  }
  await readOpen(fold, ports, openedAt);
  return newest - start > EVENTS_MOST ? (first ?? openedAt) : (0 as WallMs);
}

/** While not every open delivery is known, it is tried so often to know them again. */
const AGAIN_MS = 600_000;

/** Until the signal aborts: once a queue that was too long is short enough, all of it is read and known again. */
export async function keepKnown(fold: Fold, ports: RefillPorts, failed: (thrown: unknown) => void): Promise<void> {
  const { journal, clock, signal } = ports;
  for (;;) {
    await clock.sleep(AGAIN_MS, signal);
    if (fold.complete) continue;
    try {
      if ((await journal.count({})) > DELIVERIES_KNOWN) continue;
      fold.refilling();
      await readOpen(fold, ports, clock.wall());
    } catch (thrown) {
      fold.open.incomplete();
      if (signal.aborted) return;
      failed(thrown);
    } finally {
      fold.refilled();
    }
  }
}

/** The journal tells of an hour; mail may wait for days. */
async function readOpen(fold: Fold, { journal, clock, signal }: RefillPorts, before: WallMs): Promise<void> {
  let after: DeliveryRef | undefined;
  for (let read = 0; read < DELIVERIES_MOST; read += SLICE) {
    const rows = await journal.find({ acceptedBefore: before }, SLICE, after);
    for (const row of rows) fold.know(row, before);
    after = rows.at(-1)?.ref;
    if (rows.length < SLICE) return;
    await clock.sleep(PAUSE_MS, signal);
  }
  fold.open.incomplete();
}

/** The last sequence whose event is so, where all that are stand before all that are not; 0 if none is. */
async function lastWhere(journal: Journal, is: (event: FairleadEvent) => boolean): Promise<number> {
  return await turningPoint(async (seq) => {
    const [next] = await journal.eventsAfter(seq, 1);
    return next !== undefined && is(next);
  });
}
