/** The frame around every page: skip link, bar, navigation, page, notices, dialogs; and what belongs to all pages. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { me, myRole } from "../api/client.ts";
import { wallNow } from "../look/clock.ts";
import { momentText, toggleZone, zoneText } from "../look/times.ts";
import { QuestionDialog } from "./dialog.tsx";
import { useHeadingFocus } from "./heading-focus.ts";
import { moveRow, useKeys } from "./keys.ts";
import { KeysHelp } from "./keys-help.tsx";
import { LabBanner } from "./lab-banner.tsx";
import { BottomBar, Nav } from "./nav.tsx";
import { announce, toast, undoLast } from "./notices.ts";
import { copyPage } from "./page-text.ts";
import { myPages } from "./pages.ts";
import { Palette } from "./palette.tsx";
import { ProveDialog } from "./prove-dialog.tsx";
import { go, link, place } from "./router.ts";
import { Toasts } from "./toasts.tsx";
import { TopBar } from "./top-bar.tsx";

export function Frame({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const [dialog, setDialog] = useState<"palette" | "keys">();
  const [more, setMore] = useState(false);
  const role = myRole.value;
  const here = place.value;
  useEffect(() => setMore(false), [here]);
  useHeadingFocus(here);
  useKeys(
    [
      { keys: "Ctrl-K", does: "go to a page or do something", run: () => setDialog("palette") },
      { keys: "?", does: "all keys", run: () => setDialog("keys") },
      ...myPages().map((page) => ({ keys: `g ${page.key}`, does: page.name, run: () => go(link(page.path)) })),
      { keys: "j", does: "next row", run: () => moveRow(1) },
      { keys: "k", does: "row before", run: () => moveRow(-1) },
      { keys: "c", does: "copy this page as text", run: copyPage },
      { keys: "u", does: "undo my last", run: () => undoLast() || void toast({ text: "Nothing of yours can be undone here." }) },
      { keys: "z", does: "times in UTC or my zone", run: () => announce(`Times are ${toggleZone()}.`) },
    ],
    [role],
  );
  return (
    <>
      <a class="skip" href="#page" onClick={(event) => (event.preventDefault(), document.getElementById("page")?.focus())}>
        Skip to the page
      </a>
      <div class="frame">
        <TopBar showKeys={() => setDialog("keys")} />
        {me.value?.lab ? <LabBanner /> : null}
        <Nav shown={more} />
        <main class="page" id="page" tabIndex={-1} hidden={more}>
          {children}
          <p class="printed meta">
            {location.href} · printed {momentText(new Date(wallNow()).toISOString())} {zoneText()} by {me.value?.name}
          </p>
        </main>
        <BottomBar more={more} toggleMore={() => setMore(!more)} />
      </div>
      <Toasts />
      <QuestionDialog />
      <ProveDialog />
      {dialog === "palette" ? <Palette close={() => setDialog(undefined)} /> : null}
      {dialog === "keys" ? <KeysHelp close={() => setDialog(undefined)} /> : null}
    </>
  );
}
