/** What comes back: bounces and complaints to return paths of ours, and what strangers may not use them for. */
import assert from "node:assert/strict";
import type { Receiver } from "../../lab/world/receivers.ts";
import type { HandOver, Source } from "../../lab/world/senders.ts";
import type { World } from "../../lab/world/world.ts";
import type { FairleadEvent } from "../../src/model/event.ts";
import { allEvents } from "./accounts.ts";
import { NODE, NodeUnderTest } from "./node-under-test.ts";
import { seeded } from "./seeded.ts";

interface Scene {
  readonly world: World;
  readonly receiver: Receiver;
  readonly home: Receiver;
  /** Somewhere on the internet: no source of the node. */
  readonly stranger: Source;
  /** The return path that the receiver saw. */
  readonly path: string;
  report(to: string, content: string): Promise<HandOver>;
  events(): Promise<readonly FairleadEvent[]>;
}

async function scene(world: World, recipients: readonly string[] = ["x@example.org"]): Promise<Scene> {
  const receiver = await world.receiver("example.org", "192.0.2.2");
  const home = await world.receiver("shop.example", "192.0.2.9");
  const source = world.source("www.shop.example", "203.0.113.1", NODE);
  const stranger = world.source("mx.elsewhere.example", "192.0.2.77", NODE);
  const node = new NodeUnderTest(world, { returnPath: { domain: "bounces.example.net", complaints: ["fbl"] } });
  await node.start();
  await world.clock.during(source.send({ id: "m1", mailFrom: "a@shop.example", recipients }));
  await world.clock.runFor(1_000);
  const path = receiver.taken[0]?.mailFrom ?? "";
  let n = 0;
  const report = async (to: string, content: string): Promise<HandOver> => {
    const handed = await world.clock.during(stranger.send({ id: `r${++n}`, mailFrom: "", recipients: [to], ...halves(content) }));
    await world.clock.runFor(1_000);
    return handed;
  };
  const events = async (): Promise<readonly FairleadEvent[]> => {
    node.crash();
    return await node.inspect(async (spool) => await allEvents(spool));
  };
  return { world, receiver, home, stranger, path, report, events };
}

/** Header fields and body of a message that is written down whole. */
function halves(content: string): { readonly fields: string[]; readonly body: string[] } {
  const lines = content.split("\r\n");
  const end = lines.indexOf("");
  return end < 0 ? { fields: [], body: lines } : { fields: lines.slice(0, end), body: lines.slice(end + 1) };
}

const dsn = [
  "From: MAILER-DAEMON@mx.example.org",
  "Subject: Undelivered Mail Returned to Sender",
  'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
  "",
  "--b",
  "Content-Type: text/plain",
  "",
  "It could not be delivered.",
  "--b",
  "Content-Type: message/delivery-status",
  "",
  "Reporting-MTA: dns; mx.example.org",
  "",
  "Final-Recipient: rfc822; x@example.org",
  "Action: failed",
  "Status: 5.1.1",
  "Diagnostic-Code: smtp; 550 5.1.1 <x@example.org>: User unknown",
  "--b--",
  "",
].join("\r\n");

seeded("a bounce that comes later joins its delivery's story and is passed on to the sender", ["1", "2"], async (world) => {
  const { path, home, report, events } = await scene(world);
  assert.match(path, /^b-[0-9a-z]{24}@bounces\.example\.net$/);
  const handed = await report(path, dsn);
  assert.equal(handed.is, "taken");
  assert.equal(home.taken.length, 1);
  assert.equal(home.taken[0]?.mailFrom, "");
  assert.match(home.taken[0]?.content.toString() ?? "", /Undelivered Mail Returned to Sender/);
  const all = await events();
  const delivered = all.find(({ body }) => body.kind === "delivered");
  const returned = all.find(({ body }) => body.kind === "returned");
  assert.deepEqual([returned?.message, returned?.rcpt], [delivered?.message, 0]);
  assert.partialDeepStrictEqual(returned?.body, { what: "failed", from: "mx.example.org", status: "5.1.1" });
});

const returnedOf = (
  all: readonly FairleadEvent[],
): readonly (readonly [what: string, status: string | undefined, rcpt: number | undefined])[] =>
  all.flatMap(({ body, rcpt }) => (body.kind === "returned" ? [[body.what, body.status, rcpt] as const] : []));

seeded("a warning that comes later is noted as one", ["1"], async (world) => {
  const { path, home, report, events } = await scene(world);
  const warning = dsn
    .replace("Action: failed", "Action: delayed")
    .replace("Status: 5.1.1", "Status: 4.2.2")
    .replace("550 5.1.1", "452 4.2.2");
  assert.equal((await report(path, warning)).is, "taken");
  assert.equal(home.taken.length, 1);
  assert.deepEqual(returnedOf(await events()), [["delayed", "4.2.2", 0]]);
});

