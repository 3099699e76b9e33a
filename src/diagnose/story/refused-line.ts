/** The line of a refusal, told from its one event: what was said, by which rule, and who still has the message. */
import type { WallMs } from "../../base/clock.ts";
import type { ZoneClock } from "../../base/time-text.ts";
import { replyLine } from "../../model/reply.ts";
import { type CodeMeaning, findCode } from "../codes/codes.ts";
import { forWhom, lastOf } from "./phrases.ts";
import type { Sentence } from "./sentence.ts";
import type { StoryRemedy, Trail } from "./story.ts";

export function refusedLine(trail: Trail, state: Trail["now"] & { readonly k: "refused" }, clock: ZoneClock, now: WallMs): Sentence {
  const body = lastOf(trail.events, "refused");
  const head = `Refused ${forWhom(trail)} at ${clock.moment(state.at, now)}`;
  if (body?.kind !== "refused") return { head, remedy: null, advises: false };
  const meaning = findCode(body.code ?? body.reply.text);
  const holder = body.source ?? trail.source;
  const kept = body.reply.code >= 500 ? `${holder} has the message or bounced it` : `${holder} keeps it and tries again`;
  const why = meaning === undefined ? `we said "${replyLine(body.reply)}"` : `${clauseFor(meaning, body.sender)} (${meaning.code})`;
  const remedy = meaning === undefined ? null : remedyOf(meaning, trail);
  return { head, cause: `${why}; ${kept}`, remedy, ...(meaning === undefined ? { advises: false } : {}) };
}

/** `max@srv3 is locked` where the sender is known. */
function clauseFor({ clause, means }: CodeMeaning, sender: string | undefined): string {
  if (clause !== undefined) return clause.replace("SENDER", sender ?? "the account");
  return `${means.charAt(0).toLowerCase()}${means.slice(1).replace(/\.$/, "")}`;
}

/** What the operator would do is for a tenant to ask for. */
function remedyOf({ who, fix }: CodeMeaning, { eyes, id }: Trail): StoryRemedy | null {
  switch (who) {
    case "nobody":
      return null;
    case "sender":
      return { who: "sender", text: fix, link: null };
    case "you":
      return eyes === "tenant"
        ? { who: "tenant", text: `ask your provider, and name ${id}`, link: null }
        : { who: "operator", text: fix, link: null };
  }
}
