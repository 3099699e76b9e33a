/** What can be done about a message now. What does not apply to its state is not offered. */
import type { JSX } from "preact";
import { act, sayProblem } from "../../api/actions.ts";
import { call } from "../../api/client.ts";
import type { ActionVerb, StoryReply } from "../../api/shapes.ts";
import { Menu } from "../../frame/menu.tsx";
import { toast } from "../../frame/notices.ts";
import { copyPage } from "../../frame/page-text.ts";
import { mayAct } from "../../frame/pages.ts";
import { copyText } from "../../look/copy.tsx";
import { Icon } from "../../look/icons.tsx";
import { Reroute } from "./reroute.tsx";

export function StoryActions({ story, reload }: { readonly story: StoryReply; readonly reload: () => void }): JSX.Element {
  const allowed = mayAct();
  const open = (state: string): boolean => story.recipients.some(({ now }) => now.k === state);
  const run = (verb: ActionVerb, ask?: { readonly title: string; readonly text: string; readonly yes: string }): void => {
    const what = `the message of ${story.from === "" ? "<>" : story.from}`;
    void act({ verb, selector: { id: [story.id] }, what, ...(ask === undefined ? {} : { ask }) }, reload);
  };
  return (
    <div class="acts">
      {allowed && open("queued") ? (
        <>
          <button type="button" onClick={() => run("retry")}>
            Retry now
          </button>
          <button type="button" onClick={() => run("hold")}>
            Hold
          </button>
        </>
      ) : null}
      {allowed && open("held") ? (
        <button type="button" class="main" onClick={() => run("release")}>
          Release
        </button>
      ) : null}
      {allowed && (open("queued") || open("held")) ? (
        <Menu label="End it">
          <button type="button" onClick={() => run("discard")}>
            Discard (can be undone for a while)
          </button>
          <button
            type="button"
            onClick={() =>
              run("bounce", {
                title: "Bounce this message?",
                text: "It ends now, and its sender gets a report. This cannot be taken back.",
                yes: "Bounce 1 message",
              })
            }
          >
            Bounce to the sender
          </button>
        </Menu>
      ) : null}
      {allowed && open("queued") ? <Reroute story={story} reload={reload} /> : null}
      {allowed ? <LinkMenu id={story.id} /> : null}
      <button type="button" onClick={copyPage}>
        <Icon name="copy" /> Copy <kbd>c</kbd>
      </button>
      <button type="button" onClick={() => print()}>
        Print
      </button>
    </div>
  );
}

/** A page for whoever owns the message and has no login: it names nobody else. */
function LinkMenu({ id }: { readonly id: string }): JSX.Element {
  const make = async (): Promise<void> => {
    try {
      const { url } = await call("makeLink", { id });
      await copyText(url.startsWith("/") ? location.origin + url : url, "the tenant's link, good for 30 days");
    } catch (thrown) {
      sayProblem(thrown);
    }
  };
  const revoke = async (): Promise<void> => {
    try {
      await call("revokeLink", { id });
      toast({ text: "All links to this message are useless now." });
    } catch (thrown) {
      sayProblem(thrown);
    }
  };
  return (
    <Menu label="Tenant link">
      <button type="button" onClick={() => void make()}>
        Make and copy
      </button>
      <button type="button" onClick={() => void revoke()}>
        Make all useless
      </button>
    </Menu>
  );
}
