/** users list, add, set, remove: people with a login. Passwords are piped or typed unseen, or made and shown once. */
import type { ApiClient } from "../control/api/client.ts";
import type { InputOf, ReplyOf } from "../control/api/routes.ts";
import { connect } from "./connect.ts";
import { EXIT, usageFault } from "./exit.ts";
import { list, tell, when } from "./listing.ts";
import { passwordInput } from "./secret-input.ts";
import type { Call } from "./verb.ts";

type User = ReplyOf<"users">["users"][number];
type Role = InputOf<"addUser">["role"];

export async function run(call: Call): Promise<number> {
  const client = connect(call);
  switch (call.verb.name) {
    case "users add":
      return await add(call, client);
    case "users set":
      return await set(call, client);
    case "users remove":
      return await remove(call, client);
    default:
      return await listed(call, client);
  }
}

async function listed(call: Call, client: ApiClient): Promise<number> {
  const { terminal } = call;
  const { users } = await client.call("users", {});
  list(call, users, {
    columns: [{ head: "NAME" }, { head: "ROLE" }, { head: "TENANT" }, { head: "2ND FACTOR" }, { head: "SINCE" }, { head: "LAST LOGIN" }],
    cells: ({ name, role, tenant, secondFactor, createdAt, lastLoginAt }) => [
      name,
      role,
      tenant ?? "-",
      secondFactor ? "on" : "off",
      when(createdAt, terminal, "-"),
      when(lastLoginAt, terminal, "never"),
    ],
    none: "Nobody has a login yet: fairlead login-link, or fairlead users add",
  });
  return EXIT.done;
}

/** The table of verbs lets only roles through. */
export function roleFlag({ flags }: Pick<Call, "flags">): Role | undefined {
  return flags.text("role") as Role | undefined;
}

async function add(call: Call, client: ApiClient): Promise<number> {
  const { flags, terminal, operands } = call;
  const [name = ""] = operands;
  const role = roleFlag(call);
  if (role === undefined) throw usageFault("users add needs --role: what the person may do", "fairlead help users add");
  const password = flags.on("password-stdin") ? await passwordInput(call) : undefined;
  const added = await client.call("addUser", { name, role, tenant: flags.text("tenant"), password });
  const made = added.password === null ? "" : `  password  ${added.password}\n`;
  tell(call, added, `${added.user.name} may log in as ${roleText(added.user)}\n${made}`);
  if (added.password !== null && !flags.on("json")) terminal.err("The password is shown this once.\n");
  return EXIT.done;
}

function roleText({ role, tenant }: Pick<User, "role" | "tenant">): string {
  return tenant === null ? role : `${role} of ${tenant}`;
}

async function set(call: Call, client: ApiClient): Promise<number> {
  const { flags, operands } = call;
  const [name = ""] = operands;
  const role = roleFlag(call);
  const tenant = flags.text("tenant");
  const asked = ["role", "tenant", "password-stdin", "no-second-factor"].some((flag) => flags.on(flag));
  if (!asked) throw usageFault("users set says nothing to change", "--role, --tenant, --password-stdin or --no-second-factor");
  const password = flags.on("password-stdin") ? await passwordInput(call) : undefined;
  const { user } = await client.call("setUser", { name, role, tenant, password, secondFactorOff: flags.on("no-second-factor") });
  const changed = [
    ...(role !== undefined || tenant !== undefined ? [`is ${roleText(user)}`] : []),
    ...(password === undefined ? [] : ["has a new password"]),
    ...(flags.on("no-second-factor") ? ["logs in without a second factor"] : []),
  ];
  tell(call, { user }, `${user.name} ${changed.join(", ")}.\n`);
  return EXIT.done;
}

async function remove(call: Call, client: ApiClient): Promise<number> {
  const { removed } = await client.call("removeUser", { name: call.operands[0] ?? "" });
  tell(call, { removed }, `${removed.name} may log in no more.\n`);
  return EXIT.done;
}
