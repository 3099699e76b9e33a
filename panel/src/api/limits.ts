/** Orders about the way to a destination: done at once, told with their command, taken back by their undo. */
import { countText } from "../../../src/base/size-text.ts";
import type { InputOf } from "../../../src/control/api/routes.ts";
import { toast } from "../frame/notices.ts";
import { sayProblem, takeBack } from "./actions.ts";
import { shellWord } from "./cli-text.ts";
import { call } from "./client.ts";
import type { AddedOverride } from "./shapes.ts";

/** What an order is about: a provider, a domain or an upstream as `HOST:PORT`, by all egresses or one. */
export interface Target {
  readonly is: "provider" | "domain";
  readonly key: string;
  /** As people call it. */
  readonly name: string;
  readonly egress?: string | undefined;
}

export interface Ending {
  /** RFC 3339; undefined: until it is undone. */
  readonly until: string | undefined;
  /** The same as a flag's value: `1h`; empty without end. */
  readonly span: string;
}

export function pauseCli({ key, egress }: Target, { span }: Ending): string {
  return ["pause", shellWord(key), ...egressFlag(egress), ...spanFlag(span)].join(" ");
}

export async function pause(target: Target, ending: Ending, after: () => void): Promise<void> {
  const { key, egress } = target;
  const done = call("pauseDestination", { key, egress, until: ending.until });
  await ordered(done, `${target.name} is paused`, pauseCli(target, ending), after);
}

export async function resume(target: Target, after: () => void): Promise<void> {
  const { key, egress, name } = target;
  try {
    const { ended, probes, waiting, perMinute } = await call("resumeDestination", { key, egress });
    const pace = perMinute === null ? "" : ` at ${perMinute} a minute`;
    const tried = probes === 0 ? "goes on" : "opens with one message";
    toast({
      text: `${name} ${tried}; ${countText(waiting)} ${waiting === 1 ? "waits" : "wait"} and follow${waiting === 1 ? "s" : ""}${pace}.${ended.length > 1 ? ` ${ended.length} pauses ended.` : ""}`,
      cli: resumeCli(target),
    });
    after();
  } catch (thrown) {
    sayProblem(thrown);
  }
}

export function resumeCli({ key, egress }: Target): string {
  return ["resume", shellWord(key), ...egressFlag(egress)].join(" ");
}

export type Change = Pick<InputOf<"addOverride">, "limit" | "op" | "n" | "reroute" | "cause">;

export function changeCli({ key, egress }: Target, { limit, op, n, reroute, cause }: Change, { span }: Ending): string {
  const what = reroute === undefined ? ["--limit", `${limit}`, `--${op}`, `${n}`] : ["--reroute", shellWord(reroute)];
  return ["override add", shellWord(key), ...egressFlag(egress), ...what, "--cause", shellWord(cause), ...spanFlag(span)].join(" ");
}

/** How many wait that it is about, and what somebody may not have thought of. */
export function tryChange(target: Target, change: Change): Promise<AddedOverride> {
  return call("addOverride", { ...scopeOf(target), ...change, dryRun: true });
}

export async function orderChange(target: Target, change: Change, ending: Ending, after: () => void): Promise<void> {
  const done = call("addOverride", { ...scopeOf(target), ...change, until: ending.until });
  await ordered(done, "", changeCli(target, change, ending), after);
}

function scopeOf({ is, key, egress }: Target): Pick<InputOf<"addOverride">, "egress" | "provider" | "domain"> {
  return is === "provider" ? { provider: key, egress } : { domain: key, egress };
}

async function ordered(order: Promise<AddedOverride>, words: string, cli: string, after: () => void): Promise<void> {
  try {
    const { override, waiting, warning, undo } = await order;
    const said = words === "" ? `${override?.on}: ${override?.says}` : words;
    toast({
      text: `${said}. ${countText(waiting)} ${waiting === 1 ? "waits" : "wait"}.${warning === null ? "" : ` Mind: ${warning}.`}`,
      cli,
      ...(undo === null ? {} : { undo: () => void takeBack(undo, after) }),
    });
    after();
  } catch (thrown) {
    sayProblem(thrown);
  }
}

function egressFlag(egress: string | undefined): readonly string[] {
  return egress === undefined ? [] : ["--egress", shellWord(egress)];
}

function spanFlag(span: string): readonly string[] {
  return span === "" ? [] : ["--until", span];
}
