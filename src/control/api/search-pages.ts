/**
 * Pages of what a typed query means, also where history cannot ask it at once: mail to or from an address is two
 * searches whose rows are merged, and a sieve looks at rows one by one. Newest first, no row twice.
 */
import type { WallMs } from "../../base/clock.ts";
import type { View } from "../../model/view.ts";
import type { HistoryQuery, HistoryRow, SearchPage, Tally } from "../../store/history/history.ts";
import type { NodeFace } from "./node-face.ts";
import { passes, type ReadQuery } from "./query-text.ts";
import { PAST, Refused, wired } from "./refused.ts";

export type Asks = Extract<ReadQuery, { readonly ok: true }>;

/** How far a branch has been read: the page after `after`, of which `skip` rows are gone. */
interface Place {
  readonly after?: string;
  readonly skip: number;
  readonly ended: boolean;
}

/** A page's place in both branches; the size and the moment of the first page keep the pages the same. */
interface Cursor {
  readonly size: number;
  readonly until: WallMs;
  readonly places: readonly Place[];
}

const MOST_COUNTED = 10_000;
const COUNT_PAGE = 1000;

export async function searchPage(
  node: NodeFace,
  view: View,
  asks: Asks,
  page: { readonly limit: number; readonly after?: string },
  now: WallMs,
): Promise<SearchPage> {
  const found =
    asks.either === undefined
      ? await wired(node.past, PAST).search(view, asks.query, page)
      : await merged(node, view, asks.query, asks.either, page, now);
  return asks.sieve === undefined ? found : { ...found, rows: found.rows.filter((row) => passes(asks.sieve, row)) };
}

async function merged(
  node: NodeFace,
  view: View,
  query: HistoryQuery,
  either: readonly string[],
  { limit, after }: { readonly limit: number; readonly after?: string },
  now: WallMs,
): Promise<SearchPage> {
  // What arrives between two pages would move their rows; it is for a new search.
  const start: Cursor = { size: limit, until: Math.min(query.until ?? now + 1, now + 1) as WallMs, places: [NEW, NEW] };
  const cursor = after === undefined ? start : readCursor(after);
  const halves = branches(query, either).map((half) => ({ ...half, until: cursor.until }));
  const pages = await Promise.all(
    halves.map(async (half, i) => {
      const place = cursor.places[i] ?? NEW;
      if (place.ended) return undefined;
      return await wired(node.past, PAST).search(view, half, {
        limit: cursor.size,
        ...(place.after === undefined ? {} : { after: place.after }),
      });
    }),
  );
  const queues = pages.map((page, i) => page?.rows.slice(cursor.places[i]?.skip ?? 0) ?? []);
  const taken = queues.map(() => 0);
  const rows: HistoryRow[] = [];
  while (rows.length < limit) {
    const heads = queues.map((queue, i) => queue[taken[i] ?? 0]);
    // A branch whose page is used up but goes on may have a newer row than the other: then this page ends here.
    if (heads.some((head, i) => head === undefined && pages[i]?.next !== undefined)) break;
    const first = heads.filter((head) => head !== undefined).sort(newestFirst)[0];
    if (first === undefined) break;
    rows.push(first);
    for (const [i, head] of heads.entries()) if (head !== undefined && newestFirst(head, first) === 0) taken[i] = (taken[i] ?? 0) + 1;
  }
  const places = pages.map((page, i): Place => {
    const before = cursor.places[i] ?? NEW;
    if (page === undefined) return before;
    const skip = before.skip + (taken[i] ?? 0);
    if (skip < page.rows.length) return { ...before, skip };
    return page.next === undefined ? { skip: 0, ended: true } : { after: page.next, skip: 0, ended: false };
  });
  const asked = pages.filter((page) => page !== undefined);
  return {
    rows,
    ...(places.every(({ ended }) => ended) ? {} : { next: writeCursor({ ...cursor, places }) }),
    searchedBackTo: Math.max(0, ...asked.map(({ searchedBackTo }) => searchedBackTo)) as WallMs,
    tookMs: asked.reduce((sum, { tookMs }) => sum + tookMs, 0),
  };
}

const NEW: Place = { skip: 0, ended: false };

