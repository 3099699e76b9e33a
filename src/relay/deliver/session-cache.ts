/**
 * TLS sessions to take up again: half the work of a handshake, for hosts that nothing is asked of. Nothing that was resumed
 * counts as verified, so sessions under a policy never come here.
 */
import type { Clock, MonoMs } from "../../base/clock.ts";
import type { TlsClient } from "../../base/network.ts";

/** Some 2 KB each; the oldest goes first. */
const SESSIONS_MOST = 2_000;
/** Receivers keep their ticket keys for hours; a session that they forgot costs nothing but itself. */
const LIFE_MS = 3_600_000;

export class SessionCache {
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly session: Uint8Array; readonly until: MonoMs }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A session is given out once: TLS 1.3 wants each ticket used by one connection (RFC 8446 §C.4). */
  at(key: string): Pick<TlsClient, "session" | "keep"> {
    const now = this.#clock.mono();
    const known = this.#kept.get(key);
    this.#kept.delete(key);
    const keep = (session: Uint8Array): void => {
      this.#kept.delete(key);
      this.#kept.set(key, { session, until: (this.#clock.mono() + LIFE_MS) as MonoMs });
      for (const oldest of this.#kept.keys()) {
        if (this.#kept.size <= SESSIONS_MOST) break;
        this.#kept.delete(oldest);
      }
    };
    return known && known.until > now ? { keep, session: known.session } : { keep };
  }
}
