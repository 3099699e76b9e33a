/**
 * Every route, once: method, path, what it takes and what it answers. The server runs this table, the client's types
 * come from it, and the reference is printed from it.
 */
import type { WallMs } from "../../base/clock.ts";
import { type ClosedSites, type MessageRecord, tellStory } from "../../diagnose/story/story.ts";
import { ACTION_VERBS } from "../../model/action.ts";
import type { Actor } from "../../model/event.ts";
import { type DeliveryRef, idOf, type SiteKey, type SourceName } from "../../model/ids.ts";
import { EVERYTHING } from "../../model/view.ts";
import { type Fields, flag, group, list, maybe, oneOf, orElse, span, text, type Values, type Written, whole } from "./fields.ts";
import type { Answered, NewSource, NodeFace, Refusal } from "./node-face.ts";
import { given, type Reference, reference, type SelectorInput, selectorFields, selectorOf } from "./selector-fields.ts";
import { deliveryName, deliveryRow, eventRow, ledgerReply, statusReply, storyReply } from "./shapes.ts";
import type { Wire } from "./wire-form.ts";

/** What a route knows besides its input. */
export interface Context {
  readonly node: NodeFace;
  readonly now: WallMs;
  readonly by: Actor;
}

/** A stream of octets instead of JSON. */
export interface RawReply {
  readonly raw: AsyncIterable<Uint8Array>;
  readonly type: string;
}

export type Method = "GET" | "POST" | "DELETE";

export interface Route<In extends Fields, Out> {
  readonly method: Method;
  /** `:name` is a field too. */
  readonly path: string;
  readonly says: string;
  readonly takes: In;
  /** @throws {Refused} when the answer is no. */
  run(context: Context, input: Values<In>): Promise<Out>;
}

/** The answer is no, in words for a person. */
export class Refused extends Error {
  readonly refusal: Refusal | { readonly code: "bad-request"; readonly text: string; readonly fix?: string };
  constructor(refusal: Refused["refusal"]) {
    super(refusal.text);
    this.name = "Refused";
    this.refusal = refusal;
  }
}

const MOST_ROWS = 1000;
const MOST_MESSAGES = 100;
const MOST_CIDRS = 256;

const zone = orElse(text("the IANA time zone of clock times in sentences", 64, "Europe/Berlin"), "UTC");
const limit = (most: number, usual: number) => orElse(whole(`at most so many; ${usual} if not given`, 1, most), usual);
const NAME = text("the source's name", 64, "srv7");

