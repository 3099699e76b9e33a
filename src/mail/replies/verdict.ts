/** From a reply to its diagnosis: the rules in their order, then the codes. */
import type { Diagnosis, ReplyClass } from "../../model/diagnosis.ts";
import type { Reply } from "../../model/reply.ts";
import { findByHost } from "./providers.ts";
import { wordsOf } from "./reading/words.ts";
import type { Where } from "./replies.ts";
import { type Rule, USUAL } from "./rule.ts";
import { indexRules } from "./rule-index.ts";
import { PHRASES } from "./rules/first.ts";
import { BY_ENHANCED } from "./status-codes.ts";

const INDEX = indexRules(PHRASES);

export function readReply(reply: Reply, where: Where): Diagnosis {
  const provider = where.host === undefined ? undefined : findByHost(where.host);
  const speaker = provider === undefined ? [] : [provider.key, provider.family ?? provider.key];
  const rule = INDEX.first({ words: wordsOf(reply.text), text: reply.text.toLowerCase(), code: String(reply.code), speaker });
  const who = provider?.name ?? where.host ?? "the receiver";
  if (rule !== undefined) return said(rule, reply, who, provider?.name);
  const [kind, confidence] = BY_ENHANCED[reply.enhanced?.slice(2) ?? ""] ?? (["other", 0.3] as const);
  return said(
    { id: `code-${reply.enhanced ?? reply.code}`, class: kind, confidence, says: [], from: "", example: "" },
    reply,
    who,
    provider?.name,
  );
}

function said(rule: Rule, reply: Reply, who: string, provider: string | undefined): Diagnosis {
  const kind: ReplyClass = rule.class;
  const usual = USUAL[kind];
  const fill = (text: string): string => text.replaceAll("{r}", who).replaceAll("{zone}", "a blocklist");
  const remedy = rule.remedy ?? usual.remedy;
  return {
    class: kind,
    scope: rule.scope ?? usual.scope,
    ...(provider !== undefined && { provider }),
    permanent: reply.code >= 500 && (rule.permanent ?? usual.final),
    rule: rule.id,
    confidence: rule.confidence ?? 0.9,
    cause: fill(rule.cause ?? usual.cause),
    remedy: { ...remedy, text: fill(remedy.text) },
  };
}
