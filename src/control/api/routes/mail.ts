/** Where is it, and why: search, stories, content, explanations. */
import { address, after, limit, reference, span, zone } from "./fields.ts";
import { ACTS, READS, route, streams } from "./route.ts";
import { diagnosis, flowStep, foundMessage, row, story, tallyByState } from "./rows.ts";
import { anything, bool, int, lines, list, maybe, num, object, oneOf, orElse, orNull, record, str, text, time, whole } from "./schema.ts";

/** As the query's own parser has it. */
export const MOST_QUERY = 2000;
export const MOST_EXPORTED = 1_000_000;
const MOST_PASTED = 16_000;
const MOST_REPLY = 4000;

/** Empty: everything of the last 24 hours. */
const query = orElse(lines("the query, as typed into the search box: to:@gmail.com state:queued since:3h", MOST_QUERY), "");

const preview = object({
  ...{ subject: orNull(str), from: orNull(str), to: orNull(str), date: orNull(str), text: orNull(str), html: orNull(str) },
  attachments: list(object({ name: orNull(str), type: str, bytes: int })),
});

/** What a pasted text turned out to be; which fields there are depends on `is`. */
const found = object({
  is: oneOf("what it is", ["message", "address", "code", "reply", "query", "nothing"]),
  id: maybe(str),
  q: maybe(str),
  code: maybe(str),
  means: maybe(str),
  who: maybe(str),
  fix: maybe(str),
  diagnosis: maybe(diagnosis),
  tried: maybe(list(str)),
  backTo: maybe(orNull(time)),
  next: maybe(orNull(str)),
});

export const mailRoutes = {
  search: route(
    "Deliveries and refusals that match, newest first",
    READS,
    { q: query, limit: limit(100), after, zone },
    object({
      rows: list(row),
      next: orNull(str),
      searchedBackTo: time,
      tookMs: num,
      query: object({ terms: record(anything), readable: str }),
      live: bool,
    }),
  ),

  tally: route(
    "How many match, by state",
    READS,
    { q: query, zone },
    object({ byState: tallyByState, exact: bool, steps: list(flowStep) }),
  ),

  export: route(
    "All that match, as a file; above 10,000 rows a session must have shown its password",
    READS,
    {
      q: query,
      form: orElse(oneOf("comma-separated or one JSON object a line", ["csv", "jsonl"]), "csv"),
      most: orElse(whole("at most so many rows", 1, MOST_EXPORTED), 10_000),
      zone,
    },
    streams("text/csv", "application/jsonl"),
  ),

  messages: route(
    "Messages to or from an address, newest first, each with its summary lines",
    READS,
    { address, past: maybe(span), limit: limit(20, 100), zone },
    object({ messages: list(foundMessage), more: bool }),
  ),

  message: route("The story of a message", READS, { id: reference, zone }, story),

  content: route("The message as it would be sent, while it is open", ACTS, { id: reference }, streams("message/rfc822")),

  preview: route("A message in parts that are safe to show, while it is open", ACTS, { id: reference }, preview),

  frame: route(
    "The HTML part alone, as a document that may run and load nothing, for a sandboxed frame",
    ACTS,
    { id: reference },
    streams("text/html"),
  ),

  makeLink: route(
    "Makes a link to the message's story for somebody without a login: 30 days, revocable",
    ACTS,
    { id: reference },
    object({ url: str, until: time }),
  ),

  revokeLink: route("Makes the message's links useless", ACTS, { id: reference }, object({ revoked: bool })),

  find: route(
    "Finds or explains whatever is pasted: an id, an address, a code, a line of a log, a reply",
    READS,
    { text: lines("anything", MOST_PASTED), zone },
    found,
  ),

  explain: route(
    "What a receiver's reply means, and what to do about it",
    READS,
    {
      text: lines("the reply: 550-5.7.26 This mail has been blocked because the sender is unauthenticated.", MOST_REPLY),
      mx: maybe(text("the host that said it", 255, "gmail-smtp-in.l.google.com")),
    },
    diagnosis,
  ),
};
