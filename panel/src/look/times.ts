/** Times as the reader wants them: in the browser's zone, or UTC after `z`. The API speaks RFC 3339 in UTC. */
import { computed, signal } from "@preact/signals";
import type { WallMs } from "../../../src/base/clock.ts";
import { durationText, zoneClock } from "../../../src/base/time-text.ts";
import { each, SECOND_MS, wallNow } from "./clock.ts";
import { recall, remember } from "./memory.ts";

const LOCAL = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export const zone = signal(recall("zone") === "UTC" ? "UTC" : LOCAL);
const clock = computed(() => zoneClock(zone.value));

/** Ticks each second, for what shows how long something has lasted. */
export const now = signal(wallNow());
each(SECOND_MS, () => {
  if (document.visibilityState === "visible") now.value = wallNow();
});

export function toggleZone(): string {
  zone.value = zone.value === "UTC" ? LOCAL : "UTC";
  remember("zone", zone.value === "UTC" ? "UTC" : null);
  return zone.value;
}

export function millisOf(time: string): WallMs {
  return Date.parse(time) as WallMs;
}

/** `10:09:50`, with the date where it is another day. */
export function momentText(time: string | null): string {
  return time === null ? "not known" : clock.value.moment(millisOf(time), now.peek());
}

/** `10:09:50` and nothing else: of a moment of this day. */
export function secondText(time: string): string {
  return clock.value.seconds(millisOf(time));
}

/** `10:53`, with the date where it is another day. */
export function minuteText(time: string | null): string {
  return time === null ? "not known" : clock.value.minutes(millisOf(time), now.peek());
}

export function zoneText(): string {
  return clock.value.name(now.peek());
}

/** `Tue 3 Mar 10:52 CET`. */
export function headerText(): string {
  const day = new Intl.DateTimeFormat("en-GB", { timeZone: zone.value, weekday: "short", day: "numeric", month: "short" });
  return `${day.format(now.value).replace(",", "")} ${clock.value.seconds(now.value).slice(0, 5)} ${zoneText()}`;
}

export function spanText(ms: number | null): string {
  return ms === null ? "not known" : durationText(ms);
}

/** How long ago, as of now. */
export function ageText(time: string | null): string {
  return time === null ? "not known" : durationText(Math.max(0, Math.floor((now.value - millisOf(time)) / SECOND_MS) * SECOND_MS));
}
