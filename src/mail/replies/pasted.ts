/** Text that somebody pasted: the codes, the host and the place in the dialogue are found in it. */
import type { Diagnosis } from "../../model/diagnosis.ts";
import { unwrapped } from "./reading/wrapper.ts";
import type { Where } from "./replies.ts";
import { readReply } from "./verdict.ts";

const MOST_PASTED = 8000;
/** At the beginning, or behind a sign that ends a clause; a number of days, bytes or messages is none. */
const CODE = /(?:^|[\s:;'"(#,])([45]\d\d)(?=[ \-:;,]|$)(?! (?:days?|hours?|min|minutes?|sec|seconds?|bytes|octets|messages|[KM]B)\b)/;
const ENHANCED = /(?<![\d.])([245]\.[0-7]\.\d{1,3})(?![\w]|\.\d)/;

/** Codes known by other means, such as a report's own field. */
export interface KnownCodes {
  readonly code?: number;
  readonly enhanced?: string;
}

export function readPasted(pasted: string, where: Where, known: KnownCodes = {}): Diagnosis {
  const { text, host, stage } = unwrapped(pasted.slice(0, MOST_PASTED));
  const code = known.code ?? CODE.exec(text)?.[1] ?? CODE.exec(pasted.slice(0, MOST_PASTED))?.[1];
  const enhanced = known.enhanced ?? ENHANCED.exec(text)?.[1];
  return readReply(
    { code: Number(code ?? 0), ...(enhanced !== undefined && { enhanced }), text },
    { ...(host !== undefined && { host }), ...(stage !== undefined && { stage }), ...where },
  );
}
