/** egress, pool and upstream: the ways that mail leaves by, listed and changed. */
import { countText } from "../base/size-text.ts";
import type { ApiClient } from "../control/api/client.ts";
import type { InputOf, ReplyOf } from "../control/api/routes.ts";
import { connect } from "./connect.ts";
import { EXIT, usageFault } from "./exit.ts";
import { list, tell, when } from "./listing.ts";
import { passwordInput } from "./secret-input.ts";
import { stateText } from "./terminal.ts";
import type { Call } from "./verb.ts";

type Egress = ReplyOf<"egresses">["egresses"][number];
type Upstream = ReplyOf<"upstreamWays">["upstreams"][number];
type Pool = ReplyOf<"pools">["pools"][number];
type State = Egress["state"];

export async function run(call: Call): Promise<number> {
  const client = connect(call);
  switch (call.verb.name) {
    case "egress add":
      return toldOf(call, await client.call("addEgress", addressIn(call)), "is added");
    case "egress set":
      return toldOf(call, await client.call("setEgress", addressIn(call)), "is changed");
    case "egress drain":
      return await drain(call, client);
    case "egress remove":
      return toldRemoved(call, await client.call("removeEgress", named(call)));
    case "pool list":
      return await listPools(call, client);
    case "pool set":
      return await setPool(call, client);
    case "pool remove":
      return toldRemoved(call, await client.call("removePool", named(call)));
    case "upstream list":
      return await listUpstreams(call, client);
    case "upstream set":
      return await setUpstream(call, client);
    case "upstream remove":
      return toldRemoved(call, await client.call("removeUpstream", named(call)));
    default:
      return await listEgresses(call, client);
  }
}

function named({ operands, flags }: Call): { readonly name: string; readonly dryRun: boolean } {
  return { name: operands[0] ?? "", dryRun: flags.on("dry-run") };
}

async function listEgresses(call: Call, client: ApiClient): Promise<number> {
  const { terminal } = call;
  const { egresses } = await client.call("egresses", {});
  list(call, egresses, {
    columns: [
      { head: "NAME" },
      { head: "STATE" },
      { head: "ADDRESSES" },
      { head: "EHLO" },
      { head: "POOLS" },
      { head: "WAITING", right: true },
      { head: "NOTE" },
    ],
    cells: (one) => [
      ...[one.name, one.state, [one.ip4, one.ip6].filter((ip) => ip !== null).join(" ") || "the system's", one.helo, poolsText(one.pools)],
      stateText("queued", countText(one.queued), terminal),
      [
        ...brokenText(one, call),
        ...warmText(one),
        ...(one.missing.length === 0 ? [] : [`not on this machine: ${one.missing.join(", ")}`]),
      ].join("; "),
    ],
    none: "Mail leaves from the system's own address.",
  });
  return egresses.every(({ works }) => works) ? EXIT.done : EXIT.no;
}

function brokenText({ works, why, until }: Pick<Egress, "works" | "why" | "until">, { terminal }: Call): readonly string[] {
  return works ? [] : [`does not work: ${why}; tried again at ${when(until, terminal, "-")}`];
}

/** Where it is new, the tightest ceiling first. */
function warmText({ warm }: Egress): readonly string[] {
  const cold = warm.flatMap((one) => (one.ceiling === null ? [] : [{ ...one, ceiling: one.ceiling }]));
  return cold
    .toSorted((a, b) => a.ceiling - b.ceiling)
    .map((one) => `${one.provider} ${countText(one.accepted)} of ${countText(one.ceiling)} today`);
}

function poolsText(pools: Egress["pools"]): string {
  return pools.length === 0 ? "-" : pools.map(({ name, weight }) => (weight === 1 ? name : `${name}=${weight}`)).join(" ");
}

/** The table lets only its states through. */
function stateFlag({ flags }: Call): State | undefined {
  return flags.text("state") as State | undefined;
}

function domainsFlag({ flags }: Call): readonly string[] | undefined {
  if (flags.on("any-domain")) return [];
  return flags.on("for") ? flags.all("for") : undefined;
}

function addressIn(call: Call): InputOf<"setEgress"> {
  const { flags } = call;
  return {
    ...{ ...named(call), helo: flags.text("helo"), ip4: flags.text("ip4"), ip6: flags.text("ip6"), state: stateFlag(call) },
    forDomains: domainsFlag(call),
  };
}

function toldOf(call: Call, changed: ReplyOf<"setEgress">, what: string): number {
  const { egress, dryRun } = changed;
  const from = [egress.ip4, egress.ip6].filter((ip) => ip !== null).join(" and ") || "the system's address";
  tell(call, changed, `${egress.name} ${dryRun ? "could be so" : what}: ${egress.state}, ${from}, as ${egress.helo}.\n`);
  if (egress.missing.length > 0 && !call.flags.on("json"))
    call.terminal.err(`note: this machine does not have ${egress.missing.join(", ")}\n`);
  return EXIT.done;
}

async function drain(call: Call, client: ApiClient): Promise<number> {
  const back = call.flags.on("undo");
  const { name } = named(call);
  const before = (await client.call("egresses", {})).egresses.find((one) => one.name === name);
  const changed = await client.call(back ? "undrainEgress" : "drainEgress", named(call));
  const { egress, dryRun } = changed;
  const now = back ? "takes new mail again" : `takes no new mail; ${countText(egress.queued)} still leave by it`;
  tell(
    call,
    changed,
    `${egress.name} ${dryRun ? "would be one that " : ""}${now}.${back ? "" : ` Back: ${undrained(name, before?.state)}`}\n`,
  );
  return EXIT.done;
}

