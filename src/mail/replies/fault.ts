/** Faults that no host put into words: what the system said of a connection, and our own reasons not to send. */
import type { Diagnosis, ReplyClass } from "../../model/diagnosis.ts";
import type { LocalFault, Stage } from "../../model/outcome.ts";
import type { Where } from "./replies.ts";
import { USUAL } from "./rule.ts";

interface OwnReason {
  readonly class: ReplyClass;
  readonly permanent: boolean;
  /** Where the class's usual clause would say too little; `{r}` is the host. */
  readonly cause?: string;
}

const later = (kind: ReplyClass, cause?: string): OwnReason => ({ class: kind, permanent: false, ...(cause !== undefined && { cause }) });
const final = (kind: ReplyClass, cause?: string): OwnReason => ({ class: kind, permanent: true, ...(cause !== undefined && { cause }) });

/** By the code of a LocalFault; what is not here is the connection's. */
const REASONS: Readonly<Record<string, OwnReason>> = {
  dns: later("dns"),
  "no-domain": final("badrcpt", "the recipient's domain does not exist"),
  "null-mx": final("badrcpt", "the recipient's domain takes no mail"),
  "no-address": final("dns", "the recipient's domain has no mail host with an address"),
  loop: final("proto", "the recipient's mail host is this server itself"),
  size: final("size"),
  "8bit": final("proto", "{r} takes no 8-bit mail"),
  binary: final("proto", "{r} takes no binary mail"),
  smtputf8: final("proto", "{r} takes no internationalised addresses"),
  "bad-address": final("badrcpt", "the address cannot stand in an SMTP command"),
  "bare-line-ending": final("proto", "the content has a bare CR or LF"),
  "too-many-recipients": later("rate", "{r} takes fewer recipients at a time"),
  protocol: later("proto", "{r} gave an answer that is no SMTP"),
  TLS: later("tls"),
  "tls-not-offered": later("tls"),
  "tls-unauthorized": later("tls"),
  "tls-injection": later("tls"),
  "auth-not-offered": later("auth", "{r} offers no login that may be used"),
  "auth-protocol": later("auth", "the login at {r} broke off"),
  "auth-server-unproven": later("auth", "{r} could not prove that it knows the password"),
};

export function readFault(fault: LocalFault, stage: Stage, where: Where): Diagnosis {
  const own = REASONS[fault.code] ?? later(stage === "tls" ? "tls" : "network");
  const usual = USUAL[own.class];
  const who = where.host === undefined || where.host === "" ? "the receiver" : where.host;
  return {
    class: own.class,
    scope: usual.scope,
    permanent: own.permanent,
    rule: `fault-${fault.code}`,
    // It is not read out of anybody's words: we know what we did not do, or what the system said.
    confidence: 1,
    cause: (own.cause ?? usual.cause).replaceAll("{r}", who),
    remedy: { ...usual.remedy, text: usual.remedy.text.replaceAll("{r}", who) },
  };
}
