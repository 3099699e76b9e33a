/** One group of held mail: the sentence, samples side by side, and the decision. */
import type { JSX } from "preact";
import { countText } from "../../../../src/base/size-text.ts";
import { act, sayProblem, tryOut } from "../../api/actions.ts";
import { shellWord } from "../../api/cli-text.ts";
import { call } from "../../api/client.ts";
import { useLoad } from "../../api/load.ts";
import type { HeldGroup, Selector } from "../../api/shapes.ts";
import { mayAct } from "../../frame/pages.ts";
import { link, route } from "../../frame/router.ts";
import { Block, Empty } from "../../look/blocks.tsx";
import { CliLine } from "../../look/copy.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { ageText, minuteText } from "../../look/times.ts";
import { termText } from "../messages/terms.ts";
import { Sample } from "./sample.tsx";

/** So many go first when a person wants to see how receivers take them. */
const FIRST = 25;
const EVERY_MS = 10_000;

export function GroupPage(): JSX.Element {
  const key = route.value.path[1] ?? "";
  const loaded = useLoad("holds", {}, EVERY_MS);
  const group = loaded.data?.groups.find((one) => one.key === key);
  return (
    <>
      {group === undefined ? <h1>{loaded.data === undefined ? "Holds" : "Nothing of this group is held any more."}</h1> : null}
      <Block loaded={loaded}>{() => (group === undefined ? <Gone /> : <Group group={group} reload={loaded.reload} />)}</Block>
    </>
  );
}

function Gone(): JSX.Element {
  return (
    <Empty>
      <p>It was released, discarded or bounced, here or by somebody else.</p>
      <p>
        <a href="#/holds">All holds</a> · <a href="#/settings/actions">Who did what</a>
      </p>
    </Empty>
  );
}

/** The group and nothing else: its sender, and what the same order held where an order did. */
function selectorOf(group: HeldGroup): Selector {
  return { states: ["held"], sender: group.sender, ...(group.action === null ? {} : { action: group.action }) };
}

function Group({ group, reload }: { readonly group: HeldGroup; readonly reload: () => void }): JSX.Element {
  const may = mayAct(); // content is for those who decide
  const count = `${countText(group.held)} ${group.held === 1 ? "message" : "messages"}`;
  return (
    <>
      <div class="head">
        <h1>
          <Foreign text={group.sender} />: {countText(group.held)} held.
        </h1>
        {may ? <Decide group={group} count={count} reload={reload} /> : null}
      </div>
      <dl class="facts card">
        <dt>Because</dt>
        <dd>
          <Foreign text={group.why} />
          {group.action === null ? null : (
            <>
              {" "}
              (<a href="#/settings/actions">action {group.action}</a>)
            </>
          )}
        </dd>
        <dt>Source, tenant</dt>
        <dd>
          <Foreign text={group.source} /> · <Foreign text={group.tenant} />
        </dd>
        <dt>Recipients</dt>
        <dd>{countText(group.recipients)}</dd>
        <dt>Oldest, newest</dt>
        <dd>
          {ageText(group.oldestAt)} ago, {minuteText(group.newestAt)}
        </dd>
        <dt>Same sender</dt>
        <dd>
          <a href={link(["messages"], { q: `${termText("sender", group.sender)} state:held` })}>held mail</a> ·{" "}
          <a href={link(["messages"], { q: `${termText("sender", group.sender)} state:sent` })}>what got out in the last 24 h</a>
        </dd>
      </dl>
      <h2>Samples</h2>
      <div class="samples">
        {group.sample.map((sample) => (
          <div key={`${sample.id}.${sample.rcpt}`}>
            <a data-row class="mono" href={link(["messages", sample.id])}>
              {sample.id}
            </a>
            {may ? <Sample id={sample.id} /> : <p>to {<Foreign text={sample.to} />}</p>}
          </div>
        ))}
      </div>
      <CliLine words={`release --sender ${shellWord(group.sender)}`} />
    </>
  );
}

function Decide({ group, count, reload }: { readonly group: HeldGroup; readonly count: string; readonly reload: () => void }): JSX.Element {
  const what = `mail of ${group.sender}`;
  const releaseSome = async (): Promise<void> => {
    try {
      const { deliveries } = await call("deliveries", { ...selectorOf(group), limit: FIRST });
      const id = deliveries.map((delivery) => `${delivery.id}.${delivery.rcpt}`);
      await act({ verb: "release", selector: { id }, what: `the first of ${count} of ${group.sender}` }, reload);
    } catch (thrown) {
      sayProblem(thrown);
    }
  };
  const releaseAll = async (): Promise<void> => {
    try {
      const selector = selectorOf(group);
      const { matched } = await tryOut({ verb: "release", selector });
      const all = `${countText(matched)} ${matched === 1 ? "message" : "messages"}`;
      const text = `${all} of ${group.sender} go out now. What has gone out cannot be taken back.`;
      await act({ verb: "release", selector, what, ask: { title: "Release all now?", text, yes: `Send ${all}` } }, reload);
    } catch (thrown) {
      sayProblem(thrown);
    }
  };
  return (
    <div class="acts">
      {group.held > FIRST ? (
        <button type="button" class="main" onClick={() => void releaseSome()}>
          Release {FIRST} first
        </button>
      ) : null}
      <button type="button" class={group.held > FIRST ? "" : "main"} onClick={() => void releaseAll()}>
        Release all {countText(group.held)}
      </button>
      <button type="button" onClick={() => void act({ verb: "discard", selector: selectorOf(group), what }, reload)}>
        Discard
      </button>
    </div>
  );
}
