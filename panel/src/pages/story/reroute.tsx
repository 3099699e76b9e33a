/** Sends waiting mail another way: the destinations that the node has are offered. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { act } from "../../api/actions.ts";
import { useLoad } from "../../api/load.ts";
import type { StoryReply } from "../../api/shapes.ts";
import { Dialog } from "../../frame/dialog.tsx";
import { Block } from "../../look/blocks.tsx";

export function Reroute({ story, reload }: { readonly story: StoryReply; readonly reload: () => void }): JSX.Element {
  const [shown, show] = useState(false);
  return (
    <>
      <button type="button" onClick={() => show(true)}>
        Reroute
      </button>
      {shown ? <RerouteDialog story={story} close={() => show(false)} reload={reload} /> : null}
    </>
  );
}

function RerouteDialog({
  story,
  close,
  reload,
}: {
  readonly story: StoryReply;
  readonly close: () => void;
  readonly reload: () => void;
}): JSX.Element {
  const loaded = useLoad("lanes", {});
  const go = (site: string): void => {
    close();
    void act({ verb: "reroute", selector: { id: [story.id] }, site, what: `the message goes by ${site}` }, reload);
  };
  return (
    <Dialog title="Which way?" close={close}>
      <Block loaded={loaded}>
        {({ lanes }) =>
          lanes.length === 0 ? (
            <p>This node knows no other way yet.</p>
          ) : (
            <ul>
              {[...new Set(lanes.map(({ site }) => site))].map((site) => (
                <li key={site}>
                  <button type="button" onClick={() => go(site)}>
                    {site}
                  </button>
                </li>
              ))}
            </ul>
          )
        }
      </Block>
      <div class="acts">
        <button type="button" onClick={close}>
          Leave as it is
        </button>
      </div>
    </Dialog>
  );
}
