/**
 * What the codes alone say, and how sure that is: RFC 3463, the IANA registry of enhanced status codes, RFC 5321 §4.2.3.
 * Receivers use most codes loosely; those that they use for one thing only are marked by their confidence.
 */
import type { ReplyClass, Scope } from "../../model/diagnosis.ts";
import type { Stage } from "../../model/outcome.ts";

/** Class, how sure, and the scope where it is not the class's usual one. */
export type Read = readonly [ReplyClass, number, Scope?];

/** At or above this a code names one thing, and goes before words that only point somewhere. */
const NAMES_IT = 0.75;

/** By the code without its first digit. */
const BY_ENHANCED: Readonly<Record<string, Read>> = {
  "1.0": ["badrcpt", 0.55],
  "1.1": ["badrcpt", 0.95],
  "1.2": ["dns", 0.8, "site"],
  "1.3": ["badrcpt", 0.85],
  "1.4": ["badrcpt", 0.75],
  "1.6": ["badrcpt", 0.9],
  "1.7": ["proto", 0.6],
  "1.8": ["dns", 0.7, "sender"],
  "1.9": ["badrcpt", 0.6],
  "1.10": ["badrcpt", 0.95, "site"],
  "2.0": ["other", 0.3],
  "2.1": ["suspended", 0.8],
  "2.2": ["full", 0.95],
  "2.3": ["size", 0.9],
  "2.4": ["policy", 0.6],
  "3.0": ["sysbusy", 0.5],
  "3.1": ["sysbusy", 0.75],
  "3.2": ["sysbusy", 0.75],
  "3.3": ["proto", 0.6],
  "3.4": ["size", 0.9],
  "3.5": ["sysbusy", 0.75],
  "3.6": ["proto", 0.5],
  "4.0": ["network", 0.5],
  "4.1": ["network", 0.75],
  "4.2": ["network", 0.75],
  "4.3": ["dns", 0.7, "site"],
  "4.4": ["dns", 0.8, "site"],
  "4.5": ["sysbusy", 0.75],
  "4.6": ["proto", 0.9],
  "4.7": ["expired", 0.9],
  "5.0": ["proto", 0.5],
  "5.1": ["proto", 0.65],
  "5.2": ["proto", 0.7],
  "5.3": ["rate", 0.8],
  "5.4": ["proto", 0.7],
  "5.5": ["proto", 0.7],
  "5.6": ["auth", 0.6],
  "6.0": ["proto", 0.5],
  "6.1": ["proto", 0.6],
  "6.2": ["proto", 0.6],
  "6.3": ["proto", 0.7],
  "6.4": ["proto", 0.6],
  "6.5": ["proto", 0.6],
  "6.6": ["policy", 0.5],
  "6.7": ["proto", 0.8],
  "6.8": ["proto", 0.7],
  "6.9": ["proto", 0.7],
  "6.10": ["proto", 0.7],
  "7.0": ["policy", 0.45],
  "7.1": ["policy", 0.5],
  "7.2": ["policy", 0.7],
  "7.3": ["policy", 0.5],
  "7.4": ["auth", 0.6],
  "7.5": ["auth", 0.5],
  "7.6": ["auth", 0.5],
  "7.7": ["proto", 0.5],
  "7.8": ["auth", 0.9],
  "7.9": ["auth", 0.7],
  "7.10": ["tls", 0.85],
  "7.11": ["tls", 0.85],
  "7.12": ["auth", 0.5],
  "7.13": ["suspended", 0.85],
  "7.14": ["auth", 0.5],
  "7.15": ["policy", 0.5],
  "7.16": ["policy", 0.5],
  "7.17": ["badrcpt", 0.75],
  "7.18": ["badrcpt", 0.75],
  "7.19": ["badrcpt", 0.5],
  "7.20": ["auth", 0.9],
  "7.21": ["auth", 0.9],
  "7.22": ["auth", 0.9],
  "7.23": ["auth", 0.9],
  "7.24": ["auth", 0.85],
  "7.25": ["dns", 0.93, "ip"],
  "7.26": ["auth", 0.93],
  "7.27": ["dns", 0.75, "sender"],
  "7.28": ["rate", 0.75],
  "7.29": ["auth", 0.6],
  "7.30": ["tls", 0.75],
};

