/** Where is it, and why? A query, its tally, and one line a delivery. The query lives in the address. */
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { writeCall } from "../../../../src/control/api/paths.ts";
import { shellWord } from "../../api/cli-text.ts";
import { useKeys } from "../../frame/keys.ts";
import { ExportMenu } from "../../frame/menu.tsx";
import { mayAct } from "../../frame/pages.ts";
import { go, link, route } from "../../frame/router.ts";
import { Empty, ProblemNote } from "../../look/blocks.tsx";
import { CliLine, copyText } from "../../look/copy.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { minuteText, momentText, zone } from "../../look/times.ts";
import { ActMenu } from "./act-menu.tsx";
import { type Listing, MOST_ROWS, useList } from "./list.ts";
import { Strip } from "./strip.tsx";
import { MessageTable } from "./table.tsx";
import { termsOf, withoutTerm, withTerm } from "./terms.ts";

/** The next page is fetched when so much is left below the window. */
const AHEAD_PX = 600;
/** Where each query was scrolled to. */
const places = new Map<string, number>();

export function MessagesPage(): JSX.Element {
  const query = route.value.query.get("q") ?? "";
  const listing = useList(query);
  const [round, setRound] = useState(0);
  useKeepPlace(query, listing.list.rows.length > 0);
  const renew = (): void => {
    listing.reload();
    setRound((before) => before + 1);
  };
  useKeys(
    [
      { keys: ".", does: "show newer rows", run: renew },
      { keys: "y", does: "copy the row's id", run: copyRowsId },
    ],
    [query],
  );
  const { list } = listing;
  return (
    <>
      <div class="head">
        <h1>Messages</h1>
        <div class="acts">
          {mayAct() ? <ActMenu query={query} after={renew} /> : null}
          <ExportMenu name="messages" from={(form) => writeCall("export", { q: query, form }).target} />
        </div>
      </div>
      <QueryBox query={query} />
      <Chips query={query} />
      <Strip query={query} round={round} />
      {list.newer === 0 ? null : (
        <button type="button" class="newer" onClick={renew}>
          {list.newer} newer · press .
        </button>
      )}
      {list.problem === undefined ? null : (
        <ProblemNote problem={list.problem} retry={listing.reload} since={list.loaded ? momentText(list.at ?? null) : undefined} />
      )}
      {list.rows.length > 0 ? (
        <div class={list.problem === undefined ? "" : "old"} aria-busy={list.busy}>
          <MessageTable rows={list.rows} zone={zone.value} />
        </div>
      ) : null}
      {list.loaded && list.rows.length === 0 && list.problem === undefined ? (
        <NothingFound query={query} back={list.searchedBackTo} />
      ) : null}
      <Foot listing={listing} />
      <CliLine words={`messages${query === "" ? "" : ` ${shellWord(query)}`}`} />
    </>
  );
}

function QueryBox({ query }: { readonly query: string }): JSX.Element {
  const [text, setText] = useState(query);
  useEffect(() => setText(query), [query]);
  return (
    <form
      class="query"
      onSubmit={(event) => {
        event.preventDefault();
        go(link(["messages"], { q: text.trim() }));
      }}
    >
      <input
        aria-label="Query"
        placeholder="to:@gmail.com state:queued since:3h"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit">Find</button>
    </form>
  );
}

const PICKS: readonly (readonly [name: string, key: string, value: string])[] = [
  ["waiting", "state", "queued"],
  ["held", "state", "held"],
  ["failed", "state", "rejected"],
  ["last hour", "since", "1h"],
  ["last 7 days", "since", "7d"],
];

