/**
 * A blocklist as a part of the world's zone: an address record for each entry, the reason beside it, and the test points of
 * RFC 5782 §5, by which anybody can see that it is alive and does not list the world.
 */
import type { WallMs } from "../../../src/base/clock.ts";
import { reversed } from "../directory.ts";
import type { Internet } from "../internet.ts";

export interface Entry {
  /** An address, the first three octets of one (`192.0.2`), or a domain. */
  readonly what: string;
  readonly reason: string;
  readonly since: WallMs;
  /** Undefined: until somebody asks. */
  until: WallMs | undefined;
}

export type Listed = "addresses" | "domains";

export class BlockList {
  readonly zone: string;
  readonly #internet: Internet;
  readonly #of: Listed;
  readonly #entries = new Map<string, Entry>();

  constructor(internet: Internet, zone: string, of: Listed) {
    this.zone = zone;
    this.#internet = internet;
    this.#of = of;
    this.#publish(of === "addresses" ? "127.0.0.2" : "TEST", "a test point (RFC 5782)");
  }

  /** Also true of an address whose /24 stands here. */
  has(what: string): boolean {
    return this.#entries.has(what) || this.#entries.has(rangeOf(what));
  }

  get entries(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  /** Enters it, or keeps it for longer. `forMs` undefined: until somebody asks. */
  enter(what: string, reason: string, forMs: number | undefined): void {
    const now = this.#internet.clock.wall();
    const until = forMs === undefined ? undefined : ((now + forMs) as WallMs);
    const known = this.#entries.get(what);
    if (known) known.until = until;
    else {
      this.#entries.set(what, { what, reason, since: now, until });
      this.#publish(what, reason);
      this.#internet.chronicle.note(this.zone, `lists ${what}: ${reason}`);
    }
  }

  remove(what: string): void {
    if (!this.#entries.delete(what)) return;
    this.#internet.resolver.remove(this.#nameOf(what));
    this.#internet.chronicle.note(this.zone, `no longer lists ${what}`);
  }

  /** Takes out what has run out. */
  sweep(): void {
    const now = this.#internet.clock.wall();
    for (const { what, until } of this.entries) if (until !== undefined && until <= now) this.remove(what);
  }

  #publish(what: string, reason: string): void {
    this.#internet.resolver.add(this.#nameOf(what), { A: ["127.0.0.2"], TXT: [reason] });
  }

  #nameOf(what: string): string {
    if (this.#of === "domains") return `${what}.${this.zone}`;
    const octets = what.split(".");
    return octets.length === 3 ? `*.${octets.reverse().join(".")}.${this.zone}` : `${reversed(what)}.${this.zone}`;
  }
}

/** `192.0.2` of 192.0.2.7; of anything else, itself. */
export function rangeOf(ip: string): string {
  const octets = ip.split(".");
  return octets.length === 4 ? octets.slice(0, 3).join(".") : ip;
}
