/**
 * A row of the day's table, and how an event moves it. Numbers only: texts are numbers of the day's names. `fold` is the one
 * place that says what an event means for the row that a search shows.
 */
import { unreachable } from "../../../base/brand.ts";
import { diagnose, diagnoseFault, providerOf } from "../../../mail/replies/replies.ts";
import type { Diagnosis } from "../../../model/diagnosis.ts";
import type { EventBody } from "../../../model/event.ts";
import type { AttemptFacts } from "../../../model/outcome.ts";
import { type Reply, replyLine } from "../../../model/reply.ts";
import type { Cell } from "../../sql/sql.ts";
import type { HistoryState } from "../history.ts";
import { shapeOf } from "../shape.ts";
import { CLASS, ENHANCED, FAULT, HOST, IP, type Names, PROVIDER, SAID } from "./names.ts";

/** As numbers in the table; never reordered. */
export const STATES: readonly HistoryState[] = ["queued", "held", "delivered", "relayed", "bounced", "expired", "discarded", "refused"];
const QUEUED = 0;
const HELD = 1;
const DELIVERED = 2;
const RELAYED = 3;
const BOUNCED = 4;
const EXPIRED = 5;
const DISCARDED = 6;
const REFUSED = 7;

/** Bits of `flags`. */
export const IN_DOUBT = 1;
export const TWICE = 2;

export interface Kept {
  readonly p: number;
  state: number;
  flags: number;
  tenant: number;
  source: number;
  sender: number;
  mfrom: number;
  fdomain: number;
  addr: string;
  domain: number;
  /** A hash of the Message-ID, wide enough to stand for it; 0 is none. */
  mid: number;
  n: number;
  attempts: number;
  changed: number;
  due: number | null;
  done: number | null;
  provider: number;
  class: number;
  code: number;
  enhanced: number;
  host: number;
  ip: number;
  local: number;
  peer: number;
  fault: number;
  said: number;
  parts: string;
  readonly seq0: number;
  seqs: string;
}

/** In the order of `COLUMNS`. */
export function cellsOf(row: Kept): Cell[] {
  return [
    row.p, row.state, row.flags, row.tenant, row.source, row.sender, row.mfrom, row.fdomain, row.addr, row.domain, row.mid, row.n,
    row.attempts, row.changed, row.due, row.done, row.provider, row.class, row.code, row.enhanced, row.host, row.ip, row.local,
    row.peer, row.fault, row.said, row.parts, row.seq0, row.seqs,
  ]; // biome-ignore format: the order of the columns
}

export type KeptCells = readonly [
  p: number, state: number, flags: number, tenant: number, source: number, sender: number, mfrom: number, fdomain: number,
  addr: string, domain: number, mid: number, n: number, attempts: number, changed: number, due: number | null,
  done: number | null, provider: number, cls: number, code: number, enhanced: number, host: number, ip: number, local: number,
  peer: number, fault: number, said: number, parts: string, seq0: number, seqs: string,
]; // biome-ignore format: the order of the columns

export function keptOf(cells: KeptCells): Kept {
  const [
    p, state, flags, tenant, source, sender, mfrom, fdomain, addr, domain, mid, n, attempts, changed, due, done, provider, cls, code,
    enhanced, host, ip, local, peer, fault, said, parts, seq0, seqs,
  ] = cells; // biome-ignore format: the order of the columns
  return {
    p, state, flags, tenant, source, sender, mfrom, fdomain, addr, domain, mid, n, attempts, changed, due, done, provider,
    class: cls, code, enhanced, host, ip, local, peer, fault, said, parts, seq0, seqs,
  }; // biome-ignore format: the order of the columns
}

/** A row that nothing happened to yet. */
export function blank(p: number, seq0: number): Kept {
  return {
    p, state: QUEUED, flags: 0, tenant: 0, source: 0, sender: 0, mfrom: 0, fdomain: 0, addr: "", domain: 0, mid: 0, n: 1,
    attempts: 0, changed: 0, due: null, done: null, provider: 0, class: 0, code: 0, enhanced: 0, host: 0, ip: 0, local: 0,
    peer: 0, fault: 0, said: 0, parts: "", seq0, seqs: "",
  }; // biome-ignore format: as many as there are columns
}

