/** The panel's fourteen pictures, 16 px, in the colour of the text beside them. They never stand without a word. */
import type { JSX } from "preact";

const PATHS = {
  delivered: "M3 8.5l3.2 3.2L13 4.8",
  relayed: "M2 8h10M8.5 4.5L12 8l-3.5 3.5M14 4v8",
  queued: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11zM8 5v3.2l2.2 1.6",
  held: "M5.5 3.5v9M10.5 3.5v9",
  bounced: "M4 4l8 8M12 4l-8 8",
  expired: "M4 2.5h8M4 13.5h8M5 2.5c0 3 6 4 6 5.5s-6 2.5-6 5.5M11 2.5c0 3-6 4-6 5.5s6 2.5 6 5.5",
  discarded: "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3zM3 13L13 3",
  refused: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11zM4.5 8h7",
  need: "M8 3v6.5M8 12v1",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  undo: "M6 3L3 6l3 3M3.5 6H10a3.5 3.5 0 0 1 0 7H6",
  out: "M6.5 3.5h-4v10h10v-4M9 2.5h4.5V7M13.5 2.5L7.5 8.5",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 0 0 0-9zM10.5 10.5L14 14",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, dotted = false }: { readonly name: IconName; readonly dotted?: boolean }): JSX.Element {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.75"
        stroke-linecap="round"
        stroke-linejoin="round"
        {...(dotted ? { "stroke-dasharray": "1.5 2.5" } : {})}
      />
    </svg>
  );
}
