/** where: paste an id, an address, a code, a line of a log, a reply or a whole bounce; get the story. */
import { unreachable } from "../base/brand.ts";
import { concat } from "../base/bytes.ts";
import type { WallMs } from "../base/clock.ts";
import { countText } from "../base/size-text.ts";
import { durationText, parseDuration, zoneClock } from "../base/time-text.ts";
import { type ApiClient, ApiFailure, Unreachable } from "../control/api/client.ts";
import { codeText, findCode } from "../diagnose/codes/codes.ts";
import { type Found, findIn } from "../diagnose/find/find.ts";
import { connect, sameNode } from "./connect.ts";
import { CommandFault, EXIT, usageFault } from "./exit.ts";
import { run as explain } from "./explain.ts";
import { tell } from "./listing.ts";
import { numberFlag } from "./selection.ts";
import { foundText, rowText, storyText } from "./story-text.ts";
import { plainSigns } from "./terminal.ts";
import type { Call } from "./verb.ts";

/** A search without --since goes as far back as anything can be kept. */
const ALL_TIME = "3650d";
/** Of standard input; a bounce says what it is about in its first parts. */
const MOST_INPUT = 64 * 1024;

/** One question: what was asked, what was tried for it, and how it is told. */
interface Search {
  readonly call: Call;
  readonly client: ApiClient;
  readonly text: string;
  readonly tried: string[];
  /** A node that does not answer; told only if nothing can be said without it. */
  unreachable?: Unreachable;
}

export async function run(call: Call): Promise<number> {
  const typed = call.operands.join(" ").trim();
  const text = typed === "-" ? await pastedIn(call) : typed;
  const candidates = findIn(text);
  if (candidates.length === 0) throw usageFault("nothing was given to look for", "fairlead help where");
  checkSince(call);
  const search: Search = { call, client: connect(call), text, tried: [] };
  for (const candidate of candidates) if (await looked(search, candidate)) return EXIT.done;
  if (search.unreachable !== undefined) throw search.unreachable;
  throw await nothing(search, candidates);
}

/** True once something was told. */
async function looked(search: Search, candidate: Found): Promise<boolean> {
  try {
    return await lookedUp(search, candidate);
  } catch (thrown) {
    if (!(thrown instanceof Unreachable)) throw thrown;
    search.unreachable = thrown;
    return false;
  }
}

async function lookedUp(search: Search, found: Found): Promise<boolean> {
  const { call, tried } = search;
  switch (found.is) {
    case "message":
      tried.push("id");
      return await tellMessage(search, found.rcpt === null ? found.id : `${found.id}.${found.rcpt}`);
    case "link":
      tried.push("link");
      return await tellLink(search, found.key);
    case "message-id":
      tried.push("Message-ID");
      return await tellRows(search, found.messageId);
    case "address":
      tried.push("recipient", "sender");
      return await tellAddress(search, found.address);
    case "code": {
      const meaning = findCode(found.code);
      if (meaning === undefined) return false;
      tell(call, meaning, codeText(meaning));
      return true;
    }
    case "reply":
      return (await explain(explaining(call, found.text, found.host))) === EXIT.done;
    case "ip":
      tried.push("IP address");
      return await tellRows(search, `ip:${found.ip}`);
    case "domain":
      tried.push("recipients' domain", "senders' domain");
      return await tellRows(search, `@${found.domain}`);
    case "words":
      tried.push("words of replies");
      return await tellRows(search, found.text.replace(/["\\:<>,-]/g, " "));
    case "mistyped":
    case "foreign":
      return false;
    default:
      return unreachable(found);
  }
}

async function tellMessage({ call, client }: Search, id: string): Promise<boolean> {
  const story = await orNothing(client.call("message", { id, zone: call.terminal.zone }));
  if (story === undefined) return false;
  tell(call, story, storyText(story, call.terminal, { dialogue: call.flags.on("dialogue"), node: sameNode(call) }));
  return true;
}

/** Whose message a link opens only the node knows. */
async function tellLink(search: Search, key: string): Promise<boolean> {
  const found = await orNothing(search.client.call("find", { text: `/s/${key}` }));
  return found?.is === "message" && found.id !== undefined && (await tellMessage(search, found.id));
}

async function tellAddress({ call, client }: Search, address: string): Promise<boolean> {
  const { flags, terminal } = call;
  const past = flags.text("since");
  const started = terminal.clock.mono();
  const limit = numberFlag(call, "limit", 20, 100);
  const { messages, more } = await client.call("messages", { address, past, limit, zone: terminal.zone });
  const took = terminal.clock.mono() - started;
  if (messages.length === 0) return false;
  if (flags.on("json")) for (const message of messages) terminal.out(`${JSON.stringify(message)}\n`);
  else {
    terminal.out(plainSigns(messages.map((message) => foundText(message, terminal)).join(""), terminal.unicode));
    terminal.out(summary(call, messages.length, more, took));
  }
  return true;
}

/** A single message is told whole. */
async function tellRows(search: Search, words: string): Promise<boolean> {
  const { call, client } = search;
  const { flags, terminal } = call;
  const limit = numberFlag(call, "limit", 20, 1000);
  const q = `${words} since:${flags.text("since") ?? ALL_TIME}`;
  const { rows, next, tookMs } = await client.call("search", { q, limit, zone: terminal.zone });
  const [first] = rows;
  if (first === undefined) return false;
  if (rows.every(({ id }) => id === first.id) && next === null)
    return await tellMessage(search, rows.length === 1 ? `${first.id}.${first.rcpt}` : first.id);
  if (flags.on("json")) for (const row of rows) terminal.out(`${JSON.stringify(row)}\n`);
  else {
    terminal.out(plainSigns(rows.map((row) => rowText(row, terminal)).join(""), terminal.unicode));
    terminal.out(summary(call, rows.length, next !== null, tookMs));
  }
  return true;
}

function summary(call: Call, count: number, more: boolean, tookMs: number): string {
  const past = call.flags.text("since");
  const within = past === undefined ? "" : ` in ${past}`;
  return `${countText(count)}${more ? " newest" : ""} found${within} (${durationText(tookMs)}). All of it: fairlead where ID${sameNode(call)}\n`;
}

/** Not found is an answer here: something else may be. */
async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof ApiFailure && thrown.status === 404) return undefined;
    throw thrown;
  }
}

