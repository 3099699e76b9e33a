/**
 * What changes, as it does, for pages that stand open: at most one `changed` a second with the rows as they are now, a
 * `status` each five seconds, and `gap` where something was missed, so that the page asks anew instead of being wrong.
 * One feed serves all streams of a node, and works only while there are any: what two of them see alike is asked once.
 */
import type { Cancel, Clock } from "../../base/clock.ts";
import { textOf } from "../../base/fault.ts";
import type { Log } from "../../base/log.ts";
import type { NewEvent } from "../../model/event.ts";
import type { MessageKey, TenantId } from "../../model/ids.ts";
import { maySee, type View } from "../../model/view.ts";
import type { HistoryRow } from "../../store/history/history.ts";
import { type Asked, type LiveReply, type LiveStream, viewOf } from "./asked.ts";
import { newestEvent } from "./newest-event.ts";
import type { NodeFace } from "./node-face.ts";
import { PAST, wired } from "./refused.ts";
import { historyRow, statusReply } from "./shapes.ts";
import { rowSeen } from "./tenant-sees.ts";

const TICK_MS = 1_000;
/** In ticks. */
const STATUS_EVERY = 5;
/** Messages shown in one `changed`; further ones are counted. */
const MOST_SHOWN = 50;
/** Rows of one message among them. */
const MOST_ROWS = 50;
/** Messages that changed since the last tick; above it they are counted only. */
const MOST_CHANGED = 2_000;
/** Whose a message is, from when it was accepted; the one accepted first is forgotten first. */
const MOST_TENANTS = 20_000;

interface Stream {
  readonly view: View;
  readonly to: LiveStream;
  /** It lost something: told once it reads again. */
  behind: boolean;
}

const feeds = new WeakMap<NodeFace, LiveFeed>();

/** A tenant is not told how much happens on the node: whoever comes back with this id hears `gap`, which is never wrong. */
const TENANTS_ID = "-";

function idFor(view: View, seq: number | undefined): string {
  if (seq === undefined) return "";
  return `id: ${view.sees === "all" ? seq : TENANTS_ID}\n`;
}

export function liveReply(asked: Asked, after: number | undefined): LiveReply {
  wired(asked.node.past, PAST); // rows come from there: a stream without it would be silent
  const view = viewOf(asked);
  const last = after ?? lastOf(asked.lastEvent);
  let feed = feeds.get(asked.node);
  if (feed === undefined) {
    feed = new LiveFeed(asked);
    feeds.set(asked.node, feed);
  }
  const joined = feed;
  return { begin: (to) => joined.join(view, to, last) };
}

/** What is no sequence of ours was missed for certain. */
function lastOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : /^\d{1,16}$/.test(text) ? Number(text) : -1;
}

class LiveFeed {
  readonly #node: NodeFace;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #streams = new Set<Stream>();
  readonly #tenants = new Map<MessageKey, TenantId>();
  #changed = new Set<MessageKey>();
  #uncounted = 0;
  /** The newest event's sequence as far as it is known: too low is only a `gap` too many. */
  #seq: number | undefined;
  #ticks = 0;
  #stop: (() => void) | undefined;
  #cancel: Cancel = () => {};

  constructor({ node, clock, log }: Pick<Asked, "node" | "clock" | "log">) {
    this.#node = node;
    this.#clock = clock;
    this.#log = log;
  }

  /** The result ends it. */
  join(view: View, to: LiveStream, last: number | undefined): () => void {
    const stream: Stream = { view, to, behind: false };
    this.#streams.add(stream);
    if (this.#stop === undefined) this.#begin();
    void this.#greet(stream, last).catch((thrown: unknown) => this.#failed(thrown));
    return () => {
      this.#streams.delete(stream);
      if (this.#streams.size > 0) return;
      this.#cancel();
      this.#stop?.();
      this.#stop = undefined;
      this.#seq = undefined;
      this.#changed.clear();
      this.#tenants.clear();
    };
  }

  #begin(): void {
    this.#stop = this.#node.onEvents((events) => this.#note(events));
    this.#again();
  }

  /** Whichever of a beginning and the end of a tick comes last: they may fall together where nobody listened in between. */
  #again(): void {
    this.#cancel();
    this.#cancel = this.#clock.after(TICK_MS, () => {
      void this.#tick()
        .catch((thrown: unknown) => this.#failed(thrown))
        .finally(() => {
          if (this.#streams.size > 0) this.#again();
        });
    });
  }

