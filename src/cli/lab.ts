/** lab …: looks at the simulated internet that a node stands in, breaks and mends it, stops its time. */

import type { WallMs } from "../base/clock.ts";
import { shortDuration, zoneClock } from "../base/time-text.ts";
import type { ApiClient } from "../control/api/client.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { connect, sameNode } from "./connect.ts";
import { EXIT, usageFault } from "./exit.ts";
import { LAB_FOLDER } from "./lab-folder.ts";
import { oneLine } from "./table-text.ts";
import { plainSigns, stateText, strong } from "./terminal.ts";
import type { Call } from "./verb.ts";

type State = ReplyOf<"lab">;

export async function run(given: Call): Promise<number> {
  const call = inLab(given);
  const client = connect(call);
  const word = call.verb.name.slice("lab ".length);
  switch (word) {
    case "throttle":
    case "kill":
    case "dns":
    case "tls":
    case "mend":
      return told(call, await client.call("labTrouble", { what: word, at: call.operands[0] }));
    case "pause":
    case "resume":
      return told(call, await client.call("labClock", { order: word }));
    case "speed":
      return told(call, await speed(call, client));
    default:
      return shown(call, await client.call("lab", {}));
  }
}

/** Unless somebody names a node, it is the lab that `up --lab` starts, not the real node beside it. */
function inLab(call: Call): Call {
  const { flags, terminal } = call;
  const named = flags.on("data") || flags.on("node") || terminal.env["FAIRLEAD_DATA"] || terminal.env["FAIRLEAD_NODE"];
  if (named) return call;
  return { ...call, flags: { ...flags, text: (name) => (name === "data" ? LAB_FOLDER : flags.text(name)) } };
}

async function speed({ operands }: Call, client: ApiClient): Promise<{ says: string; lab: State }> {
  const [text = ""] = operands;
  if (!/^\d{1,2}$/.test(text)) throw usageFault(`${text} is no speed`, "a whole number from 1 to 60: fairlead lab speed 20");
  return await client.call("labClock", { order: "speed", speed: Number(text) });
}

function told({ flags, terminal }: Call, reply: { readonly says: string; readonly lab: State }): number {
  terminal.out(flags.on("json") ? `${JSON.stringify(reply)}\n` : plainSigns(`${oneLine(reply.says)}\n`, terminal.unicode));
  return EXIT.done;
}

function shown(call: Call, lab: State): number {
  const { flags, terminal } = call;
  terminal.out(flags.on("json") ? `${JSON.stringify(lab)}\n` : plainSigns(stateOf(lab, call), terminal.unicode));
  return EXIT.done;
}

function stateOf(lab: State, call: Call): string {
  const { terminal } = call;
  const zone = zoneClock(terminal.zone);
  const at = (iso: string): string => zone.seconds(Date.parse(iso) as WallMs);
  const lost = lab.behindMs === 0 ? "" : ` · ${shortDuration(lab.behindMs)} behind: this machine is busy`;
  const lines = [
    strong(lab.banner, terminal),
    `${at(lab.now)} there · ${lab.paused ? "paused" : `a second is ${lab.speed}`} · seed ${lab.seed}${lost}`,
    ...lab.beats.map(({ at: when, caption }) => `${at(when)}  ${oneLine(caption)}`),
    ...lab.troubles.map(({ says, until }) =>
      stateText("need", `${oneLine(says)}${until === null ? "" : ` Until ${at(until)}.`}`, terminal),
    ),
  ];
  if (lab.troubles.length === 0) lines.push("Nothing is broken.");
  const names = lab.places.map(({ key }) => key).join(" ");
  return `${lines.join("\n")}\nBreak: fairlead lab throttle|kill|dns|tls RECEIVER${sameNode(call)}   mend: fairlead lab mend\nReceivers: ${names}\n`;
}
