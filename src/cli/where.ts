/** where: paste an id, an address, a code or a line that holds one; get the story. */
import type { WallMs } from "../base/clock.ts";
import { bytesText, countText } from "../base/size-text.ts";
import { durationText, zoneClock } from "../base/time-text.ts";
import type { ApiClient } from "../control/api/client.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { codeText, findCode } from "../diagnose/codes/codes.ts";
import { readId } from "../model/ids.ts";
import { connect, sameNode } from "./connect.ts";
import { CommandFault, EXIT, usageFault } from "./exit.ts";
import { numberFlag } from "./selection.ts";
import { oneLine } from "./table-text.ts";
import { plainSigns, type State, stateNamed, stateText, strong, type Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

type Story = ReplyOf<"message">;
type RecipientStory = Story["recipients"][number];
type Found = ReplyOf<"messages">["messages"][number];

/** Of a message to many, so many lines; the rest is counted. */
const MOST_LINES = 20;
const INDENT = " ".repeat(20);

export async function run(call: Call): Promise<number> {
  const text = call.operands.join(" ").trim();
  const id = idIn(text);
  if (id !== undefined) return await tellMessage(call, connect(call), id);
  const code = findCode(text);
  if (code !== undefined) return tell(call, code, codeText(code));
  const address = addressIn(text);
  if (address !== undefined) return await tellAddress(call, connect(call), address);
  const alone = readId(text);
  if ("fault" in alone && alone.fault === "mistyped")
    throw new CommandFault(
      EXIT.notFound,
      "not-found",
      `${text} has a typing error: its check characters do not fit`,
      "copy it again; a message's id has 16 letters and digits",
    );
  throw usageFault(`nothing in "${text.slice(0, 80)}" is an id, an address or an FL-code`, "fairlead help where");
}

/** The first id in any text: its check characters tell it from other words of 16 letters. */
export function idIn(text: string): string | undefined {
  for (const [word] of text.matchAll(/(?<![0-9A-Za-z])[0-9A-Za-z]{16}(?![0-9A-Za-z])(?:\.\d{1,6}(?!\d))?/g))
    if (!("fault" in readId(word.split(".", 1)[0] ?? ""))) return word.toUpperCase();
  return undefined;
}

/** The first address in any text; in a log line the one behind `to=` or `=>` before others. */
export function addressIn(text: string): string | undefined {
  const address = /[^\s<>"'(),;:=[\]]+@(?:\[[\w.:]+\]|[^\s<>"'(),;:=[\]@]+)/u;
  const marked = /(?:\bto=<?|[=-]> (?:\S+ <)?)(\S+@[^\s<>,;]+)/.exec(text)?.[1];
  return marked ?? address.exec(text)?.[0]?.replace(/\.$/, "");
}

function tell({ flags, terminal }: Call, data: unknown, text: string): number {
  terminal.out(flags.on("json") ? `${JSON.stringify(data)}\n` : plainSigns(text, terminal.unicode));
  return EXIT.done;
}

async function tellMessage(call: Call, client: ApiClient, id: string): Promise<number> {
  const story = await client.call("message", { id, zone: call.terminal.zone });
  return tell(call, story, storyText(story, call.terminal, sameNode(call)));
}

function storyText(story: Story, terminal: Terminal, node: string): string {
  const lines = [
    `${strong(story.id, terminal)}   from ${story.from === "" ? "<>" : story.from}   ${bytesText(story.bytes)}, ${story.class}`,
  ];
  for (const recipient of story.recipients.slice(0, MOST_LINES))
    lines.push(`${stateText(stateOf(recipient.now), "", terminal)} ${oneLine(recipient.line)}`);
  if (story.recipients.length > MOST_LINES) lines.push(`  and ${countText(story.recipients.length - MOST_LINES)} more recipients`);
  const [only, more] = story.recipients;
  if (only !== undefined && more === undefined) lines.push(...detail(only, story, terminal));
  else
    lines.push(
      "",
      `What happened to one of them: fairlead where ${story.id}.0${node}   (.0 is ${only?.to}, .1 is ${more?.to}${story.recipients.length > 2 ? " …" : ""})`,
    );
  return `${lines.join("\n")}\n`;
}

function detail(recipient: RecipientStory, story: Story, terminal: Terminal): readonly string[] {
  const lines: string[] = [];
  if (recipient.parts.length > 0) {
    const parts = recipient.parts.map(({ what, ms }) => `${durationText(ms)} ${what}`);
    lines.push("", `${strong("WHERE THE TIME WENT", terminal)}  ${durationText(recipient.totalMs)}`, `  ${parts.join(" · ")}`);
  }
  lines.push("", strong(`WHAT HAPPENED (${story.zone})`, terminal));
  const clock = zoneClock(terminal.zone);
  const now = terminal.clock.wall();
  const start = Date.parse(story.acceptedAt);
  for (const step of recipient.steps) {
    const at = Date.parse(step.at);
    const head = `${clock.moment(at as WallMs, now)}  +${at - start < 1 ? "0" : durationText(at - start)}`;
    lines.push(`${head.padEnd(INDENT.length)}${head.length >= INDENT.length ? " " : ""}${oneLine(step.text)}`);
    if (step.quote !== null) lines.push(`${INDENT}"${oneLine(step.quote)}"`);
  }
  if (recipient.steps.length === 0) lines.push("  not known: its events are past their retention");
  return lines;
}

async function tellAddress(call: Call, client: ApiClient, address: string): Promise<number> {
  const { flags, terminal } = call;
  const past = flags.text("since");
  const started = terminal.clock.mono();
  const { messages, more } = await client.call("messages", {
    address,
    past,
    limit: numberFlag(call, "limit", 20, 100),
    zone: terminal.zone,
  });
  const took = terminal.clock.mono() - started;
  if (messages.length === 0) {
    const span = past === undefined ? "" : ` in the last ${past}`;
    throw new CommandFault(
      EXIT.notFound,
      "not-found",
      `no trace of ${address}${span}, neither as recipient nor as MAIL FROM`,
      past === undefined ? "if a server says it sent it, look into that server's log" : "look further back: a longer --since, or none",
    );
  }
  if (flags.on("json")) for (const message of messages) terminal.out(`${JSON.stringify(message)}\n`);
  else {
    terminal.out(plainSigns(messages.map((message) => foundText(message, terminal)).join(""), terminal.unicode));
    terminal.out(
      `${countText(messages.length)}${more ? " newest" : ""} found${past === undefined ? "" : ` in ${past}`} (${durationText(took)}). All of it: fairlead where ID${sameNode(call)}\n`,
    );
  }
  return EXIT.done;
}

function foundText(message: Found, terminal: Terminal): string {
  const at = zoneClock(terminal.zone).moment(Date.parse(message.acceptedAt) as WallMs, terminal.clock.wall());
  const [first] = message.recipients;
  const head = `${at} ${stateText(first === undefined ? "queued" : stateOf(first.now), message.id, terminal)}  ${message.from === "" ? "<>" : message.from}`;
  const lines = message.recipients.slice(0, MOST_LINES).map(({ line }) => `  ${oneLine(line)}`);
  const rest = message.recipients.length - MOST_LINES;
  return `${[head, ...lines, ...(rest > 0 ? [`  and ${countText(rest)} more recipients`] : [])].join("\n")}\n`;
}

function stateOf(now: RecipientStory["now"]): State {
  return now.k === "queued" && now.inDoubt ? "doubt" : stateNamed(now.k === "not known" ? "good" : now.k);
}
