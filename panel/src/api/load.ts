/** Loading for a component: what came last stays while the next is fetched, and when fetching fails. */
import { useEffect, useState } from "preact/hooks";
import { each, wallNow } from "../look/clock.ts";
import { get, type Problem, problemFrom } from "./client.ts";

export interface Loaded<T> {
  readonly data: T | undefined;
  /** When it came, RFC 3339. */
  readonly at: string | undefined;
  readonly problem: Problem | undefined;
  reload(): void;
}

interface Kept<T> {
  readonly path: string | null;
  readonly data: T | undefined;
  readonly at: string | undefined;
  readonly problem: Problem | undefined;
}

/** `null` loads nothing. With `everyMs` it is fetched again while the tab shows; another `turn` fetches it again too. */
export function useLoad<T>(path: string | null, everyMs?: number, turn = 0): Loaded<T> {
  const [kept, keep] = useState<Kept<T>>({ path, data: undefined, at: undefined, problem: undefined });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    get<T>(path, abort.signal).then(
      (data) => keep({ path, data, at: new Date(wallNow()).toISOString(), problem: undefined }),
      (thrown: unknown) => {
        if (!abort.signal.aborted) keep((before) => ({ ...before, path, problem: problemFrom(thrown) }));
      },
    );
    return () => abort.abort();
  }, [path, round, turn]);
  useEffect(() => {
    if (everyMs === undefined || path === null) return;
    return each(everyMs, () => {
      if (document.visibilityState === "visible") setRound((before) => before + 1);
    });
  }, [path, everyMs]);
  const mine = kept.path === path || path === null;
  return {
    data: mine ? kept.data : undefined,
    at: kept.at,
    problem: mine ? kept.problem : undefined,
    reload: () => setRound((before) => before + 1),
  };
}
