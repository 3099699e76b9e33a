/** A button that opens a short list, over the browser's own popover: Escape and a click elsewhere close it. */
import type { ComponentChildren, JSX } from "preact";
import { useRef } from "preact/hooks";

export function Menu({
  label,
  children,
  kind = "",
}: {
  readonly label: ComponentChildren;
  readonly children: ComponentChildren;
  readonly kind?: string;
}): JSX.Element {
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const put = (): void => {
    const at = button.current?.getBoundingClientRect();
    const box = list.current;
    if (at === undefined || box === null) return;
    const width = Math.max(box.offsetWidth, 180);
    box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
    box.style.top = `${Math.max(8, Math.min(at.bottom + 4, innerHeight - box.offsetHeight - 8))}px`;
  };
  return (
    <>
      <button
        type="button"
        ref={button}
        class={kind}
        aria-haspopup="true"
        onClick={() => {
          list.current?.togglePopover();
          put();
        }}
      >
        {label}
      </button>
      <div ref={list} popover="auto" class="fade" onClick={(event) => closeAfterChoice(event, list.current)}>
        {children}
      </div>
    </>
  );
}

/** A list as a file, in either form. */
export function ExportMenu({ name, from }: { readonly name: string; readonly from: (form: "csv" | "jsonl") => string }): JSX.Element {
  return (
    <Menu label="Export">
      <a href={from("csv")} download={`${name}.csv`}>
        As CSV
      </a>
      <a href={from("jsonl")} download={`${name}.jsonl`}>
        As JSON lines
      </a>
    </Menu>
  );
}

function closeAfterChoice(event: MouseEvent, list: HTMLElement | null): void {
  if (event.target instanceof Element && event.target.closest("a, button") !== null) list?.hidePopover();
}
