/**
 * All that limits the mail of one lane, from the widest to the narrowest: the way out, the provider, the site, the domain.
 * Each voice says who set it and why; the one that holds is marked, and what can be taken back has its undo.
 */
import type { JSX } from "preact";
import type { LaneLimits, LimitRow, OverrideRow } from "../../api/shapes.ts";
import { BecauseCard } from "../../frame/because.tsx";
import { maySteer } from "../../frame/pages.ts";
import { Foreign } from "../../look/foreign.tsx";

const LEVELS = ["egress", "provider", "site", "domain"] as const;
type Level = (typeof LEVELS)[number];

interface Props {
  readonly lane: LaneLimits;
  readonly overrides: readonly OverrideRow[];
  readonly reload: () => void;
}

export function LimitTree({ lane, overrides, reload }: Props): JSX.Element {
  const names: Readonly<Record<Level, string>> = {
    egress: `Leaving by ${lane.egress}`,
    provider: lane.provider === null ? "No known provider" : `Provider ${lane.provider}`,
    site: `Site ${lane.lane}`,
    domain: `Domain ${lane.domain}`,
  };
  const at = Map.groupBy(lane.stack, (row) => levelOf(row, overrides));
  return (
    <ol class="tree" aria-label={`Limits of ${lane.lane}, the widest first`}>
      {LEVELS.map((level) => (
        <li key={level}>
          <strong>
            <Foreign text={names[level]} />
          </strong>
          {(at.get(level) ?? []).map((row, i) => (
            <Voice key={`${row.set} ${row.limit} ${i}`} row={row} lane={lane} overrides={overrides} reload={reload} />
          ))}
          {at.has(level) ? null : <span class="dim"> nothing of its own</span>}
        </li>
      ))}
    </ol>
  );
}

function levelOf({ set, undo }: LimitRow, overrides: readonly OverrideRow[]): Level {
  switch (set) {
    case "configuration":
      return "egress";
    case "shipped-rule":
    case "operator-rule":
    case "provider-law":
    case "provider-window":
      return "provider";
    case "law":
    case "window":
      return "site";
    case "override": {
      const found = overrides.find((one) => one.undo === undo);
      if (found === undefined || found.domain !== null) return "domain";
      return found.provider === null ? "egress" : "provider";
    }
  }
}

const SETTER: Readonly<Record<LimitRow["set"], string>> = {
  configuration: "configuration",
  "shipped-rule": "a rule that comes with Fairlead",
  "operator-rule": "your configuration",
  override: "an order",
  law: "what the receiver bears, as its answers say",
  window: "connections that went well so far",
  "provider-law": "what the provider bears, as its answers say",
  "provider-window": "connections that went well so far",
};

function Voice({ row, lane, overrides, reload }: Props & { readonly row: LimitRow }): JSX.Element {
  const holds = row.holds ? <strong class="holds">▸ holds </strong> : null;
  if (row.cause === null || row.undo === null)
    return (
      <p>
        {holds}
        <Foreign text={row.says} />{" "}
        <span class="meta">
          {SETTER[row.set]}
          {row.cause === null ? "" : `: ${row.cause}`}
          {row.ceiling === null ? "" : `; too much was a little above ${row.ceiling}`}
        </span>
      </p>
    );
  const { says: what, cause, by, since, until, undo } = row;
  const on = overrides.find((one) => one.undo === undo)?.on ?? lane.lane;
  return (
    <>
      {row.holds ? <p>{holds}</p> : null}
      <BecauseCard
        card={{ what, on, cause, by: by ?? "Fairlead", since, until }}
        back={maySteer() ? { what: undo, brings: bringsText(row, lane), after: reload } : undefined}
      />
    </>
  );
}

/** What holds once this is gone. */
function bringsText({ limit, set, undo, holds, says }: LimitRow, { stack, egress }: LaneLimits): string | undefined {
  if (set !== "override") return undefined;
  if (!holds) return "nothing changes now, for something else holds";
  if (limit === null && says.startsWith("sent by")) return `mail leaves by ${egress} again`;
  const others = stack.filter((row) => row.limit === (limit ?? "perMinute") && row.undo !== undo && row.says.startsWith("at most"));
  const next = others.toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
  const again = limit === null ? "mail goes again" : "it goes without this limit";
  return next === undefined ? again : `${again}; ${next.says} then (${SETTER[next.set]})`;
}
