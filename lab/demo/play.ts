/** Plays the beats in lab time. What a beat does to the world follows from the seed; what it shows is looked up when it is there. */
import type { Clock } from "../../src/base/clock.ts";
import type { ApiClient } from "../../src/control/api/client.ts";
import { BEATS, type Beat, type Show, SPEED } from "./beats.ts";
import type { Desk } from "./desk.ts";

export interface PlayPorts {
  readonly clock: Clock;
  readonly desk: Desk;
  readonly api: ApiClient;
}

export function play(ports: PlayPorts): void {
  for (const beat of BEATS) ports.clock.after(labMs(beat.at), () => happens(beat, ports));
}

function labMs(watcherS: number): number {
  return watcherS * 1000 * SPEED;
}

function happens({ makes, caption, show }: Beat, { clock, desk, api }: PlayPorts): void {
  if (makes) desk.make(makes.what, makes.at, { ...makes, forMs: labMs(makes.forS) });
  const at = clock.wall();
  const told = desk.beats.push({ at, caption, ...("page" in show && { show: show.page }) }) - 1;
  if ("page" in show) return;
  linkTo(show, api).then(
    (link) => void desk.beats.splice(told, 1, { at, caption, show: link }),
    () => {}, // the caption stands without a link where the node does not answer: it is stopping
  );
}

/** Of the newest hundred that the query finds. */
async function linkTo({ story }: Extract<Show, { readonly story: string }>, api: ApiClient): Promise<string> {
  const { rows } = await api.call("search", { q: story, limit: 100 });
  const [longest] = rows.toSorted((a, b) => (b.tookMs ?? 0) - (a.tookMs ?? 0));
  return longest === undefined ? `#/messages?q=${encodeURIComponent(story)}` : `#/messages/${longest.id}`;
}