/** `at` is the event's time after the key's. `said` and `parts` change only where somebody said something new. */
export function fold(row: Kept, body: EventBody, at: number, sinceKey: (wall: number) => number, names: Names): void {
  row.changed = Math.max(row.changed, at);
  switch (body.kind) {
    case "delivered":
    case "relayed":
      settle(row, body.kind === "delivered" ? DELIVERED : RELAYED, at);
      row.flags = body.possiblyTwice ? TWICE : 0;
      row.attempts++;
      tried(row, body.attempt, names);
      answered(row, body.reply, names);
      row.class = 0;
      return;
    case "deferred":
      row.due = sinceKey(body.dueAt);
      return deferred(row, body, names);
    case "in-doubt":
      row.state = QUEUED;
      row.flags |= IN_DOUBT;
      row.attempts++;
      row.due = sinceKey(body.dueAt);
      if (body.attempt) tried(row, body.attempt, names);
      return failed(row, body.why, names);
    case "bounced":
      return bounced(row, body, at, names);
    case "expired":
      settle(row, EXPIRED, at);
      say(row, body.why, names);
      if (row.class === 0) row.class = names.id(CLASS, "expired");
      return;
    case "held":
      row.state = HELD;
      row.due = null;
      return say(row, body.why, names);
    case "discarded":
      settle(row, DISCARDED, at);
      if (body.why !== "") say(row, body.why, names);
      return;
    case "released":
      row.state = QUEUED;
      row.due = at;
      return say(row, "", names);
    case "retried":
    case "rerouted":
      row.state = QUEUED;
      row.due = at;
      return;
    case "refused":
      settle(row, REFUSED, at);
      row.fault = names.id(FAULT, body.code);
      return answered(row, body.reply, names);
    case "accepted":
    case "delay-told":
    case "returned":
    case "suppressed":
    case "unsuppressed":
    case "lane":
    case "alarm":
      return;
    default:
      return unreachable(body);
  }
}

function deferred(row: Kept, body: EventBody & { readonly kind: "deferred" }, names: Names): void {
  row.state = QUEUED;
  row.attempts = body.attempts;
  if (body.attempt) tried(row, body.attempt, names);
  if (body.reply) answered(row, body.reply, names);
  else failed(row, body.fault?.text ?? "", names);
  if (body.counted) meant(row, body.diagnosis ?? readAnew(body), names);
}

function bounced(row: Kept, body: EventBody & { readonly kind: "bounced" }, at: number, names: Names): void {
  settle(row, BOUNCED, at);
  if (body.attempt) {
    row.attempts++;
    tried(row, body.attempt, names);
  }
  if (body.reply) answered(row, body.reply, names);
  else failed(row, body.why, names);
  meant(row, body.diagnosis ?? readAnew(body), names);
}

function settle(row: Kept, state: number, at: number): void {
  row.state = state;
  row.flags &= ~IN_DOUBT;
  row.due = null;
  row.done = at;
}

function tried(row: Kept, { host, ip, localIp }: AttemptFacts, names: Names): void {
  row.host = names.id(HOST, host);
  row.ip = names.id(IP, ip);
  row.local = names.id(IP, localIp);
  const provider = host === "" ? undefined : providerOf(host);
  if (provider) row.provider = names.id(PROVIDER, provider.name);
}

function answered(row: Kept, reply: Reply, names: Names): void {
  row.code = reply.code;
  row.enhanced = names.id(ENHANCED, reply.enhanced);
  say(row, replyLine(reply), names);
}

/** No host said why. */
function failed(row: Kept, why: string, names: Names): void {
  row.code = 0;
  row.enhanced = 0;
  say(row, why, names);
}

function say(row: Kept, text: string, names: Names): void {
  const { shape, parts } = shapeOf(text);
  row.said = names.id(SAID, shape);
  row.parts = parts;
}

function meant(row: Kept, diagnosis: Diagnosis | undefined, names: Names): void {
  row.class = names.id(CLASS, diagnosis?.class);
  if (diagnosis?.provider !== undefined) row.provider = names.id(PROVIDER, diagnosis.provider);
}

/** For events that were written without their meaning. */
function readAnew(body: {
  readonly attempt?: AttemptFacts;
  readonly reply?: Reply;
  readonly fault?: { readonly code: string; readonly text: string };
}): Diagnosis | undefined {
  const { attempt, reply, fault } = body;
  const where = attempt ? { host: attempt.host, stage: attempt.stage } : {};
  if (reply) return diagnose(reply, where);
  return fault && diagnoseFault(fault, attempt?.stage ?? "connect", where);
}
