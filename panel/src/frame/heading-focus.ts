/**
 * Where one is after going to another page: its heading has the focus, and names the tab. A heading may come later than
 * the address, and be replaced when the page's data comes.
 */

import { useEffect, useRef } from "preact/hooks";
import { me } from "../api/client.ts";

const MOST_TITLE = 60;

export function useHeadingFocus(place: string): void {
  const first = useRef(true);
  useEffect(() => {
    const page = document.getElementById("page");
    if (page === null) return;
    // At the start nobody went anywhere: the focus stays before the skip link.
    let wanted = !first.current;
    first.current = false;
    let focused: HTMLElement | undefined;
    const look = (): void => {
      const heading = page.querySelector<HTMLElement>("h1");
      if (heading === null) return;
      const where = me.peek()?.lab ? "SIMULATED: " : "";
      document.title = `${where}${(heading.textContent ?? "").slice(0, MOST_TITLE)} · Fairlead`;
      const lost = focused !== undefined && !focused.isConnected && document.activeElement === document.body;
      if (!wanted && !lost) return;
      wanted = false;
      if (/^(INPUT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "")) return;
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
      focused = heading;
    };
    look();
    const watcher = new MutationObserver(look);
    watcher.observe(page, { childList: true, subtree: true, characterData: true });
    return () => watcher.disconnect();
  }, [place]);
}
