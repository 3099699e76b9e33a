/** route test: which way a message to an address would take, and why. Nothing is sent. */
import type { ReplyOf } from "../control/api/routes.ts";
import { connect } from "./connect.ts";
import { EXIT } from "./exit.ts";
import { laneText } from "./explain-limit.ts";
import { tell, when } from "./listing.ts";
import { tableText } from "./table-text.ts";
import type { Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

type Tested = ReplyOf<"routeTest">;
type Host = Tested["hosts"][number];

const TLS: Readonly<Record<Host["tls"]["policy"], string>> = {
  none: "none",
  opportunistic: "if offered",
  dane: "DANE",
  "mta-sts": "MTA-STS",
  required: "required",
};

export async function run(call: Call): Promise<number> {
  const { flags, operands } = call;
  const tested = await connect(call).call("routeTest", {
    ...{ address: operands[0] ?? "", from: flags.text("from"), sender: flags.text("sender") },
  });
  tell(call, tested, testedText(tested, call.terminal));
  const paused = tested.limits?.stack.some(({ limit, holds, says }) => limit === null && holds && says === "paused") ?? false;
  return tested.fault !== null || tested.suppressed.length > 0 || paused ? EXIT.no : EXIT.done;
}

function testedText(tested: Tested, terminal: Terminal): string {
  const { egress, hosts, limits, suppressed, fault, provider, site } = tested;
  const from = [egress.ip4, egress.ip6].filter((ip) => ip !== null).join(", ");
  const facts = [
    ["egress", `${egress.name}, ${from === "" ? "the system's address" : from}, as ${egress.helo}: ${egress.why}`],
    ["site", provider === null ? site : `${site}, ${provider}`],
    ...(fault === null ? [] : [["fault", `${fault.text} (${fault.permanent ? "for good: it bounces" : "for now: it waits"})`]]),
    ...suppressed.map(({ tenant, why, since, until }) => [
      "suppressed",
      `${why} since ${when(since, terminal, "")}${until === null ? "" : ` until ${when(until, terminal, "")}`}, tenant ${tenant}`,
    ]),
  ];
  const table = tableText(
    [{ head: "PREF", right: true }, { head: "HOST" }, { head: "ADDRESSES" }, { head: "TLS" }, { head: "WHY" }],
    hosts.map((host) => [
      host.preference === null ? "-" : String(host.preference),
      host.host,
      addressesText(host),
      TLS[host.tls.policy],
      [host.skipped === null ? "" : `skipped: ${host.skipped}`, host.tls.why].filter((part) => part !== "").join("; "),
    ]),
    terminal.width(),
  );
  const parts = [
    `${tested.line}\n${facts.map(([name = "", text = ""]) => `  ${name.padEnd(11)}${text}`).join("\n")}\n`,
    ...(hosts.length === 0 ? [] : [table]),
    ...(limits === null ? [] : [laneText(limits, terminal)]),
  ];
  return parts.join("\n");
}

function addressesText({ addresses }: Host): string {
  return addresses.length === 0
    ? "-"
    : addresses.map(({ ip, skipped }) => (skipped === null ? ip : `${ip} (skipped: ${skipped})`)).join(", ");
}