  async #greet(stream: Stream, last: number | undefined): Promise<void> {
    this.#seq ??= await newestEvent(this.#node);
    if (last !== undefined && (last !== this.#seq || stream.view.sees !== "all")) this.#send(stream, "gap", {});
    this.#send(stream, "status", statusReply(await this.#node.status(stream.view), this.#node, stream.view));
  }

  #note(events: readonly NewEvent[]): void {
    if (this.#seq !== undefined) this.#seq += events.length;
    for (const { ref, body } of events) {
      if (ref === undefined) continue;
      if (body.kind === "accepted") this.#tenants.set(ref.message, body.envelope.tenant);
      if (this.#changed.size < MOST_CHANGED) this.#changed.add(ref.message);
      else if (!this.#changed.has(ref.message)) this.#uncounted++;
    }
    while (this.#tenants.size > MOST_TENANTS) this.#tenants.delete(this.#tenants.keys().next().value as MessageKey);
  }

  async #tick(): Promise<void> {
    const changed = [...this.#changed].sort((a, b) => b - a);
    const uncounted = this.#uncounted;
    this.#changed = new Set();
    this.#uncounted = 0;
    this.#ticks++;
    for (const stream of this.#streams)
      if (stream.behind && stream.to.waiting() === 0) {
        stream.behind = false;
        this.#send(stream, "gap", {});
      }
    for (const streams of Map.groupBy(this.#streams, ({ view }) => JSON.stringify(view)).values()) {
      const [first] = streams;
      if (first === undefined) continue;
      const { view } = first;
      if (changed.length > 0) await this.#tellChanged(view, streams, changed, uncounted);
      if (this.#ticks % STATUS_EVERY === 0) {
        const status = statusReply(await this.#node.status(view), this.#node, view);
        for (const stream of streams) this.#send(stream, "status", status);
      }
    }
  }

  async #tellChanged(view: View, streams: readonly Stream[], changed: readonly MessageKey[], uncounted: number): Promise<void> {
    const mine = changed.filter((key) => this.#mayBe(view, key));
    const rows = await this.#rowsOf(view, mine.slice(0, MOST_SHOWN));
    // Of others' messages a tenant hears nothing, not even how many there are.
    const more =
      view.sees === "all"
        ? Math.max(0, mine.length - MOST_SHOWN) + uncounted
        : mine.slice(MOST_SHOWN).filter((key) => this.#tenants.has(key)).length;
    if (rows.length === 0 && more === 0) return;
    const now = this.#clock.wall();
    const data = { rows: rows.map((row) => historyRow(rowSeen(row, view, this.#node), this.#node.number, now)), more };
    for (const stream of streams) this.#send(stream, "changed", data);
  }

  #mayBe(view: View, key: MessageKey): boolean {
    const tenant = this.#tenants.get(key);
    if (view.sees === "all" || tenant === undefined) return true;
    return view.sees === "tenant" ? view.tenant === tenant : view.message === key;
  }

  /** In the view of one message history looks at its place and nowhere else; whether this view sees it, its rows say. */
  async #rowsOf(view: View, keys: readonly MessageKey[]): Promise<readonly HistoryRow[]> {
    const past = wired(this.#node.past, PAST);
    const pages = await Promise.all(
      keys.map(async (key) => {
        const { rows } = await past.search({ sees: "message", message: key }, {}, { limit: MOST_ROWS });
        return rows.filter(({ tenant }) => maySee(view, tenant as TenantId, key));
      }),
    );
    return pages.flat();
  }

  #send(stream: Stream, event: string, data: unknown): void {
    const id = idFor(stream.view, this.#seq);
    if (!stream.to.send(`${id}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)) stream.behind = true;
  }

  /** A sick spool, say: the streams stay open and hear the next one. */
  #failed(thrown: unknown): void {
    this.#log("debug", "a live update could not be made", { error: textOf(thrown) });
    for (const stream of this.#streams) stream.behind = true;
  }
}
