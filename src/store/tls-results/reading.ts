/** What was counted and what became of it, as people and reports read it. */
import { type Kysely, sql } from "kysely";
import type { DomainResults, FailedSessions, PolicyResults } from "../../mail/tls-report/tls-report.ts";
import type { TlsPolicyType, TlsResultType } from "../../model/tls-session.ts";
import { type ReportState, stateOf } from "./report-states.ts";
import type { TlsTables } from "./schema.ts";

type Db = Kysely<TlsTables>;

/** One UTC day of this node. All counts are sessions, `domains` apart. */
export interface TlsDay {
  readonly day: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly domains: number;
  /** In the sums, and in no domain's: there was no room. */
  readonly beyond: number;
  /** Reports by what became of them; due and sending ones are `waiting`. */
  readonly reports: { readonly sent: number; readonly unasked: number; readonly failed: number; readonly waiting: number };
}

export interface TlsDomainDay {
  readonly day: number;
  readonly domain: string;
  readonly succeeded: number;
  readonly failed: number;
  /** Absent: nothing was to be sent yet. */
  readonly report?: ReportState;
}

export interface DomainsAsked {
  readonly day: number;
  readonly failedOnly: boolean;
  /** By name, those after this one. */
  readonly after?: string;
  readonly limit: number;
}

/** The newest day first. */
export async function readDays(db: Db, node: string): Promise<readonly TlsDay[]> {
  const days = await db.selectFrom("tls_day").selectAll().where("node", "=", node).orderBy("day", "desc").execute();
  const states = await db
    .selectFrom("tls_report")
    .select(["day", "state"])
    .select(({ fn }) => fn.countAll<number>().as("n"))
    .where("node", "=", node)
    .groupBy(["day", "state"])
    .execute();
  return days.map(({ day, succeeded, failed, domains, beyond }) => {
    const of = (...names: readonly string[]): number =>
      states.filter((row) => row.day === day && names.includes(row.state)).reduce((sum, { n }) => sum + Number(n), 0);
    const reports = { sent: of("sent"), unasked: of("unasked"), failed: of("failed"), waiting: of("due", "sending") };
    return { day, succeeded, failed, domains, beyond, reports };
  });
}

/** By name. */
export async function readDomains(db: Db, node: string, asked: DomainsAsked): Promise<readonly TlsDomainDay[]> {
  const { day, failedOnly, after, limit } = asked;
  let query = sums(db, node).where("p.day", "=", day);
  if (after !== undefined) query = query.where("p.domain", ">", after);
  if (failedOnly) query = query.having(({ fn }) => fn.sum("p.failed"), ">", 0);
  return (await query.orderBy("p.domain").limit(limit).execute()).map(domainDayOf);
}

/** Of one domain, the newest day first. */
export async function readDomain(db: Db, node: string, domain: string): Promise<readonly TlsDomainDay[]> {
  return (await sums(db, node).where("p.domain", "=", domain).orderBy("p.day", "desc").execute()).map(domainDayOf);
}

function sums(db: Db, node: string) {
  return db
    .selectFrom("tls_policy as p")
    .leftJoin("tls_report as r", (join) =>
      join.onRef("r.node", "=", "p.node").onRef("r.day", "=", "p.day").onRef("r.domain", "=", "p.domain"),
    )
    .select(["p.day", "p.domain", "r.state", "r.at", "r.attempts", "r.places", "r.why"])
    .select(({ fn }) => [fn.sum<number>("p.succeeded").as("succeeded"), fn.sum<number>("p.failed").as("failed")])
    .where("p.node", "=", node)
    .groupBy(["p.day", "p.domain", "r.state", "r.at", "r.attempts", "r.places", "r.why"]);
}

interface SumRow {
  readonly day: number;
  readonly domain: string;
  readonly succeeded: number;
  readonly failed: number;
  readonly state: string | null;
  readonly at: number | null;
  readonly attempts: number | null;
  readonly places: string | null;
  readonly why: string | null;
}

function domainDayOf({ day, domain, succeeded, failed, state, at, attempts, places, why }: SumRow): TlsDomainDay {
  return {
    ...{ day, domain, succeeded: Number(succeeded), failed: Number(failed) },
    ...(state !== null && { report: stateOf({ state, at: at ?? 0, attempts: attempts ?? 0, places: places ?? "[]", why }) }),
  };
}

/** All that was counted of a domain on a day; no policies where nothing was. */
export async function readResults(db: Db, node: string, day: number, domain: string): Promise<DomainResults> {
  const policies = await db
    .selectFrom("tls_policy")
    .selectAll()
    .where("node", "=", node)
    .where("day", "=", day)
    .where("domain", "=", domain)
    .orderBy(sql`succeeded + failed`, "desc")
    .orderBy("hash")
    .execute();
  const failures = await db
    .selectFrom("tls_failure")
    .selectAll()
    .where("node", "=", node)
    .where("day", "=", day)
    .where("domain", "=", domain)
    .orderBy("sessions", "desc")
    .orderBy("hash")
    .execute();
  return { domain, policies: policies.map((row) => policyResults(row, failures)) };
}

function policyResults(row: TlsTables["tls_policy"], failures: readonly TlsTables["tls_failure"][]): PolicyResults {
  return {
    type: row.type as TlsPolicyType, // this table's writer put it there
    domain: row.policy_domain,
    lines: JSON.parse(row.lines) as readonly string[],
    mxHosts: JSON.parse(row.mx_hosts) as readonly string[],
    ...{ succeeded: row.succeeded, failed: row.failed },
    failures: failures.filter(({ policy }) => policy === row.hash).map(failedSessions),
  };
}

function failedSessions({ result, host, ip, local_ip, detail, sessions }: TlsTables["tls_failure"]): FailedSessions {
  return {
    result: result as TlsResultType, // likewise
    ...(host !== null && { host }),
    ...(ip !== null && { ip }),
    ...(local_ip !== null && { localIp: local_ip }),
    ...(detail !== null && { detail }),
    sessions,
  };
}
