/** A question that must be answered, over the browser's own dialog: focus goes in, Escape leaves, focus comes back. */
import { signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

export function Dialog({
  title,
  close,
  children,
  kind = "",
}: {
  readonly title: string;
  readonly close: () => void;
  readonly children: ComponentChildren;
  readonly kind?: string;
}): JSX.Element {
  const place = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    const dialog = place.current;
    if (dialog !== null && !dialog.open) dialog.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={place}
      class={`fade ${kind}`}
      aria-label={title}
      onClose={close}
      onClick={(event) => {
        if (event.target === place.current) place.current?.close();
      }}
    >
      {kind === "palette" ? null : <h2>{title}</h2>}
      {children}
    </dialog>
  );
}

interface Question {
  readonly title: string;
  readonly text: ComponentChildren;
  /** Effect, number and object: "Send 4,812 messages". */
  readonly yes: string;
  readonly cli?: string;
  answer(yes: boolean): void;
}

const question = signal<Question | undefined>(undefined);

/** Only where undo is impossible. */
export function askFirst(asked: Omit<Question, "answer">): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = {
      ...asked,
      answer: (yes) => {
        question.value = undefined;
        resolve(yes);
      },
    };
  });
}

export function QuestionDialog(): JSX.Element | null {
  const asked = question.value;
  if (asked === undefined) return null;
  return (
    <Dialog title={asked.title} close={() => asked.answer(false)}>
      <div>{asked.text}</div>
      {asked.cli === undefined ? null : <p class="cli">./fairlead {asked.cli}</p>}
      <div class="acts">
        <button type="button" onClick={() => asked.answer(false)}>
          Leave as it is
        </button>
        <button type="button" class="main" onClick={() => asked.answer(true)}>
          {asked.yes}
        </button>
      </div>
    </Dialog>
  );
}
