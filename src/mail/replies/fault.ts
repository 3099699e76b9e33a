/** Faults that no host put into words. */
import type { Diagnosis } from "../../model/diagnosis.ts";
import type { LocalFault, Stage } from "../../model/outcome.ts";
import type { Where } from "./replies.ts";
import { USUAL } from "./rule.ts";

export function readFault(fault: LocalFault, stage: Stage, where: Where): Diagnosis {
  const kind = stage === "dns" ? "dns" : stage === "tls" ? "tls" : "network";
  const usual = USUAL[kind];
  return {
    class: kind,
    scope: usual.scope,
    permanent: false,
    rule: `fault-${fault.code}`,
    confidence: 0.9,
    cause: usual.cause.replaceAll("{r}", where.host ?? "the receiver"),
    remedy: usual.remedy,
  };
}
