/** Proves that listeners follow their certificate files, and that TLS works with the certificate of the first start. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { selfSigned } from "./certificate.ts";
import { systemClock } from "./clock.ts";
import type { Log } from "./log.ts";
import { silentLog } from "./log.ts";
import { systemRandom } from "./random.ts";
import { ensureSelfSigned, openTlsFiles } from "./tls-files.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-tls-"));
after(() => rmSync(folder, { recursive: true }));

let made = 0;
const freshNames = (): { certificate: string; key: string } => {
  const at = join(folder, String(++made));
  return { certificate: join(at, "certificate.pem"), key: join(at, "key.pem") };
};

test("the first start makes a pair that nobody else can read, and the next one keeps it", async () => {
  const names = freshNames();
  assert.equal(await ensureSelfSigned(names, "relay.example.org", systemClock, systemRandom), true);
  const first = readFileSync(names.certificate, "utf8");
  assert.equal(statSync(names.key).mode & 0o777, 0o600);
  assert.equal(await ensureSelfSigned(names, "relay.example.org", systemClock, systemRandom), false);
  assert.equal(readFileSync(names.certificate, "utf8"), first);
});

test("new files are taken up, and files that are no pair change nothing but the log", async () => {
  const names = freshNames();
  const said: string[] = [];
  const log: Log = (level, sentence) => void said.push(`${level} ${sentence}`);
  await ensureSelfSigned(names, "old.example.org", systemClock, systemRandom);
  await using files = await openTlsFiles(names, systemClock, log);
  const old = files.context;
  assert.equal(await files.look(), false);

  const next = selfSigned("new.example.org", systemClock.wall(), systemRandom);
  writeFileSync(names.certificate, next.certificate); // the moment between two writes of whoever renews it
  assert.equal(await files.look(), false);
  assert.equal(files.context, old);
  assert.equal(await files.look(), false);
  assert.deepEqual(
    said.map((line) => line.split(" ")[0]),
    ["warn"],
    "told once",
  );

  writeFileSync(names.key, next.key);
  assert.equal(await files.look(), true);
  assert.notEqual(files.context, old);
  rmSync(names.key);
  const current = files.context;
  assert.equal(await files.look(), false);
  assert.equal(files.context, current);
});

test("the files are looked at by the clock until they are closed", async () => {
  const names = freshNames();
  await ensureSelfSigned(names, "h.example.org", systemClock, systemRandom);
  const waiting = new Set<() => void>();
  const clock = { ...systemClock, after: (_: number, then: () => void) => (waiting.add(then), () => void waiting.delete(then)) };
  const files = await openTlsFiles(names, clock, silentLog);
  assert.equal(waiting.size, 1);
  await files[Symbol.asyncDispose]();
  assert.equal(waiting.size, 0);
});

test("a start with files that cannot be used says which and why", async () => {
  const names = freshNames();
  await assert.rejects(openTlsFiles(names, systemClock, silentLog), { code: "TLS_FILES", message: /certificate\.pem.*no such file/s });
  await ensureSelfSigned(names, "h.example.org", systemClock, systemRandom);
  writeFileSync(names.key, selfSigned("h.example.org", systemClock.wall(), systemRandom).key);
  await assert.rejects(openTlsFiles(names, systemClock, silentLog), { code: "TLS_FILES", message: /does not belong/ });
});
