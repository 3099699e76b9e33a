/** Why nobody could be reached, in the words of whoever said so, and what that means. */
import { diagnose, diagnoseFault } from "../../mail/replies/replies.ts";
import type { Diagnosis } from "../../model/diagnosis.ts";
import { replyLine } from "../../model/reply.ts";
import type { Unreachable } from "./lane-state.ts";

export interface Unreached {
  readonly why: string;
  readonly diagnosis: Diagnosis;
  readonly dialogue?: string | undefined;
}

const NO_ANSWER = { code: "closed", text: "no answer" };

/** `upstream`: it is one of ours that could not be reached. */
export function unreached({ host, stage, reply, fault = NO_ANSWER, dialogue }: Unreachable, upstream: boolean): Unreached {
  const where = { stage, upstream, ...(host !== undefined && { host }) };
  return {
    why: `${host === undefined ? "" : `${host}: `}${reply ? replyLine(reply) : fault.text}`,
    diagnosis: reply ? diagnose(reply, where) : diagnoseFault(fault, stage, where),
    dialogue,
  };
}
