/** What a person should look at, most urgent first: one sentence each, and what to do. Empty when all is well. */
import type { WallMs } from "../base/clock.ts";
import { bytesText } from "../base/size-text.ts";
import { durationText } from "../base/time-text.ts";
import type { Need, NodeStatus } from "../control/api/node-face.ts";
import type { LaneReport } from "../relay/dispatch/dispatch.ts";

export interface NeedsOf {
  readonly now: WallMs;
  readonly ledger: NodeStatus["ledger"];
  readonly spool: NodeStatus["spool"];
  readonly history: NodeStatus["history"];
  readonly lanes: readonly LaneReport[];
  /** Of the certificate that listeners show. */
  readonly certificateUntil?: WallMs;
  /** Of parts that know their own. */
  readonly others: readonly Need[];
}

const DAY_MS = 86_400_000;
const SOON_MS = 14 * DAY_MS;
/** A lane that is shut for a shorter time is the weather, not news. */
const LANE_MS = 15 * 60_000;
/** A history that is behind by less than this is merely busy. */
const BEHIND = 100_000;
const MOST_LANES = 10;

export function needsOf(asked: NeedsOf): readonly Need[] {
  return [...ofSpool(asked), ...ofLedger(asked), ...ofHistory(asked), ...ofCertificate(asked), ...asked.others, ...ofLanes(asked)];
}

function ofSpool({ spool }: NeedsOf): readonly Need[] {
  switch (spool.is) {
    case "ok":
      return [];
    case "full": {
      const line = `The disk is nearly full (${bytesText(spool.freeBytes)} left): no mail is taken, what waits is still delivered.`;
      return [{ code: "disk-full", line, fix: "Make room where the data folder is; mail is taken again by itself." }];
    }
    case "sick": {
      const line = `The spool cannot be written: ${spool.why}. No mail is taken.`;
      return [{ code: "spool-sick", line, fix: "Look at the disk (dmesg, smartctl), then restart." }];
    }
  }
}

function ofLedger({ ledger }: NeedsOf): readonly Need[] {
  if (ledger.balances) return [];
  const line = `The ledger does not balance: ${ledger.drift.join("; ")}.`;
  return [{ code: "ledger", line, fix: "Keep the log and the data folder as they are, and report it: this is a fault of Fairlead." }];
}

function ofHistory({ history }: NeedsOf): readonly Need[] {
  if (history.is === "stopped")
    return [{ code: "history-stopped", line: `History takes nothing new: ${history.why}. Mail goes on, and it will catch up.` }];
  if (history.is === "ok" && history.behind > BEHIND)
    return [{ code: "history-behind", line: `History is ${history.behind} events behind: what happened last is not found yet.` }];
  return [];
}

function ofCertificate({ certificateUntil: until, now }: NeedsOf): readonly Need[] {
  if (until === undefined || until - now > SOON_MS) return [];
  const line =
    until > now ? `The certificate ends in ${durationText(until - now)}.` : "The certificate has ended: servers that check it turn away.";
  return [{ code: "certificate", line, fix: "Renew it; new files are taken within seconds, without a restart." }];
}

function ofLanes({ lanes, now }: NeedsOf): readonly Need[] {
  return lanes
    .flatMap(({ site, state }) => (state.is === "closed" && now - state.since >= LANE_MS ? [{ site, state }] : []))
    .sort((a, b) => a.state.since - b.state.since)
    .slice(0, MOST_LANES)
    .map(({ site, state }) => ({
      code: "lane-closed",
      line: `${site} cannot be reached for ${durationText(now - state.since)}: ${state.why}. Its mail waits.`,
      link: "#/destinations",
    }));
}
