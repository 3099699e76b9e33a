/** The blocks of one recipient's story as HTML: what to do, where the time went, what happened. */
import type { WallMs } from "../../base/clock.ts";
import { bytesText } from "../../base/size-text.ts";
import { durationText, zoneClock } from "../../base/time-text.ts";
import type { Part, RecipientStory, Step, Story } from "../story/story.ts";
import { html, type Markup } from "./markup.ts";

interface Look {
  readonly zone: string;
  readonly now: WallMs;
}

/** Of a receiver's words so much is shown; the whole stands in the story. */
const QUOTE_CHARS = 400;
/** Of many tries the first and the last ones are told. */
const FIRST_STEPS = 8;
const LAST_STEPS = 16;

const GLYPHS: Readonly<Record<string, string>> = {
  delivered: "✓ delivered",
  relayed: "⇢ relayed",
  queued: "◷ queued",
  doubt: "◷? in doubt",
  held: "‖ held",
  bounced: "✕ bounced",
  expired: "⧖ expired",
  discarded: "∅ discarded",
  refused: "⊘ refused",
  "not known": "settled",
};

/** Glyph and word: colour is never alone. */
export function stateText(recipient: RecipientStory): string {
  return GLYPHS[stateKind(recipient)] ?? recipient.now.k;
}

/** The word that has the state's colour. */
export function stateKind({ now }: RecipientStory): string {
  return now.k === "queued" && now.inDoubt ? "doubt" : now.k;
}

export function todoOf({ remedy }: RecipientStory): Markup | null {
  if (remedy === null) return null;
  const whose = {
    operator: "Your provider",
    tenant: "You",
    sender: "You",
    recipient: "The receiver",
    receiver: "The receiver",
    nobody: "",
  }[remedy.who];
  const link =
    remedy.link === null || !/^https:\/\//.test(remedy.link) ? null : html` <a href="${remedy.link}" rel="noreferrer">${remedy.link}</a>`;
  return html`<div class="todo"><h2>What to do</h2><p>${whose === "" ? null : `${whose}: `}${remedy.text}${link}</p></div>`;
}

export function detailOf(recipient: RecipientStory, look: Look): Markup {
  return html`${timeOf(recipient)}${happenedOf(recipient, look)}`;
}

function timeOf({ parts, totalMs }: RecipientStory): Markup | null {
  if (parts.length === 0 || totalMs === 0) return null;
  const rows = parts.map(({ what, ms }) => html`<tr><th scope="row">${what}</th><td class="num">${durationText(ms)}</td></tr>`);
  return html`<h2>Where the time went</h2>${barOf(parts, totalMs)}
<table><caption>${durationText(totalMs)}, all parts together</caption><thead><tr><th scope="col">Part</th><th scope="col">Time</th></tr></thead><tbody>${rows}</tbody></table>`;
}

/** Beside the numbers, never instead of them. */
function barOf(parts: readonly Part[], totalMs: number): Markup {
  let x = 0;
  const rects = parts.map(({ ms }) => {
    const width = (ms / totalMs) * 100;
    const rect = html`<rect x="${x.toFixed(2)}" y="0" width="${width.toFixed(2)}" height="4"/>`;
    x += width;
    return rect;
  });
  return html`<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">${rects}</svg>`;
}

function happenedOf({ steps }: RecipientStory, { zone, now }: Look): Markup | null {
  if (steps.length === 0) return null;
  const clock = zoneClock(zone);
  const left = steps.length - FIRST_STEPS - LAST_STEPS;
  const shown: readonly (Step | number)[] = left > 0 ? [...steps.slice(0, FIRST_STEPS), left, ...steps.slice(-LAST_STEPS)] : steps;
  const rows = shown.map((step) =>
    typeof step === "number"
      ? html`<tr><td class="time"></td><td>… ${step} more</td></tr>`
      : html`<tr><td class="time">${clock.moment(step.at, now)}</td><td>${step.text}${quoteOf(step)}</td></tr>`,
  );
  return html`<h2>What happened</h2><table><caption>Oldest first, times in ${clock.name(now)}</caption><thead><tr><th scope="col">Time</th><th scope="col">Event</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function quoteOf({ quote }: Step): Markup | null {
  if (quote === null) return null;
  return html`<q>${quote.length > QUOTE_CHARS ? `${quote.slice(0, QUOTE_CHARS)}…` : quote}</q>`;
}

export function factsOf(story: Story, { zone, now }: Look): Markup {
  const clock = zoneClock(zone);
  const when = clock.moment(story.acceptedAt, now);
  const id = story.messageId === null ? null : html`<dt>Message-ID</dt><dd class="id">${story.messageId.slice(0, 250)}</dd>`;
  return html`<h2>The message</h2><dl><dt>Reference</dt><dd class="id">${story.id}</dd><dt>From</dt><dd>${story.from === "" ? "<>" : story.from.slice(0, 320)}</dd>
<dt>Handed over</dt><dd>${when} ${clock.name(now)}, ${bytesText(story.bytes)}</dd>${id}</dl>`;
}
