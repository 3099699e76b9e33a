/**
 * The command line as an operator uses it against the real program: over its socket and by its address with a key, over
 * a restart, and with what it changes taking effect on mail.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { freePort } from "../outside/free-port.ts";
import { type Program, programMissing, ROOT, startProgram, until } from "../outside/program.ts";
import { type Sink, startSink } from "../outside/sink.ts";
import { letter, Talk } from "../outside/talk.ts";

const skip = programMissing();

let sink: Sink;
let program: Program;
let folder: string;
let elsewhere: readonly string[];
let start: () => Promise<Program>;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "fairlead-operator-"));
  sink = await startSink();
  const [port, http] = [await freePort(), await freePort()];
  start = () => startProgram({ upstreamPort: sink.port, port, data: join(folder, "data"), args: ["--http", `127.0.0.1:${http}`] });
  program = await start();
  const made = program.cli("keys", "add", "far", "--role", "owner", "--out", join(folder, "key"));
  assert.equal(made.code, 0, made.stderr);
  elsewhere = ["--node", `http://127.0.0.1:${http}`, "--token-file", join(folder, "key")];
});

after(async () => {
  await program?.[Symbol.asyncDispose]();
  await sink?.[Symbol.asyncDispose]();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** Runs beside the test, because a command must not stop the sink it waits for. */
async function far(...words: readonly string[]): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const child = spawn(join(ROOT, "fairlead"), [...words, ...elsewhere], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (part: Buffer) => (out += part.toString("utf8")));
  child.stderr.on("data", (part: Buffer) => (err += part.toString("utf8")));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out, err };
}

async function send(to: string, marker: string): Promise<string> {
  using talk = await Talk.greeted(program.port);
  return await talk.mail("anna@client.example", [to], letter(marker));
}

/** What RCPT is answered to an address; 0 for nothing. */
async function rcpt(to: string): Promise<number> {
  using talk = await Talk.greeted(program.port);
  talk.send("MAIL FROM:<anna@client.example>\r\n");
  await talk.expect(250);
  talk.send(`RCPT TO:<${to}>\r\n`);
  return (await talk.reply())?.code ?? 0;
}

test("an address with a key answers as the socket does", { skip }, async () => {
  const id = await send("bob@dest.example", "far");
  const story = await until("it is relayed", async () => {
    const said = await far("where", id, "--json");
    return said.out.includes('"k":"relayed"') && JSON.parse(said.out);
  });
  assert.deepEqual(JSON.parse(program.cli("where", id, "--json").stdout), story);
  const found = await far("messages", "to:bob@dest.example", "state:relayed", "--json");
  assert.equal(JSON.parse(found.out).id, id);
  assert.equal((await far("login-link")).code, 2);
});

test("events are followed over a restart and a kill: none is missed, none comes twice", { skip }, async () => {
  const lines: { readonly seq: number; readonly id: string | null; readonly body: { readonly kind: string } }[] = [];
  const child: ChildProcess = spawn(join(ROOT, "fairlead"), ["events", "--follow", "--after", "0", "--json", ...elsewhere], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  if (child.stdout !== null) createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line)));
  const heard = (id: string): Promise<true> =>
    until(`of ${id}`, () => lines.some((line) => line.id === id && line.body.kind === "relayed") || undefined, 60_000);
  try {
    await heard(await send("one@dest.example", "before"));
    assert.equal(await program.stop(), 0);
    program = await start();
    await heard(await send("two@dest.example", "after a stop"));
    await program.kill();
    program = await start();
    await heard(await send("three@dest.example", "after a kill"));
  } finally {
    child.kill("SIGINT");
  }
  assert.equal(await ended, 130);
  assert.deepEqual(
    lines.map(({ seq }) => seq),
    Array.from(lines, (_, i) => i + 1),
  );
});

test("what is suppressed is refused at RCPT, until it is taken back", { skip }, async () => {
  assert.equal((await far("suppressions", "add", "gone@dest.example", "--why", "badrcpt")).code, 0);
  await until("it is refused", async () => (await rcpt("gone@dest.example")) === 550);
  assert.equal((await far("suppressions", "remove", "gone@dest.example")).code, 0);
  await until("it is taken", async () => (await rcpt("gone@dest.example")) === 250);
});

test("settings are compared, applied and rolled back as revisions", { skip }, async () => {
  const file = join(folder, "settings.yaml");
  writeFileSync(file, "retention: {history: 60d}\n");
  assert.equal((await far("settings", "apply", file, "--check")).code, 1);
  const applied = await far("settings", "apply", file, "--expect", "0");
  assert.match(applied.out, /^\+ retention: .*60d[\s\S]*Revision 1 is in force\. Back: fairlead settings rollback 0 --node /);
  assert.equal((await far("settings", "apply", file, "--check")).code, 0);
  writeFileSync(file, "retention: {history: 90d}\n");
  assert.equal((await far("settings", "apply", file, "--expect", "0")).code, 1);
  assert.equal((await far("settings", "rollback", "0")).code, 0);
  assert.match((await far("settings", "export")).out, /^retention: \{\}$/m);
  assert.match((await far("audit", "--what", "rollbackSettings")).out, /far +127\.0\.0\.1 +rollbackSettings +revision 0/);
});
