/** Copying is a verb: one click or key, and it says what it did. */
import type { JSX } from "preact";
import { toast } from "../frame/notices.ts";
import { Icon } from "./icons.tsx";

export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast({ text: `Copied ${what}.` });
  } catch {
    // Over plain HTTP from another machine a browser offers no clipboard, except to a selected field.
    if (copyBySelection(text)) toast({ text: `Copied ${what}.` });
    else toast({ text: `This browser does not let the page copy. Mark the text and press Ctrl-C: ${text.slice(0, 200)}`, stays: true });
  }
}

function copyBySelection(text: string): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "hidden";
  const before = document.activeElement;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}

export function CopyButton({
  text,
  what,
  children,
}: {
  readonly text: string;
  readonly what: string;
  readonly children?: preact.ComponentChildren;
}): JSX.Element {
  return (
    <button type="button" class="bare" title={`Copy ${what}`} onClick={() => void copyText(text, what)}>
      <Icon name="copy" />
      {children ?? <span class="hidden">Copy {what}</span>}
    </button>
  );
}

/** The command that does the same. */
export function CliLine({ words }: { readonly words: string }): JSX.Element {
  return (
    <span class="cli">
      ./fairlead {words}
      <CopyButton text={`./fairlead ${words}`} what="the command" />
    </span>
  );
}
