/**
 * What a host said and what we read in it, as clauses for the middle of a sentence. The receiver is quoted where we do
 * not understand; our reading carries its doubt: "probably" below 0.8, no advice below 0.5.
 */
import type { Diagnosis, Who } from "../../model/diagnosis.ts";
import type { LocalFault } from "../../model/outcome.ts";
import { type Reply, replyLine } from "../../model/reply.ts";
import type { Eyes, StoryRemedy } from "./story.ts";

/** From here on a reading stands without "probably". */
const SURE = 0.8;
/** Below it nothing is claimed and nothing advised. */
const RECOGNISED = 0.5;

/** The parts of an event that a reading is made from. */
export interface Said {
  readonly attempt?: { readonly host: string };
  readonly reply?: Reply;
  readonly fault?: LocalFault;
  readonly why?: string;
  readonly diagnosis?: Diagnosis;
}

export interface Reading {
  readonly clause: string;
  readonly confidence: number | null;
  readonly remedy: StoryRemedy | null;
}

export function readingOf(said: Said): Reading {
  const { diagnosis, reply } = said;
  const confidence = diagnosis?.confidence ?? null;
  const cause = diagnosis === undefined ? undefined : causeText(diagnosis);
  if (diagnosis === undefined || cause === undefined)
    return {
      clause: `${quoted(said)}${diagnosis === undefined || reply === undefined ? "" : " (not recognised)"}`,
      confidence,
      remedy: null,
    };
  const codes = reply === undefined ? "" : ` (${[reply.code, reply.enhanced].filter((part) => part !== undefined).join(" ")})`;
  return { clause: `${cause}${codes}`, confidence, remedy: remedyOf(diagnosis) };
}

/** Undefined where the reading is too doubtful to be told. */
export function causeText({ cause, confidence }: Diagnosis): string | undefined {
  if (confidence < RECOGNISED || cause === "") return undefined;
  return confidence < SURE ? `probably ${cause}` : cause;
}

function remedyOf({ remedy, confidence }: Diagnosis): StoryRemedy | null {
  if (confidence < RECOGNISED || remedy.who === "nobody" || remedy.text === "") return null;
  return { who: remedy.who, text: remedy.text, link: remedy.link ?? null };
}

/** The other side's words with who said them, or what kept us from hearing any. */
function quoted({ attempt, reply, fault, why }: Said): string {
  const host = attempt?.host || undefined;
  if (reply !== undefined) return `${host ?? "the receiver"} said "${replyLine(reply)}"`;
  if (fault === undefined) return why ?? "no reason recorded";
  return `${host === undefined ? "" : `${host}: `}${fault.text}${fault.text.includes(fault.code) ? "" : ` (${fault.code})`}`;
}

const WHO_OPERATOR: Readonly<Record<Who, string>> = {
  operator: "You",
  tenant: "Sender",
  sender: "Sender",
  recipient: "Receiver",
  receiver: "Receiver",
  nobody: "",
};
const WHO_TENANT: Readonly<Record<Who, string>> = {
  operator: "Your provider",
  tenant: "You",
  sender: "You",
  recipient: "Receiver",
  receiver: "Receiver",
  nobody: "",
};

/** `Sender: correct the address`. The line takes the first clause; the whole text stands in the remedy itself. */
export function todoText(remedy: StoryRemedy | null, eyes: Eyes): string {
  if (remedy === null) return "Nothing to do";
  return `${whoText(remedy.who, eyes)}: ${remedy.text.split(/[.;] /, 1)[0]?.replace(/\.+$/, "")}`;
}

/** Who that is to the reader: `You`, `Sender`, `Receiver`, `Your provider`. */
export function whoText(who: Who, eyes: Eyes): string {
  return (eyes === "tenant" ? WHO_TENANT : WHO_OPERATOR)[who];
}
