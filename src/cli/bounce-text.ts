/** What a bounce, a complaint or an automatic answer says, for people and for programs. */
import { unreachable } from "../base/brand.ts";
import type { BouncedRecipient, BounceReport } from "../mail/bounces/bounces.ts";
import { visibleLine } from "../mail/mime/mime.ts";
import { hasReturnPathForm } from "../mail/return-path/return-path.ts";
import type { Diagnosis } from "../model/diagnosis.ts";
import { sureness } from "./sureness.ts";
import { plainSigns, stateText, type Terminal } from "./terminal.ts";

/** Where a message stands: its file as it was named, and at which octet of it the message begins. */
export interface Place {
  readonly file: string;
  readonly offset: number;
}

export function bounceJson({ file, offset }: Place, report: BounceReport): object {
  const { original } = report;
  return {
    ...{ file, offset, kind: report.kind, from: report.from },
    recipients: report.recipients.map((one) => ({
      ...{ address: one.address, action: one.action, status: one.status ?? null, reply: one.reply ?? null },
      ...{ diagnostic: one.diagnostic ?? null, ...meaningJson(meaningOf(report, one)) },
      ...{ host: one.host ?? null, command: one.command ?? null, originalRecipient: one.originalRecipient ?? null },
    })),
    feedbackType: report.feedbackType ?? null,
    original:
      original === undefined
        ? null
        : {
            ...{ messageId: original.messageId ?? null, from: original.from ?? null, to: original.to ?? null },
            ...{ subject: original.subject ?? null, returnPath: original.returnPath ?? null },
          },
    token: tokenOf(report) ?? null,
    ...(report.cut && { cut: true }),
  };
}

function meaningJson(meaning: Diagnosis | undefined): object {
  if (meaning === undefined) return { class: null, confidence: null, cause: null, remedy: null, who: null, permanent: null };
  const { class: kind, confidence, cause, remedy, permanent } = meaning;
  return { class: kind, confidence, cause, remedy: remedy.text === "" ? null : remedy.text, who: remedy.who, permanent };
}

/** A complaint, and mail that arrived, have no class of refusal. */
function meaningOf({ kind }: BounceReport, { action, diagnosis }: BouncedRecipient): Diagnosis | undefined {
  return kind === "dsn" && (action === "failed" || action === "delayed") ? diagnosis : undefined;
}

/** The first return path of our form. Only the node that made it can say whether it is genuine. */
function tokenOf({ tokens }: BounceReport): string | undefined {
  return tokens.find(hasReturnPathForm);
}

/** A headline for each recipient with what is known below it, then the message that it is about. */
export function bounceText(report: BounceReport, name: string, terminal: Terminal): string {
  const lines = [...headlines(report, terminal).flatMap(([head, ...below]) => [`${name}${head ?? ""}`, ...below]), ...aboutLines(report)];
  return lines.map((line) => `${plainSigns(line, terminal.unicode)}\n`).join("");
}

function headlines(report: BounceReport, terminal: Terminal): readonly (readonly string[])[] {
  const from = report.from === "" ? "" : ` from ${shown(report.from)}`;
  switch (report.kind) {
    case "none":
      return [["no bounce, complaint or automatic answer"]];
    case "autoreply":
      return [[`automatic answer${from}`]];
    case "arf": {
      const about = report.recipients.map(({ address }) => ` by ${shown(address)}`).join(",");
      return [[`complaint ${shown(report.feedbackType ?? "")}${about}`]];
    }
    case "dsn":
      return report.recipients.length === 0
        ? [[`bounce${from}, no recipient named`]]
        : report.recipients.map((one) => recipientLines(report, one, terminal));
    default:
      return unreachable(report.kind);
  }
}

const WORDS = { failed: "bounced", delayed: "delayed", delivered: "delivered", relayed: "relayed", expanded: "expanded" } as const;
const STATES = { failed: "bounced", delayed: "queued", delivered: "delivered", relayed: "relayed", expanded: "delivered" } as const;

function recipientLines(report: BounceReport, one: BouncedRecipient, terminal: Terminal): readonly string[] {
  const state = terminal.colour ? stateText(STATES[one.action], WORDS[one.action], terminal) : WORDS[one.action];
  const meaning = meaningOf(report, one);
  const codes = [one.reply, one.status].filter((code) => code !== undefined).join(" ");
  const facts = [`${state} ${shown(one.address)}`, ...(meaning === undefined ? [] : [sureness(meaning)]), ...(codes === "" ? [] : [codes])];
  const lines = [facts.join(" · ")];
  if (meaning !== undefined && meaning.class !== "other") lines.push(`  Why  ${shown(meaning.cause)}`);
  if (meaning !== undefined && meaning.remedy.text !== "") lines.push(`  Do   ${meaning.remedy.who}: ${shown(meaning.remedy.text)}`);
  if (one.diagnostic !== undefined)
    lines.push(`  Said ${shown(one.diagnostic, SAID_MAX)}${one.host === undefined ? "" : ` (${shown(one.host)})`}`);
  if (one.originalRecipient !== undefined) lines.push(`  For  ${shown(one.originalRecipient)}`);
  return lines;
}

function aboutLines({ original, ...report }: BounceReport): readonly string[] {
  const token = tokenOf(report);
  const about = [original?.messageId, original?.subject === undefined ? undefined : `"${original.subject}"`].filter(
    (part) => part !== undefined,
  );
  return [
    ...(about.length === 0 ? [] : [`  Of   ${about.map((part) => shown(part, SUBJECT_MAX)).join(" ")}`]),
    ...(token === undefined ? [] : [`  Path ${shown(token)}`]),
    ...(report.cut ? ["  Cut  it is longer than is kept of a report; something was left out"] : []),
  ];
}

/** Longer than any address or id; what is longer is an attack on the terminal. */
const SHOWN_MAX = 1_000;
const SAID_MAX = 500;
const SUBJECT_MAX = 200;

/** Addresses, ids and names come from strangers. */
export function shown(text: string, most = SHOWN_MAX): string {
  return visibleLine(text, most);
}
