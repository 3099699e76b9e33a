/** Ctrl-K: pages, actions and search in one list. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { toggleZone } from "../look/times.ts";
import { Dialog } from "./dialog.tsx";
import { keyUses } from "./keys.ts";
import { undoLast } from "./notices.ts";
import { myPages } from "./pages.ts";
import { go, link } from "./router.ts";
import { lookFor } from "./search-box.tsx";
import { setTheme } from "./theme.ts";

interface Choice {
  readonly name: string;
  readonly hint: string;
  run(): void;
}

function choices(text: string): readonly Choice[] {
  const all: Choice[] = [
    ...myPages().map((page) => ({ name: page.name, hint: `g ${page.key}`, run: () => go(link(page.path)) })),
    { name: "Your profile", hint: "password, second factor, sessions", run: () => go("#/settings/profile") },
    { name: "Undo my last", hint: "u", run: () => void undoLast() },
    { name: "Switch between UTC and my zone", hint: "z", run: () => void toggleZone() },
    { name: "Light colours", hint: "", run: () => setTheme("light") },
    { name: "Dark colours", hint: "", run: () => setTheme("dark") },
    { name: "The system's colours", hint: "", run: () => setTheme("system") },
    ...keyUses()
      .filter((use) => /^[.cy]$/.test(use.keys))
      .map((use) => ({ name: use.does, hint: use.keys, run: () => void use.run() })),
  ];
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fitting = all.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
  return text.trim() === "" ? fitting : [...fitting, { name: `Find “${text.trim()}”`, hint: "Enter", run: () => lookFor(text) }];
}

export function Palette({ close }: { readonly close: () => void }): JSX.Element {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const list = useMemo(() => choices(text), [text]);
  const chosen = Math.min(at, list.length - 1);
  const run = (choice: Choice | undefined): void => {
    close();
    choice?.run();
  };
  return (
    <Dialog title="Go to or do" close={close} kind="palette">
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={`palette-${chosen}`}
        aria-label="Go to a page, do something, or search"
        placeholder="A page, an action, or anything to find"
        value={text}
        onInput={(event) => (setText(event.currentTarget.value), setAt(0))}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setAt(Math.min(chosen + 1, list.length - 1));
          else if (event.key === "ArrowUp") setAt(Math.max(chosen - 1, 0));
          else if (event.key === "Enter") run(list[chosen]);
          else return;
          event.preventDefault();
        }}
      />
      <ul id="palette-list" role="listbox" aria-label="Choices">
        {list.map((choice, index) => (
          <li key={choice.name} id={`palette-${index}`} role="option" aria-selected={index === chosen} onClick={() => run(choice)}>
            <span>{choice.name}</span> <span class="meta">{choice.hint}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
