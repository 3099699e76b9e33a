/** What would change, by path; and what that means, in sentences. */
import { canonicalJson } from "../../base/canonical-json.ts";
import type { DocumentDifference } from "../../store/settings/control-settings.ts";
import { pathOf } from "./settings-schema.ts";

export interface SettingsChange {
  /** `sources.srv1.ranges`; a document that comes or goes is one change. */
  readonly path: string;
  /** Undefined where there was none. */
  readonly before: unknown;
  /** Undefined where there is none any more. */
  readonly after: unknown;
}

export function changesOf(differences: readonly DocumentDifference[]): readonly SettingsChange[] {
  return differences.flatMap(({ kind, key, before, after }): SettingsChange[] => {
    const path = pathOf(kind, key);
    if (!isRecord(before) || !isRecord(after)) return [{ path, before, after }];
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .sort()
      .filter((field) => canonicalJson(before[field]) !== canonicalJson(after[field]))
      .map((field) => ({ path: `${path}.${field}`, before: before[field], after: after[field] }));
  });
}

export function effectsOf(differences: readonly DocumentDifference[]): readonly string[] {
  return differences.flatMap((difference) => effectOf(difference) ?? []);
}

function effectOf({ kind, key, before, after }: DocumentDifference): string | undefined {
  const is = isRecord(after) ? after : {};
  const was = isRecord(before) ? before : {};
  switch (kind) {
    case "source":
      if (after === undefined) return `${key} may hand over mail no longer; what it handed over is still delivered.`;
      return before === undefined ? `${key} may hand over mail ${howOf(is)}.` : `${key} may now hand over mail ${howOf(is)}.`;
    case "tenant":
      if (after === undefined) return `The tenant ${key} is no longer listed; its people, keys and mail stay as they are.`;
      if (is["mayRelease"] === was["mayRelease"]) return undefined;
      return `People of ${key} ${is["mayRelease"] === true ? "may" : "may not"} release held mail.`;
    case "webhook":
      if (after === undefined) return `The webhook ${key} is told nothing any more.`;
      if (is["enabled"] === false) return `The webhook ${key} is told nothing until it is enabled.`;
      return `The webhook ${key} is told at ${String(is["url"])}.`;
    case "retention":
      return shorter(was, is) ? "What is older than the new limits is deleted, for good." : undefined;
    case "suppression":
      return "The new time holds for addresses that fail from now on.";
    case "panel":
      return is["linkLifetime"] === was["linkLifetime"] ? undefined : "The new lifetime holds for all links, also those given out.";
    case "egress":
      if (after === undefined) return `No more mail leaves by ${key}; what waited for it goes another way.`;
      return is["state"] === was["state"] ? undefined : (STATE_EFFECTS[String(is["state"] ?? "in-use")] ?? "").replace("{}", key);
    case "upstream":
      if (after === undefined) return `No more mail is handed to ${key}; what waited for it goes another way.`;
      return before === undefined ? `Mail may be handed to ${key} once it stands in a pool.` : undefined;
    case "pool":
    case "choice":
      return "New mail goes by it; what waits stays where it is.";
    default:
      return undefined;
  }
}

const STATE_EFFECTS: Readonly<Record<string, string>> = {
  "in-use": "Mail leaves by {}.",
  warming: "Each receiver is given a little of its mail by {}, and more each day.",
  draining: "No more mail is given to {}; what waits for it still leaves by it.",
  out: "Nothing leaves by {}; what waited for it goes another way.",
};

function howOf({ ranges, login }: Readonly<Record<string, unknown>>): string {
  return Array.isArray(ranges) ? `from ${ranges.join(", ")}` : `with the login ${String(login)}`;
}

function shorter(was: Readonly<Record<string, unknown>>, is: Readonly<Record<string, unknown>>): boolean {
  const days = (value: unknown): number => (typeof value === "string" ? Number.parseInt(value, 10) : Number.POSITIVE_INFINITY);
  return ["history", "audit"].some((what) => is[what] !== was[what] && days(is[what]) < days(was[what]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
