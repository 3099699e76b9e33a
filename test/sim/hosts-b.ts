/** One message to a host with a habit, and all that came of it: what the table of bad hosts looks at. */
import assert from "node:assert/strict";
import type { Habit, Receiver } from "../../lab/world/receivers.ts";
import type { Mail } from "../../lab/world/senders.ts";
import type { World } from "../../lab/world/world.ts";
import { type RecipientStory, tellStory } from "../../src/diagnose/story/story.ts";
import { idOf, type NodeNumber, type SiteKey } from "../../src/model/ids.ts";
import type { TlsSession } from "../../src/model/tls-session.ts";
import { EVERYTHING } from "../../src/model/view.ts";
import { Questions } from "../../src/node/questions.ts";
import { shutOrSlow } from "../../src/node/ways.ts";
import type { Zone } from "../../src/wire/dns/name-server.ts";
import { MINUTE, scene } from "./scene.ts";
import { seeded } from "./seeded.ts";

const TO = "x@example.org";

export interface Row {
  /** The habits of the host of example.org, or what else is set up; the host is there already, with its MX record. */
  readonly host: readonly Habit[] | ((world: World, receiver: Receiver) => void | Promise<void>);
  readonly mail?: Partial<Mail>;
  /** The MTA-STS policy of example.org: `enforce mx1.example.org`. Absent: none. */
  readonly sts?: string;
  /** What reports on TLS say of its sessions: `tlsa success`, in order and each once. Absent: not looked at. */
  readonly sessions?: readonly string[];
  /** What the world's name servers answer from, if not from the world's own names. */
  readonly zone?: Zone;
  /** When it is looked at. Absent: after five minutes. */
  readonly after?: number;
  /** The recipient of whom that is asked. Absent: the first. */
  readonly looksAt?: string;
  readonly state: RecipientStory["now"]["k"] | "in doubt";
  /** The last report: `failed 5.1.1`, `delayed 4.4.1`; absent: none at all. */
  readonly dsn?: string;
  /** What the receiver keeps. Absent: one copy if it is delivered, else none. */
  readonly copies?: number;
  /** Whether the message came by TLS. Absent: it did not. */
  readonly tls?: boolean;
  readonly story: RegExp;
}

/** Each row a test, by its words. */
export function hosts(table: Readonly<Record<string, Row>>): void {
  for (const [name, row] of Object.entries(table))
    seeded(`a host: ${name} → ${row.state}`, ["1"], async (world) => {
      const came = await sent(world, row);
      const told = JSON.stringify(came, null, 1);
      assert.equal(came.state, row.state, told);
      assert.match(came.line, row.story, told);
      assert.equal(came.dsn, row.dsn, told);
      assert.equal(came.copies.length, row.copies ?? (row.state === "delivered" ? 1 : 0), told);
      for (const { tls } of came.copies) assert.equal(tls, row.tls ?? false, told);
      if (row.sessions) assert.deepEqual(came.sessions, row.sessions, told);
      assert.deepEqual(came.violations, []);
    });
}

interface Came {
  readonly state: Row["state"];
  readonly line: string;
  readonly dsn: string | undefined;
  readonly copies: readonly { readonly tls: boolean }[];
  readonly violations: readonly string[];
  readonly sessions: readonly string[];
}

async function sent(world: World, { host, mail, zone, looksAt, sts, after = 5 * MINUTE }: Row): Promise<Came> {
  await world.openNameServers(zone);
  const seen: TlsSession[] = [];
  const policies = new Map(sts === undefined ? [] : [["example.org", policyText(sts)]]);
  if (sts !== undefined) world.resolver.set("_mta-sts.example.org", { TXT: ["v=STSv1; id=1;"] });
  const { node, receiver, home, send } = await scene(world, [], undefined, { policies, seen });
  if (typeof host === "function") await host(world, receiver);
  else receiver.habits = host;
  const handed = await send(mail);
  assert.equal(handed.is, "taken", JSON.stringify(handed));
  await world.clock.runFor(after);
  const { now, line } = await storyOf(world, node, looksAt ?? mail?.recipients?.[0] ?? TO);
  const theirs = world.receivers.filter((one) => one !== home);
  return {
    state: now.k === "queued" && now.inDoubt ? "in doubt" : now.k,
    line,
    dsn: home.taken
      .flatMap(({ content }) => /^Action: (\w+)\r\nStatus: ([\d.]+)/m.exec(content.toString())?.slice(1).join(" ") ?? [])
      .at(-1),
    copies: theirs.flatMap(({ taken }) => taken),
    sessions: [...new Set(seen.flatMap(({ domain, policy, outcome }) => (domain === "example.org" ? `${policy.type} ${outcome.is}` : [])))],
    violations: theirs.flatMap(({ violations }) => violations),
  };
}

/** Its mode and its hosts, as RFC 8461 §3.2 writes them. */
function policyText(words: string): string {
  const [mode = "", ...hosts] = words.split(" ");
  return ["version: STSv1", `mode: ${mode}`, ...hosts.map((host) => `mx: ${host}`), "max_age: 604800", ""].join("\r\n");
}

/** What an operator is told of the last message to this address. */
async function storyOf(world: World, node: Awaited<ReturnType<typeof scene>>["node"], to: string): Promise<RecipientStory> {
  const { clock } = world;
  const siteFor = (domain: string): SiteKey => `mx:${domain}` as SiteKey;
  const questions = new Questions({ spool: node.spool, clock, siteFor, actions: { get: async () => undefined } });
  const [key] = await clock.during(node.spool.messagesOf(to, 1));
  assert.ok(key !== undefined);
  const record = await clock.during(questions.message(EVERYTHING, key));
  assert.ok(record);
  const closed = new Map(
    node.pipeline.dispatch.lanes().flatMap((lane) => {
      const way = shutOrSlow(lane);
      return way ? [[lane.site, way] as const] : [];
    }),
  );
  const told = tellStory(record, { id: idOf(key, 1 as NodeNumber), now: clock.wall(), zone: "UTC", closed });
  const recipient = told.recipients.find((one) => one.to === to);
  assert.ok(recipient);
  return recipient;
}
