/** Always there: the name, the one box, what time it is where, whether figures are live, and who is signed in. */
import type { JSX } from "preact";
import { call, me } from "../api/client.ts";
import { heardAt, live } from "../api/live.ts";
import { Icon } from "../look/icons.tsx";
import { headerText, millisOf, momentText, now, toggleZone, zone } from "../look/times.ts";
import { Menu } from "./menu.tsx";
import { SearchBox } from "./search-box.tsx";
import { setTheme, theme } from "./theme.ts";

const LATE_MS = 10_000;

export function TopBar({ showKeys }: { readonly showKeys: () => void }): JSX.Element {
  return (
    <header class="top">
      <a class="mark" href="#/now">
        Fairlead
      </a>
      <SearchBox />
      <Clock />
      <LiveDot />
      <UserMenu showKeys={showKeys} />
    </header>
  );
}

function Clock(): JSX.Element {
  return (
    <span class="when" title="z switches between your zone and UTC">
      {headerText()}
    </span>
  );
}

function LiveDot(): JSX.Element {
  const state = live.value;
  const since = heardAt.value;
  const late = state === "lost" && (since === null || now.value - millisOf(since) > LATE_MS);
  if (state === "live") return <span class="live blue">● live</span>;
  if (state === "none") return <span class="live dim">○ not live: pages ask each few seconds</span>;
  return (
    <span class="live dim" role={late ? "status" : undefined}>
      ○ {late ? `Live updates stopped ${since === null ? "" : `${momentText(since)}; `}trying again` : "connecting"}
    </span>
  );
}

function UserMenu({ showKeys }: { readonly showKeys: () => void }): JSX.Element {
  const who = me.value;
  const leave = async (): Promise<void> => {
    await call("logout", {}).catch(() => undefined); // signed out here in any case
    me.value = null;
  };
  return (
    <Menu
      label={
        <>
          {who?.name ?? ""} <Icon name="menu" />
        </>
      }
      kind="bare"
    >
      <p class="meta">
        {who?.role}
        {who?.tenant ? ` of ${who.tenant}` : ""} · node {who?.node.name} · {who?.node.version}
      </p>
      <a href="#/settings/profile">Your profile</a>
      <button type="button" onClick={() => setTheme(theme.value === "system" ? "light" : theme.value === "light" ? "dark" : "system")}>
        Colours: {theme.value}
      </button>
      <button type="button" onClick={() => toggleZone()}>
        Times: {zone.value}
      </button>
      <button type="button" onClick={showKeys}>
        Keys
      </button>
      <button type="button" onClick={() => void leave()}>
        Sign out
      </button>
    </Menu>
  );
}
