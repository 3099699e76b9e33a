/** Moments as people type them into a query: `3h`, `2d`, `today`, `2026-11-25`, `2026-11-25T10:00`, in their own zone. */
import type { WallMs } from "../../../base/clock.ts";
import { parseDuration } from "../../../base/time-text.ts";

const DAY = 86_400_000;

/** `end`: of a day the end of it is meant. Undefined for what is no moment. */
export function momentIn(text: string, now: WallMs, zone: string, end: boolean): WallMs | undefined {
  const span = parseDuration(text);
  if (span !== undefined) return Math.max(0, now - span) as WallMs;
  const word = text.toLowerCase();
  if (word === "now") return now;
  if (word === "today" || word === "yesterday") {
    const [year, month, day] = partsIn(word === "today" ? now : now - DAY, zone);
    return utcOf([year, month, day + (end ? 1 : 0), 0, 0, 0], zone);
  }
  const read = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/i.exec(text);
  if (read === null) return undefined;
  if (read[7] !== undefined) {
    const at = Date.parse(text.toUpperCase());
    return Number.isNaN(at) ? undefined : (at as WallMs);
  }
  const [year, month, day, hour, minute, second] = read.slice(1, 7).map((part) => Number(part ?? 0)) as Six;
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return undefined;
  return utcOf([year, month, day + (end && read[4] === undefined ? 1 : 0), hour, minute, second], zone);
}

type Six = [year: number, month: number, day: number, hour: number, minute: number, second: number];

/** The moment at which the zone's clocks show this; where they skip it, the moment they skip. */
function utcOf(local: Six, zone: string): WallMs {
  const [year, month, day, hour, minute, second] = local;
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  let at = asUtc;
  for (let i = 0; i < 2; i++) {
    const [y, mo, d, h, mi, s] = partsIn(at, zone);
    at += asUtc - Date.UTC(y, mo - 1, d, h, mi, s);
  }
  return Math.max(0, at) as WallMs;
}

function partsIn(at: number, zone: string): Six {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  return [part("year"), part("month"), part("day"), part("hour"), part("minute"), part("second")];
}

/** A zone that this system does not know counts as UTC. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const fields = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" } as const;
  try {
    return new Intl.DateTimeFormat("en-US", { ...fields, hourCycle: "h23", timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat("en-US", { ...fields, hourCycle: "h23", timeZone: "UTC" }); // RangeError: no such zone
  }
}
