import assert from "node:assert/strict";
import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { asBuffer, concat } from "../../base/bytes.ts";
import type { WallMs } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import type { MessageKey } from "../../model/ids.ts";
import {
  claimPickup,
  listPickup,
  makePickupFolder,
  openPickup,
  type PickupEnvelope,
  removePickup,
  setAsidePickup,
  writePickup,
} from "./pickup-file.ts";

const root = mkdtempSync(join(tmpdir(), "fairlead-pickup-"));
after(() => rmSync(root, { recursive: true }));
const NOW = Date.parse("2026-03-03T09:52:00Z") as WallMs;
const random = seededRandom("pickup");
let folders = 0;

async function folder(): Promise<string> {
  const made = join(root, String(++folders));
  await makePickupFolder(made);
  return made;
}

const envelope: PickupEnvelope = {
  mailFrom: "anna@kanzlei-m.example",
  recipients: [
    { address: "k.roth@Example.ORG", domain: "example.org", notify: ["success", "delay"], orcpt: "rfc822;k.roth@example.org" },
    { address: '"two words"@example.net', domain: "example.net", notify: "never" },
    { address: "postmaster", domain: "" },
    { address: "jörg@bücher.example", domain: "xn--bcher-kva.example" },
  ],
  body: "8bit",
  smtpUtf8: true,
  ret: "headers",
  envid: "QQ314159",
};

