/** Providers with what waits for them and how they answer. */
import type { JSX } from "preact";
import { countText } from "../../../../src/base/size-text.ts";
import type { ProviderRow } from "../../api/shapes.ts";
import { link } from "../../frame/router.ts";
import { Foreign } from "../../look/foreign.tsx";
import { Table } from "../../look/table.tsx";
import { ageText, minuteText } from "../../look/times.ts";
import { termText } from "../messages/terms.ts";

export function ProviderTable({ providers, empty }: { readonly providers: readonly ProviderRow[]; readonly empty: string }): JSX.Element {
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
          <ProviderLine key={row.key} row={row} />
        ))}
      </tbody>
    </Table>
  );
}

function ProviderLine({ row }: { readonly row: ProviderRow }): JSX.Element {
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

/** A share never stands without its number. */
function answersText({ answers15m: { ok, later, no } }: ProviderRow): string {
  const n = ok + later + no;
  if (n === 0) return "none";
  const share = (part: number): string => `${Math.round((part / n) * 1000) / 10}`;
  return `${share(ok)} ok / ${share(later)} later / ${share(no)} % no, of ${countText(n)}`;
}
