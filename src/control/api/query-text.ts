/**
 * The query that people type into the search box and behind `fairlead messages`: words with keys, `-` negates, `a,b` is
 * or, quotes keep blanks. Pure: the same text, moment and zone mean the same.
 */
import type { WallMs } from "../../base/clock.ts";
import { ipFamily } from "../../base/ip.ts";
import { nearest } from "../../base/nearest.ts";
import { zoneClock } from "../../base/time-text.ts";
import { REPLY_CLASSES } from "../../model/diagnosis.ts";
import { type MessageKey, readId, timeOfKey } from "../../model/ids.ts";
import type { HistoryQuery, HistoryRow, HistoryState } from "../../store/history/history.ts";
import { momentIn } from "./query/query-time.ts";
import { type QueryFault, type QueryWord, queryWords } from "./query/query-words.ts";

export type { QueryFault };

/** What history cannot ask itself: rows are looked at one by one. */
export interface Sieve {
  readonly messages?: readonly MessageKey[];
  /** Of queued ones only those that were tried. */
  readonly tried?: true;
}

export type ReadQuery =
  | {
      readonly ok: true;
      readonly query: HistoryQuery;
      /** These addresses as recipient or as sender. */
      readonly either?: readonly string[];
      readonly sieve?: Sieve;
      /** The same in a sentence. */
      readonly readable: string;
    }
  | { readonly ok: false; readonly fault: QueryFault };

const MOST_TEXT = 2000;
const USUAL_MS = 24 * 3_600_000;

const STATES: readonly HistoryState[] = ["queued", "held", "delivered", "relayed", "bounced", "expired", "discarded", "refused"];
const SYNONYMS: Readonly<Record<string, readonly HistoryState[]>> = {
  deferred: ["queued"], // after an attempt: the sieve
  frozen: ["held"],
  rejected: ["refused", "bounced"],
  sent: ["delivered", "relayed"],
  open: ["queued", "held"],
};
const KEYS = [
  "to",
  "from",
  "sender",
  "source",
  "tenant",
  "state",
  "why",
  "provider",
  "class",
  "code",
  "ip",
  "id",
  "since",
  "until",
  "reply",
] as const;
type Key = (typeof KEYS)[number];
type Lists = { -readonly [K in keyof HistoryQuery]: HistoryQuery[K] };

interface Reading {
  readonly query: Lists;
  readonly not: Lists;
  either: readonly string[];
  ids: MessageKey[];
  tried: boolean;
  readonly said: string[];
  readonly now: WallMs;
  readonly zone: string;
}

export function parseQuery(text: string, now: WallMs, zone: string): ReadQuery {
  if (text.length > MOST_TEXT) return wrong({ at: MOST_TEXT, text: `a query may have ${MOST_TEXT} characters` });
  const words = queryWords(text);
  if ("text" in words) return wrong(words);
  const reading: Reading = { query: {}, not: {}, either: [], ids: [], tried: false, said: [], now, zone };
  for (const word of words) {
    const fault = word.key === undefined ? readBare(word, reading) : readKeyed(word, word.key, reading);
    if (fault !== undefined) return wrong(fault);
  }
  return finished(reading);
}

/** Whether a row that history found is meant. */
export function passes(sieve: Sieve | undefined, row: HistoryRow): boolean {
  if (sieve === undefined) return true;
  if (sieve.messages !== undefined && !sieve.messages.includes(row.ref.message)) return false;
  return sieve.tried !== true || row.state !== "queued" || row.attempts > 0;
}

const wrong = (fault: QueryFault): ReadQuery => ({ ok: false, fault });

