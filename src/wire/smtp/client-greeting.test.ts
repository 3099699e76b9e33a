/** Proves the opening of a connection: greeting, TLS by each policy, AUTH, and what ends it before it is ready. */
import assert from "node:assert/strict";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { test } from "node:test";
import { ClientAuth } from "./client-auth.ts";
import { readCapabilities } from "./client-capabilities.ts";
import { Dialogue, Letter, trustedOnly } from "./scripted-host.ts";

const LOGIN = { user: "user", password: "pencil" };
const TLS_FAULT = { code: "TLS", text: "no shared cipher" };

test("what EHLO offers is read in any case, and unknown words are skipped", () => {
  const lines = [
    "mx.example.net Hello",
    "pipelining",
    "SIZE 52428800",
    "8bitmime",
    "AUTH PLAIN login",
    "AUTH=LOGIN CRAM-MD5",
    "X-FOO bar",
    "Chunking",
    "ENHANCEDSTATUSCODES",
    "DSN",
    "SMTPUTF8",
    "BINARYMIME",
    "STARTTLS",
    "REQUIRETLS",
    "",
  ];
  assert.deepEqual(readCapabilities(lines), {
    pipelining: true,
    size: 52_428_800,
    eightBit: true,
    smtpUtf8: true,
    chunking: true,
    binaryMime: true,
    dsn: true,
    startTls: true,
    enhanced: true,
    requireTls: true,
    auth: ["PLAIN", "LOGIN", "CRAM-MD5"],
  });
  for (const [word, size] of [
    ["SIZE", "unlimited"],
    ["SIZE 0", "unlimited"],
    ["SIZE x", "unlimited"],
    ["NOSIZE 5", "not offered"],
  ] as const)
    assert.equal(readCapabilities(["greeting", word]).size, size);
  assert.equal(readCapabilities(["PIPELINING"]).pipelining, false, "the first line is a greeting");
});

test("a host that knows no EHLO gets HELO, and a message without any extension", async () => {
  const letter = new Letter(["b@example.net"]);
  const d = new Dialogue([letter], { tls: "opportunistic" });
  await d.plays(`
    S: 220-welcome
    S: 220 to mx.example.net
    C: EHLO relay.example.org
    S: 502 5.5.2 what?
    C: HELO relay.example.org
    S: 250 mx.example.net
    C: MAIL FROM:<a@example.org>
  `);
});

// What the host says from its banner on, one reply to each command; how the connection ends.
for (const [said, ending] of [
  ["421 4.3.2 too busy", "refused 421 at banner"],
  ["554 5.7.1 go away", "refused 554 at banner"],
  ["220 hi|451 later", "refused 451 at ehlo"],
  ["220 hi|421 later", "refused 421 at ehlo"],
  ["220 hi|500 what?|550 go away", "refused 550 at ehlo"],
  ["SSH-2.0-OpenSSH_9.2", "broken protocol at banner"],
  ["220 hi|354 go", "refused 354 at ehlo"],
] as const)
  test(`a host that greets with ${said} is left`, async () => {
    const d = new Dialogue([new Letter(["b@example.net"])]);
    let last = "";
    for (const reply of said.split("|")) last = await d.says(`${reply}\r\n`);
    assert.equal(last, /421|protocol/.test(ending) ? "" : "QUIT\r\n");
    assert.deepEqual([d.ending, d.capabilities, d.queue.length], [ending, undefined, 1]);
  });

test("replies that come before their commands answer nothing that was not asked", async () => {
  const letter = new Letter(["b@example.net"]);
  const d = new Dialogue([letter]);
  await d.says("220 hi\r\n250-mx\r\n250 PIPELINING\r\n250 Ok\r\n250 Ok\r\n354 go\r\n250 Ok\r\n");
  assert.equal(d.ending?.startsWith("broken protocol"), true);
  assert.notDeepEqual(letter.outcome, ["accepted 250"]);
});

test("STARTTLS, then EHLO again: what was offered in plain text is forgotten", async () => {
  const d = new Dialogue([new Letter(["b@example.net"])], { tls: "opportunistic", serverName: "mx.example.net" });
  assert.equal(await d.greet("STARTTLS", "PIPELINING", "SIZE 10"), "STARTTLS\r\n");
  assert.equal(await d.says("220 2.0.0 go ahead\r\n"), "<TLS>EHLO relay.example.org\r\n");
  assert.equal(d.pipe.tlsName, "mx.example.net");
  assert.equal(await d.says("250 mx\r\n"), "MAIL FROM:<a@example.org>\r\n", "no PIPELINING and no limit any more");
  assert.deepEqual([d.tls?.version, d.capabilities?.size], ["TLSv1.3", "not offered"]);
  assert.deepEqual(Object.keys(d.times ?? {}), ["banner", "ehlo", "tls"]);
});

