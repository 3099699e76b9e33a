/** From a reply to its diagnosis: the rules in their order, then the codes. */
import type { Diagnosis, ReplyClass } from "../../model/diagnosis.ts";
import type { Reply } from "../../model/reply.ts";
import { findByHost } from "./providers.ts";
import { wordsOf } from "./reading/words.ts";
import type { Where } from "./replies.ts";
import { type Rule, USUAL } from "./rule.ts";
import { indexRules } from "./rule-index.ts";
import { LAST_WORDS, NOTICE_WORDS } from "./rules/notice-words.ts";
import { PHRASES } from "./rules/phrases.ts";
import { PROVIDER_WORDS } from "./rules/provider-words.ts";
import { statedWait, statedZone } from "./stated.ts";
import { BY_CODE, BY_ENHANCED } from "./status-codes.ts";

const INDEX = indexRules([...PROVIDER_WORDS, ...NOTICE_WORDS, ...PHRASES, ...LAST_WORDS]);
/** A reply's text beyond this says nothing new. */
const MOST_TEXT = 4000;

export function readReply(reply: Reply, where: Where): Diagnosis {
  const provider = where.host === undefined ? undefined : findByHost(where.host);
  const speaker = provider === undefined ? [] : [provider.key, provider.family ?? provider.key];
  const text = reply.text.slice(0, MOST_TEXT);
  const enhanced = reply.enhanced?.slice(2) ?? "";
  const asked = { words: wordsOf(text), text: text.toLowerCase(), code: String(reply.code), enhanced, speaker };
  const who = provider?.name ?? where.host ?? "the receiver";
  const rule = INDEX.first(asked) ?? byCodes(reply, enhanced);
  return said(rule, { ...reply, text }, who, provider?.name);
}

/** A code of the 4th hundred never says that a mailbox does not exist: it may tomorrow. */
function byCodes(reply: Reply, enhanced: string): Rule {
  const [kind, confidence] = BY_ENHANCED[enhanced] ?? BY_CODE[reply.code] ?? (["other", 0.3] as const);
  const doubtful = reply.code >= 400 && reply.code < 500 && kind === "badrcpt";
  return {
    id: `code-${reply.enhanced ?? reply.code}`,
    class: kind,
    confidence: doubtful ? confidence / 2 : confidence,
    from: "RFC 3463",
    example: "",
  };
}

function said(rule: Rule, reply: Reply, who: string, provider: string | undefined): Diagnosis {
  const kind: ReplyClass = rule.class;
  const usual = USUAL[kind];
  const zone = kind === "list" || kind === "repDom" ? statedZone(reply.text) : undefined;
  const waitSeconds = statedWait(reply.text);
  const fill = (text: string): string => text.replaceAll("{r}", who).replaceAll("{zone}", zone ?? "a blocklist");
  const remedy = rule.remedy ?? usual.remedy;
  const confidence = rule.confidence ?? 0.9;
  return {
    class: kind,
    scope: rule.scope ?? usual.scope,
    ...(provider !== undefined && { provider }),
    permanent: reply.code >= 500 && (rule.permanent ?? usual.final),
    ...(waitSeconds !== undefined && { waitSeconds }),
    ...(zone !== undefined && { zone }),
    rule: rule.id,
    confidence,
    cause: fill(rule.cause ?? usual.cause),
    remedy: confidence < 0.5 ? { who: "nobody", text: "" } : { ...remedy, text: fill(remedy.text) },
  };
}
