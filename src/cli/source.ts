/** source add, list, remove: who may hand over mail. */
import type { WallMs } from "../base/clock.ts";
import { zoneClock } from "../base/time-text.ts";
import type { ApiClient } from "../control/api/client.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { connect } from "./connect.ts";
import { EXIT, usageFault } from "./exit.ts";
import { list, tell } from "./listing.ts";
import { passwordInput } from "./secret-input.ts";
import type { Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

type Source = ReplyOf<"sources">["sources"][number];

export async function run(call: Call): Promise<number> {
  const client = connect(call);
  switch (call.verb.name) {
    case "source add":
      return await add(call, client);
    case "source remove":
      return await remove(call, client);
    default:
      return await listed(call, client);
  }
}

async function add(call: Call, client: ApiClient): Promise<number> {
  const { flags, terminal } = call;
  const [name = ""] = call.operands;
  const cidrs = flags
    .all("range")
    .flatMap((range) => range.split(","))
    .filter((range) => range !== "");
  const login = flags.text("login");
  if ((cidrs.length === 0) === (login === undefined))
    throw usageFault("a source is either --range CIDR … or --login USER", "fairlead help source add");
  if (flags.on("password-stdin") && login === undefined) throw usageFault("--password-stdin goes with --login");
  const password = flags.on("password-stdin") ? await passwordInput(call) : undefined;
  const tenant = flags.text("tenant");
  const how = login === undefined ? { cidrs, wide: flags.on("i-know") } : { login, password };
  const added = await client.call("addSource", { name, tenant, ...how });
  if (flags.on("json")) terminal.out(`${JSON.stringify(added)}\n`);
  else if (login === undefined) terminal.out(`${name} may send from ${cidrs.join(", ")}\n`);
  else if (added.password === null) terminal.out(`${name} may send as ${login}\n`);
  else {
    terminal.out(`${name} may send as\n  user      ${login}\n  password  ${added.password}\n`);
    terminal.err("The password is shown this once.\n");
  }
  return EXIT.done;
}

async function listed(call: Call, client: ApiClient): Promise<number> {
  const { sources } = await client.call("sources", {});
  list(call, sources, {
    columns: [{ head: "NAME" }, { head: "KIND" }, { head: "TENANT" }, { head: "LAST MAIL" }, { head: "FROM" }, { head: "WHO" }],
    cells: (source) => cells(source, call.terminal),
    none: sources.length === 0 ? await noneText(client) : "",
  });
  return EXIT.done;
}

/** A tenant's own people see its sources only, and add none. */
async function noneText(client: ApiClient): Promise<string> {
  const { tenant } = await client.call("me", {});
  return tenant === null ? "nobody may send yet: fairlead source add" : `no source of ${tenant} may send yet; the operator adds them`;
}

function cells(source: Source, terminal: Terminal): readonly string[] {
  const seen =
    source.seenAt === null
      ? "not since start"
      : zoneClock(terminal.zone).moment(Date.parse(source.seenAt) as WallMs, terminal.clock.wall());
  const who = source.cidrs?.join(", ") ?? source.login ?? "";
  return [source.name, source.kind, source.tenant, seen, source.fixed ? "configuration" : "settings", who];
}

async function remove(call: Call, client: ApiClient): Promise<number> {
  const { removed } = await client.call("removeSource", { name: call.operands[0] ?? "" });
  const answer = removed.kind === "credential" ? "its login gets 535" : "its addresses are refused";
  tell(call, { removed }, `${removed.name} removed; from now on ${answer}.\n`);
  return EXIT.done;
}
