/** Overrides as rows, and rows as overrides. */
import type { Selectable } from "kysely";
import { unreachable } from "../../base/brand.ts";
import type { WallMs } from "../../base/clock.ts";
import { REPLY_CLASSES } from "../../model/diagnosis.ts";
import type { EgressName } from "../../model/egress.ts";
import type { Actor } from "../../model/event.ts";
import { LIMIT_NAMES, type LimitSetting, type Override, type OverrideChange } from "../../model/override.ts";
import type { OverrideTables } from "./schema.ts";

type Row = Selectable<OverrideTables["override"]>;

const OPS: readonly LimitSetting["op"][] = ["max", "min", "pin", "scale"];
const ACTORS: readonly Actor["kind"][] = ["policy", "dispatch", "expiry", "operator"];

export function rowOf(override: Override): Omit<Row, "node"> {
  const { id, scope, change, cause, by, from, until, undoneAt, undoneBy, immuneUntil } = override;
  return {
    ...{ id, egress: scope.egress ?? null, provider: scope.provider ?? null, domain: scope.domain ?? null },
    ...{ change: changeCell(change), cause: textCell(cause), class: override.class ?? null, actor_kind: by.kind, actor: textCell(by.id) },
    ...{ since: from, until: until ?? null, undone_at: undoneAt ?? null },
    ...{ undone_by_kind: undoneBy?.kind ?? null, undone_by: undoneBy ? textCell(undoneBy.id) : null },
    immune_until: immuneUntil ?? null,
  };
}

/** Undefined of a row that says nothing this program understands. */
export function overrideOf(row: Row): Override | undefined {
  const change = changeOf(row.change);
  if (change === undefined) return undefined;
  const cause = REPLY_CLASSES.find((known) => known === row.class);
  return {
    id: row.id,
    scope: {
      ...(row.egress !== null && { egress: row.egress as EgressName }),
      ...(row.provider !== null && { provider: row.provider }),
      ...(row.domain !== null && { domain: row.domain }),
    },
    ...{ change, cause: row.cause, by: actorOf(row.actor_kind, row.actor), from: row.since as WallMs },
    ...(row.until !== null && { until: row.until as WallMs }),
    ...(cause && { class: cause }),
    ...(row.undone_at !== null && { undoneAt: row.undone_at as WallMs }),
    ...(row.undone_by !== null && { undoneBy: actorOf(row.undone_by_kind, row.undone_by) }),
    ...(row.immune_until !== null && { immuneUntil: row.immune_until as WallMs }),
  };
}

function changeCell(change: OverrideChange): string {
  switch (change.is) {
    case "limit":
      return `${change.limit} ${change.setting.op} ${change.setting.n}`;
    case "pause":
      return "pause";
    case "reroute":
      return `reroute ${change.to}`;
    default:
      return unreachable(change);
  }
}

function changeOf(cell: string): OverrideChange | undefined {
  const [first, second, third] = cell.split(" ");
  if (first === "pause") return { is: "pause" };
  if (first === "reroute" && second !== undefined) return { is: "reroute", to: second as EgressName };
  const limit = LIMIT_NAMES.find((name) => name === first);
  const op = OPS.find((word) => word === second);
  const n = Number(third);
  return limit !== undefined && op !== undefined && Number.isFinite(n) ? { is: "limit", limit, setting: { op, n } } : undefined;
}

function actorOf(kind: string | null, id: string): Actor {
  return { kind: ACTORS.find((known) => known === kind) ?? "operator", id };
}

/** PostgreSQL takes no NUL and no half of a pair. */
function textCell(text: string): string {
  return text.replaceAll("\0", " ").toWellFormed();
}
