/** Which page the address means; without a session, the way in. */
import type { ComponentType, JSX } from "preact";
import { me } from "./api/client.ts";
import { Frame } from "./frame/frame.tsx";
import { Lazy } from "./frame/lazy.tsx";
import { route } from "./frame/router.ts";
import { FirstRun } from "./pages/first-run.tsx";
import { NotFound } from "./pages/not-found.tsx";
import { NowPage } from "./pages/now/now.tsx";
import { SignIn } from "./pages/sign-in.tsx";

const messages = (): Promise<ComponentType> => import("./pages/messages/messages.tsx").then((part) => part.MessagesPage);
const story = (): Promise<ComponentType> => import("./pages/story/story.tsx").then((part) => part.StoryPage);
const holds = (): Promise<ComponentType> => import("./pages/holds/holds.tsx").then((part) => part.HoldsPage);
const group = (): Promise<ComponentType> => import("./pages/holds/group.tsx").then((part) => part.GroupPage);
const destinations = (): Promise<ComponentType> => import("./pages/destinations/destinations.tsx").then((part) => part.DestinationsPage);
const provider = (): Promise<ComponentType> => import("./pages/destinations/provider.tsx").then((part) => part.ProviderPage);
const suppressed = (): Promise<ComponentType> => import("./pages/destinations/suppressed.tsx").then((part) => part.SuppressedPage);
const lanes = (): Promise<ComponentType> => import("./pages/destinations/lanes.tsx").then((part) => part.LanesPage);
const orders = (): Promise<ComponentType> => import("./pages/destinations/orders.tsx").then((part) => part.OrdersPage);
const tls = (): Promise<ComponentType> => import("./pages/destinations/tls.tsx").then((part) => part.TlsPage);
const addresses = (): Promise<ComponentType> => import("./pages/addresses/addresses.tsx").then((part) => part.AddressesPage);
const address = (): Promise<ComponentType> => import("./pages/addresses/address.tsx").then((part) => part.AddressPage);
const pools = (): Promise<ComponentType> => import("./pages/addresses/pools.tsx").then((part) => part.PoolsPage);
const upstreams = (): Promise<ComponentType> => import("./pages/addresses/upstreams.tsx").then((part) => part.UpstreamsPage);
const routeTest = (): Promise<ComponentType> => import("./pages/addresses/route-test.tsx").then((part) => part.RouteTestPage);
const sources = (): Promise<ComponentType> => import("./pages/sources/sources.tsx").then((part) => part.SourcesPage);
const setup = (): Promise<ComponentType> => import("./pages/sources/setup.tsx").then((part) => part.SetupPage);
const settings = (): Promise<ComponentType> => import("./pages/settings/settings.tsx").then((part) => part.SettingsPage);
const lab = (): Promise<ComponentType> => import("./pages/lab/lab.tsx").then((part) => part.LabPage);
const find = (): Promise<ComponentType> => import("./pages/find.tsx").then((part) => part.FindPage);

export function App(): JSX.Element | null {
  const [first, second] = route.value.path;
  if (first === "first" && second !== undefined) return <FirstRun code={second} />;
  if (me.value === undefined) return <Asking />;
  if (me.value === null) return <SignIn />;
  return (
    <Frame>
      <Page first={first ?? "now"} second={second} />
    </Frame>
  );
}

/** Seen only where the node takes its time: an answer usually comes before the eye does. */
function Asking(): JSX.Element {
  return (
    <main class="lone late">
      <h1>Fairlead</h1>
      <p>Asking the node who you are.</p>
    </main>
  );
}

function Page({ first, second }: { readonly first: string; readonly second: string | undefined }): JSX.Element {
  switch (first) {
    case "now":
      return <NowPage />;
    case "messages":
    case "r":
      return <Lazy load={second === undefined ? messages : story} />;
    case "holds":
      return <Lazy load={second === undefined ? holds : group} />;
    case "destinations":
      return <Lazy load={destinationPage(second)} />;
    case "addresses":
      return <Lazy load={addressPage(second)} />;
    case "setup":
      return <Lazy load={second === "sources" ? sources : setup} />;
    case "settings":
      return <Lazy load={settings} />;
    case "lab":
      return <Lazy load={lab} />;
    case "find":
      return <Lazy load={find} />;
    default:
      return <NotFound />;
  }
}

function destinationPage(second: string | undefined): () => Promise<ComponentType> {
  switch (second) {
    case undefined:
      return destinations;
    case "lanes":
      return lanes;
    case "orders":
      return orders;
    case "suppressed":
      return suppressed;
    case "tls":
      return tls;
    default:
      return provider;
  }
}

function addressPage(second: string | undefined): () => Promise<ComponentType> {
  switch (second) {
    case undefined:
      return addresses;
    case "pools":
      return pools;
    case "upstreams":
      return upstreams;
    case "test":
      return routeTest;
    default:
      return address;
  }
}
