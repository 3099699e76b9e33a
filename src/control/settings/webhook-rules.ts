/**
 * Where a webhook may lead and what it may ask for, as far as its text tells. What its host's name resolves to is looked
 * at each time it is told something: that may change.
 */
import { nearest } from "../../base/nearest.ts";
import { EVENT_KINDS } from "../../model/event.ts";
import { FORMS } from "./forms.ts";
import type { WebhookSetting } from "./settings-schema.ts";

/** Each has a loop, a place in memory for what waits to be taken, and a line in the metrics. */
export const MOST_WEBHOOKS = 32;

/** Said of a file; to whoever gives an order it is said in another way. */
export const MEANT_PRIVATE = "write private: true if that is meant";

export interface WebhookFault {
  /** "" is the webhook itself. */
  readonly field: "" | "url" | "kinds" | "private";
  readonly cause: string;
  readonly remedy: string;
}

export function webhookFaults({ url: text, kinds = [], tenant, private: isPrivate = false }: WebhookSetting): readonly WebhookFault[] {
  const faults: WebhookFault[] = kinds
    .filter((kind) => !EVENT_KINDS.includes(kind))
    .map((kind) => ({ field: "kinds", cause: `has ${kind}, and there is no such kind of event`, remedy: kindRemedy(kind) }));
  if (isPrivate && tenant !== undefined) faults.push({ field: "private", cause: "is not for a tenant's webhook", remedy: "leave it out" });
  if (text === undefined) return [...faults, { field: "", cause: "has no url", remedy: "write url: https://…" }];
  const url = URL.parse(text);
  if (url === null || !FORMS.webhookUrl.fits(text))
    return [...faults, { field: "url", cause: `is not ${FORMS.webhookUrl.must}`, remedy: `for example ${FORMS.webhookUrl.example}` }];
  const local = isLoopbackHost(url.hostname);
  if (url.protocol === "http:" && (!local || tenant !== undefined))
    faults.push({ field: "url", cause: "is not encrypted: everybody on the way could read it", remedy: "write https://…" });
  else if (local && tenant !== undefined)
    faults.push({ field: "url", cause: "leads to this machine", remedy: "name the address that others reach it by" });
  else if (local && !isPrivate) faults.push({ field: "url", cause: "leads to this machine", remedy: MEANT_PRIVATE });
  return faults;
}

export function isSettingName(name: string): boolean {
  return FORMS.name.fits(name);
}

/** As a URL has it: `[::1]`, and every way to write 127.0.0.1 is already that. */
function isLoopbackHost(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost\.?|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(hostname);
}

function kindRemedy(kind: string): string {
  const guess = nearest(kind, EVENT_KINDS);
  return guess === undefined ? `known are ${EVENT_KINDS.join(", ")}` : `did you mean ${guess}?`;
}
