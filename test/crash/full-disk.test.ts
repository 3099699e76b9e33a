/**
 * The data folder's disk fills up. Mail is then refused for now (452 4.3.1, at MAIL), what is queued still goes out,
 * nothing acknowledged is lost, and when space returns so does intake. Needs root for a small tmpfs.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { needsRoot } from "../debian.ts";
import { programMissing, QUICK_RETRIES, startProgram, until } from "../outside/program.ts";
import { startSink } from "../outside/sink.ts";
import { acceptedId, letter, Talk } from "../outside/talk.ts";
import { account, assertBalanced } from "./account.ts";
import type { Sent } from "./mail-source.ts";

const DISK = "96m";
const RESERVE = "spool:\n  keepFree: 32 MB\n";
const MOST_MESSAGES = 5_000;

/** A small disk; disposing unmounts it. */
function smallDisk(): { readonly folder: string; readonly free: () => number } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-disk-"));
  const run = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${DISK},mode=700`, "tmpfs", folder], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`no tmpfs: ${run.stderr}`);
  return {
    folder,
    free: () => {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    },
    [Symbol.dispose]: () => {
      spawnSync("umount", ["-l", folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const body = `${"0123456789 abcdefghijklmnopqrstuvwxyz 0123456789 abcdefghijklmnopqrstuv\r\n".repeat(400)}`;

/** Sends until the first refusal, which it returns. */
async function sendUntilRefused(talk: Talk, sent: Map<string, Sent>): Promise<string> {
  for (let i = 0; i < MOST_MESSAGES; i++) {
    const marker = `d${sent.size}`;
    const message: Sent = { marker, to: [`r.${marker}@dest.example`], content: letter(marker, body) };
    talk.send("MAIL FROM:<anna@client.example>\r\n");
    const begun = await talk.reply();
    if (begun?.code !== 250) return `MAIL: ${begun?.code} ${begun?.lines.join(" ")}`;
    sent.set(marker, message);
    await talk.ask(`RCPT TO:<${message.to[0]}>`, 250);
    await talk.ask("DATA", 354);
    talk.send(`${message.content}.\r\n`);
    const ended = await talk.reply();
    if (ended?.code !== 250) return `dot: ${ended?.code} ${ended?.lines.join(" ")}`;
    message.id = acceptedId(ended);
  }
  throw new Error(`${MOST_MESSAGES} messages went onto a disk of ${DISK}`);
}

const skip = programMissing() || (needsRoot() === "needs root" ? "needs root to mount a small disk" : false);

test("a disk that fills refuses mail for now, delivers what it has, and takes mail again when there is room", { skip }, async () => {
  using disk = smallDisk();
  await using sink = await startSink({ onMail: () => "451 4.3.2 not yet" });
  await using program = await startProgram({ upstreamPort: sink.port, data: join(disk.folder, "data"), config: RESERVE + QUICK_RETRIES });
  const sent = new Map<string, Sent>();
  using talk = await Talk.greeted(program.port);

  assert.match(await sendUntilRefused(talk, sent), /^(MAIL|dot): 452 4\.3\.1 /);
  assert.match(await sendUntilRefused(talk, sent), /^MAIL: 452 4\.3\.1 /, "no content is asked for any more");
  assert.match((await talk.ask("NOOP", 250)).lines.join(), /./, "the session goes on");
  await talk.ask("RSET", 250);
  assert.ok(sent.size > 100, `only ${sent.size} messages fitted`);

  sink.become({});
  await until("the queue to drain while the disk is full", async () => (await program.open()) === 0, 60_000);
  await account(program, sent, sink.taken);
  await until(
    "mail to be taken again",
    async () => {
      talk.send("MAIL FROM:<anna@client.example>\r\n");
      const reply = await talk.reply();
      await talk.ask("RSET", 250);
      return reply?.code === 250;
    },
    60_000,
  );
  await talk.mail("anna@client.example", ["late@dest.example"], letter("late"));
  await until("the late message", () => sink.taken.some(({ rcpts }) => rcpts.includes("late@dest.example")));
  await assertBalanced(program);
});

test("a disk without a single free block loses nothing acknowledged, and recovers by itself", { skip }, async () => {
  using disk = smallDisk();
  await using sink = await startSink({ onMail: () => "451 4.3.2 not yet" });
  const options = { upstreamPort: sink.port, data: join(disk.folder, "data"), config: `spool:\n  keepFree: 1 MB\n${QUICK_RETRIES}` };
  await using program = await startProgram(options);
  const sent = new Map<string, Sent>();
  using talk = await Talk.greeted(program.port);
  for (let i = 0; i < 50; i++) {
    const marker = `b${i}`;
    const message: Sent = { marker, to: [`r.${marker}@dest.example`], content: letter(marker, body) };
    sent.set(marker, message);
    message.id = await talk.mail("anna@client.example", message.to, message.content);
  }
  const ballast = join(disk.folder, "ballast");
  fillUp(ballast, disk.free);
  const refusal = await sendUntilRefused(talk, sent);
  assert.match(refusal, /^(MAIL|dot): 45[12] 4\.3\.[0-9]/);
  sink.become({});
  rmSync(ballast);
  await until("the queue to drain once there is room", async () => (await program.open()) === 0, 90_000);
  using again = await Talk.greeted(program.port);
  await until(
    "mail to be taken again",
    async () => {
      again.send("MAIL FROM:<anna@client.example>\r\n");
      const reply = await again.reply();
      await again.ask("RSET", 250);
      return reply?.code === 250;
    },
    60_000,
  );
  await account(program, sent, sink.taken);
  await assertBalanced(program);
});

/** Writes until nothing more fits. */
function fillUp(path: string, free: () => number): void {
  for (let size = 1 << 20; size >= 4096; size >>= 1) {
    while (free() >= size) writeFileSync(path, Buffer.alloc(size), { flag: "a" });
  }
}
