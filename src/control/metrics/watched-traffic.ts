/** Written for tests: traffic that is told what a test says, and short words for what tests say. */
import { SimClock } from "../../../lab/world/sim-clock.ts";
import type { WallMs } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import type { EventBody, NewEvent } from "../../model/event.ts";
import { keyAt, type MessageKey, type SiteKey, type TenantId } from "../../model/ids.ts";
import type { View } from "../../model/view.ts";
import type { LaneRecord } from "../api/node-face.ts";
import { attempt, diagnosis, event, OK, STREAM_START } from "./event-stream.ts";
import type { Journal } from "./traffic/refill.ts";
import { openTraffic, type Traffic } from "./traffic.ts";

export const NOTHING: Journal = { eventsAfter: async () => [], find: async () => [], count: async () => 0 };

export interface Watched {
  readonly traffic: Traffic;
  readonly clock: SimClock;
  say(events: readonly NewEvent[]): void;
}

export function watching(journal: Journal = NOTHING, at: number = STREAM_START): Watched {
  const clock = new SimClock(at as WallMs);
  let listener: (events: readonly NewEvent[]) => void = () => {};
  const traffic = openTraffic({
    clock,
    log: silentLog,
    onEvents: (heard) => {
      listener = heard;
      return () => {
        listener = () => {};
      };
    },
    journal,
    siteFor: (domain) => `mx:${domain}` as SiteKey,
  });
  return { traffic, clock, say: (events) => listener(events) };
}

/** Watched with the past read already: nothing. */
export async function calm(): Promise<Watched> {
  const watched = watching();
  await watched.clock.during(watched.traffic.refilled);
  return watched;
}

export function of(tenant: string): View {
  return { sees: "tenant", tenant: tenant as TenantId };
}

export function lane(site: string, more: Partial<LaneRecord> = {}): LaneRecord {
  return { egress: "default", site: site as SiteKey, state: "open", connections: 0, queued: 0, ...more };
}

export function key(n: number, at: number = STREAM_START): MessageKey {
  return (keyAt(at as WallMs) + n) as MessageKey;
}

export function delivered(at: number, message: MessageKey, host = "mx.small.example"): NewEvent {
  return event(at, message, { kind: "delivered", attempt: attempt(host), reply: OK, possiblyTwice: false });
}

export function deferred(at: number, message: MessageKey, host: string, text: string): NewEvent {
  const reply = { code: 421, enhanced: "4.7.28", text };
  const body: EventBody = {
    kind: "deferred",
    attempt: attempt(host),
    reply,
    diagnosis: diagnosis("rate"),
    dueAt: (at + 60_000) as WallMs,
    attempts: 1,
    counted: true,
  };
  return event(at, message, body);
}
