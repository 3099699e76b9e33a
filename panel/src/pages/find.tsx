/** What the one box found where it is no message: a code's meaning, a reply explained, or nothing and where to look next. */
import type { JSX } from "preact";
import type { Find } from "../api/shapes.ts";
import { found } from "../frame/search-box.tsx";
import { Empty } from "../look/blocks.tsx";
import { Foreign } from "../look/foreign.tsx";
import { minuteText } from "../look/times.ts";

export function FindPage(): JSX.Element {
  const it = found.value;
  if (it === undefined)
    return (
      <>
        <h1>Find</h1>
        <Empty>
          <p>Paste an address, an id, a log line or a reply into the box above.</p>
        </Empty>
      </>
    );
  const { text, find } = it;
  switch (find.is) {
    case "code":
      return <Meaning find={find} />;
    case "reply":
      return <Explained text={text} find={find} />;
    default:
      return <Nothing text={text} find={find} />;
  }
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
        <a href={`#/messages?q=${encodeURIComponent(`code:${find.code ?? ""}`)}`}>Messages answered with it</a>
      </p>
    </>
  );
}

const SURE = 0.8;
const RECOGNISED = 0.5;

function Explained({ text, find }: { readonly text: string; readonly find: Find }): JSX.Element {
  const it = find.diagnosis;
  const known = it !== undefined && it.confidence >= RECOGNISED;
  return (
    <>
      <h1>{known ? `${it.confidence < SURE ? "Probably: " : ""}${it.cause}` : "This reply is not recognised"}</h1>
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
        <a href={`#/messages?q=${encodeURIComponent(`reply:"${text.slice(0, 60).replaceAll('"', "")}"`)}`}>Messages answered like this</a>
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
