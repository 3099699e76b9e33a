/** A node by its address: the key's file, TLS, roles, and what is said when the door stays shut. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { selfSigned } from "../base/certificate.ts";
import { systemClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { systemRandom } from "../base/random.ts";
import { serverContext } from "../base/system-network.ts";
import { startHttp } from "../control/api/api.ts";
import { openHouse } from "../control/api/memory-house.ts";
import { type Look, type Said, STILL, tuesday, typed, wordsOf } from "./stage.ts";

/** A node with an HTTP door; `TOKEN`, `ABUSE` are files with keys, `NODE` is its address. */
async function openRemote() {
  const stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "fairlead-remote-"));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const house = stack.use(await openHouse());
  tuesday(house.node);
  const keep = (name: string, text: string, mode = 0o600): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  };
  const token = async (role: "owner" | "abuse" | "tenant-read", tenant?: string): Promise<string> => {
    const { headers } = await house.key(role, tenant);
    return `${headers["authorization"]?.slice("Bearer ".length)}\n`;
  };
  const files: Record<string, string> = { TOKEN: keep("token", await token("owner")), ABUSE: keep("abuse", await token("abuse")) };
  const say = (line: string, look?: Look): Promise<Said> =>
    typed(wordsOf(line.replaceAll("NODE", house.base).replace(/\b(TOKEN|ABUSE)\b/g, (name) => files[name] ?? name)), folder, look);
  return { house, folder, keep, say, token, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
}

test("every verb that asks a node asks one by its address too", async () => {
  await using remote = await openRemote();
  const { exit, out, err } = await remote.say("where j.doe@gmail.com --node NODE --token-file TOKEN");
  assert.equal(exit, 0, err);
  assert.match(out, /Queued for j\.doe@gmail\.com/);
  assert.match(out, /--node http:\/\/127\.0\.0\.1:\d+ --token-file \S+\n$/, "a printed command works as it stands");
  const env = { FAIRLEAD_NODE: remote.house.base, FAIRLEAD_TOKEN_FILE: join(remote.folder, "token") };
  for (const line of ["status", "queue list", "messages state:held", "users", "holds", "suppressions export", "audit", "top --once"])
    assert.equal((await remote.say(line, { env })).exit, 0, line);
  assert.equal((await remote.say("status --data DATA", { env })).exit, 4, "--data goes before the environment");
  assert.match((await remote.say("login-link", { env })).err, /no node runs on this data folder/, "that is for the node's own machine");
});

test("by a key's name is written down who did it", async () => {
  await using remote = await openRemote();
  assert.equal((await remote.say("hold --sender wp@hotel-lux --node NODE --token-file TOKEN")).exit, 0);
  assert.equal(remote.house.node.commands.at(-1)?.by.id, "key owner key");
});

test("a tenant without a source is not told to add one", async () => {
  await using remote = await openRemote();
  remote.keep("tenant", await remote.token("tenant-read", "hosting-a"));
  const { exit, err } = await remote.say(`source list --node NODE --token-file ${join(remote.folder, "tenant")}`);
  assert.deepEqual([exit, err], [0, "no source of hosting-a may send yet; the operator adds them\n"]);
});

