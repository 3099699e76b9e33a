/** History as its callers see it: questions go to one thread, what happens to another. */
import type { Clock, WallMs } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { FairleadEvent } from "../../model/event.ts";
import type { MessageKey, SiteKey } from "../../model/ids.ts";
import type { View } from "../../model/view.ts";
import type { History, HistoryHealth, HistoryQuery, HistoryRecord, JournalPort, KeptDay, PageOf, SearchPage, Tally } from "./history.ts";
import { HistoryFault } from "./history-fault.ts";
import type { HistoryLink } from "./thread/history-link.ts";
import { SearchLink } from "./thread/search-link.ts";

/** A day that cannot be read is told of at most so often. */
const TOLD_MS = 3_600_000;

export interface FrontPorts {
  readonly folder: string;
  readonly link: HistoryLink;
  readonly journal: JournalPort;
  readonly clock: Clock;
  readonly log: Log;
}

export class HistoryFront implements History {
  readonly #ports: FrontPorts;
  readonly #searches: SearchLink;
  readonly #told = new Map<string, number>();
  readonly #stopListening: () => void;
  #closed: Promise<void> | undefined;

  constructor(ports: FrontPorts) {
    this.#ports = ports;
    this.#searches = new SearchLink(ports.folder, (day, why, damaged) => this.#unread(day, why, damaged));
    this.#stopListening = ports.journal.onEvents(() => ports.link.wake());
  }

  async search(view: View, query: HistoryQuery, page: PageOf): Promise<SearchPage> {
    this.#mustBeOpen();
    return await this.#searches.ask("search", view, query, page);
  }

  async tally(view: View, query: HistoryQuery, budgetMs?: number): Promise<Tally> {
    this.#mustBeOpen();
    return await this.#searches.ask("tally", view, query, budgetMs);
  }

  async record(view: View, key: MessageKey): Promise<HistoryRecord | undefined> {
    this.#mustBeOpen();
    return await this.#searches.ask("record", view, key);
  }

  async laneEvents(site: SiteKey, since: WallMs, until: WallMs, limit: number): Promise<readonly FairleadEvent[]> {
    this.#mustBeOpen();
    return await this.#searches.ask("lanes", site, since, until, limit);
  }

  async days(): Promise<readonly KeptDay[]> {
    this.#mustBeOpen();
    return await this.#searches.ask("days");
  }

  async caughtUp(withinMs: number): Promise<boolean> {
    this.#mustBeOpen();
    await this.#ports.journal.flushed();
    return await this.#ports.link.caughtUp(withinMs);
  }

  health(): HistoryHealth {
    return this.#ports.link.health();
  }

  retain(days: number): void {
    this.#ports.link.retain(days);
  }

  async forget(view: View, address: string): Promise<number> {
    this.#mustBeOpen();
    const rows = await this.#ports.link.forget(view, address);
    this.#searches.reopen();
    return rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= (async () => {
      this.#stopListening();
      await this.#searches.close(); // first: the last connection to close must be one that can write
      await this.#ports.link.close();
    })();
    await this.#closed;
  }

  #unread(day: string, why: string, damaged: boolean): void {
    const now = this.#ports.clock.mono();
    const before = this.#told.get(day);
    if (before === undefined || now - before > TOLD_MS) {
      this.#ports.log("error", "a day of history could not be read; the others answer", { day, why });
      this.#told.set(day, now);
    }
    if (damaged) this.#ports.link.check(day);
  }

  #mustBeOpen(): void {
    if (this.#closed !== undefined) throw new HistoryFault("HISTORY_CLOSED", "history is closed");
  }
}
