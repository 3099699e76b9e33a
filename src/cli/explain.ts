/** `fairlead explain`: what a reply means. Works on text alone; no node is asked. */
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { diagnoseText } from "../mail/replies/replies.ts";
import type { Diagnosis } from "../model/diagnosis.ts";
import { EXIT, usageFault } from "./exit.ts";
import { sureness } from "./sureness.ts";
import type { Call } from "./verb.ts";

/** One reply on a line of standard input; what is longer is cut. */
const MOST_LINE = 100_000;

export async function run(call: Call): Promise<number> {
  const { operands, flags, terminal } = call;
  const host = flags.text("mx");
  const where = host === undefined ? {} : { host };
  const tell = (text: string): void => {
    const found = diagnoseText(text, where);
    terminal.out(flags.on("json") ? `${JSON.stringify(asJson(found))}\n` : asText(found));
  };
  if (operands.length !== 1 || operands[0] !== "-") {
    const text = operands.join(" ").trim();
    if (text === "") throw usageFault("there is no reply to explain", "fairlead help explain");
    tell(text);
    return EXIT.done;
  }
  for await (const line of createInterface({ input: Readable.from(terminal.stdin), crlfDelay: Number.POSITIVE_INFINITY }))
    tell(line.slice(0, MOST_LINE));
  return EXIT.done;
}

function asJson(found: Diagnosis): unknown {
  const { remedy, ...rest } = found;
  return { ...rest, remedy: remedy.text === "" ? null : remedy.text, who: remedy.who, link: remedy.link ?? null };
}

function asText(found: Diagnosis): string {
  const { provider, permanent, scope, cause, remedy, zone, waitSeconds } = found;
  const facts = [sureness(found), provider, permanent ? "final" : "it may pass later", `concerns the ${scope}`, zone];
  const wait = waitSeconds === undefined ? [] : [`come back in ${waitSeconds} s`];
  const advice = remedy.text === "" ? "" : `\n  Do   ${remedy.who}: ${remedy.text}`;
  return `${[...facts, ...wait].filter((fact) => fact !== undefined).join(" · ")}\n  Why  ${cause}${advice}\n`;
}