const refusals: readonly (readonly [line: string, exit: number, says: RegExp])[] = [
  ["status --node NODE", 2, /a node at an address needs a key\n {2}→ --token-file FILE/],
  ["status --node NODE --token-file MISSING", 2, /MISSING cannot be read/],
  ["status --node NODE --token-file .", 2, /cannot be read.*\n {2}→ name a file/],
  ["status --token-file TOKEN", 2, /--token-file goes with --node/],
  ["status --node NODE --data x --token-file TOKEN", 2, /both name a node/],
  ["status --node relay.example.net --token-file TOKEN", 2, /is no node's address\n {2}→ write https:\/\//],
  ["status --node https://user:secret@relay.example.net --token-file TOKEN", 2, /is no node's address/],
  ["status --node http://relay.example.net:8080 --token-file TOKEN", 2, /would show the key to everybody.*\n.*ssh -L/],
  ["status --node http://127.0.0.1:1 --token-file TOKEN", 4, /nothing listens at http:\/\/127\.0\.0\.1:1\n/],
  ["status --node https://no-such-name.invalid --token-file TOKEN", 4, /the name no-such-name\.invalid leads nowhere\n {2}→/],
  ["users --node NODE --token-file ABUSE", 5, /your role is abuse; this needs owner.*\n {2}→ ask an owner/],
  ["login-link --node NODE --token-file TOKEN", 2, /login-link has no flag --node/],
];
for (const [line, exit, says] of refusals)
  test(`fairlead ${line} is ${exit}`, async () => {
    await using remote = await openRemote();
    const said = await remote.say(line);
    assert.equal(said.exit, exit, said.err);
    assert.match(said.err, says);
    assert.equal(said.out, "");
    assert.equal(said.err.includes("secret@"), line.includes("secret@") && said.err.includes("is no node's address"));
  });

test("a key's file that others may read is refused, and a link to it as well", async () => {
  await using remote = await openRemote();
  const token = await remote.token("owner");
  for (const mode of [0o644, 0o640, 0o604, 0o622]) {
    const file = remote.keep("loose", token, mode);
    const { exit, err } = await remote.say(`status --node NODE --token-file ${file}`);
    assert.equal(exit, 2);
    assert.match(err, /can be read by others.*\n {2}→ chmod 600 /);
  }
  symlinkSync(join(remote.folder, "loose"), join(remote.folder, "link"));
  assert.equal((await remote.say(`status --node NODE --token-file ${join(remote.folder, "link")}`)).exit, 2);
  for (const text of ["", "two words", "a\nb", "x".repeat(2000)])
    assert.equal((await remote.say(`status --node NODE --token-file ${remote.keep("bad", text)}`)).exit, 2);
});

test("a wrong key is not allowed, and nowhere printed", async () => {
  await using remote = await openRemote();
  const file = remote.keep("wrong", "flk_0123456789abcdef0123456789abcdef");
  const { exit, err } = await remote.say(`status --node NODE --token-file ${file}`);
  assert.equal(exit, 5);
  assert.match(err, /this needs a login\n {2}→ the key is wrong, over or removed/);
  assert.equal(err.includes("0123456789abcdef"), false);
  const json = await remote.say(`status --json --node NODE --token-file ${file}`);
  assert.equal(JSON.parse(json.err).error.code, "login-needed");
});

test("who asks too often is told how long to wait, with the exit of a node that is not there now", async () => {
  await using remote = await openRemote();
  for (let i = 0; i < 300; i++) await remote.house.fetch("GET", "/api/v1/health");
  const { exit, err } = await remote.say("status --node NODE --token-file TOKEN");
  assert.equal(exit, 4);
  assert.match(err, /too many requests from your address\n {2}→ wait 1 s/);
});

test("TLS is verified: by the system's authorities, or by those of a file", async () => {
  await using remote = await openRemote();
  const { key, certificate } = selfSigned("localhost", systemClock.wall(), systemRandom);
  const context = serverContext({ certificate, key });
  await using door = await startHttp({
    ...{ ...remote.house.desk, at: { ip: "127.0.0.1", port: 0 }, tls: { context: () => context }, log: silentLog, clock: STILL },
  });
  const at = `--node https://localhost:${door.local.port} --token-file TOKEN`;
  const strange = await remote.say(`status ${at}`);
  assert.equal(strange.exit, 4);
  assert.match(strange.err, /comes from nobody that this machine trusts\n {2}→ if it is yours: --ca-file FILE/);
  const authority = remote.keep("ca.pem", certificate, 0o644);
  const known = await remote.say(`status ${at} --ca-file ${authority}`);
  assert.equal(known.exit, 0, known.err);
  assert.match(known.out, /Mail is flowing/);
  const elsewhere = await remote.say(`status --node https://127.0.0.1:${door.local.port} --token-file TOKEN --ca-file ${authority}`);
  assert.equal(elsewhere.exit, 4);
  assert.match(elsewhere.err, /is for another name\n/);
  const plain = await remote.say(`status --node https://127.0.0.1:${new URL(remote.house.base).port} --token-file TOKEN`);
  assert.equal(plain.exit, 4);
  assert.match(plain.err, /speaks something else\n/);
});
