/**
 * The story of a message: it ends the question. Line, what to do, where the time went, what happened, facts; live until
 * it is settled.
 */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { RECOGNISED_FROM, SURE_FROM } from "../../../../src/model/diagnosis.ts";
import { onChange } from "../../api/live.ts";
import { type Loaded, useLoad } from "../../api/load.ts";
import type { RecipientStory, StoryReply } from "../../api/shapes.ts";
import { useKeys } from "../../frame/keys.ts";
import { mayAct } from "../../frame/pages.ts";
import { link, route } from "../../frame/router.ts";
import { Block } from "../../look/blocks.tsx";
import { each } from "../../look/clock.ts";
import { CliLine, CopyButton, copyText } from "../../look/copy.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { State } from "../../look/state.tsx";
import { zone } from "../../look/times.ts";
import { MessageFacts } from "./facts.tsx";
import { Steps, TimeBar } from "./steps.tsx";
import { StoryActions } from "./story-actions.tsx";

/** How often an open story is told again where nothing is heard of it: its times grow. */
const AGAIN_MS = 5000;
/** Mail of a thousand recipients is listed, and told one at a time. */
const LISTED = 200;
/** So many are shown unfolded. */
const FEW = 5;

export function StoryPage(): JSX.Element {
  const [id = "", rcpt] = (route.value.path[1] ?? "").split(".", 2);
  const loaded = useLoad("message", { id, zone: zone.value });
  useLive(id, loaded);
  useKeys([{ keys: "y", does: "copy the message's id", run: () => void copyText(id, "the id") }], [id]);
  return (
    <>
      {loaded.data === undefined ? <h1>{id}</h1> : null}
      <Block loaded={loaded}>{(story) => <Told story={story} rcpt={rcpt} reload={loaded.reload} />}</Block>
    </>
  );
}

function isOpen(story: StoryReply): boolean {
  return story.recipients.some(({ now }) => now.k === "queued" || now.k === "held");
}

function useLive(id: string, { data, reload }: Loaded<StoryReply>): void {
  const open = data !== undefined && isOpen(data);
  useEffect(
    () =>
      onChange(({ rows, gap }) => {
        if (gap || rows.some((row) => row.id === id)) reload();
      }),
    [id],
  );
  useEffect(() => {
    if (!open) return;
    return each(AGAIN_MS, () => {
      if (document.visibilityState === "visible") reload();
    });
  }, [id, open]);
}

function chosenOf(story: StoryReply, rcpt: string | undefined): RecipientStory | undefined {
  const named = rcpt === undefined ? undefined : story.recipients.find((recipient) => String(recipient.rcpt) === rcpt);
  return named ?? story.recipients.find(({ now }) => now.k === "queued" || now.k === "held") ?? story.recipients[0];
}

function Told({
  story,
  rcpt,
  reload,
}: {
  readonly story: StoryReply;
  readonly rcpt: string | undefined;
  readonly reload: () => void;
}): JSX.Element {
  const one = chosenOf(story, rcpt);
  const [opened, setOpened] = useState(false);
  useEffect(() => {
    const open = (): void => setOpened(true); // on paper nothing is folded
    addEventListener("beforeprint", open);
    return () => removeEventListener("beforeprint", open);
  }, []);
  if (one === undefined) return <h1>{story.id}: no recipient</h1>;
  return (
    <>
      <div class="story-head">
        <p class="meta">
          <span class="mono">{story.id}</span>
          <CopyButton text={story.id} what="the id" />{" "}
          <State is={one.now.k} inDoubt={one.now.inDoubt === true} possiblyTwice={one.now.possiblyTwice === true} />
        </p>
        <h1>
          <Foreign text={one.line} />
        </h1>
        <StoryActions story={story} reload={reload} />
      </div>
      <ToDo one={one} />
      {story.recipients.length > 1 ? <Recipients story={story} chosen={one} /> : null}
      <TimeBar parts={one.parts} totalMs={one.totalMs} />
      <Steps one={one} zoneName={story.zone} opened={opened} />
      <MessageFacts story={story} opened={opened} held={one.now.k === "held" && mayAct()} />
      <CliLine words={`where ${story.id}`} />
    </>
  );
}

function ToDo({ one }: { readonly one: RecipientStory }): JSX.Element | null {
  const { remedy, confidence, cause } = one;
  if (confidence !== null && confidence < RECOGNISED_FROM)
    return <p class="lead">The receiver's words are not recognised; they stand below.</p>;
  if (remedy === null || remedy.text === "") return null;
  return (
    <div class="card">
      <strong>What to do</strong>
      <p class="lead">
        {remedy.who === "nobody" ? "" : `${remedy.who === "operator" ? "You" : `The ${remedy.who}`}: `}
        {confidence !== null && confidence < SURE_FROM ? "probably " : ""}
        <Foreign text={remedy.text} />
        <CopyButton text={remedy.text} what="what to do" />
      </p>
      {cause === null ? null : (
        <p class="meta">
          Because <Foreign text={cause} />
          {confidence === null ? "" : `, sure ${confidence.toFixed(2)}`}
        </p>
      )}
      {remedy.link === null || !remedy.link.startsWith("https://") ? null : (
        <p>
          <a href={remedy.link} target="_blank" rel="noopener noreferrer">
            {new URL(remedy.link).hostname} ↗
          </a>
        </p>
      )}
    </div>
  );
}

function Recipients({ story, chosen }: { readonly story: StoryReply; readonly chosen: RecipientStory }): JSX.Element {
  const at = story.recipients.indexOf(chosen) + 1;
  return (
    <details open={story.recipients.length <= FEW}>
      <summary>
        Recipients ({at} of {story.recipients.length})
      </summary>
      <ul>
        {story.recipients.slice(0, LISTED).map((recipient) => (
          <li key={recipient.rcpt}>
            <a data-row href={link(["messages", `${story.id}.${recipient.rcpt}`])} aria-current={recipient === chosen ? "true" : undefined}>
              <Foreign text={recipient.to} />
            </a>{" "}
            <State is={recipient.now.k} inDoubt={recipient.now.inDoubt === true} possiblyTwice={recipient.now.possiblyTwice === true} />
          </li>
        ))}
        {story.recipients.length > LISTED ? (
          <li>
            <a href={link(["messages"], { q: `id:${story.id}` })}>All {story.recipients.length} as a list</a>
          </li>
        ) : null}
      </ul>
    </details>
  );
}