seeded("a report of thousands to a return path of one recipient is one event", ["1"], async (world) => {
  const { path, report, events } = await scene(world);
  const many = Array.from({ length: 900 }, (_, i) => `Final-Recipient: rfc822; u${i}@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n`);
  const long = dsn.replace("Final-Recipient: rfc822; x@example.org", `${many.join("\r\n")}\r\nFinal-Recipient: rfc822; x@example.org`);
  assert.equal((await report(path, long.replace("Status: 5.1.1\r\nDiagnostic", "Status: 5.2.2\r\nDiagnostic"))).is, "taken");
  assert.deepEqual(returnedOf(await events()).length, 1);
});

seeded("a bounce without a part for machines says as much", ["1"], async (world) => {
  const { path, report, events } = await scene(world);
  const notice = [
    "From: MAILER-DAEMON@mx.example.org",
    "Subject: failure notice",
    "",
    "<x@example.org>:",
    "Sorry, no mailbox here by that name. (#5.1.1)",
    "",
  ];
  assert.equal((await report(path, notice.join("\r\n"))).is, "taken");
  const returned = (await events()).find(({ body }) => body.kind === "returned");
  assert.partialDeepStrictEqual(returned?.body, { what: "failed", status: "5.1.1", diagnosis: { class: "badrcpt" } });
});

seeded("an automatic answer is passed on and blames nobody", ["1"], async (world) => {
  const { path, home, report, events } = await scene(world);
  const away = ["From: x@example.org", "Auto-Submitted: auto-replied", "Subject: Away", "", "550 5.1.1 is my favourite number.", ""];
  assert.equal((await report(path, away.join("\r\n"))).is, "taken");
  assert.equal(home.taken.length, 1);
  assert.deepEqual(returnedOf(await events()), [["autoreply", undefined, 0]]);
});

seeded("a program's report of a failed signature is no reader's complaint", ["1"], async (world) => {
  const { path, home, report, events } = await scene(world);
  for (const type of ["auth-failure", "not-spam"]) {
    const arf = [
      "From: reports@isp.example",
      'Content-Type: multipart/report; report-type=feedback-report; boundary="b"',
      "",
      "--b",
      "Content-Type: message/feedback-report",
      "",
      `Feedback-Type: ${type}`,
      "User-Agent: Example/1.0",
      "Version: 1",
      "Auth-Failure: bodyhash",
      `Original-Mail-From: <${path}>`,
      "Original-Rcpt-To: <[redacted]>",
      "--b--",
      "",
    ];
    assert.equal((await report("fbl@bounces.example.net", arf.join("\r\n"))).is, "taken");
  }
  assert.equal(home.taken.length, 0);
  assert.deepEqual(
    returnedOf(await events()).map(([what]) => what),
    ["autoreply", "autoreply"],
  );
});

seeded("a complaint is noted and not passed on", ["1"], async (world) => {
  const { path, home, report, events } = await scene(world);
  const arf = [
    "From: fbl@isp.example",
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    "An e-mail abuse report.",
    "--b",
    "Content-Type: message/feedback-report",
    "",
    "Feedback-Type: abuse",
    "User-Agent: Example/1.0",
    "Version: 1",
    `Original-Mail-From: <${path}>`,
    "--b",
    "Content-Type: message/rfc822",
    "",
    "Subject: hello",
    "",
    "hello",
    "--b--",
    "",
  ].join("\r\n");
  assert.equal((await report("fbl@bounces.example.net", arf)).is, "taken");
  assert.equal(home.taken.length, 0);
  const returned = (await events()).find(({ body }) => body.kind === "returned");
  assert.partialDeepStrictEqual(returned?.body, { what: "complaint", feedbackType: "abuse" });
});

seeded("strangers send nothing else: refused with a reference under which the refusal is on record", ["1"], async (world) => {
  const { path, receiver, report, events } = await scene(world);
  const forged = path.replace(/^b-./, (start) => (start === "b-0" ? "b-1" : "b-0"));
  for (const to of ["y@example.org", forged]) assert.notEqual((await report(to, "hello")).is, "taken");
  assert.equal(receiver.taken.length, 1);
  const refused = (await events()).filter(({ body }) => body.kind === "refused");
  assert.equal(refused.length, 2);
  for (const { message, body } of refused) {
    assert.ok(message !== undefined);
    assert.ok(body.kind === "refused" && body.code === "FL-5103" && /; ref [0-9A-Z]{16}$/.test(body.reply.text));
  }
});
