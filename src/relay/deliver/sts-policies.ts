/**
 * MTA-STS policies of recipient domains (RFC 8461): found by a TXT record, fetched over HTTPS, kept for as long as they say.
 * A kept policy holds until its end whatever becomes of record and fetch; only another policy takes its place. Whoever
 * sends the first mail to a domain waits for its policy, because that is the moment at which it protects.
 */
import type { Clock, WallMs } from "../../base/clock.ts";
import type { PolicyResolver } from "../../base/resolver.ts";
import { readStsPolicy, readStsRecord, type StsPolicy } from "../../mail/transport-security/transport-security.ts";
import type { TlsResultType, TlsSession } from "../../model/tls-session.ts";

export interface KeptPolicy {
  readonly id: string;
  readonly policy: StsPolicy;
  readonly fetchedAt: WallMs;
}

/** What is kept, in memory; it outlives restarts and is bounded. */
export interface StsStore {
  get(domain: string): KeptPolicy | undefined;
  put(domain: string, kept: KeptPolicy): void;
}

/** `is` of a failure: how reports call it. */
export type StsFetched =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly is: Extract<TlsResultType, "sts-policy-fetch-error" | "sts-webpki-invalid">; readonly why: string };

export interface StsPorts {
  readonly clock: Clock;
  readonly resolver: Pick<PolicyResolver, "txt">;
  readonly store: StsStore;
  /** Bounded in time and size by whoever does it. Never rejects. */
  fetch(domain: string): Promise<StsFetched>;
  readonly seen?: (session: TlsSession) => void;
}

const MINUTE_MS = 60_000;
/** RFC 8461 §3.3: no sooner again, where a policy could not be had. */
const AGAIN_MS = 5 * MINUTE_MS;
/** RFC 8461 §3.3 suggests a day: a policy in use is fetched anew long before its end. */
const REFRESH_MS = 24 * 60 * MINUTE_MS;
/** Fetches at a time; more wait for these. */
const FETCHES_MOST = 32;
/** Domains whose policy could not be had that are remembered; beyond, the memory starts anew, and some are asked too soon. */
const FAILED_MOST = 10_000;

export class StsPolicies {
  readonly #ports: StsPorts;
  readonly #flights = new Map<string, Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #fetching = 0;
  /** `domain id` → when it may be asked for again. */
  readonly #failed = new Map<string, number>();

  constructor(ports: StsPorts) {
    this.#ports = ports;
  }

  /** The policy in force; undefined where there is none. Never rejects. */
  async of(domain: string): Promise<StsPolicy | undefined> {
    const { clock, resolver } = this.#ports;
    const answer = await resolver.txt(`_mta-sts.${domain}`);
    const id = answer.status === "ok" ? readStsRecord(answer.records) : undefined;
    const kept = this.#inForce(domain);
    if (id === undefined) return kept?.policy;
    if (kept?.id === id) {
      if (clock.wall() - kept.fetchedAt > REFRESH_MS) void this.#renew(domain, id); // nobody waits: what is kept holds
      return kept.policy;
    }
    await this.#renew(domain, id);
    return this.#inForce(domain)?.policy;
  }

  #inForce(domain: string): KeptPolicy | undefined {
    const kept = this.#ports.store.get(domain);
    return kept && this.#ports.clock.wall() < kept.fetchedAt + kept.policy.maxAgeMs ? kept : undefined;
  }

  async #renew(domain: string, id: string): Promise<void> {
    const key = `${domain} ${id}`;
    if (this.#ports.clock.mono() < (this.#failed.get(key) ?? 0)) return;
    const flight = this.#flights.get(domain) ?? this.#fetch(domain, id, key).finally(() => this.#flights.delete(domain));
    this.#flights.set(domain, flight);
    await flight;
  }

  async #fetch(domain: string, id: string, key: string): Promise<void> {
    const { clock, store } = this.#ports;
    if (this.#fetching >= FETCHES_MOST) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#fetching++;
    const fetched = await this.#ports.fetch(domain);
    const next = this.#waiting.shift();
    if (next) next();
    else this.#fetching--;
    const read = fetched.ok ? readStsPolicy(fetched.text) : fetched;
    if (read.ok) {
      this.#failed.delete(key);
      return store.put(domain, { id, policy: read.policy, fetchedAt: clock.wall() });
    }
    if (this.#failed.size >= FAILED_MOST) this.#failed.clear();
    this.#failed.set(key, clock.mono() + AGAIN_MS);
    const outcome = { is: fetched.ok ? ("sts-policy-invalid" as const) : fetched.is, detail: read.why };
    this.#ports.seen?.({ at: clock.wall(), domain, policy: { type: "sts", lines: [], mxHosts: [] }, outcome });
  }
}
