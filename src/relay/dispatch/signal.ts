/**
 * What a transaction's answers say about the pace of its lane. A receiver that objects to how much comes, or cannot cope,
 * slows the lane; one that refuses our address for its standing closes it. Whatever is about a message, its sender or a
 * recipient moves no lane: greylisting, an unknown mailbox or a refused content would be the same at any speed.
 */
import { unreachable } from "../../base/brand.ts";
import { diagnose } from "../../mail/replies/replies.ts";
import { type Diagnosis, RECOGNISED_FROM, type Scope, SURE_FROM } from "../../model/diagnosis.ts";
import type { RecipientResult, Stage } from "../../model/outcome.ts";
import { type Reply, replyLine } from "../../model/reply.ts";
import type { Signal } from "./pace-words.ts";

/** With the words it rests on, where it slows or closes the lane. */
export interface Heard {
  readonly signal: Signal;
  readonly why?: string;
  readonly diagnosis?: Diagnosis | undefined;
  /** What was said to whoever tried to connect. */
  readonly dialogue?: string | undefined;
}

export interface Place {
  readonly host: string;
  readonly stage: Stage;
  /** What it says of addresses and rates may be somebody else's word. */
  readonly upstream: boolean;
}

const YES: Heard = { signal: { is: "yes" } };
const NEUTRAL: Heard = { signal: { is: "neutral" } };
const NOTHING: Heard = { signal: { is: "nothing" } };
const WITHDRAWN: Heard = { signal: { is: "withdrawn" } };
/** Different replies read in one transaction: the rest say much the same. */
const READ_MOST = 3;
/** What else such an objection would hit: all that leaves from here, or all that goes there. */
const OF_THE_LANE: ReadonlySet<Scope> = new Set(["ip", "net", "site", "us"]);

export function heardIn(results: readonly RecipientResult[], place: Place): Heard {
  if (results.some(({ is }) => is === "accepted")) return YES; // the usual case costs nothing more
  const replies = new Map<string, { readonly reply: Reply; readonly permanent: boolean }>();
  for (const result of results) {
    if (result.is === "failed" && result.fault.code === "taken-back") return WITHDRAWN;
    if (result.is === "in-doubt" || result.is === "accepted" || result.reply === undefined || replies.size >= READ_MOST) continue;
    replies.set(replyLine(result.reply), { reply: result.reply, permanent: result.permanent });
  }
  let found = NOTHING;
  for (const { reply, permanent } of replies.values()) {
    const heard = read(reply, permanent, place);
    if (heard.signal.is !== "neutral") return heard;
    found = heard;
  }
  return found;
}

function read(reply: Reply, permanent: boolean, { host, stage, upstream }: Place): Heard {
  const diagnosis = diagnose(reply, { host, stage, upstream });
  const signal = signalOf(reply, permanent, diagnosis, upstream);
  return signal.is === "neutral" ? NEUTRAL : { signal, why: replyLine(reply), diagnosis };
}

/** As `signalOf`, for a host that would not even talk. */
export function signalOfRefusal(reply: Reply, diagnosis: Diagnosis, upstream: boolean): Signal {
  return signalOf(reply, reply.code >= 500, diagnosis, upstream);
}

function signalOf(reply: Reply, permanent: boolean, diagnosis: Diagnosis, upstream: boolean): Signal {
  const waitMs = diagnosis.waitSeconds === undefined || diagnosis.waitSeconds <= 0 ? undefined : diagnosis.waitSeconds * 1000;
  const wait = waitMs === undefined ? {} : { waitMs };
  const ofTheLane = OF_THE_LANE.has(diagnosis.scope);
  const isBusy = !permanent && !(upstream && isAboutOne(reply));
  const vague: Signal = isBusy && isVague(reply) ? { is: "pushback", limits: false } : { is: "neutral" };
  if (diagnosis.confidence < RECOGNISED_FROM) return vague;
  switch (diagnosis.class) {
    case "rate":
      return ofTheLane ? { is: "pushback", limits: true, ...wait } : { is: "neutral" };
    case "sysbusy":
      return ofTheLane && isBusy ? { is: "pushback", limits: false, ...wait } : { is: "neutral" };
    case "other":
      return vague;
    case "repIP":
    case "list":
      // An upstream repeats what a receiver told it about one message; for the others it is the way out all the same.
      if (upstream || !ofTheLane) return { is: "neutral" };
      if (diagnosis.confidence >= SURE_FROM) return { is: "shunned" };
      return permanent ? { is: "neutral" } : { is: "pushback", limits: true, ...wait };
    case "repDom":
    case "auth":
    case "content":
    case "badrcpt":
    case "full":
    case "policy":
    case "grey":
    case "tls":
    case "dns":
    case "size":
    case "proto":
    case "suspended":
    case "network":
    case "expired":
      return { is: "neutral" };
    default:
      return unreachable(diagnosis.class);
  }
}

/** An upstream has a thousand receivers behind it, and says 451 for whichever it cannot reach; 421 is about itself. */
function isAboutOne({ code }: Reply): boolean {
  return code !== 421;
}

/** 421 and 45x without a better class count as "too much" (R6), unless the code names an address or a mailbox. */
function isVague({ code, enhanced }: Reply): boolean {
  return (code === 421 || (code >= 450 && code < 460)) && !/^4\.[12]\./.test(enhanced ?? "");
}
