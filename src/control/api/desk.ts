/**
 * What the API stands before: the running node, and the desks that keep logins, records, settings and tellers of events.
 * Ports: the composition root brings the real ones, tests bring doubles. A desk that is absent makes its routes answer
 * that this node has none, so a node can be put together step by step.
 */
import type { WallMs } from "../../base/clock.ts";
import type { MessageKey, TenantId } from "../../model/ids.ts";
import type { View } from "../../model/view.ts";
import type { AuditEntry, AuditPage } from "../../store/audit/audit.ts";
import type { Suppression } from "../../store/suppression/suppression.ts";
import type { TlsResults } from "../../store/tls-results/tls-results.ts";
import type { Logins } from "../logins/logins.ts";
import type { LabDesk } from "./lab-desk.ts";
import type { Answered, NodeFace } from "./node-face.ts";

export interface Desk {
  readonly node: NodeFace;
  readonly logins?: Logins;
  readonly audit?: Audit;
  readonly settings?: SettingsDesk;
  readonly suppression?: Suppression;
  readonly webhooks?: WebhookDesk;
  readonly metrics?: Metrics;
  readonly links?: Links;
  readonly tlsReports?: TlsDesk;
  readonly keeping?: Keeping;
  /** Where people reach the panel, for links in answers: `https://relay.example.net:8443`. */
  readonly publicUrl?: () => string;
  /** The simulated internet that the node stands in: pages say so. Absent: it is the real one. */
  readonly lab?: LabDesk;
}

export type { ClockOrder, LabBeat, LabDesk, LabState, LabTrouble, TroubleKind } from "./lab-desk.ts";
export type { AuditEntry };

/** `AuditLog`, as far as it is needed here. */
export interface Audit {
  /** Returns at once; written soon. */
  record(entry: AuditEntry): void;
  list(
    view: View,
    page: { readonly limit: number; readonly before?: number; readonly who?: string; readonly what?: string },
  ): Promise<AuditPage>;
}

export interface SettingsChange {
  readonly path: string;
  /** Undefined where there was none. */
  readonly before: unknown;
  readonly after: unknown;
}

export interface Revision {
  readonly revision: number;
  readonly at: WallMs;
  readonly by: string;
  readonly note?: string;
  readonly rolledBackTo?: number;
}

export interface AppliedSettings {
  /** Absent in a dry run, and where nothing changed. */
  readonly revision?: number;
  readonly changes: readonly SettingsChange[];
  /** What it means for mail, a sentence each. */
  readonly effect: readonly string[];
}

export interface SettingsOrder {
  readonly dryRun: boolean;
  readonly by: string;
  readonly note?: string;
}

export interface SettingsDesk {
  /** Without secrets. */
  current(): Promise<Revision & { readonly doc: Readonly<Record<string, unknown>> }>;
  exportYaml(): Promise<string>;
  apply(
    order: SettingsOrder & { readonly yaml: string; readonly expect?: number },
  ): Promise<Answered<{ readonly applied: AppliedSettings }>>;
  rollback(order: SettingsOrder & { readonly to: number }): Promise<Answered<{ readonly applied: AppliedSettings }>>;
  /** Newest first. */
  revisions(page: { readonly limit: number; readonly before?: number }): Promise<readonly (Revision & { readonly changes: number })[]>;
  revision(revision: number): Promise<(Revision & { readonly changes: readonly SettingsChange[] }) | undefined>;
  /** Undefined where one of the two is not kept. */
  diff(from: number, to: number): Promise<readonly SettingsChange[] | undefined>;
}

export interface WebhookRecord {
  readonly name: string;
  readonly url: string;
  /** Empty: all. */
  readonly kinds: readonly string[];
  readonly tenant?: TenantId;
  readonly enabled: boolean;
  /** It may lead to this machine and private networks. */
  readonly private: boolean;
  readonly state: {
    readonly is: "ok" | "retrying" | "stopped";
    readonly why?: string;
    readonly behind: number;
    readonly lastOkAt?: WallMs;
    readonly nextTryAt?: WallMs;
    readonly cursor: number;
  };
}

/** A name of another tenant is answered as one that does not exist. */
export interface WebhookDesk {
  list(view: View): Promise<readonly WebhookRecord[]>;
  add(
    view: View,
    hook: Pick<WebhookRecord, "name" | "url" | "kinds" | "tenant" | "private">,
  ): Promise<Answered<{ readonly webhook: WebhookRecord; readonly secret: string }>>;
  set(
    view: View,
    name: string,
    change: Partial<Pick<WebhookRecord, "url" | "kinds" | "enabled" | "private">>,
  ): Promise<Answered<{ readonly webhook: WebhookRecord }>>;
  remove(view: View, name: string): Promise<Answered<{ readonly removed: WebhookRecord }>>;
  replay(view: View, name: string, from: number): Promise<Answered<{ readonly cursor: number }>>;
  test(
    view: View,
    name: string,
  ): Promise<Answered<{ readonly result: { readonly ok: boolean; readonly status?: number; readonly ms: number; readonly why?: string } }>>;
}

export interface Metrics {
  /** Prometheus text format. */
  text(): Promise<string>;
}

/** Keys that open one message's story to whoever holds them. */
export interface Links {
  /** Undefined for a message so old that its link would be over. */
  make(message: MessageKey): Promise<{ readonly key: string; readonly until: WallMs } | undefined>;
  /** Undefined for a key that is wrong, over or taken back: nobody learns which. */
  open(key: string): Promise<{ readonly message: MessageKey; readonly until: WallMs } | undefined>;
  /** Makes all that were made so far useless; durable when it resolves. False: too many were taken back already. */
  revoke(message: MessageKey): Promise<boolean>;
}

/** TLS sessions that were counted, and the reports on them. */
export interface TlsDesk {
  readonly results: Pick<TlsResults, "days" | "domains" | "domain" | "results">;
  /** Reports are sent. */
  readonly sends: boolean;
}

/** How long things are kept, and what can be made to be forgotten. */
export interface Keeping {
  history(): Promise<{
    readonly days: number;
    readonly files: readonly { readonly day: string; readonly bytes: number; readonly deliveries: number; readonly broken: boolean }[];
  }>;
  others(): Promise<readonly { readonly what: string; readonly days?: number; readonly bytes?: number }[]>;
  forget(view: View, address: string): Promise<number>;
}
