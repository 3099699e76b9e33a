/** The counts in the navigation and new needs, from the node's status; asked again with each beat of the live feed. */
import { effect, signal } from "@preact/signals";
import { call, me } from "../api/client.ts";
import { statusBeat } from "../api/live.ts";
import { alarm } from "./notices.ts";

export const standing = signal<{ readonly held: number; readonly needs: number } | undefined>(undefined);

let known = new Set<string>();
let asking = false;

async function ask(): Promise<void> {
  if (asking) return;
  asking = true;
  try {
    const status = await call("status", {});
    standing.value = { held: status.counts.held, needs: status.needs.length };
    const fresh = status.needs.find((need) => !known.has(need.code));
    if (fresh !== undefined && known.size > 0) alarm(fresh.line);
    known = new Set(["", ...status.needs.map((need) => need.code)]);
  } catch {
    standing.value = undefined; // the page below says what failed; a count that is not known is not shown
  } finally {
    asking = false;
  }
}

export function startStanding(): void {
  effect(() => {
    statusBeat.value;
    if (me.value) void ask();
  });
}
