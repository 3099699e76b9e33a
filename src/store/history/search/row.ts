/** A row of a day's table as people ask for it. */
import type { WallMs } from "../../../base/clock.ts";
import type { ReplyClass } from "../../../model/diagnosis.ts";
import type { Places } from "../day/day.ts";
import { IN_DOUBT, type Kept, STATES, TWICE } from "../day/kept.ts";
import type { Names } from "../day/names.ts";
import type { HistoryRow } from "../history.ts";
import { textOfShape } from "../shape.ts";

export function rowOf(row: Kept, names: Names, places: Places): HistoryRow {
  const ref = places.ref(row.p);
  const since = places.time(row.p);
  const state = STATES[row.state] ?? "queued";
  const text = (id: number): string => names.text(id) ?? "";
  const why = textOfShape(text(row.said), row.parts);
  const optional = <Key extends string, Value>(key: Key, value: Value | undefined): Partial<Record<Key, Value>> =>
    value === undefined ? {} : ({ [key]: value } as Record<Key, Value>);
  return {
    ref: state === "refused" ? { ...ref, rcpt: 0 } : ref,
    at: (since + row.accepted) as WallMs,
    state,
    inDoubt: (row.flags & IN_DOUBT) !== 0,
    possiblyTwice: (row.flags & TWICE) !== 0,
    from: text(row.mfrom),
    to: row.addr,
    sender: text(row.sender),
    source: text(row.source),
    tenant: text(row.tenant),
    recipients: row.n,
    attempts: row.attempts,
    changedAt: (since + row.changed) as WallMs,
    ...optional("doneAt", row.done === null ? undefined : ((since + row.done) as WallMs)),
    ...optional("dueAt", row.due === null ? undefined : ((since + row.due) as WallMs)),
    ...optional("why", why === "" ? undefined : why),
    ...optional("class", names.text(row.class) as ReplyClass | undefined),
    ...optional("provider", names.text(row.provider)),
    ...optional("host", names.text(row.host)),
    ...optional("code", row.code === 0 ? undefined : row.code),
    ...optional("enhanced", names.text(row.enhanced)),
    ...optional("fault", names.text(row.fault)),
  };
}
