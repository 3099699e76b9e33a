/** Proves that our client and our server understand each other on real sockets, in every way content can travel. */
import assert from "node:assert/strict";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { test } from "node:test";
import { selfSigned } from "../../base/certificate.ts";
import { systemClock } from "../../base/clock.ts";
import { systemRandom } from "../../base/random.ts";
import { serverContext, systemNetwork } from "../../base/system-network.ts";
import type { Recipient } from "../../model/message.ts";
import type { ClientConnection, ClientEnd, ClientOptions } from "./client.ts";
import { openClient } from "./client.ts";
import { Letter, OPTIONS, trustedOnly } from "./scripted-host.ts";
import type { ServerOptions } from "./server.ts";
import { defaultServerOptions, serve } from "./server.ts";
import type { MailCommand, ScramVerifier, ServerHost } from "./server-host.ts";
import { DEFAULT_OFFERS } from "./server-options.ts";

const HOST = "mx.example.net";
const identity = selfSigned(HOST, systemClock.wall(), systemRandom);
const network = systemNetwork(systemClock, { roots: [identity.certificate] });

interface Taken {
  mail?: MailCommand;
  login?: string | undefined;
  readonly recipients: Recipient[];
  content: string;
}

/** Accepts everything but one recipient, and keeps it. */
function keeper(taken: Taken[]): ServerHost {
  let open: Taken = { recipients: [], content: "" };
  return {
    mail(mail, client) {
      open = { mail, login: client.login, recipients: [], content: "" };
      return undefined;
    },
    rcpt(recipient) {
      if (recipient.address.startsWith("nobody")) return { code: 550, enhanced: "5.1.1", text: "no such user" };
      open.recipients.push(recipient);
      return undefined;
    },
    data: () => undefined,
    async content(bytes) {
      open.content += Buffer.from(bytes).toString("latin1");
    },
    async message() {
      taken.push(open);
      return { code: 250, enhanced: "2.0.0", text: "kept" };
    },
    reset() {},
    password: (login, password) => login === "user" && password === "pencil",
    verifier: () => ({ known: true, verifier: verifierOf("pencil") }),
    scramDone() {},
    closed() {},
  };
}

function verifierOf(password: string): ScramVerifier {
  const salt = Buffer.from("some salt");
  const salted = pbkdf2Sync(password, salt, 4096, 32, "sha256");
  const key = (name: string): Buffer => createHmac("sha256", salted).update(name).digest();
  return { iterations: 4096, salt, storedKey: createHash("sha256").update(key("Client Key")).digest(), serverKey: key("Server Key") };
}

async function relay(
  letters: Letter[],
  server: Partial<ServerOptions>,
  client: Partial<ClientOptions>,
): Promise<{ end: ClientEnd; taken: Taken[] }> {
  const taken: Taken[] = [];
  const options = { ...defaultServerOptions(HOST, systemRandom), certificate: { context: () => serverContext(identity) }, ...server };
  const listener = await network.listen({ ip: "127.0.0.1", port: 0 }, (pipe) => void serve(pipe, options, keeper(taken), systemClock));
  const connected = await network.connect({ host: "127.0.0.1", port: listener.local.port, timeoutMs: 5_000 });
  assert.ok(connected.ok);
  const queue = [...letters];
  const end = await new Promise<ClientEnd>((closed) => {
    const next = (): Letter | undefined => queue.shift() ?? void connection.quit();
    const connection: ClientConnection = openClient(connected.pipe, { ...OPTIONS, ...client }, systemClock, {
      ready: () => {},
      next,
      closed,
    });
  });
  await listener.close();
  return { end, taken };
}

const CONTENTS = ["Subject: hi\r\n\r\nhello\r\n", "", ".\r\n..\r\n.", `${"x".repeat(900)}\r\n.dot\r\n`.repeat(300), "\r\n\r\n.\r\n\r\n"];
const whole = (content: string): string => (content === "" || content.endsWith("\r\n") ? content : `${content}\r\n`);

for (const [name, server, client] of [
  ["DATA", { offers: { ...DEFAULT_OFFERS, chunking: false, binaryMime: false } }, {}],
  ["BDAT", {}, {}],
  ["BDAT under STARTTLS", { tls: "required" }, { tls: "required", judge: trustedOnly, serverName: HOST }],
  [
    "DATA under implicit TLS",
    { offers: { ...DEFAULT_OFFERS, chunking: false }, tls: "required", implicitTls: true },
    { tls: "implicit", judge: trustedOnly, serverName: HOST },
  ],
] as const)
  test(`content comes out as it went in: ${name}`, async () => {
    const letters = CONTENTS.map((content) => new Letter(["b@example.net", "nobody@example.net", "c@example.net"], content));
    const { end, taken } = await relay(letters, server, client);
    assert.deepEqual(end, { is: "orderly" });
    for (const letter of letters) assert.deepEqual(letter.outcome, ["accepted 250", "refused 550 for good", "accepted 250"]);
    assert.deepEqual(
      taken.map(({ content }) => content),
      CONTENTS.map(whole),
    );
  });

for (const mechanism of ["SCRAM-SHA-256", "PLAIN", "LOGIN"] as const)
  test(`the client logs in at the server by ${mechanism}, and not with a wrong password`, async () => {
    const server = { auth: "always", authRequired: true, mechanisms: [mechanism] } as const;
    const letter = new Letter(["b@example.net"]);
    const { end, taken } = await relay([letter], server, { login: { user: "user", password: "pencil" } });
    assert.deepEqual([end, letter.outcome, taken[0]?.login], [{ is: "orderly" }, ["accepted 250"], "user"]);
    const wrong = await relay([new Letter(["b@example.net"])], server, { login: { user: "user", password: "pen" } });
    assert.deepEqual([wrong.end.is === "refused" && wrong.end.reply.code, wrong.taken], [535, []]);
  });

test("every word of an envelope arrives", async () => {
  const recipients = [
    { address: "b@example.net", notify: ["success", "failure"], orcpt: "rfc822;b+x=y@example.net" },
    { address: "jürgen@exämple.net", notify: "never" },
  ] as const;
  const envelope = { mailFrom: "ä@example.org", body: "binary", smtpUtf8: true, ret: "full", envid: "q=1 +2" } as const;
  const { taken } = await relay([new Letter([], "a\nb\r.\r\n\0", { ...envelope, recipients })], {}, {});
  const [message] = taken;
  assert.partialDeepStrictEqual(message?.mail, { ...envelope, size: 8 });
  assert.deepEqual(
    message?.recipients.map(({ address, notify, orcpt }) => ({ address, notify, orcpt })),
    recipients.map((recipient) => ({ orcpt: undefined, ...recipient })),
  );
  assert.equal(message?.content, "a\nb\r.\r\n\0");
});
