/** Stories as the API answers them: told for the eyes of whoever asks, one recipient at the top. */
import type { WallMs } from "../../base/clock.ts";
import { type Eyes, type MessageRecord, type Now, type RecipientStory, type Story, tellStory } from "../../diagnose/story/story.ts";
import { idOf, type MessageKey } from "../../model/ids.ts";
import type { View } from "../../model/view.ts";
import type { NodeFace } from "./node-face.ts";
import type { ReplyOf } from "./routes.ts";
import { iso, isoOrNull } from "./wire-form.ts";

type NowReply = ReplyOf<"message">["now"];

export function eyesOf(view: View): Eyes {
  return view.sees === "all" ? "operator" : "tenant";
}

export interface Told {
  readonly now: WallMs;
  readonly zone: string;
  readonly only?: number;
}

/** Of several messages. */
export function storiesOf(
  node: NodeFace,
  view: View,
  found: readonly { readonly key: MessageKey; readonly record: MessageRecord | undefined }[],
  told: Told,
): readonly Story[] {
  const closed = node.closedSites();
  const upstreams = node.upstreams?.() ?? new Set();
  return found.flatMap(({ key, record }) =>
    record === undefined
      ? []
      : tellStory(record, {
          ...{ id: idOf(key, node.number), now: told.now, zone: told.zone, closed, upstreams, eyes: eyesOf(view) },
          ...(told.only === undefined ? {} : { only: told.only }),
        }),
  );
}

/** The first recipient that is still open at the top, else the first. Undefined without recipients. */
export function storyReply(story: Story): ReplyOf<"message"> | undefined {
  const chosen = story.recipients.find(({ now }) => now.k === "queued" || now.k === "held") ?? story.recipients[0];
  if (chosen === undefined) return undefined;
  const { id, from, sender, source, tenant, bytes, messageId, peer, zone } = story;
  return {
    ...{ id, acceptedAt: iso(story.acceptedAt), from, sender, source, tenant, class: story.class, bytes, messageId },
    ...{ peer: { ip: peer.ip, helo: peer.helo, tls: peer.tls, login: peer.login }, zone },
    recipients: story.recipients.map((recipient) => ({ rcpt: recipient.rcpt, to: recipient.to, ...toldOfOne(recipient) })),
    ...toldOfOne(chosen),
  };
}

/** What is kept is shorter by far: more was written by something else than this program. */
const MOST_TEXT = 16_384;

function cut(text: string): string {
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT).toWellFormed()} … cut here`;
}

function toldOfOne({ line, now, totalMs, steps, parts, remedy, cause, confidence, back }: RecipientStory) {
  return {
    ...{ line, now: nowReply(now), totalMs, cause: cause && cut(cause), confidence },
    steps: steps.map(({ at, ms, text, quote, by, event, dialogue, ref, confidence: sure }) => ({
      ...{ at: iso(at), ms, text: cut(text), quote: quote && cut(quote), by, event, dialogue: dialogue && cut(dialogue) },
      ...{ ref, confidence: sure },
    })),
    parts: parts.map(({ what, ms }) => ({ what, ms })),
    remedy: remedy === null ? null : { who: remedy.who, text: remedy.text, link: remedy.link },
    back: back === null ? null : { at: iso(back.at), what: back.what },
  };
}

export function nowReply(now: Now): NowReply {
  return {
    k: now.k,
    due: "due" in now ? isoOrNull(now.due) : null,
    attempts: "attempts" in now ? now.attempts : null,
    inDoubt: "inDoubt" in now ? now.inDoubt : null,
    expiresAt: "expiresAt" in now ? iso(now.expiresAt) : null,
    since: "since" in now ? iso(now.since) : null,
    at: "at" in now ? iso(now.at) : null,
    possiblyTwice: "possiblyTwice" in now ? now.possiblyTwice : null,
    why: "why" in now ? now.why : null,
    code: "code" in now ? now.code : null,
  };
}

/** Of a message to many, only the lines of the address that was asked for; all of them where it is the sender. */
export function forAddress(story: Story, address: string): ReplyOf<"messages">["messages"][number] {
  const wanted = address.toLowerCase();
  const asRecipient = story.recipients.filter(({ to }) => to.toLowerCase() === wanted);
  const recipients = (asRecipient.length > 0 ? asRecipient : story.recipients).map(({ rcpt, to, line, now }) => ({
    rcpt,
    to,
    line,
    now: nowReply(now),
  }));
  const { id, acceptedAt, from, sender, source, bytes } = story;
  return { id, acceptedAt: iso(acceptedAt), from, sender, source, bytes, recipients };
}
