/** Text that somebody pasted: the codes are found in it. */
import type { Diagnosis } from "../../model/diagnosis.ts";
import type { Where } from "./replies.ts";
import { readReply } from "./verdict.ts";

export function readPasted(text: string, where: Where): Diagnosis {
  const code = /(?:^|[\s:'"(])([45]\d\d)[ -]/.exec(text)?.[1];
  const enhanced = /(?:^|[\s#(])([245]\.\d{1,3}\.\d{1,3})(?!\S)/.exec(text)?.[1];
  return readReply({ code: Number(code ?? 0), ...(enhanced !== undefined && { enhanced }), text: text.slice(0, 8000) }, where);
}
