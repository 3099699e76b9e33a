/**
 * How TLS must be spoken with the hosts of a domain: gathers what the operator says, what the domain publishes and what is
 * remembered, and applies the rules of `mail/transport-security`. Without it TLS is opportunistic everywhere.
 */
import type { Clock } from "../../base/clock.ts";
import type { TlsClient } from "../../base/network.ts";
import type { PolicyResolver } from "../../base/resolver.ts";
import {
  type DomainPolicy,
  type HostRule,
  policyKey,
  ruleFor,
  type StsPolicy,
  type TlsaFound,
  type TlsDemand,
} from "../../mail/transport-security/transport-security.ts";
import type { TlsSession } from "../../model/tls-session.ts";
import type { HostAddress } from "./hosts.ts";
import { SessionCache } from "./session-cache.ts";

/** Hosts whose STARTTLS does not work: mail goes to them in clear at once, where no policy forbids it. Bounded. */
export interface BrokenTls {
  has(host: string): boolean;
  add(host: string, why: string): void;
}

export interface TransportPorts {
  readonly clock: Clock;
  readonly resolver: Pick<PolicyResolver, "tlsa">;
  /** What the operator asks of a recipient domain's hosts. */
  demand(domain: string): TlsDemand;
  /** Whether TLSA records are looked up: the operator may forbid it. */
  readonly dane: boolean;
  /** Undefined: the domain has none. Never rejects. Absent: nobody asks. */
  readonly sts?: { of(domain: string): Promise<StsPolicy | undefined> };
  readonly broken: BrokenTls;
  /** Every session, for reports to the domains. Must not throw. */
  readonly seen?: (session: TlsSession) => void;
}

export class Transport {
  readonly broken: BrokenTls;
  readonly #ports: TransportPorts;
  readonly #sessions: SessionCache;

  constructor(ports: TransportPorts) {
    this.#ports = ports;
    this.broken = ports.broken;
    this.#sessions = new SessionCache(ports.clock);
  }

  get dane(): boolean {
    return this.#ports.dane;
  }

  async stsOf(domain: string): Promise<StsPolicy | undefined> {
    const policy = await this.#ports.sts?.of(domain);
    return policy?.mode === "none" ? undefined : policy;
  }

  /** `dane`: TLSA records may stand for one of its hosts at least. */
  policyFor(domain: string, dane: boolean, sts: StsPolicy | undefined): DomainPolicy {
    const demand = this.#ports.demand(domain);
    return { domain, key: policyKey(demand, dane, sts), demand, ...(sts && { sts }) };
  }

  async ruleFor(policy: DomainPolicy, address: HostAddress): Promise<HostRule> {
    return ruleFor(policy, address.host, await this.#tlsaOf(address));
  }

  /** Only what verifies nothing may be resumed: a resumed session shows no certificate (R19). */
  sessionFor(rule: HostRule, egress: string, host: string): Pick<TlsClient, "session" | "keep"> {
    if (rule.is !== "open" || rule.testing) return {};
    return this.#sessions.at(`${egress} ${host} ${rule.is}`);
  }

  see(session: Omit<TlsSession, "at">): void {
    this.#ports.seen?.({ at: this.#ports.clock.wall(), ...session });
  }

  now(): ReturnType<Clock["wall"]> {
    return this.#ports.clock.wall();
  }

  /** Asked at the names that the host may have, the one that CNAMEs led to first (RFC 7672 §2.2.3). */
  async #tlsaOf({ daneNames = [], port }: HostAddress): Promise<TlsaFound> {
    for (const name of daneNames) {
      const answer = await this.#ports.resolver.tlsa(`_${port}._tcp.${name}`);
      if (answer.status === "fail") return { is: "failed", name, why: answer.why };
      // What nobody signed may be anybody's (RFC 7672 §2.1.1).
      if (answer.status === "ok" && answer.authentic && answer.records.length > 0) return { is: "found", name, records: answer.records };
    }
    return { is: "none" };
  }
}
