/** Until when an order holds: spans that people mean, told as the moment at which they end. */
import type { JSX } from "preact";
import { wallNow } from "./clock.ts";
import { minuteText, now } from "./times.ts";

const MINUTE_MS = 60_000;
/** As a command line writes them, and how long they are. The last has no end. */
const MINUTES = { "30m": 30, "1h": 60, "4h": 240, "24h": 1440, "": 0 } as const;

export type Span = keyof typeof MINUTES;

export const SPANS = Object.keys(MINUTES).filter(isSpan);

/** RFC 3339; undefined for one that has no end. */
export function endOf(span: Span): string | undefined {
  return span === "" ? undefined : new Date(wallNow() + MINUTES[span] * MINUTE_MS).toISOString();
}

/** `until 12:04 (1h)`, or `until it is undone`. */
export function untilText(span: Span): string {
  return `until ${momentOf(span)}`;
}

function momentOf(span: Span): string {
  void now.value; // the end moves with the time
  const end = endOf(span);
  return end === undefined ? "it is undone" : `${minuteText(end)} (${span})`;
}

export function Until({ value, set }: { readonly value: Span; readonly set: (span: Span) => void }): JSX.Element {
  return (
    <label class="field">
      <span>Until</span>
      <select
        value={value}
        onChange={(event) => {
          if (isSpan(event.currentTarget.value)) set(event.currentTarget.value);
        }}
      >
        {SPANS.map((span) => (
          <option key={span} value={span}>
            {momentOf(span)}
          </option>
        ))}
      </select>
    </label>
  );
}

function isSpan(text: string): text is Span {
  return Object.hasOwn(MINUTES, text);
}