/** The verb `explain` as if it had been called with this reply. */
function explaining(call: Call, text: string, host: string | null): Call {
  const flags = { ...call.flags, text: (name: string) => (name === "mx" ? (host ?? undefined) : call.flags.text(name)) };
  return { ...call, operands: [text], flags };
}

/** What was tried, how far back, and where to look next. */
async function nothing(search: Search, candidates: readonly Found[]): Promise<CommandFault> {
  const { call, text, tried } = search;
  const [first] = candidates;
  const foreign = candidates.find((found) => found.is === "foreign");
  if (tried.length === 0 && first?.is === "mistyped")
    return notFound(
      `${first.text} has a typing error: its check characters do not fit`,
      "copy it again; a message's id has 16 letters and digits",
    );
  if (tried.length === 0 && foreign !== undefined)
    return notFound(
      `${foreign.id} is ${foreign.of}'s own id; it is not known here`,
      `${logSearch(foreign.of, foreign.id)}, and paste the line with the answer here`,
    );
  if (first?.is === "link")
    return notFound(
      "no message stands behind this link: it has ended, was taken back, or is not whole",
      "paste the reference that stood beside it",
    );
  const what = wordsFor(first, text);
  const past = call.flags.text("since");
  const fix =
    past === undefined
      ? `if a server says it sent it: ${logSearch("exim", what)}, and paste the line here`
      : "look further back: a longer --since, or none";
  return notFound(`no trace of ${what}${await span(search, past)}. Tried ${[...new Set(tried)].join(", ")}`, fix);
}

function notFound(text: string, fix: string): CommandFault {
  return new CommandFault(EXIT.notFound, "not-found", text, fix);
}

function wordsFor(found: Found | undefined, text: string): string {
  if (found?.is === "address") return found.address;
  if (found?.is === "message") return found.id;
  if (found?.is === "message-id") return found.messageId;
  return `"${text.replace(/\s+/g, " ").slice(0, 60)}"`;
}

function logSearch(kind: "exim" | "postfix" | "sendmail" | "qmail", what: string): string {
  const word = /^[\w@.+=-]+$/.test(what) ? what : `'${what.replace(/['"]/g, "")}'`;
  return kind === "exim" ? `exigrep ${word} /var/log/exim_mainlog` : `grep ${word} /var/log/mail.log`;
}

/** ` since 2 Feb (kept 30 days)`; nothing where the node does not say. */
async function span({ call, client }: Search, past: string | undefined): Promise<string> {
  if (past !== undefined) return ` in the last ${past}`;
  try {
    const { history } = await client.call("retention", {});
    const oldest = history.files.at(-1)?.day;
    const at = oldest === undefined ? undefined : (Date.parse(`${oldest}T12:00:00Z`) as WallMs);
    const dated =
      at === undefined
        ? ""
        : zoneClock("UTC")
            .minutes(at, call.terminal.clock.wall())
            .replace(/ ?\d\d:\d\d$/, "");
    return `${at === undefined ? "" : ` since ${dated || "today"}`} (kept ${history.days} days)`;
  } catch (thrown) {
    if (thrown instanceof ApiFailure) return ""; // how far back is known to operators only
    throw thrown;
  }
}

/** Before anything is looked for, so that a wrong one is told whatever was pasted. */
function checkSince({ flags }: Call): void {
  const since = flags.text("since");
  if (since !== undefined && parseDuration(since) === undefined)
    throw usageFault(`--since must be a time such as 2h, 90s or 3d, not ${since}`, "fairlead help where");
}

/** As much as says what it is about, in whatever encoding it came. */
async function pastedIn({ terminal }: Call): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of terminal.stdin) {
    parts.push(part);
    length += part.length;
    if (length > MOST_INPUT) break;
  }
  return Buffer.from(concat(parts)).toString("utf8");
}