/** What a code means only as a temporary one. Greylisting has none of its own: most servers say it as 4.7.1. */
const FOR_NOW: Readonly<Record<string, Read>> = {
  "1.0": ["other", 0.3],
  "1.1": ["badrcpt", 0.5],
  "2.0": ["grey", 0.4],
  "2.1": ["sysbusy", 0.4],
  "7.0": ["rate", 0.4],
  "7.1": ["grey", 0.45],
};

/** Where nothing else speaks: half a guess, and told as such. */
const BY_CODE: Readonly<Record<number, Read>> = {
  421: ["sysbusy", 0.48],
  422: ["full", 0.45],
  431: ["sysbusy", 0.45],
  432: ["suspended", 0.4],
  441: ["network", 0.4],
  442: ["network", 0.4],
  446: ["proto", 0.4],
  447: ["expired", 0.45],
  450: ["sysbusy", 0.42],
  451: ["sysbusy", 0.48],
  452: ["full", 0.4],
  454: ["tls", 0.45],
  455: ["proto", 0.5],
  500: ["proto", 0.6],
  501: ["proto", 0.55],
  502: ["proto", 0.65],
  503: ["proto", 0.6],
  504: ["proto", 0.65],
  510: ["badrcpt", 0.45],
  511: ["badrcpt", 0.48],
  512: ["dns", 0.45, "site"],
  513: ["badrcpt", 0.4],
  521: ["badrcpt", 0.4],
  523: ["size", 0.45],
  525: ["suspended", 0.45],
  530: ["auth", 0.7],
  534: ["auth", 0.8],
  535: ["auth", 0.9],
  538: ["tls", 0.7],
  541: ["content", 0.45],
  550: ["badrcpt", 0.45],
  551: ["badrcpt", 0.55],
  552: ["full", 0.48],
  553: ["badrcpt", 0.42],
  554: ["policy", 0.4],
  555: ["proto", 0.55],
  556: ["badrcpt", 0.8],
  570: ["policy", 0.42],
  571: ["policy", 0.45],
};

/** Where in the dialogue a plain refusal comes tells what had been heard by then: an address, a sender, a message. */
const REFUSED_AT: Readonly<Partial<Record<Stage, Read>>> = {
  connect: ["repIP", 0.45],
  banner: ["repIP", 0.45],
  ehlo: ["repIP", 0.4],
  tls: ["tls", 0.4],
  auth: ["auth", 0.6],
  mail: ["policy", 0.42, "sender"],
  data: ["policy", 0.4],
  dot: ["content", 0.42],
};
const PLAIN_REFUSALS: ReadonlySet<number> = new Set([521, 550, 551, 553, 554]);

/** A code that receivers use for one thing only. */
export function readSpecific(enhanced: string): Read | undefined {
  const read = readEnhanced(enhanced);
  return read !== undefined && read[1] >= NAMES_IT ? read : undefined;
}

export function readEnhanced(enhanced: string): Read | undefined {
  const detail = enhanced.slice(2);
  return (enhanced.startsWith("4") ? FOR_NOW[detail] : undefined) ?? BY_ENHANCED[detail];
}

export function readCode(code: number, stage: Stage | undefined): Read | undefined {
  const refused = stage !== undefined && PLAIN_REFUSALS.has(code) ? REFUSED_AT[stage] : undefined;
  return refused ?? BY_CODE[code] ?? BY_HUNDRED[Math.floor(code / 100)];
}

const BY_HUNDRED: Readonly<Record<number, Read>> = { 4: ["sysbusy", 0.35], 5: ["policy", 0.3] };
