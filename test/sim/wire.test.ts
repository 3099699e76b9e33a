/**
 * Our SMTP drivers in the simulated world: the client against receivers with habits, the server against sources. The
 * other side is the lab's own SMTP, so what both of ours might get wrong together shows here.
 */
import assert from "node:assert/strict";
import {
  greylists,
  hangsUpMidway,
  limitsTransactions,
  offering,
  refuses,
  resetsAfterDot,
  stallsAfterDot,
  without,
} from "../../lab/world/habits.ts";
import type { Habit, Receiver } from "../../lab/world/receivers.ts";
import type { HandOver, Mail } from "../../lab/world/senders.ts";
import type { World } from "../../lab/world/world.ts";
import type { Recipient } from "../../src/model/message.ts";
import type { RecipientResult } from "../../src/model/outcome.ts";
import { type Capabilities, type ClientEnd, type ClientOptions, openClient, type Transaction } from "../../src/wire/smtp/client.ts";
import { defaultServerOptions, serve } from "../../src/wire/smtp/server.ts";
import type { ServerHost } from "../../src/wire/smtp/server-host.ts";
import { seeded } from "./seeded.ts";

const TO = { ip: "192.0.2.2", port: 25 };
const FROM = "198.51.100.25";
const OPTIONS: ClientOptions = {
  helo: "relay.example.net",
  tls: "opportunistic",
  serverName: "mx1.example.org",
  timeouts: { banner: 300_000, command: 300_000, dataBlock: 180_000, finalDot: 600_000 },
  maxTransactions: 100,
  idleMs: 5_000,
};

interface Ran {
  readonly receiver: Receiver;
  readonly results: (readonly RecipientResult[])[];
  readonly end: ClientEnd | undefined;
  readonly capabilities: Capabilities | undefined;
}

const content = (n: number, body = "hello\r\n.dots\r\n..more\r\n"): string => `X-Lab-Id: m${n}\r\n\r\n${body}`;

/** Sends transactions over one connection to a receiver with these habits. */
async function send(
  world: World,
  habits: readonly Habit[],
  transactions: readonly (Partial<Transaction> & { to: readonly string[]; body_?: string })[],
  options: Partial<ClientOptions> = {},
): Promise<Ran> {
  const receiver = await world.receiver("example.org", TO.ip, habits);
  receiver.login = { user: "u", password: "secret" };
  const machine = world.network.machine("relay", [FROM]);
  const connected = await world.clock.during(machine.connect({ host: TO.ip, port: TO.port, timeoutMs: 30_000 }));
  assert.ok(connected.ok);
  const results: (readonly RecipientResult[])[] = [];
  let end: ClientEnd | undefined;
  let capabilities: Capabilities | undefined;
  let n = 0;
  const client = openClient(connected.pipe, { ...OPTIONS, ...options }, world.clock, {
    ready: (offered) => void (capabilities = offered),
    next: () => {
      const given = transactions[n];
      if (!given) {
        world.clock.after(0, () => client.quit());
        return undefined;
      }
      const at = n++;
      const bytes = Buffer.from(content(at, given.body_));
      return {
        mailFrom: "a@shop.example",
        body: "7bit",
        smtpUtf8: false,
        bytes: bytes.length,
        recipients: given.to.map((address) => ({ address })),
        content: () => [bytes.subarray(0, 5), bytes.subarray(5)],
        markSent: async () => true,
        done: (all) => void (results[at] = all),
        ...given,
      };
    },
    closed: (how) => void (end = how),
  });
  await world.clock.runUntil(() => end !== undefined, 3_600_000);
  return { receiver, results, end, capabilities };
}

const words = (results: readonly (readonly RecipientResult[])[]): string[][] => results.map((all) => all.map((one) => one.is));

