/** Whether content came through whole: what was sent is found at the end, and all before it is header lines of relays. */
import assert from "node:assert/strict";
import { seededRandom } from "../../src/base/random.ts";

/** Asserts that `received` is `sent` with header fields before it, the first of them our Received; returns those fields. */
export function assertWhole(received: Uint8Array, sent: Uint8Array): string {
  const all = Buffer.from(received);
  const tail = all.subarray(Math.max(0, all.length - sent.length));
  assert.ok(
    tail.equals(sent),
    `the content changed: sent ${sent.length} octets, received ${all.length}, first difference at ${firstDifference(tail, sent)}`,
  );
  const before = all.subarray(0, all.length - sent.length).toString("latin1");
  assert.match(before, /^Received: /, "no trace of ours in front");
  assert.match(before, /^(?:[!-9;-~]+:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*)*$/, "something other than header fields stands in front");
  return before;
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((octet, i) => octet !== b[i]);
  return at < 0 ? Math.min(a.length, b.length) : at;
}

const HEAD = (marker: string, extra: string): string =>
  `From: Anna <anna@client.example>\r\nTo: Bob <bob@dest.example>\r\nSubject: ${marker}\r\nDate: Tue, 24 Nov 2026 12:00:00 +0000\r\nMessage-ID: <${marker}@client.example>\r\nX-Marker: ${marker}\r\n${extra}\r\n`;

/** Content that breaks careless relays: dots, long and empty lines, 8-bit octets, trailing spaces, lines that look like commands. */
export function awkwardContents(): readonly { readonly name: string; readonly eightBit: boolean; readonly bytes: Buffer }[] {
  const eight = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n";
  const random = seededRandom("awkward");
  const letters = Buffer.from(random.bytes(60_000))
    .toString("base64")
    .replace(/(.{76})/g, "$1\r\n");
  const cases: readonly (readonly [string, boolean, string])[] = [
    ["dots", false, `${HEAD("dots", "")}.\r\n..\r\n...leading\r\n.\r\n\r\n.end\r\n`],
    ["empty-lines", false, `${HEAD("empty-lines", "")}\r\n\r\n\r\nbetween\r\n\r\n\r\n`],
    ["spaces", false, `${HEAD("spaces", "")}trailing   \r\n\tx\t\r\n   \r\n`],
    ["commands", false, `${HEAD("commands", "")}QUIT\r\nMAIL FROM:<x@evil.example>\r\nRSET\r\nFrom here\r\n`],
    ["long-line", false, `${HEAD("long-line", "")}${"x".repeat(998)}\r\nshort\r\n`],
    ["no-body", false, HEAD("no-body", "")],
    ["utf8", true, `${HEAD("utf8", eight)}${Buffer.from("Grüße aus Łódź, 日本語, 🙂\r\n").toString("latin1")}`],
    ["many-lines", false, `${HEAD("many-lines", "")}${letters}\r\n`],
    ["folded", false, `${HEAD("folded", "X-Folded: one\r\n\ttwo\r\n   three\r\n")}body\r\n`],
  ];
  return cases.map(([name, eightBit, text]) => ({ name, eightBit, bytes: Buffer.from(text, "latin1") }));
}

/** The marker of a content, from its X-Marker field. */
export function markerOf(content: Uint8Array): string {
  return /^X-Marker: (.*)\r$/m.exec(Buffer.from(content).toString("latin1"))?.[1] ?? "";
}
