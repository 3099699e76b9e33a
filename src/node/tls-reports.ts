/**
 * Once a day each domain that asks for it is told how the TLS of mail to it went (RFC 8460). A day ends at 00:00 UTC; the
 * reports on it leave in the four hours after, each at its own moment, so that neither those who receive them nor this
 * node's own mail have a rush hour. What nobody takes is tried again for a day.
 *
 * What is under way stands in `store/tls-results`: begun is written before anything leaves, so a day is reported once.
 */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Clock, WallMs } from "../base/clock.ts";
import { textOf } from "../base/fault.ts";
import type { Log } from "../base/log.ts";
import type { Answer } from "../base/resolver.ts";
import {
  type DomainResults,
  type ReportFrame,
  type ReportTo,
  readReportRequest,
  reportDocument,
  reportRecordName,
} from "../mail/tls-report/tls-report.ts";
import { DAY_MS, type DueReport, type ReportOutcome, type TlsResults } from "../store/tls-results/tls-results.ts";

/** A report as it is handed over. */
export interface PackedReport {
  readonly frame: ReportFrame;
  /** gzip of the JSON document. */
  readonly packed: Uint8Array;
  readonly succeeded: number;
  readonly failed: number;
}

/** A place took it, by the name people know it by; or the clause that says why not. */
export type HandedOver = { readonly ok: true; readonly place: string } | { readonly ok: false; readonly why: string };

export interface TlsReportPorts {
  readonly results: TlsResults;
  readonly clock: Clock;
  readonly log: Log;
  /** TXT records, the strings of each joined. */
  txt(name: string): Promise<Answer<string>>;
  /** One mail to all these addresses; taken is queued durably. */
  mail(report: PackedReport, to: readonly string[]): Promise<HandedOver>;
  post(report: PackedReport, url: string, signal: AbortSignal): Promise<HandedOver>;
}

/** Who reports. */
export type Reporter = Omit<ReportFrame, "domain" | "from">;

/** Sessions of a day's last seconds are written a little later. */
const SETTLE_MS = 10 * 60_000;
const SPREAD_MS = 4 * 3_600_000;
/** RFC 8460 §5.5: for a day after the first attempt, at growing distances. */
const GIVE_UP_MS = SPREAD_MS + DAY_MS;
const AGAIN_MS = [15 * 60_000, 60 * 60_000, 4 * 3_600_000, 8 * 3_600_000] as const;
const LOOK_EVERY_MS = 5 * 60_000;
const FORGET_EVERY_MS = 3_600_000;
const AT_ONCE = 8;
const BATCH = 64;

export class TlsReports {
  readonly #ports: TlsReportPorts;
  readonly #reporter: Reporter | undefined;
  readonly #sent = { sent: 0, unasked: 0, failed: 0 };

  /** Without a reporter nothing is sent: then it only forgets what is old. */
  constructor(ports: TlsReportPorts, reporter: Reporter | undefined) {
    this.#ports = ports;
    this.#reporter = reporter;
  }

  /** Reports of this process, by what became of them. */
  get counts(): { readonly sent: number; readonly unasked: number; readonly failed: number } {
    return { ...this.#sent };
  }

  /** Until the signal is aborted; a report that is being handed over then is seen through by its own limits. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, results } = this.#ports;
    let forgetAt = 0;
    let interrupted = this.#reporter !== undefined;
    while (!signal.aborted) {
      try {
        if (interrupted) await results.reports.settleInterrupted(clock.wall());
        interrupted = false;
        if (clock.mono() >= forgetAt) await results.forget(clock.wall());
        if (clock.mono() >= forgetAt) forgetAt = clock.mono() + FORGET_EVERY_MS;
        if (this.#reporter) await this.#round(this.#reporter, signal);
      } catch (thrown) {
        if (!signal.aborted) log("warn", "TLS reports wait: what is to be told cannot be read", { why: textOf(thrown) });
      }
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {}); // aborted: the loop sees it
    }
  }

  /** All that is due now. */
  async #round(reporter: Reporter, signal: AbortSignal): Promise<void> {
    const { clock, results } = this.#ports;
    const today = Math.floor((clock.wall() - SETTLE_MS) / DAY_MS);
    for (const day of await results.reports.unplanned(today - 1, today))
      while (!signal.aborted && !(await results.reports.plan(day, (domain) => momentOf(day, domain, reporter))));
    for (;;) {
      const due = await results.reports.due(clock.wall(), BATCH);
      const left = [...due];
      const worker = async (): Promise<void> => {
        for (let one = left.shift(); one && !signal.aborted; one = left.shift()) await this.#report(one, reporter, signal);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      if (due.length < BATCH || signal.aborted) return;
    }
  }

  async #report(due: DueReport, reporter: Reporter, signal: AbortSignal): Promise<void> {
    const { clock, log, results } = this.#ports;
    if (!(await results.reports.begin(due))) return;
    const outcome = this.#soon(due, await this.#attempt(due, reporter, signal));
    await results.reports.settle(due, outcome, clock.wall());
    if (outcome.is === "due") return;
    this.#sent[outcome.is]++;
    if (outcome.is === "failed") log("info", "a TLS report was given up", { domain: due.domain, why: outcome.why });
  }

