/** Settings, webhooks and a lab in memory, behind the API's ports, for its tests. They set nothing, tell nobody and simulate nothing. */
import type { WallMs } from "../../base/clock.ts";
import { maySee, type View } from "../../model/view.ts";
import type { SettingsChange, SettingsDesk, SettingsOrder, WebhookDesk, WebhookRecord } from "./desk.ts";
import type { LabBeat, LabDesk, LabPlace, LabTrouble, TroubleKind } from "./lab-desk.ts";
import type { Refusal } from "./node-face.ts";

interface Kept {
  readonly revision: number;
  readonly at: WallMs;
  readonly by: string;
  readonly yaml: string;
}

export function memorySettings(at: WallMs): SettingsDesk {
  const kept: Kept[] = [{ revision: 1, at, by: "start", yaml: "retention:\n  days: 30\n" }];
  const last = (): Kept => kept.at(-1) as Kept;
  const numbered = (revision: number): Kept | undefined => kept.find((one) => one.revision === revision);
  const changes = (before: string, after: string): SettingsChange[] => (before === after ? [] : [{ path: "retention", before, after }]);
  const make = ({ dryRun, by }: SettingsOrder, yaml: string) => {
    const changed = changes(last().yaml, yaml);
    if (dryRun || changed.length === 0) return { ok: true as const, applied: { changes: changed, effect: [] } };
    kept.push({ revision: last().revision + 1, at, by, yaml });
    return { ok: true as const, applied: { revision: last().revision, changes: changed, effect: ["history is kept for other days"] } };
  };
  return {
    current: async () => ({ ...last(), doc: { retention: { days: 30 } } }),
    exportYaml: async () => last().yaml,
    apply: async (order) =>
      order.expect !== undefined && order.expect !== last().revision
        ? { ok: false, refusal: { code: "fixed", text: `revision ${last().revision} is in force` } }
        : make(order, order.yaml),
    rollback: async (order) => {
      const to = numbered(order.to);
      return to === undefined
        ? { ok: false, refusal: { code: "not-found", text: `there is no revision ${order.to}` } }
        : make(order, to.yaml);
    },
    revisions: async ({ limit }) =>
      kept
        .toReversed()
        .slice(0, limit)
        .map((one) => ({ ...one, changes: 1 })),
    revision: async (revision) => {
      const found = numbered(revision);
      return found && { ...found, changes: changes(numbered(revision - 1)?.yaml ?? "", found.yaml) };
    },
    diff: async (from, to) => {
      const [a, b] = [numbered(from), numbered(to)];
      return a && b && changes(a.yaml, b.yaml);
    },
  };
}

export function memoryWebhooks(): WebhookDesk {
  const hooks = new Map<string, WebhookRecord>();
  const own = (view: View, name: string): WebhookRecord | undefined => {
    const hook = hooks.get(name);
    return hook !== undefined && (view.sees === "all" || (hook.tenant !== undefined && maySee(view, hook.tenant))) ? hook : undefined;
  };
  const none = (name: string): { readonly ok: false; readonly refusal: Refusal } => ({
    ok: false,
    refusal: { code: "not-found", text: `there is no webhook ${name}` },
  });
  return {
    list: async (view) => [...hooks.values()].filter(({ name }) => own(view, name) !== undefined),
    add: async (_view, hook) => {
      if (hooks.has(hook.name)) return { ok: false, refusal: { code: "exists", text: `there is a webhook ${hook.name}` } };
      const webhook: WebhookRecord = { ...hook, enabled: true, state: { is: "ok", behind: 0, cursor: 7 } };
      hooks.set(hook.name, webhook);
      return { ok: true, webhook, secret: "shown-once" };
    },
    set: async (view, name, change) => {
      const hook = own(view, name);
      if (hook === undefined) return none(name);
      const webhook = { ...hook, ...change };
      hooks.set(name, webhook);
      return { ok: true, webhook };
    },
    remove: async (view, name) => {
      const removed = own(view, name);
      if (removed === undefined) return none(name);
      hooks.delete(name);
      return { ok: true, removed };
    },
    replay: async (view, name, from) => (own(view, name) === undefined ? none(name) : { ok: true, cursor: from }),
    test: async (view, name) => (own(view, name) === undefined ? none(name) : { ok: true, result: { ok: true, status: 204, ms: 12 } }),
  };
}

const PLACES: readonly LabPlace[] = [
  { key: "google", name: "Google", domains: ["gmail.com"], servers: 2, can: ["throttle", "kill", "dns"], show: "#/destinations/google" },
  { key: "bank.example", name: "bank.example", domains: ["bank.example"], servers: 1, can: ["tls", "dns", "kill"], show: "#/destinations" },
];

/** A lab in which trouble is only written down. `started` is when its time began. */
export function memoryLab(started: WallMs): LabDesk {
  const beats: LabBeat[] = [
    { at: started, caption: "40 servers hand over mail of 1,500 senders, and it flows.", show: "#/now" },
    { at: (started + 240_000) as WallMs, caption: "Google takes 60 messages an hour from now on.", show: "#/destinations/google" },
  ];
  let [speed, paused] = [20, false];
  const troubles = new Map<string, LabTrouble>();
  const place = (at: string | undefined): LabPlace | undefined =>
    PLACES.find(({ key, domains }) => at === undefined || key === at || domains.includes(at));
  const none = (at: string | undefined): { readonly ok: false; readonly refusal: Refusal } => ({
    ok: false,
    refusal: { code: "not-found", text: `there is no ${at} in this lab`, fix: "fairlead lab names its receivers" },
  });
  return {
    notice: "SIMULATED internet. Nothing leaves this machine.",
    state: () => ({
      ...{ seed: "7", now: (started + 300_000) as WallMs, startedAt: started, speed, paused, behindMs: 0, beats, beatsLeft: 4 },
      ...{ troubles: [...troubles.values()], places: PLACES },
    }),
    trouble: async (what: TroubleKind, at) => {
      const found = place(at);
      if (found === undefined) return none(at);
      const { key, name, show } = found;
      troubles.set(key, { what, at: key, name, since: started, says: `${name}: ${what}, by order.`, show });
      return { ok: true, says: `${name}: ${what}.` };
    },
    mend: async (at) => {
      const found = place(at);
      if (found === undefined) return none(at);
      if (at === undefined) troubles.clear();
      else troubles.delete(found.key);
      return { ok: true, says: at === undefined ? "All is mended." : `${found.name} is mended.` };
    },
    clock: (order) => {
      if (order.order === "speed") speed = order.speed;
      else paused = order.order === "pause";
      return { ok: true, says: paused ? "Time stands still." : `A second is ${speed} in the lab.` };
    },
  };
}
