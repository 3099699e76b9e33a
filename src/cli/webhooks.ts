/** webhooks list, add, set, remove, test, replay: other programs that are told of events. */
import { countText } from "../base/size-text.ts";
import type { ApiClient } from "../control/api/client.ts";
import type { ReplyOf } from "../control/api/routes.ts";
import { connect, sameNode } from "./connect.ts";
import { EXIT, usageFault } from "./exit.ts";
import { list, tell, when } from "./listing.ts";
import { kindsFlag, numberFlag } from "./selection.ts";
import { oneLine } from "./table-text.ts";
import { stateText, type Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

type Webhook = ReplyOf<"webhooks">["webhooks"][number];

export async function run(call: Call): Promise<number> {
  const client = connect(call);
  const [name = ""] = call.operands;
  switch (call.verb.name) {
    case "webhooks add":
      return await add(call, client);
    case "webhooks set":
      return await set(call, client);
    case "webhooks remove": {
      const { removed } = await client.call("removeWebhook", { name });
      tell(call, { removed }, `${removed.name} is told no more.\n`);
      return EXIT.done;
    }
    case "webhooks test":
      return await tested(call, client);
    case "webhooks replay":
      return await replay(call, client);
    default:
      return await listed(call, client);
  }
}

/** Exit 1 while one of them does not hear. */
async function listed(call: Call, client: ApiClient): Promise<number> {
  const { terminal } = call;
  const { webhooks } = await client.call("webhooks", {});
  list(call, webhooks, {
    columns: [
      { head: "NAME" },
      { head: "STATE" },
      { head: "BEHIND", right: true },
      { head: "LAST OK" },
      { head: "TENANT" },
      { head: "KINDS" },
      { head: "WHERE TO" },
    ],
    cells: (hook) => [
      hook.name,
      stateOf(hook, terminal),
      countText(hook.state.behind),
      when(hook.state.lastOkAt, terminal, "never"),
      hook.tenant ?? "-",
      hook.kinds.length === 0 ? "all" : hook.kinds.join(","),
      hook.state.why === null ? hook.url : `${hook.url}  # ${hook.state.why}`,
    ],
    none: "Nobody is told of events yet: fairlead webhooks add NAME URL",
  });
  return webhooks.some(({ enabled, state }) => enabled && state.is !== "ok") ? EXIT.no : EXIT.done;
}

function stateOf({ enabled, state }: Webhook, terminal: Terminal): string {
  if (!enabled) return stateText("held", "paused", terminal);
  switch (state.is) {
    case "ok":
      return stateText("good", "ok", terminal);
    case "retrying":
      return stateText("queued", state.nextTryAt === null ? "retrying" : `again ${when(state.nextTryAt, terminal, "")}`, terminal);
    default:
      return stateText("fault", "stopped", terminal);
  }
}

async function add(call: Call, client: ApiClient): Promise<number> {
  const { flags, terminal, operands } = call;
  const [name = "", url = ""] = operands;
  const made = await client.call("addWebhook", {
    name,
    url,
    tenant: flags.text("tenant"),
    private: flags.on("private"),
    ...kindsFlag(call),
  });
  tell(call, made, `${name} is told of ${kindsText(made.webhook)}\n  secret  ${made.secret}\n`);
  if (!flags.on("json")) terminal.err(`The secret is shown this once. Try it: fairlead webhooks test ${name}${sameNode(call)}\n`);
  return EXIT.done;
}

function kindsText({ kinds }: Pick<Webhook, "kinds">): string {
  return kinds.length === 0 ? "all events" : kinds.join(", ");
}

async function set(call: Call, client: ApiClient): Promise<number> {
  const { flags, operands, terminal } = call;
  const [name = ""] = operands;
  const enabled = eitherFlag(call, "resume", "pause");
  const isPrivate = eitherFlag(call, "private", "no-private");
  if (enabled === undefined && isPrivate === undefined && !flags.on("url") && !flags.on("kinds"))
    throw usageFault("webhooks set says nothing to change", "--url, --kinds, --pause, --resume, --private or --no-private");
  const { webhook } = await client.call("setWebhook", { name, url: flags.text("url"), ...kindsFlag(call), enabled, private: isPrivate });
  tell(call, { webhook }, `${stateOf(webhook, terminal)} ${webhook.name}: ${kindsText(webhook)} to ${webhook.url}\n`);
  return EXIT.done;
}

/** Undefined where neither is given. */
function eitherFlag({ flags }: Pick<Call, "flags">, yes: string, no: string): boolean | undefined {
  if (flags.on(yes) && flags.on(no)) throw usageFault(`--${no} and --${yes} at once`, "give one of them");
  return flags.on(yes) ? true : flags.on(no) ? false : undefined;
}

async function tested(call: Call, client: ApiClient): Promise<number> {
  const result = await client.call("testWebhook", { name: call.operands[0] ?? "" });
  const what = result.status === null ? "no answer" : `answered ${result.status}`;
  const why = result.why === null ? "" : `: ${oneLine(result.why)}`;
  tell(call, result, `${stateText(result.ok ? "good" : "fault", `${what} in ${result.ms} ms${why}`, call.terminal)}\n`);
  return result.ok ? EXIT.done : EXIT.no;
}

async function replay(call: Call, client: ApiClient): Promise<number> {
  const { flags, operands } = call;
  const [name = ""] = operands;
  if (!flags.on("from")) throw usageFault("webhooks replay needs --from: the event before the first one to tell", "look: fairlead events");
  const from = numberFlag(call, "from", 0, Number.MAX_SAFE_INTEGER, 0);
  const { cursor } = await client.call("replayWebhook", { name, from });
  tell(call, { cursor }, `${name} is told again of everything after event ${cursor}.\n`);
  return EXIT.done;
}
