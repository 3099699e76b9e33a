/** Proves how answers are told apart, against a name server of the test's own on loopback. */
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Resolver } from "./resolver.ts";
import { openResolver } from "./system-resolver.ts";

const TYPES: Record<number, string> = { 1: "A", 15: "MX", 28: "AAAA" };
const RCODES: Record<string, number> = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };

/** `name TYPE` → record data, or an RCODE, or silence. What is not here has no data. */
const ZONE: Record<string, Buffer[] | "SERVFAIL" | "NXDOMAIN" | "REFUSED" | "silence"> = {
  "example.test MX": [mxData(20, "Backup.Example.TEST"), mxData(10, "mx.example.test")],
  "null.test MX": [mxData(0, "")],
  "gone.test MX": "NXDOMAIN",
  "broken.test MX": "SERVFAIL",
  "closed.test MX": "REFUSED",
  "silent.test MX": "silence",
  "mx.example.test A": [Buffer.from([192, 0, 2, 1])],
  "mx.example.test AAAA": [Buffer.from("20010db8000000000000000000000001", "hex")],
  "half.test A": [Buffer.from([192, 0, 2, 2])],
  "half.test AAAA": "SERVFAIL",
  "unsure.test AAAA": "SERVFAIL",
  "gone.test A": "NXDOMAIN",
  "gone.test AAAA": "NXDOMAIN",
};

let server: Socket;
let resolver: Resolver;
const folder = mkdtempSync(join(tmpdir(), "fairlead-resolver-"));

before(async () => {
  server = createSocket("udp4");
  server.on("message", (query, from) => {
    const reply = answer(query);
    if (reply) server.send(reply, from.port, from.address);
  });
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  const hostsFile = join(folder, "hosts");
  writeFileSync(hostsFile, "127.0.0.1 localhost # loop\n192.0.2.9\tSmart.Test alias.test\nnonsense smart.test\n");
  resolver = openResolver({ servers: [`127.0.0.1:${server.address().port}`], hostsFile, timeoutMs: 100, tries: 1 });
});
after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

test("mail hosts come in the order of preference, in lower case", async () => {
  const records = [
    { preference: 10, host: "mx.example.test" },
    { preference: 20, host: "backup.example.test" },
  ];
  assert.deepEqual(await resolver.mx("example.test"), { status: "ok", records });
});

test("the null MX is a host without a name", async () => {
  assert.deepEqual(await resolver.mx("null.test"), { status: "ok", records: [{ preference: 0, host: "" }] });
});

test("no such name, no such record and no answer are three things", async () => {
  assert.deepEqual(await resolver.mx("gone.test"), { status: "nxdomain" });
  assert.deepEqual(await resolver.mx("half.test"), { status: "nodata" });
  for (const domain of ["broken.test", "closed.test", "silent.test"]) assert.equal((await resolver.mx(domain)).status, "fail", domain);
});

test("what is no domain name does not exist", async () => {
  assert.deepEqual(await resolver.mx("a..test"), { status: "nxdomain" });
});

test("addresses of both families are found", async () => {
  assert.deepEqual(await resolver.addresses("mx.example.test"), { status: "ok", records: ["192.0.2.1", "2001:db8::1"] });
});

test("one family's addresses are enough, but its absence proves nothing while the other is not known", async () => {
  assert.deepEqual(await resolver.addresses("half.test"), { status: "ok", records: ["192.0.2.2"] });
  assert.equal((await resolver.addresses("unsure.test")).status, "fail");
  assert.equal((await resolver.addresses("gone.test")).status, "nxdomain");
  assert.equal((await resolver.addresses("empty.test")).status, "nodata");
});

test("the hosts file and plain addresses need no server", async () => {
  assert.deepEqual(await resolver.addresses("smart.test"), { status: "ok", records: ["192.0.2.9"] });
  assert.deepEqual(await resolver.addresses("ALIAS.test"), { status: "ok", records: ["192.0.2.9"] });
  assert.deepEqual(await resolver.addresses("2001:db8::5"), { status: "ok", records: ["2001:db8::5"] });
});

/** RFC 1035 §4: one question in, its records or an RCODE out. */
function answer(query: Buffer): Buffer | undefined {
  let at = 12;
  const labels: string[] = [];
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length).toLowerCase());
    at += 1 + length;
  }
  const type = query.readUInt16BE(at + 1);
  const known = ZONE[`${labels.join(".")} ${TYPES[type]}`] ?? [];
  if (known === "silence") return undefined;
  const records = Array.isArray(known) ? known : [];
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180 | (Array.isArray(known) ? 0 : (RCODES[known] ?? 0)), 2);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt16BE(0, 10);
  const answers = records.map((data) => {
    const fixed = Buffer.alloc(12);
    fixed.writeUInt16BE(0xc00c, 0);
    fixed.writeUInt16BE(type, 2);
    fixed.writeUInt16BE(1, 4);
    fixed.writeUInt32BE(60, 6);
    fixed.writeUInt16BE(data.length, 10);
    return Buffer.concat([fixed, data]);
  });
  return Buffer.concat([header, query.subarray(12, at + 5), ...answers]);
}

function mxData(preference: number, host: string): Buffer {
  const labels = host === "" ? [] : host.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([Buffer.from([0, preference]), ...labels, Buffer.from([0])]);
}