export const routes = {
  status: route("GET", "/api/v1/status", "Whether mail flows and what needs a person", {}, async ({ node }) =>
    statusReply(await node.status(EVERYTHING), node),
  ),

  health: route("GET", "/api/v1/health", "Whether the node answers, and nothing more", {}, async ({ node, now }) => ({
    ok: true as const,
    name: node.name,
    version: node.version,
    at: now,
  })),

  deliveries: route(
    "GET",
    "/api/v1/deliveries",
    "Open deliveries in order of acceptance",
    { ...selectorFields, after: maybe(reference), limit: limit(MOST_ROWS, 100), total: flag("also count all that match") },
    async ({ node, now }, { after, limit, total, ...which }) => {
      const selector = usable(which, now, node);
      const from = after === undefined ? undefined : refOf(after);
      const found = await node.deliveries(EVERYTHING, selector, limit + 1, from);
      const rows = found.slice(0, limit);
      const last = found.length > limit ? rows.at(-1) : undefined;
      return {
        deliveries: rows.map((row) => deliveryRow(row, node.number)),
        next: last === undefined ? null : deliveryName(last.ref, node.number),
        total: total ? await node.count(EVERYTHING, selector) : null,
      };
    },
  ),

  messages: route(
    "GET",
    "/api/v1/messages",
    "Messages to or from an address, newest first, each with its summary lines",
    {
      address: text("recipient or MAIL FROM", 320, "j.doe@gmail.com"),
      past: maybe(span("accepted within this time")),
      limit: limit(MOST_MESSAGES, 20),
      zone,
    },
    async ({ node, now }, { address, past, limit, zone }) => {
      const since = past === undefined ? {} : { since: (now - past) as WallMs };
      const pages = await Promise.all(
        [{ to: [address] }, { from: [address] }].map((half) => node.search(EVERYTHING, { ...half, ...since }, { limit: limit + 1 })),
      );
      const wanted = [...new Set(pages.flatMap(({ rows }) => rows.map(({ ref }) => ref.message)))].sort((a, b) => b - a);
      const records = await Promise.all(wanted.slice(0, limit).map(async (key) => ({ key, record: await node.message(EVERYTHING, key) })));
      const closed = await closedSites(
        node,
        records.map(({ record }) => record),
      );
      const stories = records.flatMap(({ key, record }) =>
        record === undefined ? [] : [tellStory(record, { id: idOf(key, node.number), now, zone, closed })],
      );
      return { messages: stories.map((story) => forAddress(story, address)), more: wanted.length > limit };
    },
  ),

  message: route("GET", "/api/v1/messages/:id", "The story of a message", { id: reference, zone }, async ({ node, now }, { id, zone }) => {
    own(id, node);
    const record = await node.message(EVERYTHING, id.message);
    const story =
      record &&
      storyReply(
        tellStory(record, {
          id: idOf(id.message, node.number),
          now,
          zone,
          closed: await closedSites(node, [record]),
          ...(id.rcpt === undefined ? {} : { only: id.rcpt }),
        }),
      );
    if (story === undefined) throw notFound(`no trace of ${idOf(id.message, node.number)}`, "its events may be past their retention");
    return story;
  }),

  content: route(
    "GET",
    "/api/v1/messages/:id/content",
    "The message as it would be sent, while it is open",
    { id: reference },
    async ({ node }, { id }) => {
      own(id, node);
      const raw = await node.content(EVERYTHING, id.message);
      if (raw === undefined)
        throw notFound(`no content of ${idOf(id.message, node.number)} is kept`, "content goes with the last open delivery");
      return { raw, type: "message/rfc822" } satisfies RawReply;
    },
  ),

  act: route(
    "POST",
    "/api/v1/actions",
    "Holds, releases, bounces, discards, retries or reroutes what matches",
    {
      verb: oneOf("what to do", ACTION_VERBS),
      selector: group("which deliveries", selectorFields),
      all: flag("really everything: needed where the selector has no condition"),
      note: maybe(text("why, for the record", 500, "asked by the tenant")),
      dryRun: flag("count only, change nothing"),
      site: maybe(text("where to, for reroute", 320, "upstream:ses-eu")),
    },
    async ({ node, now, by }, { verb, selector: which, all, note, dryRun, site }) => {
      if (!all && given(which).every((name) => name === "states"))
        throw new Refused({
          code: "bad-request",
          text: "the selector has no condition and would match everything",
          fix: "name ids, a sender, a domain …, or set all",
        });
      if ((verb === "reroute") !== (site !== undefined))
        throw new Refused({
          code: "bad-request",
          text: site === undefined ? "reroute needs site: where to" : `site is for reroute only, not for ${verb}`,
        });
      const selector = usable(which, now, node);
      const { result } = answered(
        await node.act(EVERYTHING, {
          verb,
          selector,
          dryRun,
          by,
          ...(note === undefined ? {} : { note }),
          ...(site === undefined ? {} : { site: site as SiteKey }),
        }),
      );
      return { verb, dryRun, ...result };
    },
  ),

  undo: route(
    "POST",
    "/api/v1/actions/:action/undo",
    "Takes an action back",
    { action: whole("the action's number", 1, Number.MAX_SAFE_INTEGER) },
    async ({ node, by }, { action }) => {
      const { result } = answered(await node.undo(EVERYTHING, action, by));
      return { undone: action, ...result };
    },
  ),

  actions: route(
    "GET",
    "/api/v1/actions",
    "What operators did, newest first",
    { limit: limit(MOST_ROWS, 50) },
    async ({ node }, { limit }) => ({
      actions: await node.actions(EVERYTHING, limit),
    }),
  ),

  sources: route("GET", "/api/v1/sources", "Who may hand over mail", {}, async ({ node }) => ({ sources: await node.sources(EVERYTHING) })),

  addSource: route(
    "POST",
    "/api/v1/sources",
    "Lets an address range or a login hand over mail",
    {
      name: NAME,
      cidrs: maybe(list(text("address ranges", 64, "192.0.2.0/24"), MOST_CIDRS)),
      wide: flag("allow a range wider than /16, or /32 of IPv6"),
      login: maybe(text("a user name for SMTP AUTH", 255, "srv7")),
      password: maybe(text("its password; one is made if not given", 255, "…")),
    },
    async ({ node }, input) => {
      const { source, password } = answered(await node.addSource(newSource(input)));
      return { source, password: password ?? null };
    },
  ),

  removeSource: route("DELETE", "/api/v1/sources/:name", "Takes no more mail from a source", { name: NAME }, async ({ node }, { name }) => {
    const { removed } = answered(await node.removeSource(name as SourceName));
    return { removed };
  }),

  lanes: route("GET", "/api/v1/lanes", "Destinations with their connections and waiting mail", {}, async ({ node }) => ({
    lanes: await node.lanes(),
  })),

  events: route(
    "GET",
    "/api/v1/events",
    "What happened, in order",
    {
      after: maybe(whole("the sequence of the last event already seen; the newest ones if not given", 0, Number.MAX_SAFE_INTEGER)),
      limit: limit(MOST_ROWS, 100),
    },
    async ({ node }, { after, limit }) => {
      const from = after ?? Math.max(0, (await newestEvent(node)) - limit);
      const events = (await node.events(EVERYTHING, from, limit)).map((event) => eventRow(event, node.number));
      return { events, next: events.at(-1)?.seq ?? from };
    },
  ),

  ledger: route("GET", "/api/v1/ledger", "Both counts of all mail, made now", {}, async ({ node }) => ledgerReply(await node.ledger())),

  pickup: route("POST", "/api/v1/pickup", "Looks at the drop folder now", {}, async ({ node }) => node.pickup()),

  drain: route("POST", "/api/v1/drain", "Stops gracefully: takes no new mail, finishes open transactions", {}, async ({ node }) => {
    node.drain();
    return { draining: true as const };
  }),
} as const;

