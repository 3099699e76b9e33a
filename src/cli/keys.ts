/** keys list, add, remove: what programs show instead of a password. A token is shown once, or written to a file. */
import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";
import { codeOf, textOf } from "../base/fault.ts";
import type { ApiClient } from "../control/api/client.ts";
import { connect, sameNode } from "./connect.ts";
import { CommandFault, EXIT, usageFault } from "./exit.ts";
import { list, tell, untilFlag, when } from "./listing.ts";
import { roleFlag } from "./users.ts";
import type { Call } from "./verb.ts";

export async function run(call: Call): Promise<number> {
  const client = connect(call);
  switch (call.verb.name) {
    case "keys add":
      return await add(call, client);
    case "keys remove":
      return await remove(call, client);
    default:
      return await listed(call, client);
  }
}

async function listed(call: Call, client: ApiClient): Promise<number> {
  const { terminal } = call;
  const { keys } = await client.call("keys", {});
  list(call, keys, {
    columns: [
      { head: "ID" },
      { head: "NAME" },
      { head: "ROLE" },
      { head: "TENANT" },
      { head: "SINCE" },
      { head: "UNTIL" },
      { head: "LAST USED" },
    ],
    cells: ({ id, name, role, tenant, createdAt, until, lastUsedAt }) => [
      id,
      name,
      role,
      tenant ?? "-",
      when(createdAt, terminal, "-"),
      when(until, terminal, "for good"),
      when(lastUsedAt, terminal, "never"),
    ],
    none: "No program has a key yet: fairlead keys add",
  });
  return EXIT.done;
}

async function add(call: Call, client: ApiClient): Promise<number> {
  const { flags, terminal, operands } = call;
  const [name = ""] = operands;
  const role = roleFlag(call);
  if (role === undefined) throw usageFault("keys add needs --role: what the program may do", "fairlead help keys add");
  const until = untilFlag(call);
  const out = flags.text("out");
  // Before the key is made: a token that nobody can keep is a key that nobody can use.
  const file = out === undefined ? undefined : newFile(out);
  try {
    const { key, token } = await client.call("addKey", { name, role, tenant: flags.text("tenant"), until });
    if (file === undefined) {
      tell(
        call,
        { key, token },
        `key ${key.id} of ${key.name}: ${key.role}${key.tenant === null ? "" : ` of ${key.tenant}`}\n  token  ${token}\n`,
      );
      if (!flags.on("json")) terminal.err("The token is shown this once.\n");
    } else {
      keep(file, token, key.id);
      tell(call, { key, file: out }, `key ${key.id} of ${key.name}: its token is in ${out}\n`);
    }
  } catch (thrown) {
    if (out !== undefined) unlinkSync(out);
    throw thrown;
  } finally {
    if (file !== undefined) closeSync(file);
  }
  return EXIT.done;
}

/** A full disk must not leave a key that nobody holds and nobody knows of. */
function keep(file: number, token: string, id: string): void {
  try {
    writeSync(file, `${token}\n`);
  } catch (thrown) {
    throw new CommandFault(
      EXIT.no,
      "not-kept",
      `the token cannot be written: ${textOf(thrown)}`,
      `end the key: fairlead keys remove ${id}`,
      thrown,
    );
  }
}

/** Readable by its owner alone from the first moment; one that is there already is left as it is. */
function newFile(path: string): number {
  try {
    return openSync(path, "wx", 0o600);
  } catch (thrown) {
    const why = codeOf(thrown) === "EEXIST" ? "it is there already" : textOf(thrown);
    throw new CommandFault(EXIT.usage, "usage", `${path} cannot be made: ${why}`, "name another file", thrown);
  }
}

async function remove(call: Call, client: ApiClient): Promise<number> {
  const [id = ""] = call.operands;
  const { removed } = await client.call("removeKey", { id });
  tell(call, { removed }, `key ${removed.id} of ${removed.name} opens nothing any more.\n`);
  if (!call.flags.on("json")) call.terminal.err(`Others: fairlead keys list${sameNode(call)}\n`);
  return EXIT.done;
}
