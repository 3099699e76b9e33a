/** The tally of a query: each count is a link to its rows, beside it the course over the asked time. */
import type { JSX } from "preact";
import { countText } from "../../../../src/base/size-text.ts";
import { useLoad } from "../../api/load.ts";
import { link } from "../../frame/router.ts";
import { Sparkline } from "../../look/sparkline.tsx";
import { STATES, State } from "../../look/state.tsx";
import { minuteText } from "../../look/times.ts";
import { withTerm } from "./terms.ts";

export function Strip({ query, round }: { readonly query: string; readonly round: number }): JSX.Element | null {
  const { data, problem } = useLoad("tally", { q: query }, undefined, round);
  if (problem !== undefined && data === undefined) return null; // the list below says what failed
  return (
    <div style={{ minHeight: "72px" }}>
      <div class="strip">
        {STATES.map((name) => {
          const count = data?.byState[name];
          return (
            <a key={name} href={link(["messages"], { q: withTerm(query, "state", name) })}>
              <State is={name} /> <span>{count === undefined ? "…" : `${data?.exact === false ? "about " : ""}${countText(count)}`}</span>
            </a>
          );
        })}
      </div>
      {data === undefined || data.steps.length < 2 ? null : (
        <Sparkline
          steps={data.steps}
          title={`Accepted over time, from ${minuteText(data.steps[0]?.at ?? null)} to ${minuteText(data.steps.at(-1)?.at ?? null)}`}
        />
      )}
    </div>
  );
}
