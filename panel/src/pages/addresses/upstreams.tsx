/** Upstream smarthosts: what they take and have taken, what a message costs, and whether they work. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { countText } from "../../../../src/base/size-text.ts";
import { useLoad } from "../../api/load.ts";
import type { UpstreamRow } from "../../api/shapes.ts";
import { removeUpstream } from "../../api/ways.ts";
import { askFirst } from "../../frame/dialog.tsx";
import { maySteer } from "../../frame/pages.ts";
import { Block, Empty } from "../../look/blocks.tsx";
import { CliLine } from "../../look/copy.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { Table } from "../../look/table.tsx";
import { Usage } from "../../look/usage.tsx";
import { poolsText, WayState, WayTabs } from "./tabs.tsx";
import { UpstreamForm } from "./upstream-form.tsx";

const EVERY_MS = 5000;

export function UpstreamsPage(): JSX.Element {
  const loaded = useLoad("upstreamWays", {}, EVERY_MS);
  const [changing, change] = useState<UpstreamRow>();
  const count = loaded.data?.upstreams.length;
  return (
    <>
      <h1>
        {count === undefined
          ? "Upstreams"
          : count === 0
            ? "No upstream takes mail from pools."
            : count === 1
              ? "1 upstream takes mail."
              : `${count} upstreams take mail.`}
      </h1>
      <WayTabs at="#/addresses/upstreams" />
      <Block loaded={loaded}>
        {({ upstreams }) =>
          upstreams.length === 0 ? (
            <Empty>
              <p>
                An upstream is somebody else's mail server that takes your mail: where port 25 is closed, or beside your own addresses. With
                a login, and at most 50,000 messages a day:
              </p>
              <pre>./fairlead upstream set ses --place smtp.ses.example:587 --user USER --password-stdin --per-day 50000</pre>
            </Empty>
          ) : (
            <UpstreamTable upstreams={upstreams} change={change} reload={loaded.reload} />
          )
        }
      </Block>
      {maySteer() ? <UpstreamForm key={changing?.name ?? ""} before={changing} done={() => (change(undefined), loaded.reload())} /> : null}
      <CliLine words="upstream list" />
    </>
  );
}

interface TableProps {
  readonly upstreams: readonly UpstreamRow[];
  readonly change: (upstream: UpstreamRow) => void;
  readonly reload: () => void;
}

function UpstreamTable({ upstreams, change, reload }: TableProps): JSX.Element {
  return (
    <Table
      caption="Upstream smarthosts"
      columns={[
        ["Name", "c-state"],
        "Where, as whom",
        ["Pools", "c-state"],
        ["State", "c-state"],
        ["Queued", "num c-num"],
        ["Taken", "c-wide"],
        ["Cost", "num c-num"],
        ["Action", "c-acts"],
      ]}
    >
      <tbody>
        {upstreams.map((one) => (
          <tr key={one.name}>
            <td>{one.name}</td>
            <td class="c-line">
              <Foreign text={one.place} />
              <small>{one.user === null ? "without a login" : <Foreign text={`as ${one.user}`} />}</small>
              {one.forDomains.length === 0 ? null : <small>for {one.forDomains.join(", ")} alone</small>}
            </td>
            <td data-label="pools">{poolsText(one)}</td>
            <td>
              <WayState way={one} />
            </td>
            <td class="num" data-label="queued">
              {countText(one.queued)}
            </td>
            <td class="why">
              <div>
                <Usage used={one.hour.sent} most={one.hour.most} of="this hour" />
              </div>
              <div>
                <Usage used={one.day.sent} most={one.day.most} of="in 24 h" />
              </div>
            </td>
            <td class="num" data-label="cost">
              {one.cost}
            </td>
            <td>
              {one.fixed ? (
                <span class="dim">set in the file</span>
              ) : maySteer() ? (
                <div class="acts">
                  <button type="button" onClick={() => change(one)}>
                    Edit<span class="hidden"> {one.name}</span>
                  </button>
                  <button type="button" onClick={() => void remove(one, reload)}>
                    Remove<span class="hidden"> {one.name}</span>
                  </button>
                </div>
              ) : null}
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

/** A password that was removed cannot be brought back, so it is asked first; without one it is undone. */
async function remove(one: UpstreamRow, reload: () => void): Promise<void> {
  const { name, user } = one;
  if (user !== null) {
    const text = `The password of ${user} is lost. ${one.queued === 0 ? "No mail waits for it." : `${countText(one.queued)} that wait for it go another way.`}`;
    if (!(await askFirst({ title: `Remove ${name}?`, text, yes: `Remove upstream ${name}`, cli: `upstream remove ${name}` }))) return;
  }
  await removeUpstream(one, reload);
}