function finished({ query, not, either, ids, tried, said, now, zone }: Reading): ReadQuery {
  const named = ids.length > 0 || query.messageId !== undefined;
  if (ids.length > 0) {
    // History's times are those of keys, so the search is of a millisecond, and the sieve takes what else was in it.
    query.since = Math.min(...ids.map(timeOfKey)) as WallMs;
    query.until = (Math.max(...ids.map(timeOfKey)) + 1) as WallMs;
  } else if (query.since === undefined && !named) {
    query.since = Math.max(0, Math.min(now, query.until ?? now) - USUAL_MS) as WallMs;
    said.push("of 24 hours");
  }
  if (query.since !== undefined && query.until !== undefined && query.until <= query.since)
    return wrong({ at: 0, text: "until is not after since: nothing can match", fix: `clocks are those of ${zoneClock(zone).name(now)}` });
  const sieve: Sieve | undefined =
    ids.length === 0 && !tried ? undefined : { ...(ids.length > 0 ? { messages: ids } : {}), ...(tried ? { tried: true as const } : {}) };
  return {
    ok: true,
    query: { ...query, ...(Object.keys(not).length > 0 ? { not } : {}) },
    ...(either.length > 0 ? { either } : {}),
    ...(sieve === undefined ? {} : { sieve }),
    readable: said.join(", ").replace(/^./, (first) => first.toUpperCase()),
  };
}

/** An address, a domain, an id, a Message-ID; any other word stands in the reply. */
function readBare(word: QueryWord, reading: Reading): QueryFault | undefined {
  const { negated, at } = word;
  const value = word.values.join(",");
  if (/^<[^<>]+@[^<>]*>$/.test(value)) return take("messageId", [value], `message ${value}`, negated, reading);
  const address = value.replace(/^<|>$/g, "");
  if (/^[^\s@]*@[^\s@]+$/.test(address)) {
    if (!negated) {
      if (reading.either.length > 0)
        return { at, text: "a query may have one bare address", fix: `say which is which: from:${reading.either[0]} to:${address}` };
      reading.either = [address];
      reading.said.push(`to or from ${address}`);
      return undefined;
    }
    return (
      take("to", [address], `neither to nor from ${address}`, true, reading, false) ?? take("from", [address], "", true, reading, false)
    );
  }
  const id = readId(value.split(".", 1)[0] ?? "");
  if ("key" in id || id.fault === "mistyped") return readKeyed({ ...word, values: [value] }, "id", reading);
  if (ipFamily(value) !== undefined) return take("ip", [value], `ip ${value}`, negated, reading);
  if (/^FL-\d{4}$/i.test(value)) return take("code", [value.toUpperCase()], `code ${value.toUpperCase()}`, negated, reading);
  return take("reply", [value], `saying "${value}"`, negated, reading);
}

function readKeyed(word: QueryWord, key: string, reading: Reading): QueryFault | undefined {
  const { at, negated, values } = word;
  const known = KEYS.find((one) => one === key);
  if (known === undefined) {
    const guess = nearest(key, KEYS);
    return {
      at,
      text: `${key}: is no key of a query`,
      fix: guess === undefined ? `keys are ${KEYS.join(", ")}; a word with a colon in it stands in quotes` : `did you mean ${guess}:?`,
    };
  }
  switch (known) {
    case "since":
    case "until":
      return readTime(word, known, reading);
    case "id":
      return readIds(word, reading);
    case "state":
      return readStates(word, reading);
    case "class":
      return readClasses(word, reading);
    case "why":
      return take("reply", values, `because of "${values.join('" or "')}"`, negated, reading);
    case "reply":
      return take("reply", values, `saying "${values.join('" or "')}"`, negated, reading);
    case "ip": {
      const bad = values.find((value) => ipFamily(value) === undefined);
      return bad === undefined ? take("ip", values, said("ip", values), negated, reading) : { at, text: `${bad} is no IP address` };
    }
    case "to":
    case "from": {
      const bare = values.map((value) => value.replace(/^<|>$/g, ""));
      return take(known, known === "from" ? bare : bare.filter((one) => one !== ""), said(known, bare), negated, reading);
    }
    case "code":
      return take(
        "code",
        values.map((value) => value.toUpperCase()),
        said("code", values),
        negated,
        reading,
      );
    default:
      return take(known, values, said(known, values), negated, reading);
  }
}

function said(key: Key, values: readonly string[]): string {
  return `${key} ${values.map((value) => (value === "" ? "<>" : value)).join(" or ")}`;
}

