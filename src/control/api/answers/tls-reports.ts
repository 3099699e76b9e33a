/** TLS results and reports as the store has them; days as people write them. */
import type { TlsDomainDay } from "../../../store/tls-results/tls-results.ts";
import type { Answers, Asked } from "../asked.ts";
import { wired } from "../refused.ts";
import type { tlsReportRoutes } from "../routes/tls-reports.ts";
import type { ReplyOf } from "../routes.ts";
import { iso } from "../wire-form.ts";

const DAY_MS = 86_400_000;

export const tlsReportAnswers: Answers<keyof typeof tlsReportRoutes> = {
  tlsReports: async (asked, { day, failed, limit, after }) => {
    const { results, sends } = deskOf(asked);
    const days = await results.days();
    const shown = day === undefined ? days[0]?.day : dayNumber(day);
    const page = { failedOnly: failed, limit, ...(after !== undefined && { after }) };
    const domains = shown === undefined ? [] : await results.domains({ day: shown, ...page });
    return {
      sends,
      days: days.map(({ day: number, ...rest }) => ({ day: dayText(number), ...rest })),
      domains: domains.map(domainRow),
      next: domains.length < limit ? null : (domains.at(-1)?.domain ?? null),
    };
  },

  tlsResults: async (asked, { domain, day }) => {
    const { results } = deskOf(asked);
    const name = domain.toLowerCase();
    const days = await results.domain(name);
    const shown = day === undefined ? days[0]?.day : dayNumber(day);
    const policies = shown === undefined ? [] : (await results.results(shown, name)).policies;
    return {
      domain: name,
      days: days.map(domainRow),
      day: shown === undefined ? null : dayText(shown),
      policies: policies.map(({ failures, ...policy }) => ({
        ...policy,
        failures: failures.map(({ result, host = null, ip = null, localIp = null, detail = null, sessions }) => ({
          ...{ result, host, ip, localIp, detail, sessions },
        })),
      })),
    };
  },
};

/** @throws {Refused} */
function deskOf({ desk }: Asked): NonNullable<Asked["desk"]["tlsReports"]> {
  return wired(desk.tlsReports, "count of TLS sessions");
}

function domainRow({ day, domain, succeeded, failed, report }: TlsDomainDay): ReplyOf<"tlsReports">["domains"][number] {
  return {
    ...{ day: dayText(day), domain, succeeded, failed },
    report: report === undefined ? null : { ...report, at: iso(report.at), why: report.why ?? null },
  };
}

/** A day that the calendar does not have is one on which nothing was counted. */
function dayNumber(text: string): number {
  const at = Date.parse(text);
  return Number.isNaN(at) ? -1 : Math.floor(at / DAY_MS);
}

function dayText(day: number): string {
  return day < 0 ? "" : new Date(day * DAY_MS).toISOString().slice(0, 10);
}