/** In the order of history's pages, which is that of keys. In both branches a row of both stands at the same place, so it is seen as one. */
function newestFirst(a: HistoryRow, b: HistoryRow): number {
  return b.ref.message - a.ref.message || a.ref.rcpt - b.ref.rcpt;
}

function branches(query: HistoryQuery, either: readonly string[]): readonly HistoryQuery[] {
  return [withList(query, "to", either), withList(query, "from", either)];
}

/** `to:a b@c` asks for mail to a that is to or from b@c; in the branch where both are recipients, both must be one. */
function withList(query: HistoryQuery, key: "to" | "from", either: readonly string[]): HistoryQuery {
  const given = query[key];
  return {
    ...query,
    [key]: given === undefined ? either : given.filter((one) => either.some((other) => other.toLowerCase() === one.toLowerCase())),
  };
}

function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString("base64url");
}

/** @throws {Refused} for what no page gave. */
function readCursor(after: string): Cursor {
  const bad = new Refused("bad-request", "after is no page's `next`");
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(after, "base64url").toString("utf8"));
  } catch {
    throw bad;
  }
  if (!isCursor(value)) throw bad;
  return value;
}

function isCursor(value: unknown): value is Cursor {
  if (typeof value !== "object" || value === null || !("size" in value && "until" in value && "places" in value)) return false;
  const { size, until, places } = value;
  const whole = (number: unknown, most: number): boolean =>
    typeof number === "number" && Number.isSafeInteger(number) && number >= 0 && number <= most;
  return (
    whole(size, COUNT_PAGE) &&
    whole(until, Number.MAX_SAFE_INTEGER) &&
    Array.isArray(places) &&
    places.length === 2 &&
    places.every(
      (place: unknown) =>
        typeof place === "object" &&
        place !== null &&
        "skip" in place &&
        whole(place.skip, COUNT_PAGE) &&
        "ended" in place &&
        typeof place.ended === "boolean" &&
        (!("after" in place) || typeof place.after === "string"),
    )
  );
}

/** To or from is to, and from, less both. What needs a sieve is counted row by row. */
export async function tallyOf(node: NodeFace, view: View, asks: Asks, now: WallMs): Promise<Tally> {
  if (asks.sieve !== undefined) return await counted(node, view, asks, now);
  if (asks.either === undefined) return await wired(node.past, PAST).tally(view, asks.query);
  const [to, from] = branches(asks.query, asks.either);
  const both = to === undefined || from === undefined ? asks.query : { ...to, ...(from.from === undefined ? {} : { from: from.from }) };
  const [a, b, ab] = await Promise.all(
    [to ?? asks.query, from ?? asks.query, both].map((query) => wired(node.past, PAST).tally(view, query)),
  );
  if (a === undefined || b === undefined || ab === undefined) throw new Error("three questions have three answers");
  const byState = Object.fromEntries(
    Object.keys(a.byState).map((state) => {
      const key = state as keyof Tally["byState"]; // the keys of a Tally are states
      return [state, Math.max(0, a.byState[key] + b.byState[key] - ab.byState[key])];
    }),
  ) as Tally["byState"];
  const steps = a.steps.map((step, i) => ({
    at: step.at,
    accepted: Math.max(0, step.accepted + (b.steps[i]?.accepted ?? 0) - (ab.steps[i]?.accepted ?? 0)),
    settled: Math.max(0, step.settled + (b.steps[i]?.settled ?? 0) - (ab.steps[i]?.settled ?? 0)),
  }));
  return { byState, exact: a.exact && b.exact && ab.exact, steps };
}

async function counted(node: NodeFace, view: View, asks: Asks, now: WallMs): Promise<Tally> {
  const byState = { queued: 0, held: 0, delivered: 0, relayed: 0, bounced: 0, expired: 0, discarded: 0, refused: 0 };
  let seen = 0;
  for (let after: string | undefined; ; ) {
    const page = await searchPage(node, view, asks, { limit: COUNT_PAGE, ...(after === undefined ? {} : { after }) }, now);
    for (const { state } of page.rows) byState[state]++;
    seen += COUNT_PAGE;
    if (page.next === undefined || seen >= MOST_COUNTED) return { byState, exact: page.next === undefined, steps: [] };
    after = page.next;
  }
}
