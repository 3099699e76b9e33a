/** up: runs a node in this process until it is told to stop, and says what is true once it takes mail. */
import { flushCompileCache } from "node:module";
import { codeOf, textOf } from "../base/fault.ts";
import { makeFolder } from "../base/folder.ts";
import { countText } from "../base/size-text.ts";
import { durationText, zoneClock } from "../base/time-text.ts";
import type { NodeRun, ReadyFacts } from "../node/node.ts";
import { sameNode } from "./connect.ts";
import { CommandFault, EXIT } from "./exit.ts";
import { panelFolder } from "./panel-folder.ts";
import { plainSigns, stateText, strong, type Terminal } from "./terminal.ts";
import { configOf } from "./up-config.ts";
import { labText, openLab, refuseLabFolder, runInLab, seedOf } from "./up-lab.ts";
import type { Call } from "./verb.ts";
import { programVersion } from "./version.ts";

export async function run(call: Call): Promise<number> {
  const { flags, terminal, signal } = call;
  const config = configOf(call);
  const { data } = config;
  const version = programVersion();
  prepareFolder(data);
  const lab = flags.on("lab") ? await openLab(config, seedOf(call), terminal.clock.wall()) : undefined;
  if (lab === undefined) refuseLabFolder(data);
  const text = (facts: ReadyFacts): string =>
    lab
      ? labText(facts, { version, data, seed: lab.seed }, terminal)
      : readyText(facts, { version, data, local: onlyLocal(config.allow), node: sameNode(call) }, terminal);
  let told = "";
  const node: NodeRun = {
    ...{ config, version, signal, panelFolder: panelFolder() },
    write: (line) => terminal.err(line),
    ready: (facts) => {
      terminal.out(flags.on("json") ? `${JSON.stringify({ version, data, ...facts })}\n` : plainSigns(text(facts), terminal.unicode));
      // The process may live for months and end by a signal: keep now what was compiled, so that the next start is fast.
      flushCompileCache();
    },
    waiting: (what) => {
      if (what !== told) terminal.err(`stopping; waits for ${what}   (again Ctrl-C: at once)\n`);
      told = what;
    },
  };
  const { runNode } = await import("../node/node.ts");
  await (lab ? runInLab(lab, node, runNode) : runNode(node)).catch((thrown: unknown) => {
    throw startFault(thrown) ?? thrown;
  });
  return EXIT.done;
}

/**
 * Whatever the node writes is its owner's alone. Other users may pass through the folder, because their programs'
 * sendmail leaves mail in the drop folder below it.
 */
function prepareFolder(data: string): void {
  try {
    makeFolder(data, 0o711);
  } catch (thrown) {
    throw new CommandFault(
      EXIT.usage,
      "config",
      `the data folder ${data} cannot be made: ${textOf(thrown)}`,
      "name another: --data DIR",
      thrown,
    );
  }
  process.umask(0o077);
}

/** What an operator can do about the usual reasons for not starting. */
function startFault(thrown: unknown): CommandFault | undefined {
  switch (codeOf(thrown)) {
    case "EADDRINUSE":
      return new CommandFault(
        EXIT.no,
        "in-use",
        textOf(thrown),
        "another program listens there: choose another --smtp, or stop it",
        thrown,
      );
    case "EADDRNOTAVAIL":
      return new CommandFault(
        EXIT.no,
        "no-such-address",
        textOf(thrown),
        "this machine does not have that address: choose another --smtp",
        thrown,
      );
    case "EACCES":
    case "EPERM":
      return new CommandFault(
        EXIT.notAllowed,
        "not-allowed",
        textOf(thrown),
        "ports below 1024 need root or the capability NET_BIND_SERVICE; the data folder must be yours",
        thrown,
      );
    case "HTTP_LISTEN":
    case "HTTP_OPEN":
      return new CommandFault(EXIT.no, "in-use", textOf(thrown), "choose another --http, or --http off", thrown);
    case "SPOOL_LOCKED":
    case "API_SOCKET_LIVE":
      return new CommandFault(
        EXIT.no,
        "in-use",
        textOf(thrown),
        "look at the node that runs: fairlead status; or name another folder: --data DIR",
        thrown,
      );
    default:
      return undefined;
  }
}

interface Start {
  readonly version: string;
  readonly data: string;
  /** Only this machine may send without a login. */
  readonly local: boolean;
  /** What a command needs to find it: ` --data D`, or nothing. */
  readonly node: string;
}

export function readyText(
  facts: ReadyFacts,
  { version, data, local, node }: Start,
  terminal: Pick<Terminal, "unicode" | "colour" | "zone">,
): string {
  const lines = [`${strong(`fairlead ${version}`, terminal)} · data ${data}`];
  for (const { name, address } of facts.listeners) {
    const who = local
      ? "takes mail from this machine only   (others: --smtp 0.0.0.0:25 --allow 192.0.2.0/24)"
      : "takes mail from the addresses you allowed, and from logins";
    lines.push(`${stateText("good", name.padEnd(6), terminal)} ${address}  ${who}`);
  }
  if (facts.panel !== undefined) {
    const port = facts.panel.slice(facts.panel.lastIndexOf(":") + 1);
    const afar = facts.panel.startsWith("http:") ? `(from afar: ssh -L ${port}:127.0.0.1:${port} THIS-HOST)` : "";
    lines.push(`${stateText("good", "panel ", terminal)} ${facts.panel}  ${afar}`.trimEnd());
  }
  if (!facts.cleanBefore) lines.push(`${stateText("need", "Was not stopped cleanly.", terminal)} ${foundText(facts)}`);
  else if (facts.queued + facts.held > 0) lines.push(`${stateText("queued", foundText(facts), terminal)}`);
  lines.push(
    `Ready in ${durationText(facts.ms)}.${facts.login === undefined ? "" : ` Your login, once, until ${zoneClock(terminal.zone).seconds(facts.login.until).slice(0, 5)}:   ${facts.login.url}`}`,
    `Look:  ./fairlead status${node}   ·   ./fairlead where ID${node}   ·   stop: Ctrl-C`,
    "",
  );
  return lines.join("\n");
}

function foundText({ queued, held }: ReadyFacts): string {
  const found = queued + held;
  return found === 1
    ? `1 delivery found, ${held === 0 ? "queued" : "held"}.`
    : `${countText(found)} deliveries found, ${countText(held)} of them held.`;
}

function onlyLocal(allow: readonly { readonly address: string }[]): boolean {
  return allow.every(({ address }) => address.startsWith("127.") || address === "::1");
}