// The policy, what EHLO offers, the reply to STARTTLS, the handshake; how it ends (undefined: ready).
for (const [policy, words, reply, handshake, verify, ending] of [
  ["opportunistic", [], "", "ok", false, undefined],
  ["opportunistic", ["STARTTLS"], "220 go", "untrusted", false, undefined],
  ["opportunistic", ["STARTTLS"], "220 go", "untrusted", true, undefined],
  ["opportunistic", ["STARTTLS"], "454 4.7.0 not now", "ok", false, "refused 454 at tls"],
  ["opportunistic", ["STARTTLS"], "220 go", "fails", false, "broken TLS at tls"],
  ["opportunistic", ["STARTTLS"], "220 go\r\n250 injected", "ok", false, "broken tls-injection at tls"],
  ["opportunistic", ["STARTTLS"], "220 go\r\n25", "ok", false, "broken tls-injection at tls"],
  ["required", ["STARTTLS"], "220 go", "ok", true, undefined],
  ["required", ["STARTTLS"], "220 go", "untrusted", false, undefined],
  ["required", ["STARTTLS"], "220 go", "untrusted", true, "broken tls-unauthorized at tls"],
  ["required", [], "", "ok", false, "broken tls-not-offered at tls"],
  ["required", ["STARTTLS"], "501 no", "ok", false, "refused 501 at tls"],
  ["never", ["STARTTLS"], "", "ok", false, undefined],
] as const)
  test(`TLS ${policy}${verify ? " and verified" : ""}, offered ${words.join("") || "nothing"}, ${JSON.stringify(reply)}, handshake ${handshake}: ${ending ?? "ready"}`, async () => {
    const d = new Dialogue([], { tls: policy, ...(verify && policy !== "opportunistic" && { judge: trustedOnly }) });
    if (handshake !== "ok") d.pipe.tls = handshake === "fails" ? TLS_FAULT : { version: "TLSv1.2", cipher: "X", authorized: false };
    const asked = await d.greet(...words);
    assert.equal(asked, reply !== "" ? "STARTTLS\r\n" : ending === undefined ? "" : "QUIT\r\n");
    if (reply !== "") {
      const said = await d.says(reply.endsWith("25") ? reply : `${reply}\r\n`);
      if (said.endsWith("EHLO relay.example.org\r\n")) await d.says("250 mx\r\n");
      assert.equal(said.includes("<TLS>"), reply === "220 go");
    }
    assert.deepEqual([d.ending, d.capabilities !== undefined], [ending, ending === undefined]);
    assert.equal(d.clock.waiting, ending === undefined ? 1 : 0);
  });

test("implicit TLS comes before the banner", async () => {
  const d = new Dialogue([], { tls: "implicit", judge: trustedOnly });
  assert.equal(await d.hears(), "<TLS>");
  assert.equal(await d.greet("PIPELINING", "STARTTLS"), "");
  assert.deepEqual([d.tls?.authorized, d.ending], [true, undefined]);

  const distrusted = new Dialogue([], { tls: "implicit", judge: trustedOnly });
  distrusted.pipe.tls = { version: "TLSv1.3", cipher: "X", authorized: false };
  await distrusted.hears();
  assert.equal(distrusted.ending, "broken tls-unauthorized at tls");
});

// Offered mechanisms, whether TLS hides the password, what is said; how it ends where nothing may be said.
for (const [auth, tls, login, command] of [
  ["AUTH PLAIN LOGIN", true, LOGIN, "AUTH PLAIN AHVzZXIAcGVuY2ls\r\n"],
  ["AUTH LOGIN", true, LOGIN, "AUTH LOGIN\r\n"],
  ["AUTH PLAIN SCRAM-SHA-256", true, LOGIN, "AUTH SCRAM-SHA-256 "],
  ["AUTH PLAIN SCRAM-SHA-256", false, LOGIN, "AUTH SCRAM-SHA-256 "],
  ["AUTH PLAIN", false, LOGIN, "broken auth-not-offered at auth"],
  ["AUTH PLAIN", false, { ...LOGIN, inClear: true }, "AUTH PLAIN AHVzZXIAcGVuY2ls\r\n"],
  ["AUTH CRAM-MD5", true, LOGIN, "broken auth-not-offered at auth"],
  ["PIPELINING", true, LOGIN, "broken auth-not-offered at auth"],
] as const)
  test(`${auth} ${tls ? "under TLS" : "in the clear"}${"inClear" in login ? ", allowed," : ""} leads to ${command.trim()}`, async () => {
    const d = new Dialogue([], { tls: tls ? "implicit" : "never", login });
    await d.hears();
    const said = await d.greet(auth);
    assert.ok((d.ending ?? said).startsWith(command), d.ending ?? said);
  });

