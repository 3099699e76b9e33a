/** tls-reports: how TLS with mail hosts went on a day, domain by domain, and what the domains were told. */
import { countText } from "../base/size-text.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { connect } from "./connect.ts";
import { EXIT } from "./exit.ts";
import { list, tell, when } from "./listing.ts";
import { numberFlag } from "./selection.ts";
import { type Column, tableText } from "./table-text.ts";
import type { Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

type Overview = ReplyOf<"tlsReports">;
type DomainDay = Overview["domains"][number];
type Results = ReplyOf<"tlsResults">;

export async function run(call: Call): Promise<number> {
  const [domain] = call.operands;
  return domain === undefined ? await overview(call) : await oneDomain(call, domain);
}

async function overview(call: Call): Promise<number> {
  const { flags, terminal } = call;
  const limit = numberFlag(call, "limit", 100, 1000);
  const asked = { day: flags.text("day"), failed: flags.on("failed"), limit, after: flags.text("after") };
  const page = await connect(call).call("tlsReports", asked);
  list(call, page.domains, {
    columns: [
      { head: "DOMAIN" },
      { head: "OK", right: true },
      { head: "FAILED", right: true },
      { head: "REPORT" },
      { head: "AT" },
      { head: "WHERE" },
    ],
    cells: (row) => [row.domain, countText(row.succeeded), countText(row.failed), ...reportCells(row, terminal)],
    none: "No TLS sessions were counted that fit.",
  });
  if (flags.on("json")) return EXIT.done;
  for (const line of summary(page, flags.text("day"))) terminal.err(`${line}\n`);
  if (page.next !== null) terminal.err(`More: --after ${page.next}\n`);
  return EXIT.done;
}

const WORDS: Readonly<Record<NonNullable<DomainDay["report"]>["is"], string>> = {
  due: "waits",
  sending: "is being sent",
  sent: "sent",
  unasked: "not asked for",
  failed: "given up",
};

function reportCells({ report }: DomainDay, terminal: Terminal): readonly string[] {
  if (report === null) return ["", "", ""];
  return [WORDS[report.is], when(report.at, terminal, ""), report.places.join(" ") || (report.why ?? "")];
}

function summary({ days, sends }: Overview, asked: string | undefined): readonly string[] {
  const day = asked === undefined ? days[0] : days.find((one) => one.day === asked);
  if (day === undefined) return [];
  const { sent, unasked, failed, waiting } = day.reports;
  const sessions = `${day.day} (UTC): ${countText(day.succeeded)} sessions succeeded, ${countText(day.failed)} failed, with ${countText(day.domains)} domains.`;
  const beyond = day.beyond === 0 ? [] : [`${countText(day.beyond)} of them found no room beside their domain's name.`];
  const told = `Reports: ${countText(sent)} sent, ${countText(unasked)} not asked for, ${countText(failed)} given up, ${countText(waiting)} waiting.`;
  return [sessions, ...beyond, sends ? told : "No reports are sent: tlsReports.send is off in the configuration."];
}

async function oneDomain(call: Call, domain: string): Promise<number> {
  const results = await connect(call).call("tlsResults", { domain, day: call.flags.text("day") });
  tell(call, results, resultsText(results, call.terminal));
  return results.days.length === 0 ? EXIT.notFound : EXIT.done;
}

function resultsText({ domain, days, day, policies }: Results, terminal: Terminal): string {
  if (days.length === 0) return `No TLS sessions with mail hosts of ${domain} were counted in the last week.\n`;
  const rows = days.map((row) => [row.day, countText(row.succeeded), countText(row.failed), ...reportCells(row, terminal)]);
  const head: readonly Column[] = [
    { head: "DAY" },
    { head: "OK", right: true },
    { head: "FAILED", right: true },
    { head: "REPORT" },
    { head: "AT" },
    { head: "WHERE" },
  ];
  const parts = policies.flatMap((policy) => [`\n${policyText(policy)}\n`, ...failuresText(policy, terminal)]);
  return `${tableText(head, rows, terminal.width())}${parts.length === 0 ? "" : `\n${domain} on ${day}, by policy:\n`}${parts.join("")}`;
}

const POLICIES: Readonly<Record<Results["policies"][number]["type"], string>> = { tlsa: "DANE", sts: "MTA-STS", none: "no policy" };

function policyText({ type, domain, lines, succeeded, failed }: Results["policies"][number]): string {
  const whose = type === "none" ? "" : ` of ${domain} (${lines.join("; ")})`;
  return `${POLICIES[type]}${whose}: ${countText(succeeded)} succeeded, ${countText(failed)} failed`;
}

function failuresText({ failures }: Results["policies"][number], terminal: Terminal): readonly string[] {
  if (failures.length === 0) return [];
  const rows = failures.map(({ result, sessions, host, ip, detail }) => [countText(sessions), result, host ?? "", ip ?? "", detail ?? ""]);
  const head: readonly Column[] = [
    { head: "SESSIONS", right: true },
    { head: "RESULT" },
    { head: "HOST" },
    { head: "ADDRESS" },
    { head: "DETAIL" },
  ];
  return [tableText(head, rows, terminal.width())];
}
