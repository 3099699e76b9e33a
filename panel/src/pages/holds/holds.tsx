/** Let it go or stop it? Held mail in groups of one sender and one cause. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { countText } from "../../../../src/base/size-text.ts";
import { onChange } from "../../api/live.ts";
import { useLoad } from "../../api/load.ts";
import type { HeldGroup } from "../../api/shapes.ts";
import { link } from "../../frame/router.ts";
import { Block, Empty } from "../../look/blocks.tsx";
import { CliLine } from "../../look/copy.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { Table } from "../../look/table.tsx";
import { ageText, minuteText } from "../../look/times.ts";

const EVERY_MS = 15_000;

export function HoldsPage(): JSX.Element {
  const loaded = useLoad("holds", {}, EVERY_MS);
  useEffect(() => onChange(({ rows, gap }) => (gap || rows.some((row) => row.state === "held")) && loaded.reload()), []);
  const groups = loaded.data?.groups;
  const held = groups?.reduce((sum, group) => sum + group.held, 0) ?? 0;
  return (
    <>
      <h1>
        {groups === undefined
          ? "Holds"
          : held === 0
            ? "Nothing is held."
            : `${countText(held)} held in ${countText(groups.length)} ${groups.length === 1 ? "group" : "groups"}.`}
      </h1>
      <Block loaded={loaded}>{(data) => (data.groups.length === 0 ? <NoHolds /> : <GroupTable groups={data.groups} />)}</Block>
      <CliLine words="queue list --state held" />
    </>
  );
}

function NoHolds(): JSX.Element {
  return (
    <Empty>
      <p>Mail is held by you, or by the program when something is wrong with it. It stays here until somebody decides.</p>
      <p>
        To hold a sender's mail: <code>./fairlead hold --sender shop3@srv7</code>, or open{" "}
        <a href={link(["messages"], { q: "state:queued" })}>what waits</a> and act on it.
      </p>
    </Empty>
  );
}

function GroupTable({ groups }: { readonly groups: readonly HeldGroup[] }): JSX.Element {
  return (
    <Table
      caption="Held mail by sender and cause"
      columns={["What", ["Why", "c-wide"], ["Held", "num c-num"], ["Oldest", "c-took"], ["Newest", "c-took"], ["Open", "c-acts"]]}
    >
      <tbody>
        {groups.map((group) => (
          <tr key={group.key}>
            <td>
              <Foreign text={group.sender} />
              <small>
                <Foreign text={group.source} />
              </small>
            </td>
            <td class="why">
              <Foreign text={group.why} />
              {group.action === null ? null : <small>action {group.action}</small>}
            </td>
            <td class="num" data-label="held">
              {countText(group.held)}
            </td>
            <td data-label="oldest">{ageText(group.oldestAt)}</td>
            <td class="minor">{minuteText(group.newestAt)}</td>
            <td>
              <a data-row class="button" href={link(["holds", group.key])}>
                Review<span class="hidden"> {group.sender}</span>
              </a>
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
