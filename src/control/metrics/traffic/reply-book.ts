/**
 * What one receiver answers, most frequent first: replies that differ only in numbers, ids and addresses are one.
 * Telling them apart costs one pass over the text; the text for people is made once for each.
 */
import type { Diagnosis, ReplyClass } from "../../../model/diagnosis.ts";
import { Ring } from "./ring.ts";

export interface HeardReply {
  readonly text: string;
  readonly class: ReplyClass;
  readonly count: number;
  readonly lastAt: number;
  readonly remedy: string;
}

/** A reply, or a fault of ours in words, which has no code. */
export interface Said {
  readonly code?: number | string;
  readonly enhanced?: string;
  readonly text: string;
}

const HOUR_MS = 3_600_000;
const HOURS = 24;
const TEXT_MOST = 300;

interface Entry {
  readonly text: string;
  class: ReplyClass;
  remedy: string;
  lastAt: number;
  readonly hours: Ring;
}

export class ReplyBook {
  readonly #most: number;
  readonly #entries = new Map<number, Entry>();

  /** Above `most` the one heard longest ago makes room. */
  constructor(most: number) {
    this.#most = most;
  }

  note(at: number, said: Said, diagnosis: Diagnosis | undefined): void {
    const key = shapeHash(said);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      if (this.#entries.size >= this.#most) this.#forgetOldest();
      entry = { text: shapeText(said), class: "other", remedy: "", lastAt: at, hours: new Ring(HOURS, 1) };
      this.#entries.set(key, entry);
    }
    entry.lastAt = Math.max(entry.lastAt, at);
    entry.class = diagnosis?.class ?? "other";
    entry.remedy = diagnosis?.remedy.text ?? "";
    entry.hours.add(Math.floor(at / HOUR_MS), 0);
  }

  /** Of the last 24 hours. */
  read(now: number): readonly HeardReply[] {
    const hour = Math.floor(now / HOUR_MS);
    return [...this.#entries.values()]
      .map(({ text, class: what, remedy, lastAt, hours }) => ({ text, class: what, remedy, lastAt, count: hours.sum(hour, 0) }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count || b.lastAt - a.lastAt);
  }

  #forgetOldest(): void {
    let oldest: readonly [number, Entry] | undefined;
    for (const pair of this.#entries) if (oldest === undefined || pair[1].lastAt < oldest[1].lastAt) oldest = pair;
    if (oldest) this.#entries.delete(oldest[0]);
  }
}

/** FNV-1a over the codes of a reply and its words without a digit or an `@` in them. */
export function shapeHash({ code, enhanced = "", text }: Said): number {
  let hash = Math.imul(0x811c9dc5 ^ (typeof code === "number" ? code : 0), PRIME);
  for (let i = 0; i < enhanced.length; i++) hash = Math.imul(hash ^ enhanced.charCodeAt(i), PRIME);
  let word = hash;
  let varies = false;
  for (let i = 0; i < text.length; i++) {
    const letter = text.charCodeAt(i);
    if (letter === SPACE) {
      if (!varies) hash = word;
      word = Math.imul(hash ^ SPACE, PRIME);
      varies = false;
    } else {
      word = Math.imul(word ^ letter, PRIME);
      if ((letter >= ZERO && letter <= NINE) || letter === AT) varies = true;
    }
  }
  return varies ? hash : word;
}

const PRIME = 0x01000193;
const SPACE = 32;
const ZERO = 48;
const NINE = 57;
const AT = 64;
const ENHANCED = /^[245]\.\d{1,3}\.\d{1,3}$/;

/** As a line for people: each run of words that vary is one `…`, and none at the beginning. */
export function shapeText({ code, enhanced, text }: Said): string {
  const words = text.split(" ").map((word) => (/[\d@]/.test(word) && !ENHANCED.test(word) ? "…" : word));
  const plain = words.filter((word, i) => word !== "…" || (i > 0 && words[i - 1] !== "…")).join(" ");
  const line = [typeof code === "number" ? String(code) : "", enhanced ?? "", plain].filter((piece) => piece !== "").join(" ");
  return line.length > TEXT_MOST ? `${line.slice(0, TEXT_MOST - 1)}…` : line;
}
