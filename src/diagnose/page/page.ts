/**
 * Pages for people without a login: the story of one message behind a link, and what a code means. HTML as text, with
 * no script and no inline style, at most 15 KB; whoever serves them sends a strict policy, the stylesheet, and takes
 * the forms' POST. A page for a key that is expired, taken back or was never given is the same to the letter.
 */
import { countText } from "../../base/size-text.ts";
import type { CodeMeaning } from "../codes/codes.ts";
import type { Story } from "../story/story.ts";
import { html, type Markup, markupText, type Piece } from "./markup.ts";
import { detailOf, factsOf, stateKind, stateText, todoOf } from "./recipient.ts";

export { PAGE_CSS } from "./page-css.ts";

/** No page is larger, in octets. What does not fit is counted instead. */
export const PAGE_BYTES = 15 * 1024;
/** For what stands below the recipients. */
const FOOT_BYTES = 2 * 1024;

export interface PageLook {
  /** Path of the file with `PAGE_CSS`. */
  readonly stylesheet: string;
  /** Stands above everything: that it is a lab's. */
  readonly notice?: string;
}

/** A button that policy allows this reader. Only ever a POST: scanners of mail follow links. */
export interface PageAction {
  readonly label: string;
  /** Path to post to. */
  readonly to: string;
  /** What it does, in a sentence beside the button. */
  readonly says: string;
  /** Hidden fields, such as a token against forged requests. */
  readonly fields?: Readonly<Record<string, string>>;
}

export interface StoryLook extends PageLook {
  /** IANA name of the zone of clock times; the one the story was told in. */
  readonly zone: string;
  /** Moment of telling, as the story's `now`. */
  readonly now: Story["acceptedAt"];
  /** When the link ends. */
  readonly until?: Story["acceptedAt"];
  readonly actions?: readonly PageAction[];
}

/** `story` told with a tenant's eyes. */
export function storyPage(story: Story, look: StoryLook): string {
  const [only, ...others] = story.recipients;
  if (only === undefined) return gonePage(look);
  const alone = others.length === 0;
  const title = alone ? only.line : `Your message to ${countText(story.recipients.length)} recipients`;
  const foot = html`${factsOf(story, look)}${(look.actions ?? []).map(actionForm)}${footOf(look, story)}`;
  const room = PAGE_BYTES - FOOT_BYTES - lengthOf(foot);
  const blocks: Markup[] = [];
  let used = lengthOf(html`${title}`) * 2;
  for (const recipient of story.recipients) {
    const block = html`${alone ? null : html`<h2>${recipient.to}</h2><p><span class="${stateKind(recipient)}">${stateText(recipient)}</span> ${recipient.line}</p>`}${todoOf(recipient)}${detailOf(recipient, look)}`;
    used += lengthOf(block);
    if (used > room) break;
    blocks.push(block);
  }
  const left = story.recipients.length - blocks.length;
  const more =
    left === 0
      ? null
      : html`<p>${alone ? "The details of this message do not fit on this page." : `And ${countText(left)} more recipients, whose stories do not fit on this page.`}</p>`;
  return page(
    title,
    look,
    html`${alone ? html`<p class="state ${stateKind(only)}">${stateText(only)}</p>` : null}<h1>${title}</h1>${blocks}${more}${foot}`,
  );
}

/** What a code means, who can do something about it, how, and how long it lasts. For whoever reads a bounce. */
export function codePage({ code, means, who, fix, lasts }: CodeMeaning, look: PageLook): string {
  const can = { you: "Whoever runs the mail server", sender: "Whoever sent the message", nobody: "Nobody needs to" }[who];
  return page(
    `${code}: ${means}`,
    look,
    html`<h1><span class="id">${code}</span> ${means}</h1>
<dl><dt>Who can do something</dt><dd>${can}</dd><dt>What to do</dt><dd>${fix}</dd><dt>How long it lasts</dt><dd>${lasts}</dd></dl>
<p class="foot">Show this page, with the whole reply that named the code, to whoever runs your mail server.</p>`,
  );
}

/** The same for a link that has ended, was taken back, or never was. */
export function gonePage(look: PageLook): string {
  return page(
    "There is nothing here",
    look,
    html`<h1>There is nothing here</h1>
<p>A link to a message lasts 30 days and can be taken back. This one has ended, or it was not copied whole.</p>
<p>Ask whoever runs your mail server, and name the reference that stood beside the link.</p>`,
  );
}

function actionForm({ label, to, says, fields = {} }: PageAction): Markup {
  const hidden = Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`);
  return html`<form method="post" action="${to}">${hidden}<p>${says}</p><button type="submit">${label}</button></form>`;
}

function footOf(look: StoryLook, story: Story): Markup {
  const day = (at: number): string => new Date(at).toISOString().slice(0, 16).replace("T", " ");
  return html`<p class="foot">As of ${day(look.now)} UTC; clock times above are ${story.zone}. ${
    look.until === undefined ? null : `This link ends ${day(look.until)} UTC.`
  }</p>`;
}

function page(title: string, { stylesheet, notice }: PageLook, body: Piece): string {
  return markupText(html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><meta name="referrer" content="no-referrer"><title>${title}</title>
<link rel="stylesheet" href="${stylesheet}"></head><body>${notice === undefined ? null : html`<p class="notice">${notice}</p>`}<main>${body}</main></body></html>
`);
}

function lengthOf(markup: Markup): number {
  return Buffer.byteLength(markupText(markup));
}