async function* parts(...texts: readonly (string | Uint8Array)[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield typeof text === "string" ? Buffer.from(text, "latin1") : text;
}

async function contentOf(dir: string, name: string): Promise<Uint8Array> {
  const opened = await openPickup(dir, name);
  assert(opened.is === "message", JSON.stringify(opened));
  await using message = opened.message;
  const read: Uint8Array[] = [];
  for await (const part of message.content()) read.push(part);
  const all = concat(read);
  assert.equal(all.length, message.bytes);
  return all;
}

test("a dropped message comes out as it went in, byte for byte", async () => {
  const dir = await folder();
  const binary = Uint8Array.from({ length: 600_000 }, (_, i) => (i * 7) & 255);
  const name = await writePickup(dir, envelope, parts("Subject: hi\r\n\r\n", binary, ""), NOW, random);
  assert.deepEqual(await listPickup(dir, NOW), [{ name }]);
  const opened = await openPickup(dir, name);
  assert(opened.is === "message");
  await using message = opened.message;
  assert.deepEqual(message.envelope, envelope);
  assert.equal(message.uid, process.getuid?.());
  assert(asBuffer(await contentOf(dir, name)).equals(concat([Buffer.from("Subject: hi\r\n\r\n"), binary])));
});

test("the folder lets others drop and not list; only whole messages have a final name", async () => {
  const dir = await folder();
  assert.equal(statSync(dir).mode & 0o7777, 0o1733);
  async function* breaksOff(): AsyncIterable<Uint8Array> {
    yield Buffer.from("Subject: half");
    throw new Error("the sender was killed");
  }
  await assert.rejects(writePickup(dir, envelope, breaksOff(), NOW, random), /killed/);
  assert.deepEqual(readdirSync(dir), []);
});

test("oldest first, at most so many, abandoned temporary files removed", async () => {
  const dir = await folder();
  const names: string[] = [];
  for (const at of [3, 1, 2]) names.push(await writePickup(dir, envelope, parts("x"), (NOW + at) as WallMs, random));
  const old = `${NOW - 25 * 3_600_000}-${"0".repeat(32)}.tmp`;
  const young = `${NOW - 3_600_000}-${"0".repeat(32)}.tmp`;
  for (const name of [old, young, "README", "core"]) writeFileSync(join(dir, name), "");
  assert.deepEqual(
    (await listPickup(dir, NOW, 2)).map(({ name }) => name),
    [names[1], names[2]],
  );
  assert.deepEqual(
    readdirSync(dir)
      .filter((name) => !name.endsWith(".msg"))
      .sort(),
    [young, "README", "core"].sort(),
  );
  assert.deepEqual(await listPickup(join(root, "none"), NOW), []);
});

test("a claim survives in the name, so that a restart can tell what it became", async () => {
  const dir = await folder();
  await writePickup(dir, envelope, parts("x"), NOW, random);
  const [entry] = await listPickup(dir, NOW);
  assert(entry);
  const claimed = await claimPickup(dir, entry, 804_000_000_123_456 as MessageKey);
  assert.deepEqual(await listPickup(dir, NOW), [claimed]);
  assert.equal(claimed.key, 804_000_000_123_456);
  const again = await claimPickup(dir, claimed, 7 as MessageKey);
  assert.equal((await listPickup(dir, NOW))[0]?.key, 7);
  assert.equal(Buffer.from(await contentOf(dir, again.name)).toString(), "x");
  await removePickup(dir, again);
  assert.deepEqual(await listPickup(dir, NOW), []);
});

const NAME = `${NOW}-${"a".repeat(32)}.msg`;
const good = { fairlead: 1, mailFrom: "a@b.example", recipients: [{ address: "c@d.example" }], body: "7bit", smtpUtf8: false };
const line = (change: object): string => `${JSON.stringify({ ...good, ...change })}\nSubject: x\r\n\r\n`;
const broken = [
  ["an empty file", "", /does not end/],
  ["no line end", "{}", /does not end/],
  ["no JSON", "hello\n", /not JSON/],
  ["an array", "[]\n", /not an envelope/],
  ["null", "null\n", /not an envelope/],
  ["a newer version", line({ fairlead: 2 }), /version 2/],
  ["no recipients", line({ recipients: [] }), /no recipient/],
  ["too many recipients", line({ recipients: Array.from({ length: 1001 }, () => ({ address: "c@d.example" })) }), /more than 1000/],
  ["a null recipient", line({ recipients: [{ address: "" }] }), /recipient is malformed/],
  ["a command in the address", line({ recipients: [{ address: "c@d.example>\r\nRCPT TO:<x" }] }), /recipient is malformed/],
  ["a blank in the local part", line({ mailFrom: "a b@c.example" }), /MAIL FROM/],
  ["an address too long", line({ mailFrom: `${"a".repeat(250)}@c.example` }), /MAIL FROM/],
  ["a domain that is none", line({ mailFrom: "a@b c" }), /MAIL FROM/],
  ["an unknown notify", line({ recipients: [{ address: "c@d.example", notify: ["now"] }] }), /recipient is malformed/],
  ["an unknown body", line({ body: "9bit" }), /body kind/],
  ["a line end in ENVID", line({ envid: "a\nb" }), /ENVID/],
  ["an endless first line", "x".repeat(2_000_000), /does not end/],
] as const;
for (const [what, text, want] of broken)
  test(`${what} is broken, with the reason, and can be set aside`, async () => {
    const dir = await folder();
    writeFileSync(join(dir, NAME), text);
    const opened = await openPickup(dir, NAME);
    assert(opened.is === "broken", JSON.stringify(opened));
    assert.match(opened.why, want);
    await setAsidePickup(dir, { name: NAME });
    assert.deepEqual(await listPickup(dir, NOW), []);
  });

test("links and folders of that name are never followed", async () => {
  const dir = await folder();
  writeFileSync(join(dir, "secret"), line({}));
  symlinkSync("secret", join(dir, NAME));
  assert.deepEqual(await openPickup(dir, NAME), { is: "broken", why: "it is a symbolic link" });
  const second = NAME.replace("aaa", "bbb");
  linkSync(join(dir, "secret"), join(dir, second));
  assert.deepEqual(await openPickup(dir, second), { is: "broken", why: "it has a second name" });
  const third = NAME.replace("aaa", "ccc");
  mkdirSync(join(dir, third));
  assert.deepEqual(await openPickup(dir, third), { is: "broken", why: "it is not a regular file" });
  await setAsidePickup(dir, { name: third });
  assert.deepEqual(await openPickup(dir, third), { is: "gone" });
});
