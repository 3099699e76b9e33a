/** What is known of the message itself, and while it is held what is in it. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { bytesText } from "../../../../src/base/size-text.ts";
import type { StoryReply } from "../../api/shapes.ts";
import { link } from "../../frame/router.ts";
import { CopyButton } from "../../look/copy.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { momentText } from "../../look/times.ts";
import { Sample } from "../holds/sample.tsx";
import { termText } from "../messages/terms.ts";

export function MessageFacts({
  story,
  opened,
  held,
}: {
  readonly story: StoryReply;
  readonly opened: boolean;
  readonly held: boolean;
}): JSX.Element {
  const [shown, show] = useState(false);
  const { peer } = story;
  return (
    <>
      <details open={opened || undefined}>
        <summary>Message</summary>
        <dl class="facts">
          <dt>Id</dt>
          <dd class="mono">{story.id}</dd>
          <dt>Message-ID</dt>
          <dd>
            {story.messageId === null ? (
              "none"
            ) : (
              <>
                <Foreign text={story.messageId} mono />
                <CopyButton text={story.messageId} what="the Message-ID" />
              </>
            )}
          </dd>
          <dt>Accepted</dt>
          <dd>{momentText(story.acceptedAt)}</dd>
          <dt>From</dt>
          <dd>
            <Foreign text={story.from === "" ? "<> (a report)" : story.from} />
          </dd>
          <dt>Sender</dt>
          <dd>
            <a href={link(["messages"], { q: termText("sender", story.sender) })}>
              <Foreign text={story.sender} />
            </a>
          </dd>
          <dt>Source</dt>
          <dd>
            <a href={link(["messages"], { q: termText("source", story.source) })}>
              <Foreign text={story.source} />
            </a>{" "}
            · tenant <Foreign text={story.tenant} />
          </dd>
          <dt>Handed over by</dt>
          <dd>
            {peer.ip} (<Foreign text={peer.helo} />)
            {peer.login === null ? (
              ""
            ) : (
              <>
                {" "}
                as <Foreign text={peer.login} />
              </>
            )}
            , {peer.tls === null ? "without TLS" : peer.tls}
          </dd>
          <dt>Size, class</dt>
          <dd>
            {bytesText(story.bytes)}, {story.class}
          </dd>
        </dl>
      </details>
      {held ? (
        <details onToggle={(event) => show(event.currentTarget.open)}>
          <summary>Content (kept while it is held)</summary>
          {shown ? <Sample id={story.id} /> : null}
        </details>
      ) : null}
    </>
  );
}