/** An address that was being warmed up goes on where it was, rather than begin at full speed. */
function undrained(name: string, before: State | undefined): string {
  return before === "warming" ? `fairlead egress set ${name} --state warming` : `fairlead egress drain ${name} --undo`;
}

function toldRemoved(
  call: Call,
  gone: { readonly removed: { readonly name: string; readonly queued?: number }; readonly dryRun: boolean },
): number {
  const { removed, dryRun } = gone;
  const moved =
    removed.queued === undefined || removed.queued === 0 ? "" : `; ${countText(removed.queued)} that wait for it go another way`;
  tell(call, gone, `${removed.name} ${dryRun ? "would be" : "is"} removed${moved}.\n`);
  return EXIT.done;
}

async function listPools(call: Call, client: ApiClient): Promise<number> {
  const { terminal, flags } = call;
  const { pools, rules } = await client.call("pools", {});
  list(call, pools, {
    columns: [{ head: "NAME" }, { head: "SET IN" }, { head: "MEMBERS" }],
    cells: (pool) => [pool.name, pool.fixed ? "configuration" : "settings", poolsText(pool.members)],
    none: "There is no pool: mail that no rule concerns leaves by any address in use.",
  });
  if (!flags.on("json")) for (const rule of rules) terminal.err(`rule: ${rule}\n`);
  return EXIT.done;
}

async function setPool(call: Call, client: ApiClient): Promise<number> {
  const [name = "", ...words] = call.operands;
  const members = words.map((word) => {
    const [, member = "", weight = "1"] = /^([^=]+)(?:=(\d{1,5}))?$/.exec(word) ?? [];
    if (member === "") throw usageFault(`${word} is no member`, "write NAME, or NAME=3 for three times as much mail");
    return { name: member, weight: Number(weight) };
  });
  const changed = await client.call("setPool", { name, members, dryRun: call.flags.on("dry-run") });
  tell(call, changed, `${name} ${changed.dryRun ? "could be" : "is"} ${membersText(changed.pool)}.\n`);
  return EXIT.done;
}

function membersText({ members }: Pool): string {
  const all = members.reduce((sum, { weight }) => sum + weight, 0);
  return members.map(({ name, weight }) => `${name} (${Math.round((100 * weight) / all)} %)`).join(", ");
}

async function listUpstreams(call: Call, client: ApiClient): Promise<number> {
  const { terminal } = call;
  const { upstreams } = await client.call("upstreamWays", {});
  list(call, upstreams, {
    columns: [
      ...[{ head: "NAME" }, { head: "STATE" }, { head: "PLACE" }, { head: "USER" }, { head: "TLS" }, { head: "HOUR" }, { head: "DAY" }],
      ...[{ head: "COST", right: true } as const, { head: "POOLS" }, { head: "WAITING", right: true } as const, { head: "NOTE" }],
    ],
    cells: (one) => [
      ...[one.name, one.state, one.place, one.user ?? "-", one.tls, usedText(one.hour), usedText(one.day), String(one.cost)],
      ...[poolsText(one.pools), stateText("queued", countText(one.queued), terminal), brokenText(one, call).join("; ")],
    ],
    none: "No upstream stands in a pool.",
  });
  return upstreams.every(({ works }) => works) ? EXIT.done : EXIT.no;
}

function usedText({ sent, most }: Upstream["hour"]): string {
  return most === null ? countText(sent) : `${countText(sent)} of ${countText(most)}`;
}

async function setUpstream(call: Call, client: ApiClient): Promise<number> {
  const { flags } = call;
  const user = flags.on("no-login") ? null : flags.text("user");
  if ((typeof user === "string") !== flags.on("password-stdin")) throw usageFault("--user and --password-stdin go together");
  const [, host, port] = /^(.+?)(?::(\d{1,5}))?$/.exec(flags.text("place") ?? "") ?? [];
  const cost = flags.text("cost");
  const changed = await client.call("setUpstream", {
    ...{
      ...named(call),
      host,
      ...(port === undefined ? {} : { port: Number(port) }),
      tls: flags.text("tls") as Upstream["tls"] | undefined,
    },
    ...{ user, password: flags.on("password-stdin") ? await passwordInput(call) : undefined },
    ...{ perHour: limitFlag(call, "per-hour"), perDay: limitFlag(call, "per-day"), state: stateFlag(call), forDomains: domainsFlag(call) },
    ...(cost === undefined ? {} : { cost: Number(cost) }),
  });
  const { upstream, dryRun } = changed;
  const login = upstream.user === null ? "without a login" : `as ${upstream.user}`;
  tell(
    call,
    changed,
    `${upstream.name} ${dryRun ? "could be" : "is"} ${upstream.place} ${login}, TLS ${upstream.tls}, ${upstream.state}.\n`,
  );
  return EXIT.done;
}

function limitFlag({ flags }: Call, name: string): number | null | undefined {
  const text = flags.text(name);
  if (text === undefined) return undefined;
  if (text === "none") return null;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw usageFault(`--${name} must be a number of messages, or none, not ${text.slice(0, 40)}`);
  return Number(text);
}
