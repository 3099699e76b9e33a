/** Where is it, and why: search, stories, content, explanations. */
import type { WallMs } from "../../../base/clock.ts";
import { previewOf } from "../../../mail/mime/mime.ts";
import { diagnoseText } from "../../../mail/replies/replies.ts";
import { idOf, timeOfKey } from "../../../model/ids.ts";
import { type Answers, type Asked, identityOf, viewOf } from "../asked.ts";
import { exported } from "../export.ts";
import { findPasted } from "../find.ts";
import { heldHtml } from "../held-html.ts";
import { parseQuery } from "../query-text.ts";
import { ownReference, readSpan } from "../reference.ts";
import { notFound, Refused, wired } from "../refused.ts";
import type { mailRoutes } from "../routes/mail.ts";
import { type Asks, searchPage, tallyOf } from "../search-pages.ts";
import { diagnosisReply, historyRow, tallyReply } from "../shapes.ts";
import { forAddress, storiesOf, storyReply } from "../story-shape.ts";
import { rowSeen } from "../tenant-sees.ts";
import { isFresh } from "../who-asks.ts";
import { iso, wired as written } from "../wire-form.ts";
import { textReply } from "./node.ts";

/** More than this in one file wants a fresh proof of who asks. */
const MANY_ROWS = 10_000;
/** A document of its own that runs and loads nothing, whatever stands in it. */
const FRAME_POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'";

/** Names in it are not even looked up ahead of a click. */
const FRAME_HEADERS = { "content-security-policy": FRAME_POLICY, "x-frame-options": "SAMEORIGIN", "x-dns-prefetch-control": "off" };

export const mailAnswers: Answers<keyof typeof mailRoutes> = {
  search: async (asked, { q, limit, after, zone }) => {
    const { node, now } = asked;
    const view = viewOf(asked);
    const read = readQuery(q, now, zone);
    const page = await searchPage(node, view, read, { limit, ...(after === undefined ? {} : { after }) }, now);
    return {
      rows: page.rows.map((row) => historyRow(rowSeen(row, view, node), node.number, now)),
      next: page.next ?? null,
      searchedBackTo: iso(page.searchedBackTo),
      tookMs: page.tookMs,
      query: { terms: { ...written(read.query), ...(read.either === undefined ? {} : { either: read.either }) }, readable: read.readable },
      // Changes are worth following only where what happens now can match.
      live: read.query.until === undefined || read.query.until > now,
    };
  },

  tally: async (asked, { q, zone }) => tallyReply(await tallyOf(asked.node, viewOf(asked), readQuery(q, asked.now, zone), asked.now)),

  export: async (asked, { q, form, most, zone }) => {
    const view = viewOf(asked);
    const asks = readQuery(q, asked.now, zone);
    if (most > MANY_ROWS) isFresh(identityOf(asked));
    return exported(asked, view, asks, form, most);
  },

  messages: async (asked, { address, past, limit, zone }) => {
    const { node, now } = asked;
    const view = viewOf(asked);
    const since = past === undefined ? 0 : now - readSpan("past", past);
    const wanted = (await node.messagesOf(view, address, limit + 1)).filter((key) => timeOfKey(key) >= since);
    const found = await Promise.all(wanted.slice(0, limit).map(async (key) => ({ key, record: await node.message(view, key) })));
    const stories = storiesOf(node, view, found, { now, zone });
    return { messages: stories.map((story) => forAddress(story, address)), more: wanted.length > limit };
  },

  message: async (asked, { id, zone }) => {
    const { node, now } = asked;
    const view = viewOf(asked);
    const reference = ownReference(id, node);
    const record = await node.message(view, reference.message);
    const only = reference.rcpt === undefined ? {} : { only: reference.rcpt };
    const [story] = storiesOf(node, view, [{ key: reference.message, record }], { now, zone, ...only });
    const reply = story && storyReply(story);
    if (reply === undefined)
      throw notFound(`no trace of ${idOf(reference.message, node.number)}`, "its events may be past their retention");
    return reply;
  },

  content: async (asked, { id }) => ({ raw: await contentOf(asked, id), type: "message/rfc822" }),

  preview: async (asked, { id }) => {
    const { subject, from, to, date, text, html, attachments } = await previewOf(await contentOf(asked, id, "shown"));
    const some = (value: string): string | null => (value === "" ? null : value);
    return {
      ...{
        subject: some(subject),
        from: some(from),
        to: some(to),
        date: some(date),
        text: some(text),
        html: html === null ? null : heldHtml(html),
      },
      attachments: attachments.map((part) => ({ name: some(part.name), type: part.type, bytes: part.bytes })),
    };
  },

  frame: async (asked, { id }) => {
    const { html } = await previewOf(await contentOf(asked, id, "shown"));
    if (html === null) throw notFound("the message has no HTML part", "its text is in the preview");
    return textReply(heldHtml(html), "text/html; charset=utf-8", FRAME_HEADERS);
  },

  makeLink: async (asked, { id }) => {
    const { desk, node } = asked;
    const { message } = ownReference(id, node);
    asked.remark({ on: idOf(message, node.number) });
    if ((await node.message(viewOf(asked), message)) === undefined) throw noTrace(id);
    const made = await wired(desk.links, "link").make(message);
    if (made === undefined) throw new Refused("too-late", "the message is older than a link may be", "copy its story instead");
    return { url: `${desk.publicUrl?.() ?? ""}/s/${made.key}`, until: iso(made.until) };
  },

  revokeLink: async (asked, { id }) => {
    const { desk, node } = asked;
    const { message } = ownReference(id, node);
    asked.remark({ on: idOf(message, node.number) });
    if ((await node.message(viewOf(asked), message)) === undefined) throw noTrace(id);
    if (!(await wired(desk.links, "link").revoke(message)))
      throw new Refused("refused", "too many links were taken back in the last 30 days; this one still opens", "try again tomorrow");
    return { revoked: true };
  },

  find: async (asked, { text, zone }) => await findPasted(asked, viewOf(asked), text, zone),

  explain: async (_asked, { text, mx }) => diagnosisReply(diagnoseText(text, mx === undefined ? {} : { host: mx })),
};

/** @throws {Refused} with the place and the fix in its words. */
function readQuery(q: string, now: WallMs, zone: string): Asks {
  const read = parseQuery(q, now, zone);
  if (!read.ok) throw new Refused("bad-request", read.fault.text, read.fault.fix);
  return read;
}

function noTrace(id: string): Refused {
  return notFound(`no trace of ${id.split(".", 1)[0]}`, "its events may be past their retention");
}

/** A tenant sees what is in a message only while somebody must decide about it. @throws {Refused} */
async function contentOf(asked: Asked, id: string, how: "whole" | "shown" = "whole"): Promise<AsyncIterable<Uint8Array>> {
  const { node } = asked;
  const view = viewOf(asked);
  const { message } = ownReference(id, node);
  const mayBeShown =
    how === "whole" || view.sees === "all" || (await node.message(view, message))?.open.some(({ state }) => state === "held") === true;
  const raw = mayBeShown ? await node.content(view, message) : undefined;
  if (raw === undefined) throw notFound(`no content of ${idOf(message, node.number)} is kept`, "content goes with the last open delivery");
  return raw;
}
