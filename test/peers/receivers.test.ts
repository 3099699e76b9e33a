/**
 * Postfix and Exim as receivers that make trouble, beside each other on the same cases: the program gives each message the right
 * state, loses none, bounces none for what passes, and tells what happened.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { needs, needsRoot } from "../debian.ts";
import { type Program, programMissing, QUICK_RETRIES, type Story, startProgram, until } from "../outside/program.ts";
import { type Sink, startSink } from "../outside/sink.ts";
import { letter, Talk } from "../outside/talk.ts";
import { unpackExim } from "./exim.ts";
import { fileIn, type Habit, type PeerName, type PeerUnderTest, startPeer } from "./receivers.ts";

const missing = programMissing() || needsRoot() || needs("postfix");
const exim = missing ? { skip: missing, folder: "" } : unpackExim();

/** What makes Postfix wait: it asks this policy server at RCPT. Exim looks for a file. */
const greylist = { port: 0, over: false, file: "", close: (): void => undefined };

before(async () => {
  if (missing) return;
  const server = createServer((socket) => {
    let text = "";
    socket.on("error", () => undefined); // Postfix may break off at any time
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      if (!text.includes("\n\n")) return;
      text = "";
      socket.write(greylist.over ? "action=dunno\n\n" : "action=defer_if_permit Greylisted, come again\n\n");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const at = server.address();
  greylist.port = typeof at === "object" && at !== null ? at.port : 0;
  greylist.close = () => void server.close();
});
after(() => greylist.close());

interface Scene {
  readonly peer: PeerUnderTest;
  readonly sink: Sink;
  readonly fairlead: Program;
  readonly talk: Talk;
  /** The story of that message once all of its recipients are in one of these states. */
  settled(id: string, ...states: readonly string[]): Promise<Story>;
}

const ANNA = "anna@client.example";
const BOB = "bob@dest.example";

function both(name: string, habit: () => Habit, run: (scene: Scene, peer: PeerName) => Promise<void>): void {
  for (const peer of ["Postfix", "Exim"] as const)
    test(`${peer} ${name}`, { skip: peer === "Exim" ? exim.skip : missing }, async () => {
      await using sink = await startSink();
      await using host = await startPeer(peer, habit(), sink.port, exim.folder);
      await using fairlead = await startProgram({ upstreamPort: host.port, config: QUICK_RETRIES });
      using talk = await Talk.greeted(fairlead.port);
      const settled: Scene["settled"] = async (id, ...states) =>
        await until(`${id} to be ${states.join(" or ")}`, async () => {
          const story = await fairlead.story(id);
          return story.recipients.every(({ now }) => states.includes(now.k)) && story;
        });
      try {
        await run({ peer: host, sink, fairlead, talk, settled }, peer);
      } catch (thrown) {
        throw new Error(`${String(thrown)}\n${host.log().split("\n").slice(-20).join("\n")}`, { cause: thrown });
      }
      assert.equal((await fairlead.status()).ledger.balances, true);
    });
}

both(
  "greylists: mail waits, says why, and arrives once",
  () => ({
    postfix: {
      settings: { smtpd_recipient_restrictions: `check_policy_service inet:127.0.0.1:${greylist.port}, permit_mynetworks, reject` },
    },
    exim: (folder) => {
      greylist.file = join(folder, "greylist-over");
      return { rcpt: ["  defer message = Greylisted, come again", `        !condition = \${if exists{${greylist.file}}}`] };
    },
  }),
  async ({ talk, settled, sink, fairlead }) => {
    const id = await talk.mail(ANNA, [BOB], letter("grey"));
    const waiting = await until("the first no", async () => {
      const [one] = (await fairlead.story(id)).recipients;
      return one?.now.k === "queued" && /greylist/i.test(one.line) && one;
    });
    assert.match(waiting.line, /^Queued .* makes unknown senders wait/);
    greylist.over = true;
    if (greylist.file !== "") writeFileSync(greylist.file, "");
    await settled(id, "relayed");
    await until("it to come through", () => sink.received.length > 0);
    assert.equal(sink.received.length, 1);
  },
);

both(
  "announces a size: a message above it comes back at once, unsent",
  () => ({ postfix: { settings: { message_size_limit: "60000" } }, exim: { main: ["message_size_limit = 60000"] } }),
  async ({ talk, settled, sink }) => {
    const [large, small] = [
      await talk.mail(ANNA, [BOB], letter("large", "x".repeat(70).concat("\r\n").repeat(1_000))),
      await talk.mail(ANNA, [BOB], letter("small")),
    ];
    const [recipient] = (await settled(large, "bounced")).recipients;
    assert.match(recipient?.line ?? "", /larger than .* takes.*The sender was told/);
    await settled(small, "relayed");
    const report = await until("the report", () => sink.received.find(({ mailFrom, rcpts }) => mailFrom === "" && rcpts.includes(ANNA)));
    assert.match(report.content.toString("latin1"), /^Status: 5\.3\.4/m);
  },
);

both(
  "takes no 8-bit mail: such a message comes back, another one goes",
  () => ({ postfix: { settings: { smtpd_discard_ehlo_keywords: "8bitmime, smtputf8" } }, exim: { eightBit: false } }),
  async ({ talk, settled }) => {
    const eight = await talk.mail(ANNA, [BOB], Buffer.from(letter("eight", "grüße\r\n")), "BODY=8BITMIME");
    const seven = await talk.mail(ANNA, [BOB], letter("seven"));
    const [recipient] = (await settled(eight, "bounced")).recipients;
    assert.match(recipient?.line ?? "", /takes no 8-bit mail/);
    await settled(seven, "relayed");
  },
);

both(
  "offers STARTTLS and cannot: its certificate is none; mail goes on in plain text",
  () => ({
    postfix: {
      settings: { smtpd_tls_security_level: "may", smtpd_tls_chain_files: "$queue_directory/../tls.pem" },
      files: { "tls.pem": "nothing\n" },
    },
    exim: (folder) => ({ certificate: fileIn(folder, "broken.pem", "nothing\n") }),
  }),
  async ({ talk, settled, sink }) => {
    await settled(await talk.mail(ANNA, [BOB], letter("plain")), "relayed");
    await until("it to come through", () => sink.received.length > 0);
  },
);

both(
  "takes two recipients a message: all of five get it, and none is bounced",
  () => ({
    postfix: { settings: { smtpd_recipient_limit: "2", smtpd_recipient_overshoot_limit: "1000" } },
    exim: { main: ["recipients_max = 2", "recipients_max_reject = false"] },
  }),
  async ({ talk, settled, sink }) => {
    const to = ["a", "b", "c", "d", "e"].map((name) => `${name}@dest.example`);
    await settled(await talk.mail(ANNA, to, letter("five")), "relayed");
    await until("all at the sink", () => sink.received.flatMap(({ rcpts }) => rcpts).length >= to.length);
    assert.deepEqual(sink.received.flatMap(({ rcpts }) => rcpts).sort(), to);
  },
);

both(
  "takes one connection at a time, and says 421 to the second: all mail arrives, once each",
  () => ({
    postfix: { settings: { smtpd_client_connection_count_limit: "1", smtpd_client_event_limit_exceptions: "" } },
    exim: { main: ["smtp_accept_max_per_host = 1"] },
  }),
  async ({ fairlead, sink }) => {
    const count = 40;
    const clients = await Promise.all(Array.from({ length: 4 }, () => Talk.greeted(fairlead.port)));
    const send = async (client: Talk, n: number): Promise<void> => {
      for (let i = n; i < count; i += clients.length) await client.mail(ANNA, [`r${i}@dest.example`], letter(`m${i}`));
    };
    await Promise.all(clients.map(send));
    await until("all at the sink", () => sink.received.length >= count, 60_000);
    await until("all to be recorded", async () => (await fairlead.open()) === 0, 30_000);
    const { counts } = await fairlead.status();
    assert.deepEqual([counts.relayed, counts.bounced, sink.received.length], [count, 0, count]);
    for (const client of clients) client[Symbol.dispose]();
  },
);
