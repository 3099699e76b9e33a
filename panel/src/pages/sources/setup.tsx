/** The steps from nothing to mail that flows. Each proves itself by what the node has seen; any may be skipped. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { countText } from "../../../../src/base/size-text.ts";
import { me } from "../../api/client.ts";
import { useLoad } from "../../api/load.ts";
import type { SourceRow, Status } from "../../api/shapes.ts";
import { link } from "../../frame/router.ts";
import { Tabs } from "../../frame/tabs.tsx";
import { Block } from "../../look/blocks.tsx";
import { CliLine, CopyButton } from "../../look/copy.tsx";
import { Field } from "../../look/field.tsx";
import { Mark } from "../../look/state.tsx";
import { momentText } from "../../look/times.ts";

const EVERY_MS = 3000;

export function SetupPage(): JSX.Element {
  const now = useLoad("status", {}, EVERY_MS);
  const sources = useLoad("sources", {}, EVERY_MS);
  return (
    <>
      <h1>Setting up</h1>
      <SetupTabs at="#/setup" />
      <Block loaded={now}>{(status) => <Block loaded={sources}>{(known) => <Steps now={status} sources={known.sources} />}</Block>}</Block>
    </>
  );
}

const TABS = [
  { to: "#/setup", name: "Checklist" },
  { to: "#/setup/sources", name: "Sources" },
];

export function SetupTabs({ at }: { readonly at: string }): JSX.Element {
  return <Tabs label="Setup" tabs={TABS} at={at} />;
}

function Steps({ now, sources }: { readonly now: Status; readonly sources: readonly SourceRow[] }): JSX.Element {
  const out = now.counts.delivered + now.counts.relayed;
  const seen = sources.filter(({ seenAt }) => seenAt !== null);
  const smtp = now.listeners.filter(({ name }) => name.startsWith("smtp"));
  return (
    <ol>
      <StepCard done={smtp.length > 0} title="It takes mail" todo="Let it take mail" proof={smtp.map(({ address }) => address).join(", ")}>
        <p>Nothing listens yet.</p>
        <CliLine words="up --smtp 0.0.0.0:25 --allow 192.0.2.0/24" />
      </StepCard>
      <StepCard
        done={sources.length > 0}
        title="Somebody may send"
        todo="Say who may send"
        proof={sources
          .map(({ name }) => name)
          .slice(0, 8)
          .join(", ")}
      >
        <p>Nobody may hand over mail yet.</p>
        <a class="button" href="#/setup/sources">
          Add a source
        </a>
      </StepCard>
      <StepCard
        done={seen.length > 0 || now.counts.accepted > 0}
        title="A source was seen"
        todo="Wait for the first mail"
        proof={seen.length > 0 ? seenText(seen) : `${countText(now.counts.accepted)} accepted so far; none since the node was started`}
      >
        <p>Waits for the first mail; this page ticks by itself.</p>
      </StepCard>
      <StepCard done={out > 0} title="A message went out" todo="Send a test message" proof={`${out} so far`}>
        <TestMessage address={smtp[0]?.address ?? "127.0.0.1:2525"} />
      </StepCard>
    </ol>
  );
}

function seenText(sources: readonly SourceRow[]): string {
  return sources
    .map(({ name, seenAt }) => `${name} ${momentText(seenAt)}`)
    .slice(0, 8)
    .join(", ");
}

interface Step {
  readonly done: boolean;
  /** What is true once it is done, and what to do until then. */
  readonly title: string;
  readonly todo: string;
  readonly proof: string;
  readonly children: preact.ComponentChildren;
}

function StepCard({ done, title, todo, proof, children }: Step): JSX.Element {
  return (
    <li class="card">
      {done ? (
        <span>
          <Mark is="good">{title}</Mark> <span class="dim">{proof}</span>
        </span>
      ) : (
        <>
          <Mark is="need">{todo}</Mark>
          <div>{children}</div>
        </>
      )}
    </li>
  );
}

function TestMessage({ address }: { readonly address: string }): JSX.Element {
  const [to, setTo] = useState("you@example.org");
  const port = address.split(":").at(-1) ?? "2525";
  const words = `swaks --server 127.0.0.1 --port ${port} --from ${to} --to ${to} --header 'Subject: test of ${me.value?.node.name ?? "fairlead"}'`;
  return (
    <>
      <Field label="Your address, outside" value={to} set={setTo} type="email" />
      <p>On the machine itself, or with any mail program:</p>
      <pre>{words}</pre>
      <CopyButton text={words} what="the command">
        Copy
      </CopyButton>{" "}
      <a href={link(["messages"], { q: `to:${to}` })}>Watch it</a>
    </>
  );
}