function Chips({ query }: { readonly query: string }): JSX.Element {
  const terms = termsOf(query);
  return (
    <div class="chips" role="group" aria-label="Filters">
      {terms.map((term) => (
        <button
          type="button"
          key={term.text}
          aria-label={`Remove ${term.text}`}
          onClick={() => go(link(["messages"], { q: withoutTerm(query, term.text) }))}
        >
          <Foreign text={term.text} mono /> ×
        </button>
      ))}
      {PICKS.filter(([, key]) => !terms.some((term) => term.key === key)).map(([name, key, value]) => (
        <button type="button" key={name} class="dim" onClick={() => go(link(["messages"], { q: withTerm(query, key, value) }))}>
          + {name}
        </button>
      ))}
    </div>
  );
}

function NothingFound({ query, back }: { readonly query: string; readonly back: string | null }): JSX.Element {
  const terms = termsOf(query);
  if (query === "")
    return (
      <Empty>
        <p>
          <strong>No mail in the last 24 hours.</strong> Look further back: <a href={link(["messages"], { q: "since:30d" })}>30 days</a>, or{" "}
          <a href="#/setup/sources">let a server send</a>.
        </p>
      </Empty>
    );
  const wide = !terms.some((term) => term.key === "since");
  return (
    <Empty>
      <p>
        <strong>
          No trace of <Foreign text={query} /> {back === null ? "" : `since ${minuteText(back)}`}.
        </strong>
      </p>
      <p>Tried {terms.map((term) => (term.key === "" ? "recipient, sender, Message-ID, id and reply" : term.key)).join(", ")}.</p>
      {wide ? (
        <p>
          Only the last 24 hours were searched: <a href={link(["messages"], { q: withTerm(query, "since", "30d") })}>search 30 days</a>.
        </p>
      ) : null}
      {terms.length > 1 ? (
        <p>
          Without:{" "}
          {terms.map((term) => (
            <>
              <a key={term.text} href={link(["messages"], { q: withoutTerm(query, term.text) })}>
                {term.text}
              </a>{" "}
            </>
          ))}
        </p>
      ) : null}
      <p>
        If the server says that it sent it, find its line there (<code>exigrep {terms[0]?.value ?? ""} /var/log/exim_mainlog</code>) and
        paste it into the box above.
      </p>
    </Empty>
  );
}

function Foot({ listing: { list, more } }: { readonly listing: Listing }): JSX.Element {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const place = end.current;
    if (place === null) return;
    const watcher = new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && more(), {
      rootMargin: `${AHEAD_PX}px`,
    });
    watcher.observe(place);
    return () => watcher.disconnect();
  }, [list.rows.length, list.next]);
  const oldest = list.rows.at(-1);
  return (
    <div class="foot" ref={end} role="status">
      {list.busy ? "Loading" : ""}
      {list.loaded && !list.busy && list.rows.length > 0 ? (
        <>
          {list.rows.length} shown, searched back to {minuteText(list.searchedBackTo)}
          {list.tookMs === null ? "" : ` (${Math.round(list.tookMs)} ms)`}.{" "}
          {list.next !== null && list.rows.length >= MOST_ROWS && oldest !== undefined ? (
            <a href={link(["messages"], { q: withTerm(route.value.query.get("q") ?? "", "until", oldest.at) })}>Older</a>
          ) : null}
          {list.next !== null && list.rows.length < MOST_ROWS ? (
            <button type="button" onClick={more}>
              Go on
            </button>
          ) : null}
        </>
      ) : null}
    </div>
  );
}

function copyRowsId(): boolean {
  const name = document.activeElement?.closest("[data-name]")?.getAttribute("data-name");
  if (!name) return false;
  void copyText(name, "the id");
  return true;
}

/** Back keeps my place. */
function useKeepPlace(query: string, ready: boolean): void {
  useLayoutEffect(() => {
    const at = places.get(query);
    if (ready && at !== undefined) scrollTo(0, at);
    const remember = (): void => {
      if (document.querySelector("table.rows") !== null) places.set(query, scrollY);
    };
    addEventListener("scroll", remember, { passive: true });
    return () => removeEventListener("scroll", remember);
  }, [query, ready]);
}
