/** Every lane with mail or connections: what it may do now, who set that, and what takes it back. */
import type { JSX } from "preact";
import { countText } from "../../../../src/base/size-text.ts";
import { takeBack } from "../../api/actions.ts";
import { shellWord } from "../../api/cli-text.ts";
import { useLoad } from "../../api/load.ts";
import type { LaneRow } from "../../api/shapes.ts";
import { maySteer } from "../../frame/pages.ts";
import { link } from "../../frame/router.ts";
import { Block, Empty } from "../../look/blocks.tsx";
import { CliLine } from "../../look/copy.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { Icon } from "../../look/icons.tsx";
import { Table } from "../../look/table.tsx";
import { minuteText } from "../../look/times.ts";
import { DestinationTabs } from "./destinations.tsx";
import { SETTERS } from "./provider-table.tsx";

const EVERY_MS = 5000;
/** Those that most mail waits for; the others are on their providers' pages. */
const SHOWN = 200;

export function LanesPage(): JSX.Element {
  const loaded = useLoad("lanes", {}, EVERY_MS);
  const slowed = loaded.data?.lanes.filter((lane) => isLimited(lane)).length;
  return (
    <>
      <h1>
        {slowed === undefined
          ? "Lanes"
          : slowed === 0
            ? "No lane is slowed or closed."
            : slowed === 1
              ? "1 lane is slowed or closed."
              : `${countText(slowed)} lanes are slowed or closed.`}
      </h1>
      <DestinationTabs at="#/destinations/lanes" />
      <Block loaded={loaded}>
        {({ lanes }) =>
          lanes.length === 0 ? (
            <Empty>
              <p>No connection is open and no mail waits. A lane is one way out to one destination; it is there while mail goes.</p>
            </Empty>
          ) : (
            <LaneTable lanes={lanes.toSorted((a, b) => b.queued - a.queued)} reload={loaded.reload} />
          )
        }
      </Block>
      <CliLine words="lanes" />
    </>
  );
}

function isLimited({ state, perMinute }: LaneRow): boolean {
  return state === "closed" || perMinute !== null;
}

function LaneTable({ lanes, reload }: { readonly lanes: readonly LaneRow[]; readonly reload: () => void }): JSX.Element {
  return (
    <>
      <Table
        caption="Lanes, most mail waiting first"
        columns={[
          "Lane",
          ["Leaves by", "c-state"],
          ["Queued", "num c-num"],
          ["Connections", "num c-state"],
          ["Now", "c-wide"],
          ["Set by", "c-state"],
          ["Action", "c-acts"],
        ]}
      >
        <tbody>
          {lanes.slice(0, SHOWN).map((lane) => (
            <LaneLine key={lane.site} lane={lane} reload={reload} />
          ))}
        </tbody>
      </Table>
      {lanes.length > SHOWN ? (
        <p class="foot">
          {SHOWN} of {countText(lanes.length)} shown, those that most mail waits for.
        </p>
      ) : null}
    </>
  );
}

function LaneLine({ lane, reload }: { readonly lane: LaneRow; readonly reload: () => void }): JSX.Element {
  const { site, undo } = lane;
  return (
    <tr>
      <td>
        {lane.provider === null ? (
          <Foreign text={site} />
        ) : (
          <a data-row href={link(["destinations", lane.provider, site])}>
            <Foreign text={site} />
          </a>
        )}
      </td>
      <td data-label="by">{lane.egress}</td>
      <td class="num" data-label="queued">
        {countText(lane.queued)}
      </td>
      <td class="num minor">{lane.connections}</td>
      <td class="why">
        {nowText(lane)}
        {lane.why === null ? null : (
          <small>
            <Foreign text={lane.why} />
          </small>
        )}
      </td>
      <td data-label="set by">{lane.limitedBy === null ? "–" : SETTERS[lane.limitedBy]}</td>
      <td>
        {undo === null || !maySteer() ? null : (
          <button type="button" title={`./fairlead undo ${shellWord(undo)}`} onClick={() => void takeBack(undo, reload)}>
            <Icon name="undo" /> Undo<span class="hidden"> what holds {site}</span>
          </button>
        )}
      </td>
    </tr>
  );
}

function nowText({ state, perMinute, until, since }: LaneRow): string {
  const rate = perMinute === null ? "" : `at most ${perMinute} a minute`;
  const from = since === null ? "" : ` since ${minuteText(since)}`;
  if (state === "open") return rate === "" ? "open" : `${rate}${from}`;
  return `closed${from}${until === null ? "" : ` until ${minuteText(until)}`}${rate === "" ? "" : `, then ${rate}`}`;
}
