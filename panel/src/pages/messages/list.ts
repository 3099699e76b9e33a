/** The rows of a query: pages appended as they are scrolled to, live changes in place, newer ones only counted. */
import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { call, me, type Problem, problemFrom } from "../../api/client.ts";
import { onChange } from "../../api/live.ts";
import type { Row } from "../../api/shapes.ts";
import { after, wallNow } from "../../look/clock.ts";

const PAGE = 100;
/** The first page is small so that it is there at once. */
const FIRST_PAGE = 50;
export const MOST_ROWS = 1000;
const LOOK_AGAIN_MS = 2000;

export interface List {
  readonly rows: readonly Row[];
  readonly loaded: boolean;
  readonly at: string | undefined;
  readonly next: string | null;
  readonly searchedBackTo: string | null;
  readonly tookMs: number | null;
  readonly busy: boolean;
  readonly problem: Problem | undefined;
  readonly newer: number;
}

const NOTHING: List = {
  rows: [],
  loaded: false,
  at: undefined,
  next: null,
  searchedBackTo: null,
  tookMs: null,
  busy: false,
  problem: undefined,
  newer: 0,
};

export function nameOf(row: Pick<Row, "id" | "rcpt">): string {
  return `${row.id}.${row.rcpt}`;
}

/** Lists outlive their page for a while, so that Back finds the same rows at the same place. */
const kept = new Map<string, List>();
const KEPT = 5;
/** What one person saw is not shown to whoever signs in next. */
effect(() => {
  if (me.value === null) kept.clear();
});

function keep(query: string, list: List): void {
  kept.delete(query);
  kept.set(query, list);
  for (const old of kept.keys()) if (kept.size > KEPT) kept.delete(old);
}

export interface Listing {
  readonly list: List;
  more(): void;
  showNewer(): void;
  reload(): void;
}

export function useList(query: string): Listing {
  const [list, setList] = useState<List>(() => kept.get(query) ?? NOTHING);
  const current = useRef({ query, list });
  const abort = useRef<AbortController | undefined>(undefined);
  const set = (next: List): void => {
    current.current = { query: current.current.query, list: next };
    keep(current.current.query, next);
    setList(next);
  };
  const fetchPage = async (from: string | null): Promise<void> => {
    abort.current?.abort();
    const mine = new AbortController();
    abort.current = mine;
    set({ ...current.current.list, busy: true, problem: undefined });
    try {
      const wanted = from === null ? { limit: FIRST_PAGE } : { limit: PAGE, after: from };
      const reply = await call("search", { q: current.current.query, ...wanted }, mine.signal);
      const before = from === null ? [] : current.current.list.rows;
      const known = new Set(before.map(nameOf));
      set({
        rows: [...before, ...reply.rows.filter((row) => !known.has(nameOf(row)))],
        loaded: true,
        at: new Date(wallNow()).toISOString(),
        next: reply.next,
        searchedBackTo: reply.searchedBackTo,
        tookMs: reply.tookMs,
        busy: false,
        problem: undefined,
        newer: from === null ? 0 : current.current.list.newer,
      });
    } catch (thrown) {
      if (!mine.signal.aborted) set({ ...current.current.list, busy: false, problem: problemFrom(thrown) });
    }
  };
  useEffect(() => {
    const had = kept.get(query);
    current.current = { query, list: had ?? { ...NOTHING } };
    setList(current.current.list);
    if (had === undefined || !had.loaded) void fetchPage(null);
    return () => abort.current?.abort();
  }, [query]);
  useEffect(() => followLive(() => current.current, set), [query]);
  return {
    list,
    more: () => {
      const { next, busy, rows } = current.current.list;
      if (next !== null && !busy && rows.length < MOST_ROWS) void fetchPage(next);
    },
    showNewer: () => void fetchPage(null),
    reload: () => void fetchPage(null),
  };
}

/**
 * Cells change in place; what is new is counted by asking for the head of the list again, at most every two seconds.
 * After a gap, and for a list that stood aside, all rows are asked for again: any of them may have changed.
 */
function followLive(read: () => { readonly query: string; readonly list: List }, set: (list: List) => void): () => void {
  let cancel: (() => void) | undefined;
  let whole = false;
  const abort = new AbortController();
  const look = async (): Promise<void> => {
    cancel = undefined;
    const { query, list } = read();
    if (!list.loaded || list.busy) return;
    const limit = whole ? Math.max(FIRST_PAGE, Math.min(list.rows.length, MOST_ROWS)) : FIRST_PAGE;
    whole = false;
    const head = await call("search", { q: query, limit }, abort.signal).catch(() => undefined);
    if (head === undefined || read().query !== query) return;
    const now = read().list;
    const known = new Set(now.rows.map(nameOf));
    set({ ...now, rows: patched(now.rows, head.rows), newer: head.rows.filter((row) => !known.has(nameOf(row))).length });
  };
  const stop = onChange(({ rows, more, gap }) => {
    const { list } = read();
    const known = new Set(list.rows.map(nameOf));
    const mine = rows.filter((row) => known.has(nameOf(row)));
    if (mine.length > 0) set({ ...list, rows: patched(list.rows, mine) });
    whole ||= gap;
    if (gap || more > 0 || mine.length < rows.length) cancel ??= after(LOOK_AGAIN_MS, () => void look());
  });
  if (read().list.loaded) {
    whole = true;
    void look();
  }
  return () => {
    stop();
    cancel?.();
    abort.abort();
  };
}

/** The same objects where nothing changed, so that only changed rows are drawn again. */
function patched(rows: readonly Row[], fresh: readonly Row[]): readonly Row[] {
  const by = new Map(fresh.map((row) => [nameOf(row), row]));
  return rows.map((row) => {
    const other = by.get(nameOf(row));
    return other === undefined || JSON.stringify(other) === JSON.stringify(row) ? row : other;
  });
}
