/** Loading for a component: what came last stays while the next is fetched, and when fetching fails. */
import { useEffect, useState } from "preact/hooks";
import { writeCall } from "../../../src/control/api/paths.ts";
import type { InputOf, ReplyOf, RouteName } from "../../../src/control/api/routes.ts";
import { each, wallNow } from "../look/clock.ts";
import { call, type Problem, problemFrom } from "./client.ts";

interface State<T> {
  readonly data: T | undefined;
  /** When it came, RFC 3339. */
  readonly at: string | undefined;
  readonly problem: Problem | undefined;
}

export interface Loaded<T> extends State<T> {
  reload(): void;
}

const NOTHING = { data: undefined, at: undefined, problem: undefined };

/** With `everyMs` it is fetched again while the tab shows; another `turn` fetches it again too. */
export function useLoad<Name extends RouteName>(name: Name, input: InputOf<Name>, everyMs?: number, turn = 0): Loaded<ReplyOf<Name>> {
  const { target } = writeCall(name, input); // what tells one question from another
  const [kept, keep] = useState<State<ReplyOf<Name>> & { readonly of: string }>({ ...NOTHING, of: target });
  const [round, setRound] = useState(0);
  const reload = (): void => setRound((before) => before + 1);
  useEffect(() => {
    const abort = new AbortController();
    call(name, input, abort.signal).then(
      (data) => keep({ of: target, data, at: new Date(wallNow()).toISOString(), problem: undefined }),
      (thrown: unknown) => {
        if (abort.signal.aborted) return;
        keep((before) => ({ ...(before.of === target ? before : NOTHING), of: target, problem: problemFrom(thrown) }));
      },
    );
    return () => abort.abort();
  }, [target, round, turn]);
  useEffect(() => {
    if (everyMs === undefined) return;
    return each(everyMs, () => {
      if (document.visibilityState === "visible") reload();
    });
  }, [target, everyMs]);
  return { ...(kept.of === target ? kept : NOTHING), reload };
}
