/** Faults that no host put into words: what the system said of a connection, and our own reasons not to send. */
import type { Diagnosis, Remedy, ReplyClass, Scope } from "../../model/diagnosis.ts";
import type { LocalFault, Stage } from "../../model/outcome.ts";
import type { Where } from "./replies.ts";
import { USUAL } from "./rule.ts";

interface OwnReason {
  readonly class: ReplyClass;
  readonly permanent: boolean;
  /** Where the class's usual clause would say too little; `{r}` is the host. */
  readonly cause?: string;
  /** Where it is other than the class's usual ones: a login of ours is nothing that senders or receivers could mend. */
  readonly scope?: Scope;
  readonly remedy?: Remedy;
}

const later = (kind: ReplyClass, cause?: string): OwnReason => ({ class: kind, permanent: false, ...(cause !== undefined && { cause }) });
const final = (kind: ReplyClass, cause?: string): OwnReason => ({ class: kind, permanent: true, ...(cause !== undefined && { cause }) });

/** The recipient's side is to mend it: its names, or how its host speaks. */
const theirs = (kind: ReplyClass, permanent: boolean, cause: string, text: string): OwnReason => ({
  ...{ class: kind, permanent, cause, scope: "site" },
  remedy: { who: "receiver", text },
});

/** Between this host and one that it logs in to. */
const login = (cause: string, text: string): OwnReason => ({
  class: "auth",
  permanent: false,
  cause,
  scope: "us",
  remedy: { who: "operator", text },
});

/** By the code of a LocalFault; what is not here is the connection's. */
const REASONS: Readonly<Record<string, OwnReason>> = {
  // The classes' usual remedies are for who is spoken of in a reply; here the recipient's own names are at fault.
  dns: theirs("dns", false, "the recipient's domain could not be looked up", "repair the domain's name servers"),
  "no-domain": final("badrcpt", "the recipient's domain does not exist"),
  "null-mx": final("badrcpt", "the recipient's domain takes no mail"),
  "no-address": theirs(
    "dns",
    true,
    "the recipient's domain has no mail host with an address",
    "publish an address for the domain's mail host",
  ),
  loop: theirs(
    "proto",
    true,
    "the recipient's mail host is this server itself, or not a public address",
    "correct the domain's MX records",
  ),
  size: final("size"),
  "8bit": final("proto", "{r} takes no 8-bit mail"),
  binary: final("proto", "{r} takes no binary mail"),
  smtputf8: final("proto", "{r} takes no internationalised addresses"),
  "bad-address": final("badrcpt", "the address cannot stand in an SMTP command"),
  "bare-line-ending": final("proto", "the content has a bare CR or LF"),
  "too-many-recipients": later("rate", "{r} takes fewer recipients at a time"),
  protocol: theirs("proto", false, "{r} gave an answer that is no SMTP", "look into what the mail server {r} says"),
  TLS: later("tls"),
  "tls-not-offered": later("tls", "{r} offers no encryption, which is asked of it"),
  "tls-unauthorized": later("tls", "the certificate of {r} is not valid for its name"),
  "tls-untrusted": later("tls", "the certificate of {r} comes from no authority that is trusted"),
  "tls-expired": later("tls", "the certificate of {r} is out of its time"),
  "tls-names": later("tls", "the certificate of {r} is for other names"),
  "dane-mismatch": later("tls", "the certificate of {r} is not the one that its domain publishes (DANE)"),
  "dane-expired": later("tls", "the certificate of {r} is out of its time, and its domain publishes an authority for it (DANE)"),
  "dane-names": later("tls", "the certificate of {r} is for other names than its domain publishes an authority for (DANE)"),
  // No host was asked anything: the name servers of its domain are to be mended, or the way to them.
  "tlsa-lookup": theirs("tls", false, "how {r} must be verified could not be looked up (DANE)", "repair the domain's name servers"),
  "sts-not-listed": later("tls", "{r} is none of the hosts that the recipient's domain names in its MTA-STS policy"),
  "tls-injection": later("tls"),
  requiretls: theirs(
    "tls",
    true,
    "the sender asks for TLS all the way (REQUIRETLS), and {r} does not promise it",
    "send it without REQUIRETLS, or ask the receiver for mail hosts that offer it",
  ),
  "requiretls-unverified": theirs(
    "tls",
    true,
    "the sender asks for TLS all the way (REQUIRETLS), and {r} could not be verified",
    "send it without REQUIRETLS, or ask the receiver for DANE or MTA-STS",
  ),
  "auth-not-offered": login("{r} offers no login that may be used", "use the port where it takes logins (587 or 465), over TLS"),
  "auth-protocol": login("the login at {r} broke off", "look into the log of {r}"),
  "auth-server-unproven": login(
    "{r} could not prove that it knows the password",
    "look whether {r} is the host that you mean before you give it another password",
  ),
};

export function readFault(fault: LocalFault, stage: Stage, where: Where): Diagnosis {
  const own = REASONS[fault.code] ?? later(stage === "tls" ? "tls" : "network");
  const usual = USUAL[own.class];
  const remedy = own.remedy ?? usual.remedy;
  const who = where.host === undefined || where.host === "" ? "the receiver" : where.host;
  return {
    class: own.class,
    scope: own.scope ?? usual.scope,
    permanent: own.permanent,
    rule: `fault-${fault.code}`,
    // It is not read out of anybody's words: we know what we did not do, or what the system said.
    confidence: 1,
    cause: (own.cause ?? usual.cause).replaceAll("{r}", who),
    remedy: { ...remedy, text: remedy.text.replaceAll("{r}", who) },
  };
}
