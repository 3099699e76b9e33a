/** What a person should look at, most urgent first: one sentence each, and what to do. Empty when all is well. */
import { unreachable } from "../base/brand.ts";
import type { WallMs } from "../base/clock.ts";
import { bytesText, countText } from "../base/size-text.ts";
import { durationText } from "../base/time-text.ts";
import type { Need, NodeStatus } from "../control/api/node-face.ts";
import type { PutOff } from "../control/metrics/traffic.ts";
import { passesByItself } from "../diagnose/story/story.ts";
import { type SiteKey, timeOfKey } from "../model/ids.ts";
import type { LaneReport } from "../relay/dispatch/dispatch.ts";
import type { HistoryLoss } from "../store/history/history.ts";
import type { HeldCount } from "../store/spool/spool.ts";

export interface NeedsOf {
  readonly now: WallMs;
  readonly ledger: NodeStatus["ledger"];
  readonly spool: NodeStatus["spool"];
  readonly history: NodeStatus["history"];
  readonly lanes: readonly LaneReport[];
  /** Who answers, and takes nothing. */
  readonly putOff: readonly PutOff[];
  /** All that is held, the oldest first. */
  readonly held: readonly HeldCount[];
  /** Of the certificate that listeners show. */
  readonly certificateUntil?: WallMs;
  /** Of parts that know their own. */
  readonly others: readonly Need[];
}

const DAY_MS = 86_400_000;
const SOON_MS = 14 * DAY_MS;
/** A lane that is shut for a shorter time is the weather, not news. */
const LANE_MS = 15 * 60_000;
/** An upstream carries everybody's mail: its silence is news as soon as the first try after a failure has failed too. */
const UPSTREAM_MS = 90_000;
/** A history that is behind by less than this is merely busy. */
const BEHIND = 100_000;
/** What is lost is told for so long; afterwards the log tells it, and the list of days what was set aside. */
const LOST_MS = DAY_MS;
/** Of lanes that are shut, of receivers that put everything off, and of what history lost. */
const MOST_EACH = 10;
/** Of the reasons for which mail is held; `holds` has all of them. */
const MOST_REASONS = 2;

export function needsOf(asked: NeedsOf): readonly Need[] {
  return [
    ...ofSpool(asked),
    ...ofUpstreams(asked),
    ...ofLedger(asked),
    ...ofHeld(asked),
    ...ofHistory(asked),
    ...ofLost(asked),
    ...ofCertificate(asked),
    ...asked.others,
    ...ofLanes(asked),
    ...ofPutOff(asked),
  ];
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
      const line = `The spool cannot be written: ${spool.why}. No mail is taken and none is sent.`;
      const fix =
        "Look at the disk (dmesg, smartctl): once it is well, mail goes on by itself. A file that was removed or replaced: put it back, then restart.";
      return [{ code: "spool-sick", line, fix }];
    }
  }
}

function ofLedger({ ledger }: NeedsOf): readonly Need[] {
  if (ledger.balances) return [];
  const line = `The ledger does not balance: ${ledger.drift.join("; ")}.`;
  return [{ code: "ledger", line, fix: "Keep the log and the data folder as they are, and report it: this is a fault of Fairlead." }];
}

/** What an operator holds is his own matter; what the node did not dare to send or return would otherwise wait for ever. */
function ofHeld({ held, now }: NeedsOf): readonly Need[] {
  const own = held.filter(({ action }) => action === undefined);
  const [first] = own;
  if (first === undefined) return [];
  const sum = own.reduce((all, group) => all + group.held, 0);
  const reasons = [...new Set(own.map(({ why }) => why))];
  const more = reasons.length - MOST_REASONS;
  const why = [...reasons.slice(0, MOST_REASONS), ...(more > 0 ? [`and ${more} more reason${more === 1 ? "" : "s"}`] : [])].join("; ");
  const what = sum === 1 ? "1 delivery waits for your decision," : `${countText(sum)} deliveries wait for your decision, the oldest`;
  const line = `${what} accepted ${durationText(now - timeOfKey(first.oldest))} ago: ${why}.`;
  const fix =
    "fairlead holds lists them; then, for each, fairlead release ID (it may arrive a second time), fairlead queue bounce ID (its sender is told), or fairlead discard ID.";
  return [{ code: "held", line, fix, link: "#/holds" }];
}

