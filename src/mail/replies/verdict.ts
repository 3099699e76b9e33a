/** From a reply to its diagnosis; the order in which it is asked is explained in `rules/order.ts`. */
import type { Diagnosis, Remedy, ReplyClass } from "../../model/diagnosis.ts";
import type { Stage } from "../../model/outcome.ts";
import type { Reply } from "../../model/reply.ts";
import { wordsOf } from "./reading/words.ts";
import type { Where } from "./replies.ts";
import { type Rule, USUAL } from "./rule.ts";
import { type Asked, indexRules } from "./rule-index.ts";
import { SPECIFIC, VAGUE } from "./rules/order.ts";
import { speakerOf } from "./speaker.ts";
import { statedWait, statedZone } from "./stated.ts";
import { type Read, readCode, readEnhanced, readSpecific } from "./status-codes.ts";

const FIRST = indexRules(SPECIFIC);
const LAST = indexRules(VAGUE);
/** A reply's text beyond this says nothing new. */
const MOST_TEXT = 4000;

export function readReply(reply: Reply, where: Where): Diagnosis {
  const text = reply.text.slice(0, MOST_TEXT);
  const provider = speakerOf(where.host, where.upstream === true, text);
  const enhanced = tellingCode(reply.enhanced, text);
  const asked: Asked = {
    words: wordsOf(text),
    text: text.toLowerCase(),
    code: String(reply.code === 0 && enhanced !== undefined ? enhanced[0] : reply.code),
    enhanced: enhanced?.slice(2) ?? "",
    speaker: provider === undefined ? [] : [provider.key, provider.family ?? provider.key],
    ...(where.stage !== undefined && { stage: where.stage }),
  };
  const rule = FIRST.first(asked) ?? named(enhanced) ?? LAST.first(asked) ?? guessed(reply.code, enhanced, where);
  const read = said(rule, { ...reply, text, ...(enhanced !== undefined && { enhanced }) }, provider?.name ?? where.host, provider?.name);
  // Who greets so has not heard of any message yet: there is nothing in one to mend.
  return read.remedy.who === "sender" && where.stage !== undefined && BEFORE_MAIL.has(where.stage) ? { ...read, remedy: NOTHING } : read;
}

const BEFORE_MAIL: ReadonlySet<Stage> = new Set<Stage>(["connect", "banner", "ehlo", "tls", "auth"]);
const NOTHING: Remedy = { who: "nobody", text: "" };

/** Relays quote the receiver's code behind one of their own that says nothing: `5.1.0 - Unknown address error '5.2.2 …`. */
function tellingCode(own: string | undefined, text: string): string | undefined {
  if (own !== undefined && !SAYS_NOTHING.test(own)) return own;
  for (const [found] of text.matchAll(ENHANCED)) if (!SAYS_NOTHING.test(found) && readSpecific(found) !== undefined) return found;
  return own;
}
const SAYS_NOTHING = /^\d\.(?:\d\.0|1\.351)$/;
const ENHANCED = /(?<![\d.])[45]\.[0-7]\.\d{1,3}(?![\w]|\.\d)/g;

function named(enhanced: string | undefined): Rule | undefined {
  const read = enhanced === undefined ? undefined : readSpecific(enhanced);
  return read && fromCode(`code-${enhanced}`, read);
}

function guessed(code: number, enhanced: string | undefined, { stage }: Where): Rule {
  const read = enhanced === undefined ? undefined : readEnhanced(enhanced);
  // `5.7.1` and the like only say that something was refused; at the dialogue's beginning that concerns the address.
  const placed = readCode(code, stage);
  if (read !== undefined && !(read[1] <= 0.5 && stage !== undefined && placed !== undefined)) return fromCode(`code-${enhanced}`, read);
  return fromCode(`code-${code}`, placed ?? ["other", 0.3]);
}

function fromCode(id: string, [kind, confidence, scope]: Read): Rule {
  return { id, class: kind, confidence, ...(scope !== undefined && { scope }), from: "RFC 3463, RFC 5321", example: "" };
}

/** A time in such a reply is how long it was tried, or how old something is. */
const NOTHING_TO_WAIT_FOR: ReadonlySet<ReplyClass> = new Set(["badrcpt", "expired", "network", "full", "size", "suspended", "proto"]);

function said(rule: Rule, reply: Reply, who = "the receiver", provider: string | undefined): Diagnosis {
  const kind: ReplyClass = rule.class;
  const usual = USUAL[kind];
  const zone = kind === "list" || rule.zone !== undefined || rule.byList ? (statedZone(reply.text) ?? rule.zone) : undefined;
  const waitSeconds = NOTHING_TO_WAIT_FOR.has(kind) ? undefined : statedWait(reply.text);
  const fill = (text: string): string => text.replaceAll("{r}", who).replaceAll("{zone}", zone ?? "a blocklist");
  const remedy = rule.remedy ?? usual.remedy;
  const confidence = rule.confidence ?? 0.9;
  const isFinal = reply.code >= 500 || (reply.code === 0 && reply.enhanced?.startsWith("5") === true);
  return {
    class: kind,
    scope: rule.scope ?? usual.scope,
    ...(provider !== undefined && { provider }),
    permanent: isFinal && (rule.permanent ?? usual.final),
    ...(waitSeconds !== undefined && { waitSeconds }),
    ...(zone !== undefined && { zone }),
    rule: rule.id,
    confidence,
    cause: fill(rule.cause ?? usual.cause),
    remedy: confidence < 0.5 ? NOTHING : { ...remedy, text: fill(remedy.text) },
  };
}
