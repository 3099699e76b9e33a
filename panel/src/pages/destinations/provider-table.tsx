/** Providers with what waits for them and how they answer. */
import type { JSX } from "preact";
import { countText } from "../../../../src/base/size-text.ts";
import type { LaneRow, ProviderRow } from "../../api/shapes.ts";
import { link } from "../../frame/router.ts";
import { Foreign } from "../../look/foreign.tsx";
import { Table } from "../../look/table.tsx";
import { ageText, minuteText } from "../../look/times.ts";
import { termText } from "../messages/terms.ts";

export const SETTERS = { rule: "a rule", law: "its answers", operator: "a person" } as const;

interface Props {
  readonly providers: readonly ProviderRow[];
  /** They know who set a limit. */
  readonly lanes?: readonly LaneRow[] | undefined;
  readonly empty: string;
}

export function ProviderTable({ providers, lanes = [], empty }: Props): JSX.Element {
  if (providers.length === 0) return <p class="dim">{empty}</p>;
  return (
    <Table
      caption="Providers, most mail waiting first"
      columns={[
        "Provider",
        ["Queued", "num c-num"],
        ["Oldest", "c-took"],
        ["Delivered/h", "num c-took"],
        "Answers, 15 min",
        ["Limit now", "c-wide"],
        ["Opens", "c-took"],
      ]}
    >
      <tbody>
        {providers.map((row) => (
          <ProviderLine key={row.key} row={row} lanes={lanes} />
        ))}
      </tbody>
    </Table>
  );
}

function ProviderLine({ row, lanes }: { readonly row: ProviderRow; readonly lanes: readonly LaneRow[] }): JSX.Element {
  return (
    <tr>
      <td>
        <a data-row href={link(["destinations", row.key])}>
          <Foreign text={row.provider} />
        </a>
      </td>
      <td class="num" data-label="queued">
        <a href={link(["messages"], { q: `state:queued ${termText("provider", row.provider)} since:30d` })}>{countText(row.queued)}</a>
      </td>
      <td data-label="oldest">{row.oldestAt === null ? "–" : ageText(row.oldestAt)}</td>
      <td class="num minor">{countText(row.deliveredPerHour)}</td>
      <td class="c-line">{answersText(row)}</td>
      <td class="why" data-label="limit">
        {row.limit ?? "none"}
        {row.limit === null ? "" : setterText(row, lanes)}
        {row.why === null ? null : (
          <small>
            <Foreign text={row.why} />
          </small>
        )}
      </td>
      <td data-label={row.opensAt === null ? undefined : "opens"}>{row.opensAt === null ? "open" : minuteText(row.opensAt)}</td>
    </tr>
  );
}

/** Who set what holds there: people, rules, and what the answers say. */
function setterText({ key }: ProviderRow, lanes: readonly LaneRow[]): string {
  const setters = new Set(lanes.filter(({ provider }) => provider === key).flatMap(({ limitedBy }) => limitedBy ?? []));
  return setters.size === 0 ? "" : `, set by ${[...setters].map((who) => SETTERS[who]).join(" and ")}`;
}

/** A share never stands without its number. */
function answersText({ answers15m: { ok, later, no } }: ProviderRow): string {
  const n = ok + later + no;
  if (n === 0) return "none";
  const share = (part: number): string => `${Math.round((part / n) * 1000) / 10}`;
  return `${share(ok)} ok / ${share(later)} later / ${share(no)} % no, of ${countText(n)}`;
}
