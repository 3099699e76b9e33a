/** swaks, the postmaster's probe, over each extension that it speaks. What it cannot (SMTPUTF8, DSN, BDAT) is in `dialogues/`. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { needs } from "../debian.ts";
import { type Program, programMissing, type Story, startProgram, until } from "../outside/program.ts";
import { type Received, type Sink, startSink } from "../outside/sink.ts";

const skip = programMissing() || needs("swaks", "libnet-ssleay-perl", "libauthen-sasl-perl", "libdigest-hmac-perl");

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  /** What the transcript must show. */
  readonly shows: readonly RegExp[];
  /** The protocol that our Received field names (RFC 3848). */
  readonly with: string;
  readonly login?: string;
}

let sink: Sink;
let program: Program;
let password = "";

function swaks(args: readonly string[]): Promise<{ readonly code: number | null; readonly text: string }> {
  return new Promise((resolve) => {
    const child = spawn(
      "swaks",
      [
        "--server",
        "127.0.0.1",
        "--port",
        String(program.port),
        "--from",
        "anna@client.example",
        "--ehlo",
        "swaks.example",
        "--timeout",
        "20",
        ...args,
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (text += bytes.toString("latin1")));
    child.on("close", (code) => resolve({ code, text }));
  });
}

const LOGIN = (mechanism: string): string[] => ["--auth", mechanism, "--auth-user", "app", "--auth-password", password];

function cases(): readonly Case[] {
  return [
    {
      name: "plain EHLO",
      args: [],
      shows: [
        /250.PIPELINING/,
        /250.8BITMIME/,
        /250.SIZE \d+/,
        /250.ENHANCEDSTATUSCODES/,
        /250.SMTPUTF8/,
        /250.CHUNKING/,
        /250.DSN/,
        /250.STARTTLS/,
      ],
      with: "ESMTP",
    },
    { name: "HELO only", args: ["--protocol", "SMTP"], shows: [/-> HELO/], with: "SMTP" },
    { name: "PIPELINING", args: ["--pipeline"], shows: [/DATA\n<- {2}250 2\.1\.0/], with: "ESMTP" },
    { name: "STARTTLS", args: ["--tls"], shows: [/=== TLS started/, /~> EHLO/], with: "ESMTPS" },
    {
      name: "AUTH PLAIN over TLS",
      args: ["--tls", ...LOGIN("PLAIN")],
      shows: [/~> AUTH PLAIN/, /<~\s+235/],
      with: "ESMTPSA",
      login: "app",
    },
    {
      name: "AUTH LOGIN over TLS",
      args: ["--tls", ...LOGIN("LOGIN")],
      shows: [/~> AUTH LOGIN/, /<~\s+235/],
      with: "ESMTPSA",
      login: "app",
    },
    {
      name: "PIPELINING over TLS with AUTH",
      args: ["--tls", "--pipeline", ...LOGIN("PLAIN")],
      shows: [/<~\s+235/],
      with: "ESMTPSA",
      login: "app",
    },
  ];
}

describe("swaks", { skip }, () => {
  before(async () => {
    sink = await startSink();
    program = await startProgram({ upstreamPort: sink.port });
    const added = program.cli("source", "add", "app", "--login", "app", "--json");
    assert.equal(added.code, 0, added.stderr);
    password = (JSON.parse(added.stdout) as { password: string }).password;
  });
  after(async () => {
    await program[Symbol.asyncDispose]();
    await sink[Symbol.asyncDispose]();
  });

  test("each extension it speaks brings the message through whole, and the trace says how it came", async () => {
    for (const [i, { name, args, shows, with: protocol, login }] of cases().entries()) {
      const to = `bob${i}@dest.example`;
      const run = await swaks(["--to", to, "--header", `Subject: ${name}`, "--body", `.dots\n..${name}\nlast`, ...args]);
      assert.equal(run.code, 0, `${name}: ${run.text}`);
      for (const pattern of shows) assert.match(run.text, pattern, name);
      const id = /accepted as ([0-9A-Z]{16})/.exec(run.text)?.[1];
      assert.ok(id, `${name}: no id in ${run.text}`);
      const message = await until(name, () => sink.taken.find(({ rcpts }) => rcpts.includes(to)));
      assertMessage(message, name, protocol);
      const story = await until(`the end of ${name}`, async () => {
        const told = (await program.story(id)) as Story & { readonly peer: { readonly login: string | null } };
        return told.recipients[0]?.now.k === "relayed" && told;
      });
      assert.equal(story.peer.login, login ?? null, name);
    }
  });

  test("a wrong password is refused with 535, on either mechanism", async () => {
    for (const mechanism of ["PLAIN", "LOGIN"]) {
      const run = await swaks(["--to", "bob@dest.example", "--tls", "--auth", mechanism, "--auth-user", "app", "--auth-password", "wrong"]);
      assert.notEqual(run.code, 0);
      assert.match(run.text, /<~\*? ?\*?\s*535 5\.7\.8/, run.text);
    }
  });

  test("TLS 1.0 and 1.1 are not spoken", async () => {
    for (const version of ["tlsv1", "tlsv1_1"])
      assert.notEqual((await swaks(["--to", "bob@dest.example", "--tls", "--tls-protocol", version])).code, 0);
  });

  test("XCLIENT is not for strangers", async () => {
    const run = await swaks(["--to", "bob@dest.example", "--xclient-addr", "192.0.2.7"]);
    assert.notEqual(run.code, 0);
    assert.match(run.text, /did not advertise XCLIENT/);
  });
});

function assertMessage(message: Received, name: string, protocol: string): void {
  const text = message.content.toString("latin1");
  const [head = "", ...bodies] = text.split("\r\n\r\n");
  assert.match(head, /^Subject: /m);
  assert.equal(bodies.join("\r\n\r\n").trimEnd(), `.dots\r\n..${name}\r\nlast`); // swaks adds empty lines of its own
  const received = /^Received: [^\r]*(?:\r\n[ \t][^\r]*)*/.exec(text)?.[0] ?? "";
  assert.match(received, new RegExp(`\\bwith ${protocol}\\b`), `${name}: ${received}`);
  assert.match(received, /swaks\.example/);
}
