/** Who slows or refuses us? Providers, most mail waiting first. */
import type { JSX } from "preact";
import { countText } from "../../../../src/base/size-text.ts";
import { useLoad } from "../../api/load.ts";
import type { ProviderRow } from "../../api/shapes.ts";
import { Block, Empty } from "../../look/blocks.tsx";
import { CliLine } from "../../look/copy.tsx";
import { ProviderTable } from "./provider-table.tsx";

const EVERY_MS = 10_000;

export function DestinationsPage(): JSX.Element {
  const loaded = useLoad<{ readonly providers: readonly ProviderRow[] }>("/destinations", EVERY_MS);
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
      <DestinationTabs />
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
            <ProviderTable providers={providers} empty="" />
          )
        }
      </Block>
      <CliLine words="top --once" />
    </>
  );
}

export function DestinationTabs({ suppressed = false }: { readonly suppressed?: boolean }): JSX.Element {
  return (
    <nav class="tabs" aria-label="Destinations">
      <a href="#/destinations" aria-current={suppressed ? undefined : "page"}>
        Providers
      </a>
      <a href="#/destinations/suppressed" aria-current={suppressed ? "page" : undefined}>
        Suppressed addresses
      </a>
    </nav>
  );
}
