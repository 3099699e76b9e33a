/** From what a report says of a recipient to what it means: codes found, the diagnosis asked for, the text made one line. */
import type { Diagnosis } from "../../model/diagnosis.ts";
import { diagnoseText, type Where } from "../replies/replies.ts";
import { DIAGNOSTIC_MAX } from "./limits.ts";
import { factsIn, stageOf } from "./reply-in-text.ts";
import type { Action, BouncedRecipient } from "./report.ts";
import { nearestReply, statedReason, withoutStep } from "./stated-reason.ts";

export interface Told {
  readonly address: string;
  readonly originalRecipient?: string | undefined;
  readonly action: Action;
  /** As a field says it. */
  readonly status?: string | undefined;
  readonly diagnostic: string;
  /** More of the reporter's words, asked where the diagnostic says too little. */
  readonly around?: string | undefined;
  readonly host?: string | undefined;
}

/**
 * Of so many recipients the words around are asked too. A report to thousands says it beside each; one that does not would
 * cost a second's thought for nothing.
 */
const AROUND_MAX = 50;

/** What one report says of its recipients. The same words are judged once. */
export function understoodAll(all: readonly Told[]): BouncedRecipient[] {
  let before: { readonly told: Told; readonly found: BouncedRecipient } | undefined;
  return all.map((one, nth) => {
    const told = nth < AROUND_MAX ? one : { ...one, around: undefined };
    if (before !== undefined && saysTheSame(before.told, told)) {
      const { originalRecipient: _, ...found } = before.found;
      return {
        ...found,
        address: told.address,
        ...(told.originalRecipient !== undefined && { originalRecipient: told.originalRecipient }),
      };
    }
    const found = understood(told);
    before = { told, found };
    return found;
  });
}

function saysTheSame(a: Told, b: Told): boolean {
  return a.diagnostic === b.diagnostic && a.around === b.around && a.status === b.status && a.host === b.host && a.action === b.action;
}

function understood(told: Told): BouncedRecipient {
  const nearest = nearestReply(told.diagnostic);
  const facts = factsIn(nearest);
  const more = told.around === undefined ? undefined : factsIn(told.around);
  const status = surest(facts.besideCode, told.status, facts.status, more?.besideCode, more?.status);
  const code = facts.code ?? more?.code;
  const host = facts.host ?? told.host ?? more?.host;
  const command = facts.command ?? more?.command;
  // `X-Unix; 77` is no reason that anybody can read.
  const diagnostic = oneLine(/\p{L}{2,}/u.test(told.diagnostic) ? told.diagnostic : `${told.diagnostic} ${told.around ?? ""}`);
  const diagnosis = meaning(nearest === told.diagnostic ? diagnostic : oneLine(nearest), oneLine(told.around ?? ""), {
    code,
    status,
    host,
    command,
    action: told.action,
  });
  return {
    address: told.address,
    action: told.action,
    ...(status !== undefined && { status }),
    ...(code !== undefined && { reply: code }),
    ...(diagnostic !== "" && { diagnostic }),
    diagnosis,
    ...(host !== undefined && { host }),
    ...(command !== undefined && { command }),
    ...(told.originalRecipient !== undefined && { originalRecipient: told.originalRecipient }),
  };
}

interface Known {
  readonly code: number | undefined;
  readonly status: string | undefined;
  readonly host: string | undefined;
  readonly command: string | undefined;
  readonly action: Action;
}

function meaning(diagnostic: string, around: string, { code, status, host, command, action }: Known): Diagnosis {
  const stage = stageOf(command);
  const where: Where = { ...(host !== undefined && { host }), ...(stage !== undefined && { stage }) };
  const known = { ...(code !== undefined && { code }), ...(status !== undefined && { enhanced: status }) };
  const ask = (text: string): Diagnosis =>
    diagnoseText(words(text), where, code === undefined && status !== undefined ? { ...known, code: Number(`${status[0]}50`) } : known);
  const { reason, waiting } = statedReason(diagnostic);
  // Where nothing was said the codes speak; where only waiting was told, it does.
  const spoken = reason === "" && waiting !== "" ? undefined : clearer(reason, ask);
  // Trouble that would have passed is a reason to wait; where the waiting was given up, that is what happened.
  const gaveUp = spoken?.class === "sysbusy" && action === "failed" && waiting !== "";
  const isNoReason = spoken === undefined || (spoken.class === "other" && waiting !== "");
  const first = isNoReason || gaveUp ? diagnoseText(waiting, where) : spoken;
  if (around === "" || (isOfWords(first) && !isVague(first))) return first;
  const second = clearer(`${reason} ${statedReason(around).reason}`, ask);
  return second.confidence > first.confidence && (isOfWords(second) || !isOfWords(first)) ? second : first;
}

/** The step of the dialogue is left out where it is all that was understood, and something else was said. */
function clearer(text: string, ask: (text: string) => Diagnosis): Diagnosis {
  const found = ask(text);
  if (!isVague(found)) return found;
  const other = ask(withoutStep(text));
  return isOfWords(other) ? other : found;
}

/** Not read from a code alone. */
function isOfWords({ rule, class: kind }: Diagnosis): boolean {
  return kind !== "other" && !rule.startsWith("code-");
}

/** Words such as "try again later": the words around are asked too. */
function isVague(diagnosis: Diagnosis): boolean {
  return isOfWords(diagnosis) && diagnosis.confidence < VAGUE;
}
const VAGUE = 0.65;

/** Of several codes the first that names a detail; the reply's own comes before the field, where reporters often say only "expired". */
function surest(...found: readonly (string | undefined)[]): string | undefined {
  const all = found.filter((code) => code !== undefined);
  return all.find((code) => !/\.0\.0$/.test(code)) ?? all[0];
}

/** Without the codes, which the diagnosis gets apart; a reply of several lines repeats them in each. */
function words(text: string): string {
  return text
    .replace(/^(?:<?[^\s<>]{1,320}@[^\s<>]{1,320}>?:?\s+)?[245]\d\d[ -](?:#?[245]\.\d{1,3}\.\d{1,3}\s+)?/, "")
    .replace(/(?<=^|\s)([245])\d\d[ -]\1\.\d{1,3}\.\d{1,3}(?=\s|$)/g, "")
    .replace(/ {2,}/g, " ")
    .trim();
}

function oneLine(text: string): string {
  return text
    .slice(0, DIAGNOSTIC_MAX * 2)
    .replace(/[\p{Cc}\s\u2028\u2029]+/gu, " ")
    .trim()
    .slice(0, DIAGNOSTIC_MAX)
    .toWellFormed();
}
