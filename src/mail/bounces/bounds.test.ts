/** What is malformed, endless or in no known charset: an answer that is true, in bounded memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type BounceReport, readBounce } from "./bounces.ts";
import { readBlocks } from "./field-blocks.ts";
import { DIAGNOSTIC_MAX } from "./limits.ts";

const HEAD = "From: Mail Delivery System <MAILER-DAEMON@mx.example.net>\nTo: ann@shop.example\nSubject: Undelivered Mail\n";
const STATUS = "Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1\n";
const report = (fields: string, body: string, status = STATUS): string =>
  `${HEAD}Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n${fields}\n\n${body}\n--b\nContent-Type: message/delivery-status\n\n${status}\n--b--\n`;
const essence = ({ kind, recipients }: BounceReport): unknown[] => [
  kind,
  ...recipients.map((one) => [one.address, one.status, one.reply, one.diagnosis.class]),
];
const read = async (message: string | Uint8Array): Promise<BounceReport> =>
  await readBounce(typeof message === "string" ? Buffer.from(message) : message);

const nested = (deep: number): string => {
  let text = "x";
  for (let at = 0; at < deep; at++) text = `Content-Type: multipart/mixed; boundary=n${at}\n\n--n${at}\n${text}\n--n${at}--\n`;
  return text;
};

const CASES: readonly (readonly [name: string, message: string | Uint8Array, want: unknown[]])[] = [
  [
    "a charset that nobody knows",
    report("Content-Type: text/plain; charset=x-klingon", "no"),
    ["dsn", ["a@x.example", "5.1.1", undefined, "badrcpt"]],
  ],
  [
    "a status part in base64",
    report("Content-Type: text/plain", "no", "").replace(
      "delivery-status\n\n",
      `delivery-status\nContent-Transfer-Encoding: base64\n\n${Buffer.from(STATUS).toString("base64")}`,
    ),
    ["dsn", ["a@x.example", "5.1.1", undefined, "badrcpt"]],
  ],
  [
    "a multipart without a boundary",
    `${HEAD}Content-Type: multipart/report\n\n--b\n\n${STATUS}`,
    ["dsn", ["a@x.example", "5.1.1", undefined, "badrcpt"]],
  ],
  [
    "no action, no reporter, no type",
    report("Content-Type: text/plain", "", "Final-Recipient: a@x.example\n"),
    ["dsn", ["a@x.example", undefined, undefined, "other"]],
  ],
  [
    "a status that is none, and an action with signs",
    report(
      "Content-Type: text/plain",
      "",
      "Final-Recipient: rfc822; a@x.example\nAction: FAILED!!\nStatus: 5.1\nDiagnostic-Code: smtp; 550 5.2.2 mailbox full\n",
    ),
    ["dsn", ["a@x.example", "5.2.2", 550, "full"]],
  ],
  [
    "a recipient without an address",
    report("Content-Type: text/plain", "", "Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822;\nAction: failed\nStatus: 5.1.1\n"),
    ["dsn"],
  ],
  [
    "text in UTF-16",
    Buffer.concat([
      Buffer.from(`${HEAD}Content-Type: text/plain; charset=utf-16le\n\n`),
      Buffer.from("<a@x.example>:\n550 5.1.1 unknown user\n", "utf16le"),
    ]),
    ["dsn", ["a@x.example", "5.1.1", 550, "badrcpt"]],
  ],
  [
    "recipients without a line between them",
    report(
      "Content-Type: text/plain",
      "",
      "Reporting-MTA: dns; a\nOriginal-Recipient: rfc822; A@x.example\nFinal-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1\nOriginal-Recipient: rfc822; B@x.example\nFinal-Recipient: rfc822; b@x.example\nAction: failed\nStatus: 5.2.2\n",
    ),
    ["dsn", ["a@x.example", "5.1.1", undefined, "badrcpt"], ["b@x.example", "5.2.2", undefined, "full"]],
  ],
  [
    "Mac line ends",
    report("Content-Type: text/plain", "no").replaceAll("\n", "\r"),
    ["dsn", ["a@x.example", "5.1.1", undefined, "badrcpt"]],
  ],
  ["parts in parts", `${HEAD}${nested(200)}`, ["dsn"]],
  ["messages in messages", `${HEAD}${"Content-Type: message/rfc822\n\n".repeat(2_000)}x`, ["dsn"]],
];
for (const [name, message, want] of CASES)
  test(`${name}: the answer says what is known`, async () => assert.deepEqual(essence(await read(message)), want));

const MANY = 400_000;
for (const [name, body] of [
  ["words", "word ".repeat(MANY)],
  ["one line", "x".repeat(4 * MANY)],
  ["signs of addresses", "a@".repeat(2 * MANY)],
  ["codes", "550 5.1.1 ".repeat(MANY)],
  ["tags", "<".repeat(4 * MANY)],
] as const)
  for (const type of ["plain", "html"])
    test(`megabytes of ${name} as ${type} are cut, and the report stands`, async () => {
      const found = await read(report(`Content-Type: text/${type}`, body));
      assert.deepEqual([found.cut, found.recipients[0]?.address, found.recipients[0]?.status], [true, "a@x.example", "5.1.1"]);
      assert.ok((found.recipients[0]?.diagnostic ?? "").length <= DIAGNOSTIC_MAX);
    });

test("a field folded without an end is kept up to a bound", () => {
  const [block] = readBlocks(`Diagnostic-Code: smtp; 550 no\n${" and so on\n".repeat(MANY / 4)}`);
  assert.ok((block?.get("diagnostic-code")?.[0] ?? "").length < 17_000);
});
