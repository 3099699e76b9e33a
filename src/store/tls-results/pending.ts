/**
 * Sessions since the last write, summed up in memory: counting one costs a look into a map. Bounded, for the database
 * may be away: what finds no room is in the day's sums alone.
 */
import { createHash } from "node:crypto";
import { type FailedSessions, failureOf, type PolicyApplied, policyOf } from "../../mail/tls-report/tls-report.ts";
import type { TlsSession } from "../../model/tls-session.ts";

export type FailureGroup = Omit<FailedSessions, "sessions">;

export interface PendingPolicy {
  readonly day: number;
  readonly domain: string;
  readonly hash: string;
  readonly applied: PolicyApplied;
  succeeded: number;
  failed: number;
  readonly failures: Map<string, { readonly group: FailureGroup; sessions: number }>;
}

export interface PendingDay {
  succeeded: number;
  failed: number;
  beyond: number;
}

/** Policies and failures between two writes, each some 500 octets. */
const PENDING_MOST = 20_000;
export const DAY_MS = 86_400_000;

export class Pending {
  readonly days = new Map<number, PendingDay>();
  readonly policies = new Map<string, PendingPolicy>();
  readonly #most: number;
  #size = 0;

  constructor(most = PENDING_MOST) {
    this.#most = most;
  }

  get isEmpty(): boolean {
    return this.days.size === 0;
  }

  add(session: TlsSession): void {
    const day = Math.floor(session.at / DAY_MS);
    const failure = failureOf(session);
    const sums = this.#day(day);
    if (failure) sums.failed++;
    else sums.succeeded++;
    const policy = isReported(session.domain) ? this.#policy(day, session) : undefined;
    if (policy === undefined || (failure && !this.#fail(policy, failure))) sums.beyond++;
    else if (failure) policy.failed++;
    else policy.succeeded++;
  }

  #day(day: number): PendingDay {
    const known = this.days.get(day);
    if (known) return known;
    const made = { succeeded: 0, failed: 0, beyond: 0 };
    this.days.set(day, made);
    return made;
  }

  #policy(day: number, session: TlsSession): PendingPolicy | undefined {
    const { type, lines } = session.policy;
    const key = `${day} ${session.domain} ${type} ${type === "tlsa" ? (session.host ?? "") : ""} ${lines.join("\n")}`;
    const known = this.policies.get(key);
    if (known) return known;
    if (!this.#hasRoom()) return undefined;
    const applied = policyOf(session);
    const made = { day, domain: session.domain, hash: hashOf(applied), applied, succeeded: 0, failed: 0, failures: new Map() };
    this.policies.set(key, made);
    return made;
  }

  /** False: there is no room for a way of failing that is new. */
  #fail(policy: PendingPolicy, group: FailureGroup): boolean {
    const key = hashOf(group);
    const known = policy.failures.get(key);
    if (known) known.sessions++;
    else if (this.#hasRoom()) policy.failures.set(key, { group, sessions: 1 });
    else return false;
    return true;
  }

  #hasRoom(): boolean {
    if (this.#size >= this.#most) return false;
    this.#size++;
    return true;
  }
}

/** What can have a TXT record: no address literal, nothing that is not in A-labels. */
function isReported(domain: string): boolean {
  return domain.length <= 253 && /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/.test(domain);
}

/** Tells groups apart; 132 bits, so that no two ever share one. */
export function hashOf(group: FailureGroup | PolicyApplied): string {
  const cells = "result" in group ? [group.result, group.host, group.ip, group.localIp, group.detail] : policyCells(group);
  return createHash("sha256")
    .update(JSON.stringify(cells.map((cell) => cell ?? null)))
    .digest("base64url")
    .slice(0, 22);
}

function policyCells({ type, domain, lines, mxHosts }: PolicyApplied): readonly unknown[] {
  return [type, domain, lines, mxHosts];
}
