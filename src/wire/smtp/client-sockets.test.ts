/** Proves the client on real sockets of loopback, against a small receiver of the test's own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { selfSigned } from "../../base/certificate.ts";
import { systemClock } from "../../base/clock.ts";
import type { Listener, Pipe, PipeEvents } from "../../base/network.ts";
import { systemRandom } from "../../base/random.ts";
import { serverContext, systemNetwork } from "../../base/system-network.ts";
import type { ClientConnection, ClientEnd, ClientOptions, ClientSource } from "./client.ts";
import { openClient } from "./client.ts";
import { Letter, OPTIONS, trustedOnly } from "./scripted-host.ts";

const HOST = "mx.example.net";
const identity = selfSigned(HOST, systemClock.wall(), systemRandom);
const network = systemNetwork(systemClock, { roots: [identity.certificate] });

type Answers = Record<string, string | ((pipe: Pipe) => void)>;

/** Takes mail in the plainest way; `answers` replaces its answer to a command or to the content ("."). */
class Receiver implements PipeEvents {
  readonly messages: string[] = [];
  readonly #pipe: Pipe;
  readonly #answers: Answers;
  #input = "";
  #content = false;

  constructor(pipe: Pipe, answers: Answers) {
    this.#pipe = pipe;
    this.#answers = answers;
    pipe.open(this);
    pipe.write(Buffer.from(`220 ${HOST} ESMTP\r\n`));
  }
  data(bytes: Uint8Array): void {
    this.#input += Buffer.from(bytes).toString("latin1");
    while (this.#content ? this.#takeContent() : this.#takeCommand());
  }
  drain(): void {}
  end(): void {
    this.#pipe.end();
  }
  close(): void {}
  #takeCommand(): boolean {
    const end = this.#input.indexOf("\r\n");
    if (end < 0) return false;
    const word = this.#input.slice(0, end).split(/[ :]/)[0] ?? "";
    this.#input = this.#input.slice(end + 2);
    const answer =
      this.#answers[word] ??
      { EHLO: `250-${HOST}\r\n250-PIPELINING\r\n250 STARTTLS\r\n`, DATA: "354 go\r\n", QUIT: "221 bye\r\n", STARTTLS: "220 go\r\n" }[
        word
      ] ??
      "250 Ok\r\n";
    this.#content = word === "DATA";
    this.#say(answer);
    if (word === "STARTTLS") this.#pipe.startTls({ server: serverContext(identity) }).catch(() => {});
    if (word === "QUIT") this.#pipe.end();
    return true;
  }
  #takeContent(): boolean {
    const end = this.#input.startsWith(".\r\n") ? 0 : this.#input.indexOf("\r\n.\r\n") + 2;
    if (end === 1) return false;
    this.messages.push(this.#input.slice(0, end));
    this.#input = this.#input.slice(end + 3);
    this.#content = false;
    this.#say(this.#answers["."] ?? "250 queued\r\n");
    return true;
  }
  #say(answer: string | ((pipe: Pipe) => void)): void {
    if (typeof answer === "string") this.#pipe.write(Buffer.from(answer));
    else answer(this.#pipe);
  }
}

/** Sends the letters over one connection; resolves when it is over. */
async function send(
  letters: Letter[],
  answers: Answers,
  options: Partial<ClientOptions> = {},
): Promise<{ end: ClientEnd; messages: readonly string[] }> {
  const receivers: Receiver[] = [];
  const listener: Listener = await network.listen({ ip: "127.0.0.1", port: 0 }, (pipe) => void receivers.push(new Receiver(pipe, answers)));
  const connected = await network.connect({ host: "127.0.0.1", port: listener.local.port, timeoutMs: 5_000 });
  assert.ok(connected.ok);
  const queue = [...letters];
  const end = await new Promise<ClientEnd>((closed) => {
    const source: ClientSource = {
      ready: () => {},
      next: () => {
        const letter = queue.shift();
        if (letter === undefined) connection.quit();
        return letter;
      },
      closed,
    };
    const connection: ClientConnection = openClient(connected.pipe, { ...OPTIONS, ...options }, systemClock, source);
  });
  await listener.close();
  return { end, messages: receivers.flatMap((receiver) => receiver.messages) };
}

test("letters go one after another over a real connection, which ends in order", async () => {
  const letters = ["one\r\n", ".two\r\n", "", "four"].map((content) => new Letter(["b@example.net", "c@example.net"], content));
  const { end, messages } = await send(letters, {});
  assert.deepEqual(end, { is: "orderly" });
  assert.deepEqual(messages, ["one\r\n", "..two\r\n", "", "four\r\n"]);
  for (const letter of letters) assert.deepEqual(letter.outcome, ["accepted 250", "accepted 250"]);
});

test("the same under STARTTLS with a certificate that is verified, by name", async () => {
  const letters = [1, 2, 3].map((n) => new Letter(["b@example.net"], `Subject: ${n}\r\n\r\n${"x".repeat(70)}\r\n`.repeat(100)));
  const { end, messages } = await send(letters, {}, { tls: "required", judge: trustedOnly, serverName: HOST });
  assert.deepEqual([end, messages.length], [{ is: "orderly" }, 3]);
  for (const letter of letters) assert.deepEqual(letter.outcome, ["accepted 250"]);

  const letter = new Letter(["b@example.net"]);
  const other = await send([letter], {}, { tls: "required", judge: trustedOnly, serverName: "other.example.net" });
  assert.deepEqual([other.end.is === "broken" && other.end.fault.code, letter.sent], ["tls-unauthorized", undefined]);
});

test("a STARTTLS that leads nowhere is told as such, and nothing more is said in plain text", async () => {
  const letter = new Letter(["b@example.net"]);
  const { end } = await send([letter], { STARTTLS: "220 go\r\n550 fooled you\r\n" }, { tls: "opportunistic" });
  assert.deepEqual([end.is, end.is !== "orderly" && end.stage, letter.sent], ["broken", "tls", undefined]);
});

test("a reset in place of the final reply leaves doubt", async () => {
  const letters = [new Letter(["b@example.net"]), new Letter(["c@example.net"])];
  const { end } = await send(letters, { ".": (pipe) => pipe.destroy() });
  assert.deepEqual(
    letters.map((letter) => letter.outcome),
    [["in doubt ECONNRESET"], ["failed ECONNRESET"]],
  );
  assert.equal(end.is === "broken" && end.fault.code, "ECONNRESET");
});

test("a large message arrives whole", async () => {
  const part = Buffer.from(`${"x".repeat(1_022)}\r\n.${"y".repeat(1_021)}\r\n`.repeat(64));
  const letter = new Letter(["b@example.net"], async function* () {
    for (let i = 0; i < 16; i++) yield part;
  });
  const { messages } = await send([letter], {});
  assert.equal(messages[0]?.replaceAll("\r\n..", "\r\n.").length, 16 * part.length);
  assert.deepEqual(letter.outcome, ["accepted 250"]);
});