function ofHistory({ history }: NeedsOf): readonly Need[] {
  if (history.is === "stopped") {
    const line = `History takes nothing new: ${history.why}. Mail goes on, and it will catch up.`;
    const fix = "Make room, or look at the disk of the data folder, within three days: so far back it catches up by itself.";
    return [{ code: "history-stopped", line, fix }];
  }
  if (history.is === "ok" && history.behind > BEHIND) {
    const line = `History is ${history.behind} events behind: what happened last is not found yet.`;
    return [
      { code: "history-behind", line, fix: "It catches up by itself; if the number grows, the disk of the data folder is too slow." },
    ];
  }
  return [];
}

function ofLost({ history, now }: NeedsOf): readonly Need[] {
  const lost = history.is === "off" ? [] : (history.lost ?? []);
  return lost
    .filter(({ at }) => Math.abs(now - at) < LOST_MS) // a clock that was ahead must not make it news for good
    .sort((a, b) => b.at - a.at)
    .slice(0, MOST_EACH)
    .map(lossNeed);
}

function lossNeed(loss: HistoryLoss): Need {
  switch (loss.is) {
    case "day": {
      const line = `History of ${loss.day} could not be read and was set aside: of that day only what the journal still had is found.`;
      return { code: "history-day-lost", line, fix: `Look at the disk (dmesg, smartctl). What was there is kept as history/${loss.file}.` };
    }
    case "gap": {
      const events = `Events ${loss.from} to ${loss.to}`;
      const line = `${events} never came into history: the journal had forgotten them. What they told is not found.`;
      return { code: "history-gap", line, fix: "If history is behind every day, give it a faster disk." };
    }
    default:
      return unreachable(loss);
  }
}

function ofCertificate({ certificateUntil: until, now }: NeedsOf): readonly Need[] {
  if (until === undefined || until - now > SOON_MS) return [];
  const line =
    until > now ? `The certificate ends in ${durationText(until - now)}.` : "The certificate has ended: servers that check it turn away.";
  return [{ code: "certificate", line, fix: "Renew it; new files are taken within seconds, without a restart." }];
}

function ofUpstreams({ lanes, now }: NeedsOf): readonly Need[] {
  return inTrouble(lanes, now - UPSTREAM_MS)
    .filter(({ site }) => isUpstream(site))
    .map((lane) => ({
      ...shutNeed(lane, now),
      code: "upstream-closed",
      fix:
        answered(lane) ??
        "Look whether it runs and can be reached from here, and whether its address, port and login in the configuration are right; it is tried again by itself.",
    }));
}

function ofLanes({ lanes, now }: NeedsOf): readonly Need[] {
  return inTrouble(lanes, now - LANE_MS)
    .filter(({ site }) => !isUpstream(site))
    .slice(0, MOST_EACH)
    .map((lane) => ({
      ...shutNeed(lane, now),
      code: "lane-closed",
      fix:
        answered(lane) ?? "If many are closed at once, look at your own way out (DNS, a firewall on port 25); it is tried again by itself.",
    }));
}

type InTrouble = Pick<LaneReport, "site"> & Required<Pick<LaneReport, "trouble">>;

/** Those that are shut since then or longer, the longest first. */
function inTrouble(lanes: readonly LaneReport[], since: number): readonly InTrouble[] {
  return lanes
    .flatMap(({ site, trouble }) => (trouble && trouble.since <= since ? [{ site, trouble }] : []))
    .sort((a, b) => a.trouble.since - b.trouble.since);
}

function shutNeed({ site, trouble }: InTrouble, now: WallMs): Pick<Need, "line" | "link"> {
  const line = `${site} has taken no mail for ${durationText(now - trouble.since)}: ${trouble.why}. Its mail waits.`;
  return { line, link: "#/destinations" };
}

/** What its answer says to do, as the stories of the mail that waits have it; who cannot be reached gave none. */
function answered({ trouble: { diagnosis } }: InTrouble): string | undefined {
  const { who, text } = diagnosis.remedy;
  if (who !== "operator" || text === "" || passesByItself(diagnosis)) return undefined;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
}

/** Whose lanes are shut answers nothing: that is told already. */
function ofPutOff({ putOff, lanes }: NeedsOf): readonly Need[] {
  const shut = new Set<string>(lanes.flatMap(({ site, trouble }) => (trouble ? site : [])));
  return putOff
    .filter(({ sites }) => !sites.every((site) => shut.has(site)))
    .slice(0, MOST_EACH)
    .map(({ key, provider, attempts, says, remedy }) => ({
      code: "put-off",
      line: `${provider} puts everything off: ${attempts} attempts within the hour, none taken${says === undefined ? "" : `, lately with "${says}"`}.`,
      fix: remedy ?? "Look at what it answers; what waits too long is returned to its senders.",
      link: `#/destinations/${encodeURIComponent(key)}`,
    }));
}

function isUpstream(site: SiteKey): boolean {
  return site.startsWith("upstream:");
}
