/** Acting on mail: at once where it can be undone, after a question where it cannot; each says its command. */
import { countText } from "../../../src/base/size-text.ts";
import { askFirst } from "../frame/dialog.tsx";
import { alarm, toast } from "../frame/notices.ts";
import { minuteText } from "../look/times.ts";
import { cliOf } from "./cli-text.ts";
import { call, problemFrom } from "./client.ts";
import type { ActionReply, ActionVerb, Selector } from "./shapes.ts";

export interface Act {
  readonly verb: ActionVerb;
  readonly selector: Selector;
  /** The object in words: "2 deliveries of shop3@srv7". */
  readonly what: string;
  /** Where to, for reroute. */
  readonly site?: string;
  /** Asked first, with this text, because it cannot be taken back. */
  readonly ask?: { readonly title: string; readonly text: string; readonly yes: string };
}

const DONE: Readonly<Record<ActionVerb, string>> = {
  hold: "Held",
  release: "Released",
  bounce: "Bounced",
  discard: "Discarded",
  retry: "Set to be tried now:",
  reroute: "Rerouted",
};

/** Resolves with what was done; undefined when it was not, which has then been said. `after` is told of an undo too. */
export async function act(asked: Act, after: () => void): Promise<ActionReply | undefined> {
  // No flag of the command names what an earlier action changed: it would do more than this.
  const cli = asked.selector.action === undefined ? { cli: cliOf(asked) } : {};
  if (asked.ask !== undefined && !(await askFirst({ ...asked.ask, ...cli }))) return undefined;
  try {
    const { verb, selector, site } = asked;
    const reply = await call("act", { verb, selector, site });
    sayDone(asked, reply, cli, after);
    after();
    return reply;
  } catch (thrown) {
    sayProblem(thrown);
    return undefined;
  }
}

/** How many an action would touch, and why not the others. */
export async function tryOut(asked: Pick<Act, "verb" | "selector">): Promise<ActionReply> {
  return call("act", { verb: asked.verb, selector: asked.selector, dryRun: true });
}

export async function undo(action: number, after: () => void): Promise<void> {
  try {
    const reply = await call("undo", { action });
    toast({ text: `Taken back: ${countText(reply.done)} of ${countText(reply.matched)} are as before.${skippedText(reply)}` });
    after();
  } catch (thrown) {
    sayProblem(thrown);
  }
}

/** @param what as `fairlead undo` takes it: an action's number, an override as `o12`, or a lane's key. */
export async function takeBack(what: string, after: () => void): Promise<void> {
  if (/^\d+$/.test(what)) return await undo(Number(what), after);
  try {
    if (/^o\d+$/.test(what)) {
      const { undone } = await call("undoOverride", { override: Number(what.slice(1)) });
      toast({ text: `Taken back: ${undone.on} is no longer ${undone.says}.` });
    } else {
      const { perMinute } = await call("undoLane", { lane: what });
      toast({ text: `Taken back: ${perMinute === null ? "no limit" : `${perMinute} messages a minute`}, as before.` });
    }
    after();
  } catch (thrown) {
    sayProblem(thrown);
  }
}

function sayDone({ verb, what }: Act, reply: ActionReply, cli: { readonly cli?: string }, after: () => void): void {
  if (reply.done === 0) {
    toast({
      text: `Nothing changed: ${what} ${reply.matched === 0 ? "are no longer there to act on" : "did not change"}.${skippedText(reply)}`,
      stays: true,
    });
    return;
  }
  const until = reply.undo?.until ? ` Gone at ${minuteText(reply.undo.until)}; undo until then.` : "";
  const taken = reply.undo;
  toast({
    text: `${DONE[verb]} ${countText(reply.done)}: ${what}.${until}${skippedText(reply)}`,
    ...cli,
    ...(taken === null ? {} : { undo: () => void undo(taken.action, after) }),
  });
}

function skippedText({ skipped }: Pick<ActionReply, "skipped">): string {
  return skipped.length === 0 ? "" : ` Skipped ${skipped.map(({ why, count }) => `${countText(count)} (${why})`).join(", ")}.`;
}

export function sayProblem(thrown: unknown): void {
  const { text, fix } = problemFrom(thrown);
  const words = fix === null ? text : `${text} ${fix}`;
  toast({ text: words, stays: true });
  alarm(words);
}