for (const [name, habits] of [
  ["pipelined and in chunks", []],
  ["pipelined by DATA", [without("CHUNKING")]],
  ["step by step", [without("CHUNKING", "PIPELINING")]],
  ["to the plainest host", [without("CHUNKING", "PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "SIZE", "ENHANCEDSTATUSCODES")]],
  ["over STARTTLS", [offering("STARTTLS")]],
] as const)
  seeded(`our client sends three messages ${name}, and they arrive as they were`, ["1", "2"], async (world) => {
    const ran = await send(
      world,
      [...habits, refuses(/^no/)],
      [{ to: ["x@example.org", "no@example.org"] }, { to: ["y@example.org"] }, { to: ["no@example.org"] }, { to: ["z@example.org"] }],
    );
    assert.deepEqual(words(ran.results), [["accepted", "refused"], ["accepted"], ["refused"], ["accepted"]]);
    assert.deepEqual(
      ran.receiver.taken.map((one) => one.content.toString()),
      [content(0), content(1), content(3)],
    );
    assert.deepEqual(ran.receiver.violations, []);
    assert.deepEqual(ran.end, { is: "orderly" });
    assert.equal(
      ran.receiver.taken.every((one) => one.tls),
      name === "over STARTTLS",
    );
  });

seeded("a reset past the final dot is in doubt, whether the message was kept or not", ["1", "2", "3"], async (world) => {
  const ran = await send(world, [resetsAfterDot(1)], [{ to: ["x@example.org", "y@example.org"] }]);
  assert.deepEqual(words(ran.results), [["in-doubt", "in-doubt"]]);
  assert.equal(ran.end?.is, "broken");
});

seeded("nine minutes of silence at the final dot are waited for, eleven are in doubt", ["1"], async (world) => {
  const patient = await send(world, [stallsAfterDot(1, 9 * 60_000)], [{ to: ["x@example.org"] }]);
  assert.deepEqual(words(patient.results), [["accepted"]]);
});

seeded("eleven minutes of silence at the final dot are in doubt", ["1"], async (world) => {
  const ran = await send(world, [stallsAfterDot(1, 11 * 60_000)], [{ to: ["x@example.org"] }]);
  assert.deepEqual(words(ran.results), [["in-doubt"]]);
});

seeded("a 421 in the middle leaves earlier answers valid, and decides nothing about the rest", ["1", "2"], async (world) => {
  const ran = await send(world, [limitsTransactions(1)], [{ to: ["x@example.org"] }, { to: ["y@example.org"] }]);
  assert.deepEqual(words(ran.results), [["accepted"], ["failed"]]);
  assert.equal(ran.receiver.taken.length, 1);
});

seeded("a 421 at RCPT fails the transaction for now", ["1"], async (world) => {
  const ran = await send(world, [hangsUpMidway(1)], [{ to: ["x@example.org", "y@example.org"] }]);
  for (const one of ran.results[0] ?? []) assert.ok(one.is === "failed" || (one.is === "refused" && !one.permanent), one.is);
  assert.equal(ran.receiver.taken.length, 0);
});

seeded("greylisting refuses for now", ["1"], async (world) => {
  const ran = await send(world, [greylists(60_000)], [{ to: ["x@example.org"] }]);
  assert.deepEqual(
    ran.results[0]?.map((one) => one.is === "refused" && !one.permanent),
    [true],
  );
});

seeded("AUTH towards an upstream over TLS", ["1"], async (world) => {
  const ran = await send(world, [offering("STARTTLS", "AUTH")], [{ to: ["x@example.org"] }], { login: { user: "u", password: "secret" } });
  assert.deepEqual(words(ran.results), [["accepted"]]);
});

for (const [name, extensions] of [
  ["a wrong password", ["STARTTLS", "AUTH"]],
  ["a plain-text channel", ["AUTH"]],
] as const)
  seeded(`AUTH with ${name} carries nothing`, ["1"], async (world) => {
    const ran = await send(world, [offering(...extensions)], [{ to: ["x@example.org"] }], { login: { user: "u", password: "wrong" } });
    assert.deepEqual(ran.results, []);
    assert.notEqual(ran.end?.is, "orderly");
    assert.equal(ran.receiver.taken.length, 0);
  });

seeded("a megabyte arrives whole through a narrow line", ["1"], async (world) => {
  world.network.weather(TO.ip, { bytesPerMs: 100 });
  const body_ = `${"0123456789abcdef".repeat(4)}\r\n`.repeat(16_000);
  const ran = await send(world, [], [{ to: ["x@example.org"], body_ }]);
  assert.deepEqual(words(ran.results), [["accepted"]]);
  assert.equal(ran.receiver.taken[0]?.content.toString(), content(0, body_));
});

/** A host that keeps what it is given. */
class Keeper implements ServerHost {
  readonly kept: string[] = [];
  #text = "";
  mail(): undefined {}
  rcpt(recipient: Recipient): { code: number; enhanced: string; text: string } | undefined {
    return recipient.address.startsWith("no") ? { code: 550, enhanced: "5.1.1", text: "no such user" } : undefined;
  }
  data(): undefined {}
  content(bytes: Uint8Array): void {
    this.#text += Buffer.from(bytes).toString("utf8");
  }
  message(): { code: number; enhanced: string; text: string } {
    this.kept.push(this.#text);
    this.#text = "";
    return { code: 250, enhanced: "2.0.0", text: "kept" };
  }
  reset(): void {
    this.#text = "";
  }
  password(): boolean {
    return false;
  }
  verifier(): never {
    throw new Error("no AUTH is offered");
  }
  scramDone(): void {}
  closed(): void {}
}

seeded("our server takes a source's mail as it was, cut anywhere on the way", ["1", "2", "3"], async (world) => {
  const keeper = new Keeper();
  const machine = world.network.machine("relay", [FROM]);
  await machine.listen(
    { ip: FROM, port: 25 },
    (pipe) => void serve(pipe, defaultServerOptions("relay.example.net", world.random.fork("server")), keeper, world.clock),
  );
  const source = world.source("www.shop.example", "203.0.113.1", { ip: FROM, port: 25 });
  const mail = (n: number, ...recipients: string[]): Mail => ({
    id: `m${n}`,
    mailFrom: "a@shop.example",
    recipients,
    body: [".", "..", ".a", "ü", ""],
    mailParameters: " BODY=8BITMIME",
  });
  const results: HandOver[] = await world.clock.during(
    source.sendAll([mail(1, "x@example.org", "no@example.org"), mail(2, "no@example.org"), mail(3, "y@example.org")]),
  );
  assert.deepEqual(
    results.map((one) => one.is),
    ["taken", "refused", "taken"],
  );
  assert.equal(keeper.kept.length, 2);
  assert.match(keeper.kept[0] ?? "", /X-Lab-Id: m1\r\n\r\n\.\r\n\.\.\r\n\.a\r\nü\r\n\r\n$/);
});