type ListKey = Exclude<keyof HistoryQuery, "since" | "until" | "not">;

/** The same key twice asks for both, which no row can be: as one it would say something else. */
function take(
  key: ListKey,
  values: readonly string[],
  words: string,
  negated: boolean,
  reading: Reading,
  prefix = true,
): QueryFault | undefined {
  const lists: Partial<Record<ListKey, readonly string[]>> = negated ? reading.not : reading.query;
  const before = lists[key];
  if (before !== undefined && !negated && key !== "reply")
    return {
      at: 0,
      text: `${key} stands there twice; no mail is both`,
      fix: `for one or the other write ${key}:${[...before, ...values].join(",")}`,
    };
  lists[key] = [...(before ?? []), ...values];
  if (words !== "") reading.said.push(negated && prefix ? `not ${words}` : words);
  return undefined;
}

function readTime({ at, negated, values }: QueryWord, key: "since" | "until", reading: Reading): QueryFault | undefined {
  if (negated) return { at, text: `${key} cannot be negated`, fix: key === "since" ? "write until: instead" : "write since: instead" };
  const [value = ""] = values;
  const moment = values.length === 1 ? momentIn(value, reading.now, reading.zone, key === "until") : undefined;
  if (moment === undefined)
    return {
      at,
      text: `${key}:${values.join(",")} is no time`,
      fix: `write ${key}:3h, ${key}:2d, ${key}:2026-11-25 or ${key}:2026-11-25T10:00`,
    };
  if (reading.query[key] !== undefined) return { at, text: `${key} stands there twice` };
  reading.query[key] = moment;
  reading.said.push(`${key} ${zoneClock(reading.zone).minutes(moment, reading.now)}`);
  return undefined;
}

function readIds({ at, negated, values }: QueryWord, reading: Reading): QueryFault | undefined {
  if (negated) return { at, text: "id cannot be negated" };
  for (const value of values) {
    const id = readId(value.split(".", 1)[0] ?? "");
    if ("fault" in id)
      return {
        at,
        text:
          id.fault === "mistyped"
            ? `${value} has a typing error: its check characters do not fit`
            : `${value} is not an id (16 letters and digits)`,
      };
    reading.ids.push(id.key);
  }
  reading.said.push(said("id", values));
  return undefined;
}

function readStates({ at, negated, values }: QueryWord, reading: Reading): QueryFault | undefined {
  const states = new Set<HistoryState>();
  for (const value of values.map((one) => one.toLowerCase())) {
    const plain = STATES.find((state) => state === value);
    const meant = plain === undefined ? (Object.hasOwn(SYNONYMS, value) ? SYNONYMS[value] : undefined) : [plain];
    if (meant === undefined) {
      const guess = nearest(value, [...STATES, ...Object.keys(SYNONYMS)]);
      return { at, text: `${value} is no state`, fix: guess === undefined ? `states are ${STATES.join(", ")}` : `did you mean ${guess}?` };
    }
    for (const state of meant) states.add(state);
  }
  const lower = values.map((one) => one.toLowerCase());
  const tried = lower.includes("deferred") && !lower.includes("queued") && !lower.includes("open");
  if (tried && negated) return { at, text: "deferred cannot be negated", fix: "write -state:queued" };
  reading.tried ||= tried;
  return take("state", [...states], lower.join(" or "), negated, reading);
}

function readClasses({ at, negated, values }: QueryWord, reading: Reading): QueryFault | undefined {
  const classes: string[] = [];
  for (const value of values) {
    const known = REPLY_CLASSES.find((one) => one.toLowerCase() === value.toLowerCase());
    if (known === undefined) {
      const guess = nearest(value, REPLY_CLASSES);
      return {
        at,
        text: `${value} is no class of replies`,
        fix: guess === undefined ? `classes are ${REPLY_CLASSES.join(", ")}` : `did you mean ${guess}?`,
      };
    }
    classes.push(known);
  }
  return take("class", classes, said("class", classes), negated, reading);
}
