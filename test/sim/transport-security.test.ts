/**
 * Hosts under DANE, MTA-STS and the operator's own demands: what is delivered, over what, and what waits. Nothing here bounces,
 * and nothing that a policy protects is sent in clear or to a host that does not prove itself.
 */
import assert from "node:assert/strict";
import { offering } from "../../lab/world/habits.ts";
import type { Receiver } from "../../lab/world/receivers.ts";
import { type SimCertificate, tlsaFor } from "../../lab/world/sim-certificates.ts";
import type { World } from "../../lab/world/world.ts";
import type { WallMs } from "../../src/base/clock.ts";
import type { EventBody } from "../../src/model/event.ts";
import type { TlsSession } from "../../src/model/tls-session.ts";
import { allEvents } from "./accounts.ts";
import type { TransportScene } from "./known-transport.ts";
import { NODE, NodeUnderTest } from "./node-under-test.ts";
import { kinds, MINUTE } from "./scene.ts";
import { seeded } from "./seeded.ts";

const IP = "192.0.2.2";
const HOST = "mx1.example.org";
const OLD = 1 as WallMs;
const OWN: SimCertificate = { names: [HOST], by: "itself" };
const HOUSE: SimCertificate = { names: [HOST], by: { authority: "House CA" } };
const PUBLIC: SimCertificate = { names: [HOST], by: "a trusted root" };

interface Row {
  readonly certificate?: SimCertificate;
  /** STARTTLS is not offered, or breaks. */
  readonly tls?: "none" | "broken";
  readonly tlsa?: readonly string[] | "SERVFAIL" | "TIMEOUT";
  /** Absent, with `tlsa`: all that is below example.org. */
  readonly signed?: readonly string[];
  readonly sts?: { readonly mode: string; readonly mx: string };
  readonly demand?: TransportScene["demand"];
  /** How it arrives: what vouched for the host, or in clear; `waits`, with the fault's code. */
  readonly want: "dane" | "sts" | "webpki" | "none" | "clear" | `waits: ${string}`;
  /** The last session that was told: policy and outcome. */
  readonly told?: string;
}

