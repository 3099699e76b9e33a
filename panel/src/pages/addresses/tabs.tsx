/** The pages about ways out, and what they have in common: how a way stands, in a word and its reason. */
import type { JSX } from "preact";
import type { EgressRow, UpstreamRow } from "../../api/shapes.ts";
import { Tabs } from "../../frame/tabs.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { Icon } from "../../look/icons.tsx";
import { Mark } from "../../look/state.tsx";
import { minuteText } from "../../look/times.ts";

const TABS = [
  { to: "#/addresses", name: "Addresses" },
  { to: "#/addresses/pools", name: "Pools and rules" },
  { to: "#/addresses/upstreams", name: "Upstreams" },
  { to: "#/addresses/test", name: "Which way?" },
];

export function WayTabs({ at }: { readonly at: string }): JSX.Element {
  return <Tabs label="Addresses" tabs={TABS} at={at} />;
}

/** For people who choose one. */
export const STATES = {
  "in-use": "in use",
  warming: "warming up: a little more each day",
  draining: "draining: no new mail",
  out: "out: nothing leaves by it",
} as const;

const WORDS = { "in-use": "in use", warming: "warming up", draining: "draining", out: "out" } as const;

/** While it does not work mail goes round it by itself. */
export function WayState({ way }: { readonly way: EgressRow | UpstreamRow }): JSX.Element {
  const { works, state, why, since, until } = way;
  if (works && state === "in-use") return <Mark is="good">in use</Mark>;
  return (
    <>
      {works ? (
        <span class="state grey">
          <Icon name="queued" /> {WORDS[state]}
        </span>
      ) : (
        <Mark is="fault">mail goes round it</Mark>
      )}
      {why === null ? null : (
        <small>
          <Foreign text={why} />
          {since === null ? "" : ` since ${minuteText(since)}`}
          {until === null ? "" : `, tried again ${minuteText(until)}`}
        </small>
      )}
    </>
  );
}

export function poolsText({ pools }: EgressRow | UpstreamRow): string {
  return pools.length === 0 ? "–" : pools.map(({ name, weight }) => `${name} ×${weight}`).join(", ");
}

/** What was typed as a list of domains. */
export function domainsOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}
