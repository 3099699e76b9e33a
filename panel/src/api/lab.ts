/**
 * The simulated internet that the node may stand in: what it is doing, asked again and again while somebody looks, and
 * orders to it. Its time is the panel's time, or no age on any page would be right.
 */
import { effect, signal } from "@preact/signals";
import type { InputOf, ReplyOf } from "../../../src/control/api/routes.ts";
import { toast } from "../frame/notices.ts";
import { each, followClock } from "../look/clock.ts";
import { millisOf } from "../look/times.ts";
import { sayProblem } from "./actions.ts";
import { call, me } from "./client.ts";

export type Lab = ReplyOf<"lab">;
export type Trouble = Lab["troubles"][number];
export type TroubleKind = Trouble["what"];
export type Place = Lab["places"][number];

export const lab = signal<Lab | undefined>(undefined);

const EVERY_MS = 2000;

/** Called once at the start. */
export function startLab(): void {
  let stop: (() => void) | undefined;
  effect(() => {
    stop?.();
    stop = undefined;
    if (!me.value?.lab) return void (lab.value = undefined);
    ask();
    stop = each(EVERY_MS, () => {
      if (document.visibilityState === "visible") ask();
    });
  });
}

function ask(): void {
  call("lab", {}).then(show, () => undefined); // what shows stays; the bar says when the node is not there
}

function show(said: Lab): void {
  followClock(millisOf(said.now), said.paused ? 0 : said.speed);
  lab.value = said;
}

export async function makeTrouble(input: InputOf<"labTrouble">): Promise<void> {
  const { what, at } = input;
  const mended = what === "mend";
  const words = ["lab", what, ...(at === undefined ? [] : [at])].join(" ");
  await ordered(call("labTrouble", input), words, mended ? undefined : () => void makeTrouble({ what: "mend", at }));
}

export async function setClock(input: InputOf<"labClock">): Promise<void> {
  const { order, speed } = input;
  await ordered(call("labClock", input), ["lab", order, ...(speed === undefined ? [] : [speed])].join(" "));
}

async function ordered(order: Promise<{ readonly says: string; readonly lab: Lab }>, cli: string, undo?: () => void): Promise<void> {
  try {
    const { says, lab: after } = await order;
    show(after);
    toast({ text: says, cli, ...(undo === undefined ? {} : { undo }) });
  } catch (thrown) {
    sayProblem(thrown);
  }
}