const rows: Readonly<Record<string, Row>> = {
  "nothing is published": { certificate: OWN, want: "none", told: "none success" },
  "nothing is published, and no TLS": { tls: "none", want: "clear", told: "none starttls-not-supported" },
  "nothing is published, and broken TLS": { tls: "broken", want: "clear", told: "none validation-failure" },
  "3 1 1, a certificate of its own": { certificate: OWN, tlsa: [tlsaFor(OWN)], want: "dane", told: "tlsa success" },
  "3 1 1, out of its time and for other names": {
    certificate: { names: ["old.example"], by: "a trusted root", until: OLD },
    tlsa: [tlsaFor({ names: ["old.example"], by: "a trusted root", until: OLD })],
    ...{ want: "dane", told: "tlsa success" },
  },
  "3 1 1 of another key, though a trusted root vouches": {
    certificate: { ...PUBLIC, key: "second" },
    tlsa: [tlsaFor(PUBLIC)],
    ...{ want: "waits: dane-mismatch", told: "tlsa validation-failure" },
  },
  "3 1 1 of the old key and of the new one": {
    certificate: { ...OWN, key: "second" },
    tlsa: [tlsaFor(OWN), tlsaFor({ ...OWN, key: "second" })],
    want: "dane",
  },
  "2 0 1, its authority": { certificate: HOUSE, tlsa: [tlsaFor(HOUSE, { usage: 2, selector: 0 })], want: "dane" },
  "2 1 1, for other names": {
    certificate: { ...HOUSE, names: ["www.example.org"] },
    tlsa: [tlsaFor(HOUSE, { usage: 2 })],
    ...{ want: "waits: dane-names", told: "tlsa certificate-host-mismatch" },
  },
  "2 1 1, out of its time": {
    certificate: { ...HOUSE, until: OLD },
    tlsa: [tlsaFor(HOUSE, { usage: 2 })],
    ...{ want: "waits: dane-expired", told: "tlsa certificate-expired" },
  },
  "TLSA, and no STARTTLS": { tls: "none", tlsa: [tlsaFor(OWN)], want: "waits: tls-not-offered", told: "tlsa starttls-not-supported" },
  "TLSA, and broken TLS": { tls: "broken", tlsa: [tlsaFor(OWN)], want: "waits: ECONNRESET", told: "tlsa validation-failure" },
  "TLSA that fails to be looked up": { certificate: OWN, tlsa: "SERVFAIL", want: "waits: tlsa-lookup", told: "tlsa dnssec-invalid" },
  "TLSA that nobody answers for": { certificate: OWN, tlsa: "TIMEOUT", want: "waits: tlsa-lookup", told: "tlsa dnssec-invalid" },
  "TLSA of usages that mean nothing in mail": { certificate: OWN, tlsa: [`1 1 1 ${"ab".repeat(32)}`], want: "none", told: "tlsa success" },
  "the same, and no STARTTLS": { tls: "none", tlsa: [`1 1 1 ${"ab".repeat(32)}`], want: "waits: tls-not-offered" },
  "a wrong TLSA that nobody signed": { certificate: OWN, tlsa: [tlsaFor(HOUSE)], signed: [], want: "none", told: "none success" },
  "a wrong TLSA of a signed host, by an MX that nobody signed": { certificate: OWN, tlsa: [tlsaFor(HOUSE)], signed: [HOST], want: "none" },
  "STS enforce": { certificate: PUBLIC, sts: { mode: "enforce", mx: HOST }, want: "sts", told: "sts success" },
  "STS enforce, self-signed": {
    certificate: OWN,
    sts: { mode: "enforce", mx: "*.example.org" },
    ...{ want: "waits: tls-untrusted", told: "sts certificate-not-trusted" },
  },
  "STS enforce, other names": {
    certificate: { ...PUBLIC, names: ["www.example.org"] },
    sts: { mode: "enforce", mx: HOST },
    ...{ want: "waits: tls-names", told: "sts certificate-host-mismatch" },
  },
  "STS enforce, out of its time": {
    certificate: { ...PUBLIC, until: OLD },
    sts: { mode: "enforce", mx: HOST },
    ...{ want: "waits: tls-expired", told: "sts certificate-expired" },
  },
  "STS enforce, no STARTTLS": {
    tls: "none",
    sts: { mode: "enforce", mx: HOST },
    ...{ want: "waits: tls-not-offered", told: "sts starttls-not-supported" },
  },
  "STS enforce, broken TLS": {
    tls: "broken",
    sts: { mode: "enforce", mx: HOST },
    want: "waits: ECONNRESET",
    told: "sts validation-failure",
  },
  "STS enforce, a host that is not listed": {
    certificate: PUBLIC,
    sts: { mode: "enforce", mx: "mail.example.org" },
    ...{ want: "waits: sts-not-listed", told: "sts validation-failure" },
  },
  "STS testing, self-signed: only told": {
    certificate: OWN,
    sts: { mode: "testing", mx: HOST },
    ...{ want: "none", told: "sts certificate-not-trusted" },
  },
  "STS testing, no STARTTLS: only told": {
    tls: "none",
    sts: { mode: "testing", mx: HOST },
    want: "clear",
    told: "sts starttls-not-supported",
  },
  "STS none": { certificate: OWN, sts: { mode: "none", mx: HOST }, want: "none", told: "none success" },
  "STS would do, DANE does not": {
    certificate: { ...PUBLIC, key: "second" },
    tlsa: [tlsaFor(PUBLIC)],
    sts: { mode: "enforce", mx: HOST },
    ...{ want: "waits: dane-mismatch", told: "tlsa validation-failure" },
  },
  "DANE does, STS would not": { certificate: OWN, tlsa: [tlsaFor(OWN)], sts: { mode: "enforce", mx: "mail.example.org" }, want: "dane" },
  "the operator wants encryption, and there is none": { tls: "none", demand: "encrypted", want: "waits: tls-not-offered" },
  "the operator wants encryption": { certificate: OWN, demand: "encrypted", want: "none" },
  "the operator wants names": { certificate: OWN, demand: "required", want: "waits: tls-untrusted" },
  "the operator wants names, and has them": { certificate: PUBLIC, demand: "required", want: "webpki" },
};

for (const [name, row] of Object.entries(rows))
  seeded(`${name} → ${row.want}`, ["1"], async (world) => {
    const seen: TlsSession[] = [];
    const { receiver, node, send } = await scene(world, row, seen);
    await send();
    await world.clock.runFor(2 * MINUTE);
    const events = await eventsOf(node);
    const [delivered] = events.filter((event) => event.kind === "delivered");
    const story = JSON.stringify(events);
    if (row.want.startsWith("waits: ")) {
      assert.equal(receiver.taken.length, 0, story);
      assert.ok(
        kinds(events).every((kind) => kind === "accepted" || kind === "deferred"),
        kinds(events).join(" "),
      );
      assert.ok(story.includes(`"fault-${row.want.slice(7)}"`), story);
      assert.ok(story.includes('"class":"tls"'), story);
    } else {
      assert.ok(delivered?.kind === "delivered", story);
      assert.equal(delivered.attempt.tls?.verified ?? "clear", row.want);
      assert.deepEqual(
        receiver.taken.map(({ tls }) => tls),
        [row.want !== "clear"],
      );
    }
    const last = seen.at(-1);
    if (row.told) assert.equal(`${last?.policy.type} ${last?.outcome.is}`, row.told, JSON.stringify(seen));
    assert.deepEqual(receiver.violations, []);
  });

