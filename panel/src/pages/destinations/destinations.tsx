/** Who slows or refuses us? Providers, most mail waiting first. */
import type { JSX } from "preact";
import { countText } from "../../../../src/base/size-text.ts";
import { useLoad } from "../../api/load.ts";
import { Tabs } from "../../frame/tabs.tsx";
import { Block, Empty } from "../../look/blocks.tsx";
import { CliLine } from "../../look/copy.tsx";
import { ProviderTable } from "./provider-table.tsx";

const EVERY_MS = 10_000;

export function DestinationsPage(): JSX.Element {
  const loaded = useLoad("destinations", {}, EVERY_MS);
  const ways = useLoad("lanes", {}, EVERY_MS);
  const waiting = loaded.data?.providers.reduce((sum, row) => sum + row.queued, 0);
  return (
    <>
      <h1>
        {waiting === undefined
          ? "Destinations"
          : waiting === 0
            ? "No mail waits for any destination."
            : `${countText(waiting)} ${waiting === 1 ? "delivery waits" : "deliveries wait"}.`}
      </h1>
      <DestinationTabs at="#/destinations" />
      <Block loaded={loaded}>
        {({ providers }) =>
          providers.length === 0 ? (
            <Empty>
              <p>No delivery yet, so nothing is known of destinations.</p>
              <p>
                <a href="#/setup">Send a test</a>
              </p>
            </Empty>
          ) : (
            <ProviderTable providers={providers} lanes={ways.data?.lanes} empty="" />
          )
        }
      </Block>
      <CliLine words="top --once" />
    </>
  );
}

const TABS = [
  { to: "#/destinations", name: "Providers" },
  { to: "#/destinations/lanes", name: "Lanes" },
  { to: "#/destinations/orders", name: "Orders and rules" },
  { to: "#/destinations/tls", name: "TLS" },
  { to: "#/destinations/suppressed", name: "Suppressed addresses" },
];

export function DestinationTabs({ at }: { readonly at: string }): JSX.Element {
  return <Tabs label="Destinations" tabs={TABS} at={at} />;
}
