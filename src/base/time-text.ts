/**
 * Times as people write and read them: durations in one form everywhere (`640 ms`, `8.2 s`, `12 min 04 s`, `3 h 12 min`,
 * `2 d 4 h`), clock times in the reader's zone with the date only where it is another day.
 */
import type { WallMs } from "./clock.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND,
  sec: SECOND,
  m: MINUTE,
  min: MINUTE,
  h: HOUR,
  d: DAY,
  w: 7 * DAY,
};

/** Two units at most, the smaller one cut off, not rounded: `42 min 10 s` has not become 43 min. */
export function durationText(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < SECOND) return `${whole} ms`;
  if (whole < 10 * SECOND) return `${Math.floor(whole / 10) / 100} s`;
  if (whole < MINUTE) return `${Math.floor(whole / SECOND)} s`;
  if (whole < HOUR) return pair(whole, MINUTE, "min", SECOND, "s", 2);
  if (whole < DAY) return pair(whole, HOUR, "h", MINUTE, "min", 1);
  return pair(whole, DAY, "d", HOUR, "h", 1);
}

function pair(ms: number, big: number, bigName: string, small: number, smallName: string, digits: number): string {
  const rest = Math.floor((ms % big) / small);
  const head = `${Math.floor(ms / big)} ${bigName}`;
  return rest === 0 ? head : `${head} ${String(rest).padStart(digits, "0")} ${smallName}`;
}

/** For columns: one unit, no space (`42m`, `3h`, `2d`). */
export function shortDuration(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < MINUTE) return `${Math.floor(whole / SECOND)}s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)}m`;
  return whole < DAY ? `${Math.floor(whole / HOUR)}h` : `${Math.floor(whole / DAY)}d`;
}

/** Milliseconds of `2h`, `90s`, `1h30m`, `500ms`, `3 d`. A number without a unit is none: seconds or minutes is a guess. */
export function parseDuration(text: string): number | undefined {
  const clean = text.trim().toLowerCase();
  if (!/^(\d+(\.\d+)?\s*[a-z]+\s*)+$/.test(clean)) return undefined;
  let total = 0;
  for (const [, amount, unit] of clean.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const size = UNITS[unit ?? ""];
    if (size === undefined) return undefined;
    total += Number(amount) * size;
  }
  return Number.isSafeInteger(Math.round(total)) ? Math.round(total) : undefined;
}

/**
 * The next moment at which the zone's clock shows `12:00`. Undefined where it is no clock time, or one that the zone's
 * clock leaves out on that day.
 */
export function nextClockTime(text: string, zone: string, now: WallMs): WallMs | undefined {
  const [, hours = "", minutes = ""] = /^(\d{1,2}):(\d\d)$/.exec(text) ?? [];
  const wanted = Number(hours) * 60 + Number(minutes);
  if (hours === "" || Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const clock = zoneClock(zone);
  const shown = (at: number): number => {
    const [hour = 0, minute = 0] = clock
      .seconds(at as WallMs)
      .split(":")
      .map(Number);
    return hour * 60 + minute;
  };
  const whole = Math.floor(now / MINUTE) * MINUTE;
  const ahead = (wanted - shown(now) + 24 * 60) % (24 * 60) || 24 * 60;
  // Where the clocks are put forward or back before then, it is an hour sooner or later.
  const found = [0, -HOUR, HOUR].map((shift) => whole + ahead * MINUTE + shift).find((at) => at > now && shown(at) === wanted);
  return found as WallMs | undefined;
}

/** A zone's own clock. `zone` is an IANA name; one that this system does not know counts as UTC. */
export interface ZoneClock {
  /** As people name it: `UTC`, `CET`, `GMT-3`. */
  readonly name: (at: WallMs) => string;
  /** `10:09:50`. */
  readonly seconds: (at: WallMs) => string;
  /** `10:53`, or `10 Mar 10:53` where the day differs from that of `now`. */
  readonly minutes: (at: WallMs, now: WallMs) => string;
  /** `10:09:50`, or `10 Mar 10:09:50` where the day differs. */
  readonly moment: (at: WallMs, now: WallMs) => string;
}

export function zoneClock(zone: string): ZoneClock {
  const timeZone = knownZone(zone) ? zone : "UTC";
  const time = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat("en-GB", { timeZone, day: "numeric", month: "short", year: "numeric" });
  const name = new Intl.DateTimeFormat("en-GB", { timeZone, timeZoneName: "short" });
  const seconds = (at: WallMs): string => time.format(at);
  const dated = (at: WallMs, now: WallMs, clock: string): string => {
    const [then, today] = [dayOf(day, at), dayOf(day, now)];
    if (then.day === today.day && then.year === today.year) return clock;
    return then.year === today.year ? `${then.day} ${clock}` : `${then.day} ${then.year} ${clock}`;
  };
  return {
    name: (at) => name.formatToParts(at).find((part) => part.type === "timeZoneName")?.value ?? timeZone,
    seconds,
    minutes: (at, now) => dated(at, now, seconds(at).slice(0, 5)),
    moment: (at, now) => dated(at, now, seconds(at)),
  };
}

/** The English short months are fixed here, because ICU versions disagree on `Sep` and `Sept`. */
function dayOf(format: Intl.DateTimeFormat, at: WallMs): { day: string; year: string } {
  const parts = new Map(format.formatToParts(at).map((part) => [part.type, part.value]));
  return { day: `${parts.get("day")} ${parts.get("month")?.slice(0, 3)}`, year: parts.get("year") ?? "" };
}

function knownZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: zone });
    return true;
  } catch {
    return false; // RangeError: not a zone of this ICU
  }
}