seeded("mail that waited for a certificate leaves once it is in order, and none of it before", ["1"], async (world) => {
  const { receiver, node, send } = await scene(world, { certificate: OWN, sts: { mode: "enforce", mx: HOST }, want: "sts" });
  await send();
  await world.clock.runFor(30 * MINUTE);
  assert.equal(receiver.taken.length, 0);
  world.network.weather(IP, { certificate: PUBLIC });
  await world.clock.runFor(60 * MINUTE);
  assert.deepEqual(
    receiver.taken.map(({ tls }) => tls),
    [true],
  );
  await eventsOf(node);
});

seeded("broken STARTTLS is met once, and then not tried for days", ["1"], async (world) => {
  const { receiver, node, send } = await scene(world, { tls: "broken", want: "clear" });
  for (let n = 0; n < 3; n++) {
    await send();
    await world.clock.runFor(MINUTE);
  }
  assert.deepEqual([receiver.taken.length, receiver.connections], [3, 4]);
  await eventsOf(node);
});

seeded(
  "a second connection takes up the session of the first, and counts as verified by nobody; under DANE none does",
  ["1"],
  async (world) => {
    for (const [n, tlsa] of [undefined, [tlsaFor(PUBLIC)]].entries()) {
      const { node, send } = await scene(world, { certificate: PUBLIC, ...(tlsa && { tlsa }), want: "webpki" }, [], `${n}`);
      for (let i = 0; i < 2; i++) {
        await send();
        await world.clock.runFor(MINUTE);
      }
      const verified = (await eventsOf(node)).flatMap((event) =>
        event.kind === "delivered" ? [[event.attempt.tls?.verified, event.attempt.tls?.resumed === true]] : [],
      );
      const want = tlsa
        ? [
            ["dane", false],
            ["dane", false],
          ]
        : [
            ["webpki", false],
            ["none", true],
          ];
      assert.deepEqual(verified, want);
      world.resolver.set("example.org", "NXDOMAIN");
    }
  },
);

seeded("domains with the same host and other policies share no connection", ["1"], async (world) => {
  const { receiver, node, send } = await scene(world, { certificate: OWN, sts: { mode: "enforce", mx: HOST }, want: "waits: x" });
  world.resolver.set("open.example", { MX: [`10 ${HOST}`] });
  await send("x@open.example");
  await send("x@example.org");
  await world.clock.runFor(2 * MINUTE);
  assert.deepEqual(
    receiver.taken.map(({ recipients }) => recipients),
    [["x@open.example"]],
  );
  await eventsOf(node);
});

interface Scene {
  readonly receiver: Receiver;
  readonly node: NodeUnderTest;
  send(to?: string): Promise<void>;
}

async function scene(world: World, row: Row, seen: TlsSession[] = [], nth = "0"): Promise<Scene> {
  const { certificate = OWN, tls, tlsa, signed = ["example.org"], sts, demand } = row;
  const first = nth === "0";
  const receiver = first ? await world.receiver("example.org", IP, [offering("STARTTLS")]) : (world.receivers[0] as Receiver);
  if (!first) world.resolver.set("example.org", { MX: [`10 ${HOST}`] });
  if (tls === "none") receiver.habits = [];
  world.network.weather(IP, { certificate, brokenTls: tls === "broken" });
  if (tlsa) world.resolver.set(`_25._tcp.${HOST}`, { TLSA: tlsa });
  if (tlsa) for (const name of signed) world.resolver.sign(name);
  if (sts) world.resolver.set("_mta-sts.example.org", { TXT: ["v=STSv1; id=1;"] });
  const policy = sts && `version: STSv1\nmode: ${sts.mode}\nmx: ${sts.mx}\nmax_age: 604800\n`;
  const policies = new Map(policy === undefined ? [] : [["example.org", policy]]);
  const node = new NodeUnderTest(world, { transport: { policies, seen, ...(demand && { demand }) } });
  await node.start();
  const source = world.source(`www${nth}.shop.example`, `203.0.113.${Number(nth) + 1}`, NODE);
  let n = 0;
  const send = async (to = "x@example.org"): Promise<void> => {
    const mail = { id: `m${nth}-${++n}`, mailFrom: "a@shop.example", recipients: [to] };
    await world.clock.during(source.send(mail));
  };
  return { receiver, node, send };
}

async function eventsOf(node: NodeUnderTest): Promise<EventBody[]> {
  node.crash();
  return await node.inspect(async (spool) => (await allEvents(spool)).map((event) => event.body));
}
