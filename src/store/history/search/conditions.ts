/**
 * A question as one day understands it: SQL over its numbers, and where to begin looking. Each condition is a list of
 * alternatives, of which one must hold; a day that knows none of its names has nothing to say.
 */
import type { ReplyClass } from "../../../model/diagnosis.ts";
import type { View } from "../../../model/view.ts";
import type { Cell } from "../../sql/sql.ts";
import { DELIVERED, RELAYED, STATES } from "../day/kept.ts";
import {
  CLASS,
  DOMAIN,
  ENHANCED,
  FAULT,
  type Found,
  FROM,
  IP,
  MESSAGE_ID,
  type Names,
  PROVIDER,
  REPLY_ID,
  SAID,
  SENDER,
  SOURCE,
  TENANT,
  TO,
} from "../day/names.ts";
import { IS_ODD } from "../day/schema.ts";
import type { HistoryQuery, HistoryState } from "../history.ts";
import { bareMessageId, hashOf, hashOfNumber, idsIn, lowerAscii, MARK, shapeOf, wideHashOf } from "../shape.ts";

/** Where rows that match can be found without walking all of them: under these hashes, or among these states. */
export type Lead = { readonly hashes: readonly number[] } | { readonly states: readonly number[] };

export interface Conditions {
  /** Joined by "and". */
  readonly sql: string;
  readonly cells: readonly Cell[];
  /** One of these is enough to find every row that matches; empty: walk. */
  readonly leads: readonly Lead[];
}

interface Alternative {
  readonly sql: string;
  readonly cells: readonly Cell[];
  readonly lead?: Lead;
}

type Lists = Omit<HistoryQuery, "not" | "since" | "until">;

/** States but delivered and relayed: the index over them is used where a query says so in its words. */
const ODD: readonly number[] = STATES.flatMap((_, number) => (number === DELIVERED || number === RELAYED ? [] : [number]));
/** Shapes of replies that are named one by one; more are looked for row by row. */
const MOST_SHAPES = 500;

/** Undefined: no row of this day matches. */
export function conditionsOf(view: View, query: HistoryQuery, names: Names): Conditions | undefined {
  const parts: Alternative[] = [];
  const leads: Lead[] = [];
  if (view.sees === "tenant") {
    const mine = names.exact(TENANT, view.tenant);
    if (mine === undefined) return undefined;
    const { lead } = ledBy(mine, TENANT);
    parts.push({ sql: `tenant = ${mine.id}`, cells: [] });
    if (lead !== undefined) leads.push(lead);
  }
  for (const alternatives of readLists(query, names)) {
    if (alternatives.length === 0) return undefined;
    parts.push(anyOf(alternatives));
    const lead = leadOf(alternatives);
    if (lead) leads.push(lead);
  }
  for (const alternatives of readLists(query.not ?? {}, names)) {
    if (alternatives.length === 0) continue;
    const { sql, cells } = anyOf(alternatives);
    parts.push({ sql: `not ${sql}`, cells });
  }
  return { sql: parts.map(({ sql }) => sql).join(" and ") || "true", cells: parts.flatMap(({ cells }) => cells), leads };
}

function anyOf(alternatives: readonly Alternative[]): Alternative {
  return { sql: `(${alternatives.map(({ sql }) => sql).join(" or ")})`, cells: alternatives.flatMap(({ cells }) => cells) };
}

/** Only if every alternative has one, and they are of one kind. */
function leadOf(alternatives: readonly Alternative[]): Lead | undefined {
  const leads = alternatives.map(({ lead }) => lead);
  const hashes = leads.flatMap((lead) => (lead !== undefined && "hashes" in lead ? [lead.hashes] : []));
  if (hashes.length === leads.length) return { hashes: [...new Set(hashes.flat())] };
  const states = leads.flatMap((lead) => (lead !== undefined && "states" in lead ? [lead.states] : []));
  return states.length === leads.length ? { states: [...new Set(states.flat())] } : undefined;
}