export type RouteName = keyof typeof routes;
export type InputOf<Name extends RouteName> = Written<(typeof routes)[Name]["takes"]>;
export type ReplyOf<Name extends RouteName> = Wire<Awaited<ReturnType<(typeof routes)[Name]["run"]>>>;

function route<const In extends Fields, Out>(
  method: Method,
  path: string,
  says: string,
  takes: In,
  run: (context: Context, input: Values<In>) => Promise<Out>,
): Route<In, Out> {
  return { method, path, says, takes, run };
}

/** Asked only where something is queued: lanes with many destinations are no small answer. */
async function closedSites(node: NodeFace, records: readonly (MessageRecord | undefined)[]): Promise<ClosedSites> {
  if (!records.some((record) => record?.open.some(({ state }) => state === "queued"))) return new Map();
  const closed = (await node.lanes()).filter(({ state }) => state === "closed");
  return new Map(closed.map(({ site, why = "not known why", until }) => [site, until === undefined ? { why } : { why, until }]));
}

/** Sequences are dense, so doubling and halving finds the last one in some fifty look-ups by key. */
async function newestEvent(node: NodeFace): Promise<number> {
  const isAfter = async (seq: number): Promise<boolean> => (await node.events(EVERYTHING, seq, 1)).length > 0;
  let high = 1024;
  while (await isAfter(high)) high *= 2;
  let low = 0;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await isAfter(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function usable(which: SelectorInput, now: WallMs, node: NodeFace) {
  const made = selectorOf(which, now, node.number);
  if ("wrong" in made) throw new Refused({ code: "bad-request", text: made.wrong });
  return made.selector;
}

function own(ref: Reference, node: NodeFace): void {
  if (ref.node !== node.number)
    throw notFound(`that message is of node ${ref.node}; this is node ${node.number}`, "ask the node that accepted it");
}

function refOf(ref: Reference): DeliveryRef {
  return { message: ref.message, rcpt: ref.rcpt ?? 0 };
}

function answered<T>(answer: Answered<T>): T {
  if (!answer.ok) throw new Refused(answer.refusal);
  return answer;
}

function notFound(text: string, fix: string): Refused {
  return new Refused({ code: "not-found", text, fix });
}

function newSource(input: {
  name: string;
  cidrs: readonly string[] | undefined;
  wide: boolean;
  login: string | undefined;
  password: string | undefined;
}): NewSource {
  const name = input.name as SourceName;
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(name))
    throw new Refused({ code: "bad-request", text: "name must be made of letters, digits, dots, hyphens and underscores" });
  if ((input.cidrs === undefined) === (input.login === undefined))
    throw new Refused({
      code: "bad-request",
      text: "a source is either address ranges (cidrs) or a login",
      fix: "give exactly one of the two",
    });
  if (input.login !== undefined)
    return { kind: "credential", name, login: input.login, ...(input.password === undefined ? {} : { password: input.password }) };
  if (input.password !== undefined) throw new Refused({ code: "bad-request", text: "a range has no password" });
  return { kind: "range", name, cidrs: input.cidrs ?? [], wide: input.wide };
}

/** Of a message to many, only the lines of the address that was asked for; all of them where it is the sender. */
function forAddress(story: ReturnType<typeof tellStory>, address: string) {
  const wanted = address.toLowerCase();
  const asRecipient = story.recipients.filter(({ to }) => to.toLowerCase() === wanted);
  const recipients = (asRecipient.length > 0 ? asRecipient : story.recipients).map(({ rcpt, to, line, now }) => ({ rcpt, to, line, now }));
  const { id, acceptedAt, from, sender, source, bytes } = story;
  return { id, acceptedAt, from, sender, source, bytes, recipients };
}
