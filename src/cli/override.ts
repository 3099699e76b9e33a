/** override list, add, undo: what people and the program decided about limits, and what rules say. */
import { countText } from "../base/size-text.ts";
import type { ApiClient } from "../control/api/client.ts";
import type { InputOf, ReplyOf } from "../control/api/routes.ts";
import { connect, sameNode } from "./connect.ts";
import { EXIT, usageFault } from "./exit.ts";
import { list, tell, untilFlag, when } from "./listing.ts";
import { waitText } from "./pause.ts";
import type { Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

type Override = ReplyOf<"overrides">["overrides"][number];
type Change = Pick<InputOf<"addOverride">, "limit" | "op" | "n" | "pause" | "reroute">;
type Op = NonNullable<Change["op"]>;

const OPS: readonly Op[] = ["max", "min", "pin", "scale"];

export async function run(call: Call): Promise<number> {
  const client = connect(call);
  switch (call.verb.name) {
    case "override add":
      return await add(call, client);
    case "override undo":
      return await undoOverride(call, client, call.operands[0] ?? "");
    default:
      return await listed(call, client);
  }
}

async function listed(call: Call, client: ApiClient): Promise<number> {
  const { flags, terminal } = call;
  const { overrides, rules } = await client.call("overrides", { ended: flags.on("ended") });
  if (flags.on("rules")) {
    list(call, rules, {
      columns: [{ head: "ON" }, { head: "WHAT" }, { head: "BY" }, { head: "SOURCE" }],
      cells: (rule) => [rule.on, rule.says, rule.from === "shipped" ? "Fairlead" : "configuration", rule.source],
      none: "No rule limits anything.",
    });
    return EXIT.done;
  }
  list(call, overrides, {
    columns: [{ head: "ID" }, { head: "ON" }, { head: "WHAT" }, { head: "BY" }, { head: "SINCE" }, { head: "UNTIL" }, { head: "CAUSE" }],
    cells: (one) => [
      `o${one.id}`,
      one.on,
      one.says,
      one.by.kind === "operator" ? one.by.id : "Fairlead",
      when(one.since, terminal, "-"),
      untilText(one, terminal),
      one.cause,
    ],
    none: "Nobody, and nothing by itself, decided anything about limits.",
  });
  if (!flags.on("json") && rules.length > 0)
    terminal.err(`${countText(rules.length)} rules hold besides: fairlead override list --rules\n`);
  return EXIT.done;
}

function untilText(one: Override, terminal: Terminal): string {
  if (one.undoneAt !== null) return `undone ${when(one.undoneAt, terminal, "")}`;
  const until = when(one.until, terminal, "undone");
  return one.ended ? `ended ${until}` : until;
}

async function add(call: Call, client: ApiClient): Promise<number> {
  const { flags, terminal, operands } = call;
  const [destination] = operands;
  const egress = flags.text("egress");
  if (destination === undefined && egress === undefined) throw usageFault("nothing says what it is for", "name a destination, or --egress");
  const cause = flags.text("cause");
  if (cause === undefined) throw usageFault("--cause is missing: why, for whoever wonders later");
  const dryRun = flags.on("dry-run");
  const added = await client.call("addOverride", {
    ...{ ...scopeOf(destination), egress, ...changeOf(call), cause, until: untilFlag(call), dryRun },
  });
  const { override, stands, waiting, undo, warning } = added;
  const done = `${override?.on}: ${override?.says}${stands ? ", as before" : ""}; ${waitText(waiting)} there. Back: fairlead undo ${undo}${sameNode(call)}`;
  tell(call, added, dryRun ? `It would be about ${countText(waiting)} that wait there now.\n` : `${done}\n`);
  if (warning !== null && !flags.on("json")) terminal.err(`note: ${warning}\n`);
  return EXIT.done;
}

/** A name with a dot or a port is a domain or an upstream; others are providers. */
function scopeOf(destination: string | undefined): Pick<InputOf<"addOverride">, "provider" | "domain"> {
  if (destination === undefined) return {};
  return /[.:]/.test(destination) ? { domain: destination } : { provider: destination };
}

function changeOf({ flags }: Call): Change {
  const reroute = flags.text("reroute");
  const ops = OPS.filter((op) => flags.on(op));
  const kinds = [ops.length > 0, flags.on("pause"), reroute !== undefined].filter(Boolean).length;
  if (kinds !== 1 || ops.length > 1)
    throw usageFault("an override is one of: --max, --min, --pin or --scale N; --pause; --reroute EGRESS", "fairlead help override add");
  if (flags.on("pause")) return { pause: true };
  if (reroute !== undefined) return { reroute };
  const [op = "max"] = ops;
  const n = Number(flags.text(op));
  if (!Number.isFinite(n) || n <= 0) throw usageFault(`--${op} must be a number above 0, not ${flags.text(op)?.slice(0, 40)}`);
  return { op, n, limit: (flags.text("limit") ?? "perMinute") as NonNullable<Change["limit"]> }; // the table lets only its names through
}

/** @param name `o12`, or its number alone. Shared with undo. */
export async function undoOverride(call: Call, client: ApiClient, name: string): Promise<number> {
  const [, number = ""] = /^o?(\d{1,15})$/i.exec(name) ?? [];
  if (!(Number(number) > 0)) throw usageFault(`${name} is not an override's id, as o12`, "list them: fairlead override list");
  const undone = await client.call("undoOverride", { override: Number(number) });
  const { undone: one, immuneUntil } = undone;
  const then = immuneUntil === null ? "" : ` Not decided again for the same cause before ${when(immuneUntil, call.terminal, "")}.`;
  tell(call, undone, `${one.on} is no longer ${one.says}; ${waitText(undone.waiting)} there.${then}\n`);
  return EXIT.done;
}
