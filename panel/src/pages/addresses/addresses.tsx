/** The addresses that mail leaves from: their name towards receivers, their pools, and how they stand. */
import type { JSX } from "preact";
import { countText } from "../../../../src/base/size-text.ts";
import { useLoad } from "../../api/load.ts";
import type { EgressRow } from "../../api/shapes.ts";
import { drainEgress, removeEgress, undrainEgress } from "../../api/ways.ts";
import { Menu } from "../../frame/menu.tsx";
import { maySteer } from "../../frame/pages.ts";
import { link } from "../../frame/router.ts";
import { Block, Empty } from "../../look/blocks.tsx";
import { CliLine } from "../../look/copy.tsx";
import { Table } from "../../look/table.tsx";
import { Usage } from "../../look/usage.tsx";
import { AddressForm } from "./address-form.tsx";
import { poolsText, WayState, WayTabs } from "./tabs.tsx";

const EVERY_MS = 5000;

export function AddressesPage(): JSX.Element {
  const loaded = useLoad("egresses", {}, EVERY_MS);
  return (
    <>
      <h1>{loaded.data === undefined ? "Addresses" : sentence(loaded.data.egresses)}</h1>
      <WayTabs at="#/addresses" />
      <Block loaded={loaded}>
        {({ egresses }) => (
          <>
            {egresses.length > 1 ? null : <Teaching usual={egresses[0]} />}
            <AddressTable egresses={egresses} reload={loaded.reload} />
            {maySteer() ? <AddressForm done={loaded.reload} /> : null}
          </>
        )}
      </Block>
      <CliLine words="egress list" />
    </>
  );
}

function sentence(egresses: readonly EgressRow[]): string {
  const own = egresses.slice(1);
  if (own.length === 0) return "Mail leaves by the address that this machine chooses.";
  const broken = own.filter(({ works }) => !works).length;
  const warming = own.filter(({ state }) => state === "warming").length;
  const more = [...(warming === 0 ? [] : [`${warming} warming up`]), ...(broken === 0 ? [] : [`${broken} that mail goes round`])];
  return `Mail leaves by ${own.length} ${own.length === 1 ? "address" : "addresses"}${more.length === 0 ? "" : `, ${more.join(", ")}`}.`;
}

/** @param usual what there is before anybody adds one. */
function Teaching({ usual }: { readonly usual: EgressRow | undefined }): JSX.Element {
  return (
    <Empty>
      <p>
        The system chooses an address, and this node calls itself {usual?.helo ?? "by its host name"}. Add one of this machine's addresses
        to name it, to weigh several, to warm up a new one, or to take one out of use:
      </p>
      <pre>./fairlead egress add out1 --ip4 192.0.2.10 --helo {usual?.helo ?? "out1.example.net"}</pre>
      <p>
        Port 25 is closed outwards? <a href="#/addresses/upstreams">Send by an upstream</a> instead.
      </p>
    </Empty>
  );
}

function AddressTable({ egresses, reload }: { readonly egresses: readonly EgressRow[]; readonly reload: () => void }): JSX.Element {
  return (
    <Table
      caption="Addresses that mail leaves from"
      columns={[
        ["Name", "c-state"],
        "Addresses, HELO",
        ["Pools", "c-state"],
        ["State", "c-state"],
        ["Queued", "num c-num"],
        ["Today, while it warms up", "c-wide"],
        ["Action", "c-acts"],
      ]}
    >
      <tbody>
        {egresses.map((egress) => (
          <AddressLine key={egress.name} egress={egress} reload={reload} />
        ))}
      </tbody>
    </Table>
  );
}

/** As many providers in the list; its own page has all. */
const FEW = 3;

function AddressLine({ egress, reload }: { readonly egress: EgressRow; readonly reload: () => void }): JSX.Element {
  const { name, helo, ip4, ip6, missing, queued, warm, forDomains } = egress;
  const place = [ip4, ip6].filter((ip) => ip !== null).join(", ");
  return (
    <tr>
      <td>
        <a data-row href={link(["addresses", name])}>
          {name}
        </a>
      </td>
      <td class="c-line">
        {place === "" ? "as the system chooses" : place}
        <small>{helo}</small>
        {missing.length === 0 ? null : <small class="red">not on this machine: {missing.join(", ")}</small>}
        {forDomains.length === 0 ? null : <small>for {forDomains.join(", ")} alone</small>}
      </td>
      <td data-label="pools">{poolsText(egress)}</td>
      <td>
        <WayState way={egress} />
      </td>
      <td class="num" data-label="queued">
        {countText(queued)}
      </td>
      <td class="why">
        {warm.length === 0
          ? "–"
          : warm.slice(0, FEW).map(({ provider, chosen, ceiling }) => (
              <div key={provider}>
                <Usage used={chosen} most={ceiling} of={`to ${provider}`} />
              </div>
            ))}
        {warm.length > FEW ? <small>and {warm.length - FEW} more</small> : null}
      </td>
      <td>{egress.fixed || !maySteer() ? <Fixed egress={egress} /> : <Actions egress={egress} reload={reload} />}</td>
    </tr>
  );
}

function Fixed({ egress }: { readonly egress: EgressRow }): JSX.Element | null {
  if (!egress.fixed) return null;
  return <span class="dim">{egress.name === "default" ? "always there" : "set in the file"}</span>;
}

function Actions({ egress, reload }: { readonly egress: EgressRow; readonly reload: () => void }): JSX.Element {
  const { name, state } = egress;
  return (
    <Menu
      label={
        <>
          Change<span class="hidden"> {name}</span>
        </>
      }
    >
      <a href={link(["addresses", name])}>Edit</a>
      {state === "draining" ? (
        <button type="button" onClick={() => void undrainEgress(egress, reload)}>
          Give it new mail again
        </button>
      ) : (
        <button type="button" onClick={() => void drainEgress(egress, reload)}>
          Drain: no new mail
        </button>
      )}
      <button type="button" onClick={() => void removeEgress(egress, reload)}>
        Remove
      </button>
    </Menu>
  );
}
