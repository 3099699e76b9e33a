/** The one box: an address, an id, a log line, a reply, an FL-code or query words. What it was is found by the node. */
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { Icon } from "../look/icons.tsx";
import { useKeys } from "./keys.ts";
import { go, link } from "./router.ts";

/** The find page looks it up, tells it, or leads on to where it is. */
export function lookFor(text: string): void {
  if (text.trim() !== "") go(link(["find"], { text: text.trim() }));
}

export function SearchBox(): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  useKeys(
    [
      {
        keys: "/",
        does: "search: paste an address, id, log line, reply",
        run: () => (field.current?.focus(), field.current?.select()),
      },
    ],
    [],
  );
  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          lookFor(text);
          field.current?.blur(); // the focus goes to what was found
        }}
      >
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
      </form>
    </search>
  );
}
