/** What limits the lanes to a destination: the one that most mail waits for as a tree, the others by their names. */
import type { JSX } from "preact";
import { countText } from "../../../../src/base/size-text.ts";
import { shellWord } from "../../api/cli-text.ts";
import type { Target } from "../../api/limits.ts";
import { useLoad } from "../../api/load.ts";
import type { LaneLimits } from "../../api/shapes.ts";
import { link } from "../../frame/router.ts";
import { Block } from "../../look/blocks.tsx";
import { CliLine } from "../../look/copy.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { LimitTree } from "./limit-tree.tsx";

const EVERY_MS = 10_000;
/** Named beside the one that is shown whole. */
const OTHERS = 10;

interface Props {
  readonly target: Target;
  /** Another one: something was ordered, so it is asked anew. */
  readonly turn: number;
  readonly reload: () => void;
}

export function Limits({ target, turn, reload }: Props): JSX.Element {
  const { key, egress } = target;
  const lanes = useLoad("explainLimit", { key, egress }, EVERY_MS, turn);
  const { data } = useLoad("overrides", {}, EVERY_MS, turn);
  return (
    <>
      <h2>What limits it</h2>
      <Block loaded={lanes}>
        {({ lanes: [first, ...others] }) =>
          first === undefined ? (
            <p class="dim">No mail waits there and no connection is open, so nothing holds it now.</p>
          ) : (
            <>
              <LimitTree lane={first} overrides={data?.overrides ?? []} reload={reload} />
              {others.length === 0 ? null : <Others lanes={others} />}
            </>
          )
        }
      </Block>
      <CliLine words={`explain-limit ${shellWord(key)}`} />
    </>
  );
}

function Others({ lanes }: { readonly lanes: readonly LaneLimits[] }): JSX.Element {
  return (
    <p class="meta">
      Most mail waits for that lane. Others:{" "}
      {lanes.slice(0, OTHERS).map((lane, i) => (
        <span key={lane.lane}>
          {i === 0 ? "" : " · "}
          <a href={link(["destinations", lane.provider ?? lane.domain, lane.lane])}>
            <Foreign text={lane.lane} /> ({countText(lane.queued)})
          </a>
        </span>
      ))}
      {lanes.length > OTHERS ? `, and ${lanes.length - OTHERS} more` : ""}
    </p>
  );
}
