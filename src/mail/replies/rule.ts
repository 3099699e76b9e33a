/** What a rule is, and what holds for a class where a rule says nothing else. */
import type { Remedy, ReplyClass, Scope } from "../../model/diagnosis.ts";
import type { Stage } from "../../model/outcome.ts";

/** A row of the tables in `rules/`. All conditions that it names must hold. */
export interface Rule {
  /** Stable: it is shown, stored and searched for. */
  readonly id: string;
  readonly class: ReplyClass;
  /** Key or family of the provider whose words these are: it fits where that one spoke, or where nobody knows who did. */
  readonly of?: string;
  /** Only where that one is known to have spoken: others say the same and mean something else. */
  readonly named?: true;
  /** Any of these phrases; their language is in `reading/phrase.ts`. */
  readonly says?: readonly string[];
  /** Or any of these substrings of the lower-case text, for scripts that do not part their words. */
  readonly has?: readonly string[];
  /** Or, of a provider's row, any of these enhanced codes without their first digit: `7.26`, `7.606-649`. */
  readonly enhanced?: readonly string[];
  /** Those words say it under one of these enhanced codes only. */
  readonly under?: readonly string[];
  /** The reply's code begins so: `4`, `421`; `0` where it has none. */
  readonly code?: string;
  /** It was said at one of these points of the dialogue. */
  readonly stages?: readonly Stage[];
  readonly scope?: Scope;
  /** The blocklist that a code stands for, where the text does not name it. */
  readonly zone?: string;
  /** It goes by a public list as class `list` does, though it is of another class: the text may name the list. */
  readonly byList?: true;
  /** A clause; `{r}` is whoever spoke, `{zone}` the list it named. */
  readonly cause?: string;
  readonly remedy?: Remedy;
  readonly permanent?: boolean;
  readonly confidence?: number;
  /** Where it was read, and when. */
  readonly from: string;
  /** A reply that it is made for. */
  readonly example: string;
}

/** Rows that were read in one place. */
export function rowsFrom(from: string, rows: readonly Omit<Rule, "from">[]): readonly Rule[] {
  return rows.map((row) => ({ ...row, from }));
}

/** Rows that are one provider's. */
export function rowsOf(of: string, from: string, rows: readonly Omit<Rule, "from" | "of">[]): readonly Rule[] {
  return rows.map((row) => ({ of, ...row, from }));
}

interface Usual {
  readonly scope: Scope;
  readonly cause: string;
  readonly remedy: Remedy;
  /** Whether a 5xx of this class is final from wherever one sends. */
  readonly final: boolean;
}

/** What a class means where no rule knows better. */
export const USUAL: Readonly<Record<ReplyClass, Usual>> = {
  repIP: {
    scope: "ip",
    cause: "{r} distrusts the sending address",
    remedy: { who: "operator", text: "find who sends unwanted mail through this address and stop it; until then send less to {r}" },
    final: false,
  },
  repDom: {
    scope: "domain",
    cause: "{r} distrusts the sender's domain",
    remedy: { who: "tenant", text: "stop mail that recipients did not ask for, and look whether somebody else sends in the domain's name" },
    final: true,
  },
  auth: {
    scope: "domain",
    cause: "{r} could not verify that the mail comes from the sender's domain",
    remedy: { who: "tenant", text: "publish SPF and DKIM records for the domain in From: and have its mail signed" },
    final: true,
  },
  content: {
    scope: "message",
    cause: "{r} takes the content for spam or something harmful",
    remedy: { who: "sender", text: "look at the text, its links and its attachments, and send it in another form" },
    final: true,
  },
  rate: {
    scope: "ip",
    cause: "{r} gets too much at once",
    remedy: { who: "nobody", text: "" },
    final: false,
  },
  badrcpt: {
    scope: "recipient",
    cause: "{r} says that there is no such mailbox",
    remedy: { who: "sender", text: "check the address for typing errors, or ask the person for the new one" },
    final: true,
  },
  full: {
    scope: "recipient",
    cause: "the recipient's mailbox is full",
    remedy: { who: "recipient", text: "make room in the mailbox" },
    final: true,
  },
  policy: {
    scope: "message",
    cause: "a rule of {r} forbids it",
    remedy: { who: "receiver", text: "ask the recipient or the postmaster there to allow it" },
    final: true,
  },
  grey: {
    scope: "message",
    cause: "{r} makes unknown senders wait (greylisting)",
    remedy: { who: "nobody", text: "" },
    final: false,
  },
  tls: {
    scope: "site",
    cause: "the connection to {r} could not be secured as asked",
    remedy: { who: "receiver", text: "repair the certificate or the TLS settings of the mail server" },
    final: true,
  },
  dns: {
    scope: "domain",
    cause: "a name that {r} looked up in DNS does not resolve",
    remedy: { who: "operator", text: "correct the DNS record that the reply names" },
    final: true,
  },
  list: {
    scope: "ip",
    cause: "{r} refuses the sending address because {zone} lists it",
    remedy: { who: "operator", text: "find and stop what caused the listing, then ask {zone} for removal" },
    final: false,
  },
  size: {
    scope: "message",
    cause: "the message is larger than {r} takes",
    remedy: { who: "sender", text: "send a smaller message, or a link to the file" },
    final: true,
  },
  proto: {
    scope: "message",
    cause: "{r} objects to the form of the message or the dialogue",
    remedy: { who: "sender", text: "repair the program that wrote the message" },
    final: true,
  },
  sysbusy: {
    scope: "site",
    cause: "{r} has trouble of its own",
    remedy: { who: "receiver", text: "" },
    final: false,
  },
  suspended: {
    scope: "recipient",
    cause: "the recipient's mailbox is disabled",
    remedy: { who: "recipient", text: "have the mailbox enabled again, or give another address" },
    final: true,
  },
  network: {
    scope: "site",
    cause: "{r} could not be reached",
    remedy: { who: "receiver", text: "" },
    final: false,
  },
  expired: {
    scope: "message",
    cause: "it was tried for too long",
    remedy: { who: "sender", text: "send it again when the receiver can be reached" },
    final: true,
  },
  other: {
    scope: "message",
    cause: "{r} gave an answer that was not recognised",
    remedy: { who: "nobody", text: "" },
    final: true,
  },
};
