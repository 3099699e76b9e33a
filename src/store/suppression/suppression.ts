/**
 * Addresses that a tenant no longer writes to, because they do not exist, complained or asked to be left alone (R17).
 * Asked at every RCPT: so what is surely not suppressed is answered from memory, in the same turn.
 */
import type { WallMs } from "../../base/clock.ts";
import type { Actor } from "../../model/event.ts";
import type { MessageKey, TenantId } from "../../model/ids.ts";
import type { View } from "../../model/view.ts";
import type { ControlDatabase } from "../sql/migrations.ts";
import { SuppressionList, type SuppressionPorts } from "./suppression-list.ts";

export { normalAddress } from "./address-filter.ts";
export { SUPPRESSION_MIGRATIONS } from "./schema.ts";
export type { SuppressionList, SuppressionPorts };

export type SuppressionCause = "badrcpt" | "suspended" | "complaint" | "unsubscribe" | "operator" | "import";

export interface SuppressionEntry {
  readonly tenant: TenantId;
  /** Lower case, domain in A-labels, without the angle brackets. */
  readonly address: string;
  readonly why: SuppressionCause;
  /** The receiver's words, or the operator's note. */
  readonly detail?: string;
  /** The message whose fate began it. */
  readonly message?: MessageKey;
  readonly since: WallMs;
  /** After it the address is tried once more. Absent: for ever. */
  readonly until?: WallMs;
  /** Recipients refused because of it. */
  readonly hits: number;
  readonly lastHitAt?: WallMs;
  readonly by: Actor;
}

/** What a failed delivery says about its recipient. `exact`: the provider is known to answer truly, so one hit is enough. */
export interface RecipientFailure {
  readonly tenant: TenantId;
  readonly address: string;
  readonly why: "badrcpt" | "suspended" | "complaint";
  readonly exact: boolean;
  readonly detail: string;
  readonly message: MessageKey;
  readonly at: WallMs;
}

export interface SuppressionPage {
  /** By address. */
  readonly entries: readonly SuppressionEntry[];
  readonly next?: string;
  readonly total: number;
}

export interface Suppression {
  /** False is certain; true asks for `find`. Costs no I/O. */
  mayMatch(tenant: TenantId, address: string): boolean;
  /** The entry in force, counted as a hit. */
  find(tenant: TenantId, address: string, now: WallMs): Promise<SuppressionEntry | undefined>;
  /** Two failures at least 24 h apart (one if exact, or a complaint) suppress for 30 days; the entry made by it, if one was. */
  failed(failure: RecipientFailure): Promise<SuppressionEntry | undefined>;
  /** The address took mail: counted failures are forgotten. Costs nothing where there are none. */
  worked(tenant: TenantId, address: string): void;

  add(entries: readonly Omit<SuppressionEntry, "hits" | "lastHitAt">[]): Promise<number>;
  remove(
    view: View,
    which: { readonly addresses?: readonly string[]; readonly domain?: string; readonly why?: SuppressionCause },
  ): Promise<readonly SuppressionEntry[]>;
  list(
    view: View,
    page: { readonly text?: string; readonly why?: SuppressionCause; readonly limit: number; readonly after?: string },
  ): Promise<SuppressionPage>;
}

/**
 * The list in the control database, which has its migrations done. `load()` then fills the memory; until it has, every
 * address is looked up.
 */
export function openSuppression(database: ControlDatabase, ports: SuppressionPorts): SuppressionList {
  return new SuppressionList(database, ports);
}
