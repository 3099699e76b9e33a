/** The one box: an address, an id, a log line, a reply, an FL-code or query words. What it was is found by the node. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { get, type Problem, problemFrom, queryText } from "../api/client.ts";
import type { Find } from "../api/shapes.ts";
import { Icon } from "../look/icons.tsx";
import { useKeys } from "./keys.ts";
import { go, link } from "./router.ts";

/** What was found where it is no page of its own: a code's meaning, a reply explained, or nothing. */
export const found = signal<{ readonly text: string; readonly find: Find } | undefined>(undefined);

export async function lookFor(text: string): Promise<void> {
  const find = await get<Find>(`/find${queryText({ text })}`);
  found.value = undefined;
  switch (find.is) {
    case "message":
      return go(link(["messages", find.id ?? text]));
    case "address":
    case "query":
      return go(link(["messages"], { q: find.q ?? text }));
    case "code":
    case "reply":
    case "nothing":
      found.value = { text, find };
      return go(link(["find"]));
  }
}

export function SearchBox(): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<Problem>();
  useEffect(
    () =>
      useKeys([
        {
          keys: "/",
          does: "search: paste an address, id, log line, reply",
          run: () => (field.current?.focus(), field.current?.select()),
        },
      ]),
    [],
  );
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (text.trim() === "") return;
    setProblem(undefined);
    try {
      await lookFor(text.trim());
      field.current?.blur();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <search>
      <form onSubmit={(event) => void send(event)}>
        <label class="hidden" for="search-box">
          Search
        </label>
        <input
          id="search-box"
          ref={field}
          type="search"
          autocomplete="off"
          spellcheck={false}
          placeholder="/ paste an address, id, log line, reply…"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") field.current?.blur();
          }}
        />
        <button type="submit" class="hidden" tabIndex={-1}>
          <Icon name="search" /> Search
        </button>
        {problem === undefined ? null : (
          <p role="alert" class="red meta">
            {problem.text} {problem.fix}
          </p>
        )}
      </form>
    </search>
  );
}
