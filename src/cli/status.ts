/** status: whether mail flows, what waits, what needs a person. Exit 1 while something does. */
import { bytesText, countText } from "../base/size-text.ts";
import { durationText } from "../base/time-text.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { connect, sameNode } from "./connect.ts";
import { EXIT } from "./exit.ts";
import { oneLine } from "./table-text.ts";
import { plainSigns, stateText, strong, type Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

type Status = ReplyOf<"status">;

export async function run(call: Call): Promise<number> {
  const { flags, terminal } = call;
  const status = await connect(call).call("status", {});
  const bad = status.needs.length > 0;
  if (flags.on("json")) terminal.out(`${JSON.stringify(flags.on("needs") ? { needs: status.needs } : status)}\n`);
  else {
    const text = flags.on("needs") ? needsText(status, terminal) : statusText(status, terminal, sameNode(call));
    terminal.out(plainSigns(text, terminal.unicode));
  }
  return bad ? EXIT.no : EXIT.done;
}

function statusText(status: Status, terminal: Terminal, node: string): string {
  const { counts, flow } = status;
  const now = Date.parse(status.at);
  const waits =
    status.oldest === null ? "" : `, oldest ${durationText(now - Date.parse(status.oldest.acceptedAt))} (${status.oldest.site})`;
  const { ledger } = status;
  const balance = ledger === null ? "" : ledger.balances ? " · ledger balances" : ` · ledger is off: ${ledger.drift.join("; ")}`;
  const rates = flow === null ? "" : ` · ${countText(flow.inPerMinute)}/min in · ${countText(flow.outPerMinute)}/min out`;
  const lines = [
    strong(status.line, terminal),
    `${phaseText(status)}${rates}`,
    `${stateText("queued", `${countText(counts.queued)} queued`, terminal)}${waits}${status.inDoubt > 0 ? ` · ${countText(status.inDoubt)} in doubt` : ""}`,
    `${stateText("held", `${countText(counts.held)} held`, terminal)}${balance}`,
    `${countText(counts.accepted)} accepted: ${settledText(status, terminal)}`,
    [
      `up ${durationText(now - Date.parse(status.startedAt))} · ${status.node.name}`,
      ...status.listeners.map(({ name, address }) => `${name} ${address}`),
      ...(status.spool === null ? [] : [`disk ${diskText(status.spool)}`]),
    ].join(" · "),
  ];
  if (status.waitsFor !== null) lines.push(`waits for ${status.waitsFor}`);
  const [need] = status.needs;
  if (need !== undefined)
    lines.push(
      `${stateText("need", status.needs.length === 1 ? "1 needs you" : `${countText(status.needs.length)} need you`, terminal)}: fairlead status --needs${node}`,
    );
  return `${lines.map(oneLine).join("\n")}\n`;
}

function phaseText({ phase, spool, needs }: Status): string {
  if (phase === "draining") return "stopping";
  if (phase === "starting") return "starting";
  if (spool !== null && spool.is !== "ok") return "no intake";
  return needs.some(({ code }) => code === "upstream-closed") ? "taken, not sent" : "flowing";
}

function settledText({ counts }: Status, terminal: Terminal): string {
  const shown = (["delivered", "relayed", "bounced", "expired", "discarded"] as const).filter((state, i) => i < 2 || counts[state] > 0);
  return shown.map((state) => stateText(state, `${countText(counts[state])} ${state}`, terminal)).join(" · ");
}

function diskText(spool: NonNullable<Status["spool"]>): string {
  return spool.freeBytes === null ? `not trusted (${spool.why})` : `${bytesText(spool.freeBytes)} free`;
}

export function needsText(status: Pick<Status, "needs">, terminal: Terminal): string {
  if (status.needs.length === 0) return "Nothing needs you.\n";
  return status.needs
    .map(({ line, fix }) => `${stateText("need", oneLine(line), terminal)}\n${fix === null ? "" : `  → ${oneLine(fix)}\n`}`)
    .join("");
}