test("LOGIN is asked twice, and a wrong password is the host's answer", async () => {
  const d = new Dialogue([new Letter(["b@example.net"])], { tls: "implicit", login: LOGIN });
  await d.hears();
  await d.greet("AUTH LOGIN");
  await d.plays(`
    S: 334 VXNlcm5hbWU6
    C: dXNlcg==
    S: 334 UGFzc3dvcmQ6
    C: cGVuY2ls
    S: 235 2.7.0 welcome
    C: MAIL FROM:<a@example.org>
  `);
  assert.deepEqual(Object.keys(d.times ?? {}).at(-1), "auth");

  const e = new Dialogue([], { tls: "implicit", login: LOGIN });
  await e.hears();
  await e.greet("AUTH PLAIN");
  await e.says("535 5.7.8 wrong\r\n");
  assert.equal(e.ending, "refused 535 at auth");
});

test("SCRAM-SHA-256 is RFC 7677's own example", () => {
  const auth = new ClientAuth("SCRAM-SHA-256", LOGIN, "rOprNGfwEbeRWgbNEkqO");
  assert.equal(decoded(auth.start().replace("AUTH SCRAM-SHA-256 ", "")), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  const proof = auth.challenge(encoded("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
  assert.equal(
    decoded(proof),
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
  );
  assert.equal(auth.proven, false);
  assert.equal(auth.challenge(encoded("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")), "\r\n");
  assert.equal(auth.proven, true);
});

test("names with a comma or an equals sign are escaped", () => {
  assert.match(
    decoded(new ClientAuth("SCRAM-SHA-256", { user: "a=b,c", password: "x" }, "n").start().split(" ")[2]),
    /^n,,n=a=3Db=2Cc,r=n$/,
  );
});

/** A SCRAM host that knows the password `pencil` and may misbehave. */
async function scram(
  misbehave: "" | "other nonce" | "rounds" | "wrong signature" | "no signature" | "one more question",
): Promise<Dialogue> {
  const d = new Dialogue([], { login: LOGIN });
  const first = decoded((await d.greet("AUTH SCRAM-SHA-256")).split(" ")[2]).slice(3);
  const nonce = `${misbehave === "other nonce" ? "x" : ""}${/r=(.*)/.exec(first)?.[1]}server`;
  const challenge = `r=${nonce},s=c2FsdA==,i=${misbehave === "rounds" ? 2_000_000_000 : 4096}`;
  const final = await d.says(`334 ${encoded(challenge)}\r\n`);
  if (d.ending !== undefined) return d;
  const salted = pbkdf2Sync("pencil", "salt", 4096, 32, "sha256");
  const hmac = (key: Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
  const [signedPart, proof] = decoded(final).split(",p=");
  const signed = `${first},${challenge},${signedPart}`;
  const clientKey = hmac(salted, "Client Key");
  const signature = hmac(createHash("sha256").update(clientKey).digest(), signed);
  assert.equal(proof, Buffer.from(clientKey.map((octet, i) => octet ^ (signature[i] ?? 0))).toString("base64"), "the proof is right");
  if (misbehave === "no signature") return (void (await d.says("235 2.7.0 welcome\r\n")), d);
  const ours = hmac(hmac(salted, "Server Key"), misbehave === "wrong signature" ? `${signed}!` : signed);
  const thanks = await d.says(`334 ${encoded(`v=${ours.toString("base64")}`)}\r\n`);
  if (misbehave === "") assert.equal(thanks, "\r\n");
  await d.says(misbehave === "one more question" ? "334 AAAA\r\n" : "235 2.7.0 welcome\r\n");
  return d;
}

for (const [misbehave, ending] of [
  ["", undefined],
  ["other nonce", "broken auth-protocol at auth"],
  ["rounds", "broken auth-protocol at auth"],
  ["wrong signature", "broken auth-server-unproven at auth"],
  ["no signature", "broken auth-server-unproven at auth"],
  ["one more question", "broken auth-protocol at auth"],
] as const)
  test(`SCRAM with a host that ${misbehave === "" ? "knows the password: ready" : `misbehaves (${misbehave}): ${ending}`}`, async () => {
    const d = await scram(misbehave);
    assert.deepEqual([d.ending, d.capabilities !== undefined], [ending, ending === undefined]);
  });

function encoded(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
function decoded(line: unknown): string {
  assert.equal(typeof line, "string", JSON.stringify(line));
  return Buffer.from(String(line).trim(), "base64").toString("utf8");
}
