/** One address: how it stands, how warm it is at each provider, and a form to change it. */
import type { JSX } from "preact";
import { countText } from "../../../../src/base/size-text.ts";
import { useLoad } from "../../api/load.ts";
import type { EgressRow } from "../../api/shapes.ts";
import { maySteer } from "../../frame/pages.ts";
import { link, route } from "../../frame/router.ts";
import { Block } from "../../look/blocks.tsx";
import { Table } from "../../look/table.tsx";
import { Usage } from "../../look/usage.tsx";
import { AddressForm } from "./address-form.tsx";
import { poolsText, WayState, WayTabs } from "./tabs.tsx";

const EVERY_MS = 5000;

export function AddressPage(): JSX.Element {
  const name = route.value.path[1] ?? "";
  const loaded = useLoad("egresses", {}, EVERY_MS);
  const egress = loaded.data?.egresses.find((one) => one.name === name);
  return (
    <>
      <h1>{egress === undefined ? name : sentence(egress)}</h1>
      <WayTabs at="" />
      <Block loaded={loaded}>
        {() =>
          egress === undefined ? (
            <p>
              There is no address {name}. <a href="#/addresses">All addresses</a>
            </p>
          ) : (
            <Told egress={egress} reload={loaded.reload} />
          )
        }
      </Block>
    </>
  );
}

function sentence({ name, queued, works, state }: EgressRow): string {
  const stands = works
    ? { "in-use": "in use", warming: "warming up", draining: "draining", out: "out of use" }[state]
    : "mail goes round it";
  return `${name}: ${stands}; ${queued === 0 ? "no mail waits for it" : `${countText(queued)} wait for it`}.`;
}

function Told({ egress, reload }: { readonly egress: EgressRow; readonly reload: () => void }): JSX.Element {
  const { name, helo, ip4, ip6, missing, warm, forDomains, fixed } = egress;
  return (
    <>
      <dl class="facts">
        <dt>State</dt>
        <dd>
          <WayState way={egress} />
        </dd>
        <dt>Addresses</dt>
        <dd>
          {[ip4, ip6].filter((ip) => ip !== null).join(", ") || "as the system chooses"}
          {missing.length === 0 ? null : <span class="red"> not on this machine: {missing.join(", ")}</span>}
        </dd>
        <dt>HELO</dt>
        <dd>{helo}</dd>
        <dt>Pools</dt>
        <dd>{poolsText(egress)}</dd>
        <dt>For</dt>
        <dd>{forDomains.length === 0 ? "mail of any domain" : `${forDomains.join(", ")} alone`}</dd>
      </dl>
      {warm.length === 0 ? null : <Warm egress={egress} />}
      {fixed ? (
        <p class="dim">
          {name === "default"
            ? "It is always there, and is what the system chooses."
            : "It stands in the configuration file, and is changed there."}
        </p>
      ) : maySteer() ? (
        <AddressForm key={name} before={egress} done={reload} />
      ) : null}
    </>
  );
}

function Warm({ egress: { warm } }: { readonly egress: EgressRow }): JSX.Element {
  return (
    <>
      <h2>How warm it is, today</h2>
      <Table
        caption="Providers that get a little more of its mail each day"
        columns={["Provider", ["Given", "c-wide"], ["Taken", "num c-num"], "Then"]}
      >
        <tbody>
          {warm.map(({ provider, ceiling, chosen, accepted, room, steppedBack }) => (
            <tr key={provider}>
              <td>{provider === "others" ? "all others" : <a href={link(["destinations", provider])}>{provider}</a>}</td>
              <td class="why">
                <Usage used={chosen} most={ceiling} of="messages" />
              </td>
              <td class="num" data-label="taken">
                {countText(accepted)}
              </td>
              <td class="why">
                {ceiling === null ? "warm" : room === 0 ? "the rest goes by warm addresses" : `${countText(room ?? 0)} more today`}
                {steppedBack ? "; it stepped back, because mail was refused" : ""}
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </>
  );
}
