/**
 * Questions over all days, newest first. A day that cannot be read is told of and passed over; the others answer. Pages
 * go on from a place, not from a count, so rows that come or change between two pages neither repeat nor hide others.
 */
import type { Clock, WallMs } from "../../../base/clock.ts";
import type { FairleadEvent } from "../../../model/event.ts";
import { type MessageKey, timeOfKey } from "../../../model/ids.ts";
import { maySee, type View } from "../../../model/view.ts";
import { DAY_MS, dayAt, dayOf, startOf } from "../day/day.ts";
import { STATES } from "../day/kept.ts";
import type { HistoryQuery, HistoryRecord, HistoryRow, KeptDay, PageOf, SearchPage, Tally } from "../history.ts";
import { type Conditions, conditionsOf } from "./conditions.ts";
import type { DayReader } from "./day-reader.ts";
import { OpenDays, type OpenDaysPorts } from "./open-days.ts";
import { type Place, readPlace, writePlace } from "./page-place.ts";
import { recordOf } from "./record.ts";
import { Steps } from "./steps.ts";

/** A page has at most so many rows. */
const MOST_ROWS = 1000;
const SEARCH_MS = 2000;
const TALLY_MS = 500;
const MOST_COUNTED = 10_000;
const MOST_LANE_EVENTS = 1000;

/** A day's part in a question: its places from `from` up to below `below`. */
interface Share {
  readonly reader: DayReader;
  readonly conditions: Conditions;
  readonly from: number;
  readonly below: number;
}

export class Searcher {
  readonly #days: OpenDays;
  readonly #clock: Clock;

  constructor(ports: OpenDaysPorts, clock: Clock) {
    this.#days = new OpenDays(ports);
    this.#clock = clock;
  }

  close(): void {
    this.#days.close();
  }

  /** @throws {HistoryFault} `HISTORY_QUERY` */
  search(view: View, query: HistoryQuery, page: PageOf): SearchPage {
    const late = this.#deadline(page.budgetMs ?? SEARCH_MS);
    const limit = Math.min(page.limit, MOST_ROWS);
    const rows: HistoryRow[] = [];
    const after = page.after === undefined ? undefined : readPlace(page.after);
    /** Of the last row there was room for: from then on only whether there are more is looked for. */
    let full: Place | undefined;
    const end = this.#eachShare(view, query, after, ({ reader, conditions, from, below }) => {
      for (const { rows: found, downTo } of reader.rows(conditions, from, below)) {
        const room = limit - rows.length;
        rows.push(...found.slice(0, room).map(({ row }) => row));
        if (found.length > room || late()) return full ?? reader.places.ref(found[room - 1]?.place ?? downTo);
        const last = found[room - 1];
        if (last === undefined) continue;
        full = reader.places.ref(last.place);
        if (downTo > from) return full;
      }
      return undefined;
    });
    return {
      rows,
      ...(end === undefined ? {} : { next: writePlace(end) }),
      searchedBackTo: end === undefined ? (query.since ?? this.#oldest()) : timeOfKey(end.message),
      tookMs: Math.round(late.ms()),
    };
  }

  tally(view: View, query: HistoryQuery, budgetMs = TALLY_MS): Tally {
    const late = this.#deadline(budgetMs);
    const byState = { queued: 0, held: 0, delivered: 0, relayed: 0, bounced: 0, expired: 0, discarded: 0, refused: 0 };
    const steps = new Steps(query.since ?? this.#oldest(), query.until ?? this.#clock.wall());
    let counted = 0;
    const end = this.#eachShare(view, query, undefined, ({ reader, conditions, from, below }) => {
      const { places } = reader;
      for (const { rows, downTo } of reader.cells<[number, number, number | null]>("p, state, done", conditions, from, below)) {
        for (const [place, number, done] of rows) {
          const state = STATES[number] ?? "queued";
          byState[state]++;
          const at = places.time(place);
          steps.add(at, state !== "refused", done === null ? undefined : at + done);
          counted++;
          if (counted >= MOST_COUNTED) return places.ref(place);
        }
        if (late()) return places.ref(downTo);
      }
      return undefined;
    });
    return { byState, exact: end === undefined, steps: steps.list() };
  }

  record(view: View, key: MessageKey): HistoryRecord | undefined {
    this.#days.list();
    return this.#days.ask(dayOf(key), (reader) => {
      const found = recordOf(reader, key);
      return found !== undefined && maySee(view, found.envelope.tenant, key) ? found : undefined;
    });
  }

  /** What a destination's lane did between two moments, oldest first. */
  laneEvents(site: string, since: WallMs, until: WallMs, limit: number): readonly FairleadEvent[] {
    const most = Math.min(limit, MOST_LANE_EVENTS);
    const days = this.#days.list().filter(({ day }) => day >= dayAt(since) && day <= dayAt(until));
    const found: FairleadEvent[] = [];
    for (const { day } of days.reverse())
      if (found.length < most)
        found.push(...(this.#days.ask(day, (reader) => reader.laneEvents(site, since, until, most - found.length)) ?? []));
    return found;
  }

  days(): readonly KeptDay[] {
    return this.#days.kept();
  }

  /** Calls `look` for each day that may have something, newest first, until it says where it stopped. */
  #eachShare(view: View, query: HistoryQuery, after: Place | undefined, look: (share: Share) => Place | undefined): Place | undefined {
    const newest = after ?? (view.sees === "message" ? { message: view.message } : undefined);
    for (const { day } of this.#days.list()) {
      const start = startOf(day);
      if (query.until !== undefined && start >= query.until) continue;
      if (newest !== undefined && day > dayOf(newest.message)) continue;
      if (query.since !== undefined && start + DAY_MS <= query.since) break;
      if (view.sees === "message" && day < dayOf(view.message)) break;
      const end = this.#days.ask(day, (reader) => {
        const conditions = conditionsOf(view, query, reader.names);
        return conditions && look({ reader, conditions, ...rangeOf(reader, view, query, after) });
      });
      if (end !== undefined) return end;
    }
    return undefined;
  }

  #oldest(): WallMs {
    const day = this.#days.list().at(-1)?.day;
    return day === undefined ? this.#clock.wall() : startOf(day);
  }

  #deadline(ms: number): (() => boolean) & { ms(): number } {
    const started = this.#clock.mono();
    const taken = (): number => this.#clock.mono() - started;
    return Object.assign(() => taken() > ms, { ms: taken });
  }
}

function rangeOf({ places, day }: DayReader, view: View, query: HistoryQuery, after: Place | undefined) {
  const start = startOf(day);
  let from = places.from(Math.max(start, query.since ?? start) as WallMs);
  let below = places.from(Math.min(start + DAY_MS, query.until ?? start + DAY_MS) as WallMs);
  if (after !== undefined && dayOf(after.message) === day) below = Math.min(below, places.of(after.message, after.rcpt));
  if (view.sees === "message") {
    const [least, above] = places.span(view.message);
    from = Math.max(from, least);
    below = Math.min(below, above);
  }
  return { from, below };
}
