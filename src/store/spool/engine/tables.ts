/** What the writers of one transaction share: the tables that several of them touch, and what to do once it is committed. */
import type { Journal } from "../../journal/journal.ts";
import type { Counters } from "../../ledger/ledger.ts";
import type { Contents } from "./content.ts";
import type { Names } from "./names.ts";

/**
 * What a committed write means for the leases. `lease`: the caller has it in hand. `open`: it waits in the queue of its
 * site, due then. `gone`: it left the queue.
 */
export type LeaseEffect = readonly [is: "lease" | "open" | "gone", message: number, rcpt: number, site: number, dueAt: number];

export interface Tables {
  readonly names: Names;
  readonly journal: Journal;
  readonly counters: Counters;
  readonly contents: Contents;
  readonly onCommit: LeaseEffect[];
}