  /** One that is to be tried again gets its next moment, or is given up. */
  #soon({ day, attempts }: DueReport, outcome: Tried): ReportOutcome {
    if (outcome.is !== "not yet") return outcome;
    const at = (this.#ports.clock.wall() + (AGAIN_MS[attempts] ?? AGAIN_MS[3])) as WallMs;
    return at < (day + 1) * DAY_MS + GIVE_UP_MS ? { is: "due", at, why: outcome.why } : { is: "failed", why: outcome.why };
  }

  async #attempt({ day, domain }: DueReport, reporter: Reporter, signal: AbortSignal): Promise<Tried> {
    const asked = await this.#ports.txt(reportRecordName(domain));
    switch (asked.status) {
      case "fail":
        return { is: "not yet", why: `the record could not be looked up: ${asked.why}` };
      case "nodata":
      case "nxdomain":
        return { is: "unasked", why: "the domain has no record" };
      case "ok":
    }
    const request = readReportRequest(asked.records);
    if (request.is === "none") return { is: "unasked", why: "the domain has no record, or several" };
    if (request.is === "unusable") return { is: "unasked", why: `the record cannot be used: ${request.why}` };
    const results = await this.#ports.results.results(day, domain);
    const frame = { ...reporter, domain, from: (day * DAY_MS) as WallMs };
    return await this.#handOver(packed(frame, results), request.to, signal);
  }

  /** To each place once; one that took it is enough (RFC 8460 §3). */
  async #handOver(report: PackedReport, to: readonly ReportTo[], signal: AbortSignal): Promise<Tried> {
    const addresses = to.flatMap((place) => (place.by === "mail" ? [place.address] : []));
    const urls = to.flatMap((place) => (place.by === "post" ? [place.url] : []));
    const answers = await Promise.all([
      ...(addresses.length > 0 ? [this.#ports.mail(report, addresses)] : []),
      ...urls.map((url) => this.#ports.post(report, url, signal)),
    ]);
    const places = answers.flatMap((answer) => (answer.ok ? [answer.place] : []));
    if (places.length > 0) return { is: "sent", places };
    return { is: "not yet", why: answers.map((answer) => (answer.ok ? "" : answer.why)).join("; ") };
  }
}

type Tried = Exclude<ReportOutcome, { readonly is: "due" }> | { readonly is: "not yet"; readonly why: string };

/** In this thread: a usual report has a kilobyte, and one with every way to fail that is kept takes some milliseconds. */
function packed(frame: ReportFrame, results: DomainResults): PackedReport {
  const sum = (of: "succeeded" | "failed"): number => results.policies.reduce((all, policy) => all + policy[of], 0);
  return { frame, packed: gzipSync(reportDocument(frame, results)), succeeded: sum("succeeded"), failed: sum("failed") };
}

/** Spread evenly by the names themselves, so a restart draws no other lot. */
function momentOf(day: number, domain: string, { submitter, node }: Reporter): WallMs {
  const lot = createHash("sha256").update(`${day} ${domain} ${submitter} ${node}`).digest().readUInt32BE();
  return ((day + 1) * DAY_MS + SETTLE_MS + Math.floor((lot / 2 ** 32) * (SPREAD_MS - SETTLE_MS))) as WallMs;
}
