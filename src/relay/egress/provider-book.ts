/**
 * Which provider stands behind a domain, as far as that can be told without a look-up: where mail is accepted nothing may be
 * waited for. Domains of mailboxes are known; of all others it is learned from the hosts that answered for them.
 */
import { providerOf, providerOfDomain } from "../../mail/replies/replies.ts";
import { OTHERS } from "./law/ramps.ts";

/** Domains that were written to of late; what falls out is learned again with the next answer. */
const MOST_DOMAINS = 20_000;

export class ProviderBook {
  readonly #learned = new Map<string, string>();

  /** A provider's key, or `others`. */
  of(domain: string): string {
    return providerOfDomain(domain)?.key ?? this.#learned.get(domain) ?? OTHERS;
  }

  /** A host answered for the domain. */
  learn(domain: string, host: string): void {
    if (this.#learned.has(domain) || providerOfDomain(domain)) return;
    const provider = providerOf(host)?.key;
    if (provider === undefined) return;
    if (this.#learned.size >= MOST_DOMAINS) {
      const [oldest] = this.#learned.keys();
      if (oldest !== undefined) this.#learned.delete(oldest);
    }
    this.#learned.set(domain, provider);
  }
}
