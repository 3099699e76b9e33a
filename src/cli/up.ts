/** up: runs a node in this process until it is told to stop, and says what is true once it takes mail. */
import { flushCompileCache } from "node:module";
import { countText } from "../base/size-text.ts";
import { durationText } from "../base/time-text.ts";
import type { ReadyFacts } from "../node/node.ts";
import { sameNode } from "./connect.ts";
import { EXIT, usageFault } from "./exit.ts";
import { plainSigns, stateText, strong, type Terminal } from "./terminal.ts";
import { configOf } from "./up-config.ts";
import type { Call } from "./verb.ts";
import { programVersion } from "./version.ts";

export async function run(call: Call): Promise<number> {
  const { flags, terminal, signal } = call;
  if (flags.on("lab")) throw usageFault("the lab is not in this version", "a real node: fairlead up");
  if (flags.on("http")) terminal.err("fairlead: the panel is not in this version; --http does nothing yet\n");
  const config = configOf(call);
  const version = programVersion();
  const { runNode } = await import("../node/node.ts");
  let told = "";
  await runNode({
    config,
    version,
    signal,
    write: (line) => terminal.err(line),
    ready: (facts) => {
      terminal.out(
        flags.on("json")
          ? `${JSON.stringify({ version, data: config.data, ...facts })}\n`
          : plainSigns(
              readyText(facts, { version, data: config.data, local: onlyLocal(config.allow), node: sameNode(call) }, terminal),
              terminal.unicode,
            ),
      );
      // The process may live for months and end by a signal: keep now what was compiled, so that the next start is fast.
      flushCompileCache();
    },
    waiting: (what) => {
      if (what !== told) terminal.err(`stopping; waits for ${what}   (again Ctrl-C: at once)\n`);
      told = what;
    },
  });
  return EXIT.done;
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
  terminal: Pick<Terminal, "unicode" | "colour">,
): string {
  const lines = [`${strong(`fairlead ${version}`, terminal)} · data ${data}`];
  for (const { name, address } of facts.listeners) {
    const who = local
      ? "takes mail from this machine only   (others: --smtp 0.0.0.0:25 --allow 192.0.2.0/24)"
      : "takes mail from the addresses you allowed, and from logins";
    lines.push(`${stateText("good", name.padEnd(6), terminal)} ${address}  ${who}`);
  }
  if (!facts.cleanBefore) lines.push(`${stateText("need", "Was not stopped cleanly.", terminal)} ${foundText(facts)}`);
  else if (facts.queued + facts.held > 0) lines.push(`${stateText("queued", foundText(facts), terminal)}`);
  lines.push(
    `Ready in ${durationText(facts.ms)}.`,
    `Look:  ./fairlead status${node}   ·   ./fairlead where ID${node}   ·   stop: Ctrl-C`,
    "",
  );
  return lines.join("\n");
}

function foundText({ queued, held }: ReadyFacts): string {
  return `${countText(queued + held)} deliveries found, ${countText(held)} of them held.`;
}

function onlyLocal(allow: readonly { readonly address: string }[]): boolean {
  return allow.every(({ address }) => address.startsWith("127.") || address === "::1");
}
