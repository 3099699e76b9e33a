/** What people and the program decided about limits, and the rules behind: in force, ended, and what comes with Fairlead. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { countText } from "../../../../src/base/size-text.ts";
import { useLoad } from "../../api/load.ts";
import type { OverrideRow, RuleRow } from "../../api/shapes.ts";
import { BecauseCard } from "../../frame/because.tsx";
import { maySteer } from "../../frame/pages.ts";
import { link } from "../../frame/router.ts";
import { Block, Empty } from "../../look/blocks.tsx";
import { CliLine } from "../../look/copy.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { Table } from "../../look/table.tsx";
import { minuteText } from "../../look/times.ts";
import { DestinationTabs } from "./destinations.tsx";

const EVERY_MS = 10_000;

export function OrdersPage(): JSX.Element {
  const [ended, showEnded] = useState(false);
  const loaded = useLoad("overrides", { ended }, EVERY_MS);
  const live = loaded.data?.overrides.filter((one) => !one.ended);
  return (
    <>
      <h1>
        {live === undefined
          ? "Orders"
          : live.length === 0
            ? "No order about limits is in force."
            : live.length === 1
              ? "1 order about limits is in force."
              : `${countText(live.length)} orders about limits are in force.`}
      </h1>
      <DestinationTabs at="#/destinations/orders" />
      <Block loaded={loaded}>
        {({ overrides, rules }) => (
          <>
            {overrides.length === 0 ? (
              <Empty>
                <p>
                  A provider's page has the buttons: pause, cap, another way out. The same from a terminal, for Google until an hour from
                  now:
                </p>
                <pre>./fairlead pause google --until 1h</pre>
              </Empty>
            ) : (
              overrides.map((one) =>
                one.ended ? <Ended key={one.id} one={one} /> : <InForce key={one.id} one={one} reload={loaded.reload} />,
              )
            )}
            <button type="button" aria-pressed={ended} onClick={() => showEnded(!ended)}>
              {ended ? "Only those in force" : "Those that ended in the last 30 days too"}
            </button>
            <Rules rules={rules} />
          </>
        )}
      </Block>
      <CliLine words="override list" />
    </>
  );
}

function whose({ kind, id }: OverrideRow["by"]): string {
  return kind === "operator" ? id : "Fairlead";
}

function InForce({ one, reload }: { readonly one: OverrideRow; readonly reload: () => void }): JSX.Element {
  const { says: what, on, cause, by, since, until, undo } = one;
  return (
    <BecauseCard
      card={{
        what,
        on,
        cause,
        by: whose(by),
        since,
        until,
        then: until === null ? "it holds until it is undone" : "what holds without it",
      }}
      back={undo === null || !maySteer() ? undefined : { what: undo, after: reload }}
    />
  );
}

function Ended({ one }: { readonly one: OverrideRow }): JSX.Element {
  const { says, on, cause, by, since, until, undoneAt, undoneBy, immuneUntil } = one;
  return (
    <div class="card dim">
      <Foreign text={`${says} on ${on}, because ${cause}`} />
      <br />
      <span class="meta">
        by {whose(by)} since {minuteText(since)},{" "}
        {undoneAt === null
          ? `ended ${minuteText(until)}`
          : `undone ${minuteText(undoneAt)} by ${undoneBy === null ? "nobody known" : whose(undoneBy)}`}
        {immuneUntil === null ? "" : `; this cause cannot bring it back before ${minuteText(immuneUntil)}`}
      </span>
    </div>
  );
}

function Rules({ rules }: { readonly rules: readonly RuleRow[] }): JSX.Element {
  return (
    <details>
      <summary>Rules ({rules.length})</summary>
      <Table caption="Rules about providers" columns={["For", "Limit", ["Where it is from", "c-wide"]]}>
        <tbody>
          {rules.map((rule) => (
            <tr key={`${rule.on} ${rule.limit} ${rule.source}`}>
              <td>{rule.provider === null ? rule.on : <a href={link(["destinations", rule.provider])}>{rule.on}</a>}</td>
              <td>{rule.says}</td>
              <td class="why">
                {rule.from === "shipped" ? "comes with Fairlead" : "your configuration"}: <Foreign text={rule.source} />
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </details>
  );
}
