/** Adds what was counted to the rows of its day, within their bounds; in the caller's transaction. */
import { type Kysely, sql } from "kysely";
import { hashOf, type Pending, type PendingPolicy } from "./pending.ts";
import type { TlsTables } from "./schema.ts";

export interface Bounds {
  /** Domains with rows of their own, a day: some 200 MB. Beyond it sessions are only in the day's sums. */
  readonly domains: number;
  /** Policies of a domain a day. A domain has a few; one whose policy changes with every look has no more rows than this. */
  readonly policies: number;
  /** Ways to fail under one policy a day; further ones are told by their result alone. */
  readonly failures: number;
}

export const BOUNDS: Bounds = { domains: 200_000, policies: 50, failures: 100 };

type Db = Kysely<TlsTables>;
/** Rows of one statement: an engine takes some ten thousand values at once. */
const ROWS_AT_ONCE = 200;

interface Known {
  /** By domain: hashes of its policies, and under each how many ways to fail it has. */
  readonly policies: Map<string, Map<string, Set<string>>>;
  domains: number;
}

interface Rows {
  readonly policies: TlsTables["tls_policy"][];
  readonly failures: Map<string, TlsTables["tls_failure"]>;
}

export async function writePending(db: Db, node: string, pending: Pending, bounds: Bounds): Promise<void> {
  for (const [day, sums] of pending.days) {
    const policies = [...pending.policies.values()].filter((policy) => policy.day === day);
    const known = await knownOf(db, node, day, policies);
    const before = known.domains;
    let beyond = sums.beyond;
    const rows: Rows = { policies: [], failures: new Map() };
    for (const policy of policies) if (!place(policy, node, known, bounds, rows)) beyond += policy.succeeded + policy.failed;
    await writePolicies(db, rows.policies);
    await writeFailures(db, [...rows.failures.values()]);
    const { succeeded, failed } = sums;
    await db
      .insertInto("tls_day")
      .values({ node, day, succeeded, failed, domains: known.domains - before, beyond, planned: 0 })
      .onConflict((conflict) =>
        conflict.columns(["node", "day"]).doUpdateSet({
          succeeded: sql<number>`tls_day.succeeded + excluded.succeeded`,
          failed: sql<number>`tls_day.failed + excluded.failed`,
          domains: sql<number>`tls_day.domains + excluded.domains`,
          beyond: sql<number>`tls_day.beyond + excluded.beyond`,
          planned: sql<number>`case when excluded.domains > 0 then 0 else tls_day.planned end`,
        }),
      )
      .execute();
  }
}

/** What the day has of the domains that are to be written. */
async function knownOf(db: Db, node: string, day: number, policies: readonly PendingPolicy[]): Promise<Known> {
  const row = await db.selectFrom("tls_day").select("domains").where("node", "=", node).where("day", "=", day).executeTakeFirst();
  const known: Known = { policies: new Map(), domains: row?.domains ?? 0 };
  const names = [...new Set(policies.map(({ domain }) => domain))];
  for (const some of portions(names)) {
    const rows = await db
      .selectFrom("tls_policy as p")
      .leftJoin("tls_failure as f", (join) =>
        join
          .onRef("f.node", "=", "p.node")
          .onRef("f.day", "=", "p.day")
          .onRef("f.domain", "=", "p.domain")
          .onRef("f.policy", "=", "p.hash"),
      )
      .select(["p.domain", "p.hash", "f.hash as failure"])
      .where("p.node", "=", node)
      .where("p.day", "=", day)
      .where("p.domain", "in", some)
      .execute();
    for (const { domain, hash, failure } of rows) {
      const failures = failuresOf(policiesOf(known, domain), hash);
      if (failure !== null) failures.add(failure);
    }
  }
  return known;
}

function policiesOf(known: Known, domain: string): Map<string, Set<string>> {
  const policies = known.policies.get(domain) ?? new Map<string, Set<string>>();
  known.policies.set(domain, policies);
  return policies;
}

function failuresOf(policies: Map<string, Set<string>>, hash: string): Set<string> {
  const failures = policies.get(hash) ?? new Set<string>();
  policies.set(hash, failures);
  return failures;
}

/** The policy's rows. False: there is no room for another domain or policy. */
function place(policy: PendingPolicy, node: string, known: Known, bounds: Bounds, rows: Rows): boolean {
  const { day, domain, hash, applied, succeeded, failed } = policy;
  if (!known.policies.has(domain)) {
    if (known.domains >= bounds.domains) return false;
    known.domains++;
  }
  const policies = policiesOf(known, domain);
  if (!policies.has(hash) && policies.size >= bounds.policies) return false;
  const failures = failuresOf(policies, hash);
  const { type, domain: policy_domain, lines, mxHosts } = applied;
  const texts = { lines: JSON.stringify(lines), mx_hosts: JSON.stringify(mxHosts) };
  rows.policies.push({ ...{ node, day, domain, hash, type, policy_domain, succeeded, failed }, ...texts });
  for (const [key, { group, sessions }] of policy.failures) {
    const told = failures.has(key) || failures.size < bounds.failures ? group : { result: group.result };
    const as = told === group ? key : hashOf(told);
    failures.add(as);
    const place = `${domain} ${hash} ${as}`;
    const { result, host = null, ip = null, localIp = null, detail = null } = told;
    const before = rows.failures.get(place)?.sessions ?? 0;
    const cells = { result, host, ip, local_ip: localIp, detail, sessions: before + sessions };
    rows.failures.set(place, { ...{ node, day, domain, policy: hash, hash: as }, ...cells });
  }
  return true;
}

async function writePolicies(db: Db, rows: readonly TlsTables["tls_policy"][]): Promise<void> {
  for (const some of portions(rows))
    await db
      .insertInto("tls_policy")
      .values(some)
      .onConflict((conflict) =>
        conflict.columns(["node", "day", "domain", "hash"]).doUpdateSet({
          succeeded: sql<number>`tls_policy.succeeded + excluded.succeeded`,
          failed: sql<number>`tls_policy.failed + excluded.failed`,
        }),
      )
      .execute();
}

async function writeFailures(db: Db, rows: readonly TlsTables["tls_failure"][]): Promise<void> {
  for (const some of portions(rows))
    await db
      .insertInto("tls_failure")
      .values(some)
      .onConflict((conflict) =>
        conflict
          .columns(["node", "day", "domain", "policy", "hash"])
          .doUpdateSet({ sessions: sql<number>`tls_failure.sessions + excluded.sessions` }),
      )
      .execute();
}

function* portions<T>(all: readonly T[]): Iterable<T[]> {
  for (let from = 0; from < all.length; from += ROWS_AT_ONCE) yield all.slice(from, from + ROWS_AT_ONCE);
}
