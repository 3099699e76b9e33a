/** What is kept how long, and how it is made to be forgotten. */
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Keeping } from "../control/api/desk.ts";
import type { Config } from "../control/config/config.ts";
import { days, setting } from "../control/settings/settings.ts";
import { HISTORY_DAYS, type History, openHistory } from "../store/history/history.ts";
import { DEFAULT_RETENTION } from "../store/journal/journal.ts";
import type { ControlSettings } from "../store/settings/control-settings.ts";
import type { Spool } from "../store/spool/spool.ts";
import { AUDIT_DAYS } from "./control-plane.ts";

const DAY_MS = 86_400_000;

export interface HistoryOf {
  /** Closes it. */
  readonly stack: AsyncDisposableStack;
  readonly settings: ControlSettings;
  readonly spool: Spool;
  /** The database that holds the spool's journal, and how what was recorded gets there: not by a clock that may stand still. */
  readonly journal: { readonly path: string; readonly flush: "soon" | "durable" };
  readonly clock: Clock;
  readonly log: Log;
}

/** Opens it, and keeps it for as long as the settings say, whenever they change. */
export function historyOf(config: Pick<Config, "data" | "spool">, { stack, settings, spool, journal, clock, log }: HistoryOf): History {
  const history = openHistory({
    ...{ folder: join(config.data, "history"), clock, log, retentionDays: historyDays(settings) },
    ...config.spool, // history yields before the spool does, also where its reserve was set
    journal: {
      path: journal.path,
      onEvents: (listener) => spool.onEvents(listener),
      flushed: async () => void (await spool.apply([], journal.flush)),
    },
  });
  stack.use(history);
  stack.defer(
    settings.onChange((changed) => {
      if (changed.some(({ kind }) => kind === "retention")) history.retain(historyDays(settings));
    }),
  );
  return history;
}

export function keepingOf(history: History, settings: ControlSettings): Keeping {
  return {
    history: async () => ({ days: historyDays(settings), files: await history.days() }),
    others: async () => [
      { what: "journal", days: DEFAULT_RETENTION.ms / DAY_MS },
      { what: "audit", days: days(setting(settings, "retention").audit, AUDIT_DAYS) },
    ],
    forget: (view, address) => history.forget(view, address),
  };
}

function historyDays(settings: ControlSettings): number {
  return days(setting(settings, "retention").history, HISTORY_DAYS);
}
