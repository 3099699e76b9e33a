/**
 * Streams of server-sent events that are open: how many, whose, and how much each reader may leave waiting. They are no
 * requests under way: a shutdown ends them at once instead of waiting for them. Nor do they outlive the login they began
 * with: with each heartbeat it is looked at again.
 */
import type { ServerResponse } from "node:http";
import type { Clock } from "../../base/clock.ts";
import type { Identity } from "../logins/logins.ts";
import type { LiveStream } from "./asked.ts";
import { Refused } from "./refused.ts";
import { type Caller, hasSameRights } from "./who-asks.ts";

const MOST_STREAMS = 64;
/** Of one tenant's people and programs together. */
const MOST_OF_TENANT = 24;
/** Tabs of one person. */
const MOST_OF_ONE = 6;
/** What a reader may leave unread before it misses something. */
const MOST_WAITING_BYTES = 256 * 1024;
/** Proxies cut a connection on which nothing happens for a minute; and a login that has ended is noticed within it. */
const HEARTBEAT_MS = 20_000;

interface Open {
  readonly by: string;
  readonly tenant: string | undefined;
  readonly end: () => void;
}

export class LiveStreams {
  readonly #open = new Set<Open>();
  readonly #clock: Clock;
  readonly #begun = new WeakMap<ServerResponse, () => void>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /** Resolves when a stream has begun on this response; never for others. */
  begun(response: ServerResponse): Promise<void> {
    return new Promise((resolve) => this.#begun.set(response, resolve));
  }

  /** @throws {Refused} before anything is sent, where there are too many. */
  admit(identity: Identity | undefined): void {
    const by = nameOf(identity);
    const tenant = tenantOf(identity);
    const own = [...this.#open].filter((stream) => stream.by === by).length;
    const theirs = [...this.#open].filter((stream) => tenant !== undefined && stream.tenant === tenant).length;
    if (own >= MOST_OF_ONE || theirs >= MOST_OF_TENANT || this.#open.size >= MOST_STREAMS)
      throw new Refused("wait", "too many live streams are open", "close a tab; figures come without it too", { "retry-after": "30" });
  }

  begin(response: ServerResponse, who: Pick<Caller, "identity" | "again">, fill: (stream: LiveStream) => () => void): void {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" });
    response.flushHeaders();
    let cancel = (): void => {};
    let stop = (): void => {};
    const entry: Open = { by: nameOf(who.identity), tenant: tenantOf(who.identity), end: () => response.end() };
    const waiting = (): number => response.writableLength;
    const send = (text: string): boolean => {
      if (response.writableEnded || response.destroyed || waiting() > MOST_WAITING_BYTES) return false;
      response.write(text);
      return true;
    };
    const beat = (): void => {
      send(": still here\n\n");
      cancel = this.#clock.after(HEARTBEAT_MS, () => void check());
    };
    const check = async (): Promise<void> => {
      const now = await who.again().catch(() => undefined); // whoever cannot be known is told no more
      if (response.writableEnded || response.destroyed) return;
      if (hasSameRights(who.identity, now)) beat();
      else response.end();
    };
    response.once("close", () => {
      cancel();
      stop();
      this.#open.delete(entry);
    });
    this.#open.add(entry);
    beat();
    stop = fill({ send, waiting, end: entry.end });
    this.#begun.get(response)?.();
  }

  end(): void {
    for (const { end } of this.#open) end();
  }
}

/** Keys of two tenants may have one name. */
function nameOf(identity: Identity | undefined): string {
  return identity === undefined ? "" : `${identity.by} ${tenantOf(identity) ?? ""} ${identity.name}`;
}

function tenantOf(identity: Identity | undefined): string | undefined {
  return identity?.view.sees === "tenant" ? identity.view.tenant : undefined;
}
