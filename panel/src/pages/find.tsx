/**
 * What the one box was given: here it is looked up. A message and a list have pages of their own, to which it leads; a
 * code's meaning, a reply explained, or nothing and where to look next are told here.
 */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { unreachable } from "../../../src/base/brand.ts";
import { RECOGNISED_FROM, SURE_FROM } from "../../../src/model/diagnosis.ts";
import { useLoad } from "../api/load.ts";
import type { Find } from "../api/shapes.ts";
import { go, link, route } from "../frame/router.ts";
import { Block, Empty } from "../look/blocks.tsx";
import { Foreign } from "../look/foreign.tsx";
import { minuteText } from "../look/times.ts";
import { termText } from "./messages/terms.ts";

export function FindPage(): JSX.Element {
  const text = route.value.query.get("text") ?? "";
  if (text !== "") return <LookedUp text={text} />;
  return (
    <>
      <h1>Find</h1>
      <Empty>
        <p>Paste an address, an id, a log line or a reply into the box above.</p>
      </Empty>
    </>
  );
}

function LookedUp({ text }: { readonly text: string }): JSX.Element {
  const loaded = useLoad("find", { text });
  const find = loaded.data;
  const page = find === undefined ? undefined : pageOf(find, text);
  useEffect(() => {
    if (page !== undefined) go(page, true); // Back leads to where it was asked
  }, [page]);
  return (
    <>
      {find === undefined || page !== undefined ? <h1>Find</h1> : null}
      <Block loaded={loaded}>{(it) => (page === undefined ? <Told text={text} find={it} /> : null)}</Block>
    </>
  );
}

function pageOf(find: Find, text: string): string | undefined {
  switch (find.is) {
    case "message":
      return link(["messages", find.id ?? text]);
    case "address":
    case "query":
      return link(["messages"], { q: find.q ?? text });
    case "code":
    case "reply":
    case "nothing":
      return undefined;
    default:
      return unreachable(find.is);
  }
}

function Told({ text, find }: { readonly text: string; readonly find: Find }): JSX.Element {
  if (find.is === "code") return <Meaning find={find} />;
  if (find.is === "reply") return <Explained text={text} find={find} />;
  return <Nothing text={text} find={find} />;
}

function Meaning({ find }: { readonly find: Find }): JSX.Element {
  return (
    <>
      <h1>
        {find.code}: {find.means}
      </h1>
      <dl class="facts card">
        <dt>Who can fix it</dt>
        <dd>{find.who ?? "not known"}</dd>
        <dt>How</dt>
        <dd>{find.fix ?? "not known"}</dd>
      </dl>
      <p>
        <a href={link(["messages"], { q: termText("code", find.code ?? "") })}>Messages answered with it</a>
      </p>
    </>
  );
}

/** So much of a reply tells it from others. */
const QUOTED = 60;

function Explained({ text, find }: { readonly text: string; readonly find: Find }): JSX.Element {
  const it = find.diagnosis;
  const known = it !== undefined && it.confidence >= RECOGNISED_FROM;
  return (
    <>
      <h1>{known ? `${it.confidence < SURE_FROM ? "Probably: " : ""}${it.cause}` : "This reply is not recognised"}</h1>
      <p class="quote">
        <Foreign text={text} mono />
      </p>
      {known ? (
        <dl class="facts card">
          <dt>Class</dt>
          <dd>
            {it.class} · sure {it.confidence.toFixed(2)}
            {it.provider === null ? "" : ` · ${it.provider}`}
          </dd>
          <dt>What to do</dt>
          <dd>{it.remedy.text === "" ? "nothing to do" : `${it.remedy.who}: ${it.remedy.text}`}</dd>
        </dl>
      ) : null}
      <p>
        <a href={link(["messages"], { q: termText("reply", text.slice(0, QUOTED)) })}>Messages answered like this</a>
      </p>
    </>
  );
}

function Nothing({ text, find }: { readonly text: string; readonly find: Find }): JSX.Element {
  return (
    <>
      <h1>
        No trace of <Foreign text={text.slice(0, 200)} />
      </h1>
      <Empty>
        <p>
          Tried {find.tried && find.tried.length > 0 ? find.tried.join(", ") : "id, address, Message-ID, reply"}
          {find.backTo ? `, back to ${minuteText(find.backTo)}` : ""}.
        </p>
        <p>{find.next ?? "If the server says that it sent the message, paste its log line here."}</p>
      </Empty>
    </>
  );
}
