/** A row of the day's table: numbers only, texts are numbers of the day's names. */
import type { Cell } from "../../sql/sql.ts";
import type { HistoryState } from "../history.ts";

/** As numbers in the table; never reordered. */
export const STATES: readonly HistoryState[] = ["queued", "held", "delivered", "relayed", "bounced", "expired", "discarded", "refused"];
export const QUEUED = 0;
export const HELD = 1;
export const DELIVERED = 2;
export const RELAYED = 3;
export const BOUNCED = 4;
export const EXPIRED = 5;
export const DISCARDED = 6;
export const REFUSED = 7;

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
  /** When it was accepted or refused, after the time of its key, which is drawn as a message begins. */
  accepted: number;
}

/** In the order of `COLUMNS`. */
export function cellsOf(row: Kept): Cell[] {
  return [
    row.p, row.state, row.flags, row.tenant, row.source, row.sender, row.mfrom, row.fdomain, row.addr, row.domain, row.mid, row.n,
    row.attempts, row.changed, row.due, row.done, row.provider, row.class, row.code, row.enhanced, row.host, row.ip, row.local,
    row.peer, row.fault, row.said, row.parts, row.seq0, row.seqs, row.accepted,
  ]; // biome-ignore format: the order of the columns
}

export type KeptCells = readonly [
  p: number, state: number, flags: number, tenant: number, source: number, sender: number, mfrom: number, fdomain: number,
  addr: string, domain: number, mid: number, n: number, attempts: number, changed: number, due: number | null,
  done: number | null, provider: number, cls: number, code: number, enhanced: number, host: number, ip: number, local: number,
  peer: number, fault: number, said: number, parts: string, seq0: number, seqs: string, accepted: number,
]; // biome-ignore format: the order of the columns

export function keptOf(cells: KeptCells): Kept {
  const [
    p, state, flags, tenant, source, sender, mfrom, fdomain, addr, domain, mid, n, attempts, changed, due, done, provider, cls, code,
    enhanced, host, ip, local, peer, fault, said, parts, seq0, seqs, accepted,
  ] = cells; // biome-ignore format: the order of the columns
  return {
    p, state, flags, tenant, source, sender, mfrom, fdomain, addr, domain, mid, n, attempts, changed, due, done, provider,
    class: cls, code, enhanced, host, ip, local, peer, fault, said, parts, seq0, seqs, accepted,
  }; // biome-ignore format: the order of the columns
}

/** A row that nothing happened to yet. */
export function blank(p: number, seq0: number): Kept {
  return {
    p, state: QUEUED, flags: 0, tenant: 0, source: 0, sender: 0, mfrom: 0, fdomain: 0, addr: "", domain: 0, mid: 0, n: 1,
    attempts: 0, changed: 0, due: null, done: null, provider: 0, class: 0, code: 0, enhanced: 0, host: 0, ip: 0, local: 0,
    peer: 0, fault: 0, said: 0, parts: "", seq0, seqs: "", accepted: 0,
  }; // biome-ignore format: as many as there are columns
}
