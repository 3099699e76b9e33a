/** What a reply or a fault means: the reading that stands beside the receiver's own words. */

/** What the receiver objected to. `other` is an honest "not recognised". */
export const REPLY_CLASSES = [
  "repIP",
  "repDom",
  "auth",
  "content",
  "rate",
  "badrcpt",
  "full",
  "policy",
  "grey",
  "tls",
  "dns",
  "list",
  "size",
  "proto",
  "sysbusy",
  "suspended",
  "network",
  "expired",
  "other",
] as const;
export type ReplyClass = (typeof REPLY_CLASSES)[number];

/** What the objection is about, so what else it would hit. `us` is this node itself. */
export type Scope = "ip" | "net" | "domain" | "sender" | "message" | "recipient" | "site" | "us";

/** Who can do something about it. */
export type Who = "operator" | "tenant" | "sender" | "recipient" | "receiver" | "nobody";

/** A reading less sure is told as "probably". */
export const SURE_FROM = 0.8;
/** One less sure than this is none: "not recognised", and no advice. */
export const RECOGNISED_FROM = 0.5;

export interface Remedy {
  readonly who: Who;
  /** A verb first, for people: "publish an SPF record that includes …". Empty where nothing can be done. */
  readonly text: string;
  /** The receiver's own page or form. */
  readonly link?: string;
}

/** Plain data: it is stored in events as what was understood at the time. */
export interface Diagnosis {
  readonly class: ReplyClass;
  readonly scope: Scope;
  /** The operator behind the host, as people name it: Google, Microsoft 365, Yahoo. */
  readonly provider?: string;
  /** Trying again, from wherever, would not help. */
  readonly permanent: boolean;
  /** The receiver named a time to wait. */
  readonly waitSeconds?: number;
  /** The blocklist that it named. */
  readonly zone?: string;
  /** Id of the row that matched: `gmail-unusual-rate-ip`. Stable, for search and tests. */
  readonly rule: string;
  /** 0 to 1, told by `SURE_FROM` and `RECOGNISED_FROM`. */
  readonly confidence: number;
  /** A clause for the middle of a sentence: "Google limits this address". */
  readonly cause: string;
  readonly remedy: Remedy;
}
