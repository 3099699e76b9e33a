/** A story as the command line shows it: the lines of all recipients, and of one all that is known. */
import type { WallMs } from "../base/clock.ts";
import { bytesText, countText } from "../base/size-text.ts";
import { durationText, zoneClock } from "../base/time-text.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { oneLine } from "./table-text.ts";
import { type State, stateNamed, stateText, strong, type Terminal } from "./terminal.ts";

type Story = ReplyOf<"message">;
type RecipientStory = Story["recipients"][number];
type FoundMessage = ReplyOf<"messages">["messages"][number];
type FoundRow = ReplyOf<"search">["rows"][number];

/** Of a message to many, so many lines; the rest is counted. */
const MOST_LINES = 20;
/** Columns before a step's text, where no moment is longer. */
const INDENT = 20;

export interface StoryLook {
  /** What was said line by line, too. */
  readonly dialogue: boolean;
  /** ` --data D`, so that a printed command works as it stands. */
  readonly node: string;
}

export function storyText(story: Story, terminal: Terminal, look: StoryLook): string {
  const lines = [
    `${strong(story.id, terminal)}   from ${story.from === "" ? "<>" : oneLine(story.from)}   ${bytesText(story.bytes)}, ${story.class}`,
  ];
  for (const recipient of story.recipients.slice(0, MOST_LINES))
    lines.push(`${stateText(stateOf(recipient.now), "", terminal)} ${oneLine(recipient.line)}`);
  if (story.recipients.length > MOST_LINES) lines.push(`  and ${countText(story.recipients.length - MOST_LINES)} more recipients`);
  const [only, more] = story.recipients;
  if (only !== undefined && more === undefined) lines.push(...detail(only, story, terminal, look));
  else
    lines.push(
      "",
      `What happened to one of them: fairlead where ${story.id}.0${look.node}   (.0 is ${only?.to}, .1 is ${more?.to}${story.recipients.length > 2 ? " …" : ""})`,
    );
  return `${lines.join("\n")}\n`;
}

function detail(recipient: RecipientStory, story: Story, terminal: Terminal, { dialogue, node }: StoryLook): readonly string[] {
  const lines: string[] = [...todo(recipient, terminal)];
  if (recipient.parts.length > 0) {
    const parts = recipient.parts.map(({ what, ms }) => `${durationText(ms)} ${what}`);
    lines.push("", `${strong("WHERE THE TIME WENT", terminal)}  ${durationText(recipient.totalMs)}`, `  ${parts.join(" · ")}`);
  }
  lines.push("", strong(`WHAT HAPPENED (${story.zone})`, terminal));
  const clock = zoneClock(terminal.zone);
  const now = terminal.clock.wall();
  const heads = recipient.steps.map(({ at, ms }) => `${clock.moment(Date.parse(at) as WallMs, now)}  +${ms < 1 ? "0" : durationText(ms)}`);
  const indent = " ".repeat(Math.max(INDENT, ...heads.map(({ length }) => length + 1)));
  for (const [i, step] of recipient.steps.entries()) {
    const ref = step.ref === null || step.text.includes(step.ref) ? "" : ` (${step.ref})`;
    lines.push(`${(heads[i] ?? "").padEnd(indent.length)}${oneLine(step.text)}${ref}`);
    if (step.quote !== null) lines.push(`${indent}"${oneLine(step.quote)}"`);
    if (dialogue && step.dialogue !== null) for (const said of step.dialogue.split("\n")) lines.push(`${indent}  ${oneLine(said)}`);
  }
  if (recipient.steps.length === 0) lines.push("  not known: its events are past their retention");
  const folded = !dialogue && recipient.steps.some((step) => step.dialogue !== null);
  if (folded) lines.push("", `What was said line by line: fairlead where ${story.id}.${recipient.rcpt} --dialogue${node}`);
  return lines;
}

const WHO = { operator: "You", tenant: "Sender", sender: "Sender", recipient: "Receiver", receiver: "Receiver", nobody: "Nobody" } as const;

/** Where the line has no room for all of it: the whole remedy, where to go, and how sure the reading is. */
function todo({ remedy, line, confidence }: RecipientStory, terminal: Terminal): readonly string[] {
  if (remedy === null || (remedy.link === null && line.includes(remedy.text))) return [];
  const sure = confidence === null ? "" : `   (sure ${confidence.toFixed(2)})`;
  const link = remedy.link === null ? [] : [`  ${oneLine(remedy.link)}`];
  return ["", strong("WHAT TO DO", terminal), `  ${WHO[remedy.who]}: ${oneLine(remedy.text)}${sure}`, ...link];
}

/** One of several: when, where it stands, from whom, and a line for each recipient. */
export function foundText(message: FoundMessage, terminal: Terminal): string {
  const at = zoneClock(terminal.zone).moment(Date.parse(message.acceptedAt) as WallMs, terminal.clock.wall());
  const [first] = message.recipients;
  const head = `${at} ${stateText(first === undefined ? "queued" : stateOf(first.now), message.id, terminal)}  ${message.from === "" ? "<>" : oneLine(message.from)}`;
  const lines = message.recipients.slice(0, MOST_LINES).map(({ line }) => `  ${oneLine(line)}`);
  const rest = message.recipients.length - MOST_LINES;
  return `${[head, ...lines, ...(rest > 0 ? [`  and ${countText(rest)} more recipients`] : [])].join("\n")}\n`;
}

/** A delivery of a search. */
export function rowText(row: FoundRow, terminal: Terminal): string {
  const at = zoneClock(terminal.zone).moment(Date.parse(row.at) as WallMs, terminal.clock.wall());
  const state = row.inDoubt ? "doubt" : stateNamed(row.state);
  const took = row.tookMs === null ? "" : `  ${durationText(row.tookMs)}`;
  const head = `${at} ${stateText(state, `${row.id}.${row.rcpt}`, terminal)}  ${row.from === "" ? "<>" : oneLine(row.from)} → ${oneLine(row.to)}${took}`;
  return `${head}\n${row.why === null ? "" : `  ${oneLine(row.why)}\n`}`;
}

function stateOf({ k, inDoubt }: RecipientStory["now"]): State {
  return k === "queued" && inDoubt === true ? "doubt" : stateNamed(k === "not known" ? "good" : k);
}