function readLists(lists: Lists, names: Names): Alternative[][] {
  const read: Alternative[][] = [];
  const each = <V extends string>(values: readonly V[] | undefined, of: (value: V) => Alternative[]): void => {
    if (values !== undefined) read.push(values.flatMap(of));
  };
  each(lists.to, (value) => (value.startsWith("@") ? named("domain", DOMAIN, value.slice(1), names) : [recipient(value)]));
  each(lists.from, (value) =>
    value.startsWith("@") ? named("fdomain", DOMAIN, value.slice(1), names) : named("mfrom", FROM, value, names),
  );
  each(lists.sender, (value) => named("sender", SENDER, value, names));
  each(lists.source, (value) => named("source", SOURCE, value, names));
  each(lists.tenant, (value) => named("tenant", TENANT, value, names));
  each(lists.provider, (value) => named("provider", PROVIDER, value, names));
  each<HistoryState>(lists.state, (value) => [ofState(value)]);
  each<ReplyClass>(lists.class, (value) => ofTrouble("class", CLASS, value, names));
  each(lists.code, (value) => ofCode(value, names));
  each(lists.ip, (value) => names.alike(IP, value).map((found) => ofAddress(found)));
  each(lists.messageId, (value) => [ofMessageId(value)]);
  each(lists.reply, (value) => ofReply(value, names));
  return read;
}

function named(column: string, kind: number, value: string, names: Names): Alternative[] {
  return names.alike(kind, value).map((found) => ({ sql: `${column} = ${found.id}`, cells: [], ...ledBy(found, kind) }));
}

function ledBy({ id, common }: Found, kind: number): { readonly lead?: Lead } {
  return common ? {} : { lead: { hashes: [hashOfNumber(kind, id)] } };
}

/** What only a delivery has that did not succeed (yet): its row is among the odd ones. */
function ofTrouble(column: string, kind: number, value: string, names: Names): Alternative[] {
  return names.alike(kind, value).map(({ id }) => trouble(`${column} = ${id}`));
}

function trouble(sql: string): Alternative {
  return { sql: `(${sql} and ${IS_ODD})`, cells: [], lead: { states: ODD } };
}

function recipient(address: string): Alternative {
  return { sql: "addr = ? collate nocase", cells: [address], lead: { hashes: [hashOf(TO, address)] } };
}

function ofState(state: HistoryState): Alternative {
  const number = STATES.indexOf(state);
  return ODD.includes(number) ? { ...trouble(`state = ${number}`), lead: { states: [number] } } : { sql: `state = ${number}`, cells: [] };
}

function ofCode(code: string, names: Names): Alternative[] {
  const failed = /^[45]/.test(code);
  if (/^\d{3}$/.test(code)) return failed ? [trouble(`code = ${Number(code)}`)] : [{ sql: `code = ${Number(code)}`, cells: [] }];
  if (!/^\d\.\d+\.\d+$/.test(code)) return ofTrouble("fault", FAULT, code, names);
  return failed
    ? ofTrouble("enhanced", ENHANCED, code, names)
    : names.alike(ENHANCED, code).map(({ id }) => ({ sql: `enhanced = ${id}`, cells: [] }));
}

/** Of the client, of the host, or our own. */
function ofAddress(found: Found): Alternative {
  const { id } = found;
  return { sql: `(peer = ${id} or ip = ${id} or local = ${id})`, cells: [], ...ledBy(found, IP) };
}

function ofMessageId(value: string): Alternative {
  const bare = bareMessageId(value);
  return { sql: "mid = ?", cells: [wideHashOf(bare)], lead: { hashes: [hashOf(MESSAGE_ID, bare)] } };
}

/** What does not change from one reply to the next is looked for in their shapes; ids, numbers, addresses and hosts as a whole. */
function ofReply(text: string, names: Names): Alternative[] {
  const { shape, parts } = shapeOf(lowerAscii(text.trim()));
  const tokens = parts === "" ? [] : parts.split(MARK);
  const said = shape === MARK || shape === "" ? undefined : names.saying(shape, MOST_SHAPES + 1);
  if (said?.length === 0) return [];
  const holds = tokens.map(() => `instr('${MARK}' || lower(parts) || '${MARK}', ?) > 0`);
  const cells: Cell[] = tokens.map((token) => MARK + token + MARK);
  if (said !== undefined && said.length > MOST_SHAPES) {
    holds.push(`said in (select id from name where kind = ${SAID} and instr(lower(text), ?) > 0)`);
    cells.push(shape);
  } else if (said !== undefined) holds.push(`said in (${said.map(({ id }) => id).join(", ")})`);
  const [id] = idsIn(parts).sort((a, b) => b.length - a.length);
  const rare = said !== undefined && said.length <= MOST_SHAPES && said.every(({ common }) => !common);
  const hashes = id === undefined ? (rare ? said.map((found) => hashOfNumber(SAID, found.id)) : undefined) : [hashOf(REPLY_ID, id)];
  return [{ sql: holds.length === 0 ? "true" : `(${holds.join(" and ")})`, cells, ...(hashes === undefined ? {} : { lead: { hashes } }) }];
}
