/** Proves that the mail has RFC 8460 §5.3's form and that the document comes out of it whole. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import type { WallMs } from "../../base/clock.ts";
import { readHeaders } from "../message/message.ts";
import { composeReportMail, type ReportMail } from "./tls-report.ts";

const mail: ReportMail = {
  frame: {
    ...{ domain: "example.org", from: Date.UTC(2026, 10, 25) as WallMs, organization: "Sender", contact: "tls@sender.example" },
    ...{ submitter: "sender.example", node: "n1" },
  },
  packed: gzipSync(JSON.stringify({ long: "text ".repeat(500) })),
  ...{ from: "noreply@sender.example", to: ["tls@example.org", "tls@reports.example"], at: Date.UTC(2026, 10, 26, 1) as WallMs },
  ...{ id: "06BK3Z9QW4T7M0RX", host: "relay.sender.example", succeeded: 12, failed: 3 },
};
const bytes = Buffer.from(composeReportMail(mail));
const text = bytes.toString("latin1");

test("the header says what the report is on and who sends it", () => {
  const headers = readHeaders(bytes);
  const expected = {
    From: "<noreply@sender.example>",
    To: "<tls@example.org>, <tls@reports.example>",
    Subject: "Report Domain: example.org Submitter: sender.example Report-ID: <20261125.n1.example.org@sender.example>",
    Date: "Thu, 26 Nov 2026 01:00:00 +0000",
    "Message-ID": "<06BK3Z9QW4T7M0RX@relay.sender.example>",
    "TLS-Report-Domain": "example.org",
    "TLS-Report-Submitter": "sender.example",
    "TLS-Required": "No",
    "Auto-Submitted": "auto-generated",
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(headers.text(name)?.replace(/\s+/g, " "), value, name);
  assert.match(headers.text("Content-Type") ?? "", /^multipart\/report; report-type="tlsrpt";\s+boundary="/);
});

test("two parts: a line for people, and the document packed under its name", () => {
  const boundary = /boundary="([^"]+)"/.exec(text)?.[1] ?? "";
  const parts = text.split(`--${boundary}`);
  assert.equal(parts.length, 4);
  assert.equal(parts[3], "--\r\n");
  assert.match(parts[1] ?? "", /12 succeeded, 3 failed/);
  assert.match(parts[2] ?? "", /^\r\nContent-Type: application\/tlsrpt\+gzip\r\n/);
  assert.match(parts[2] ?? "", /filename="sender\.example!example\.org!1795564800!1795651199!n1\.json\.gz"/);
  const body = (parts[2] ?? "").split("\r\n\r\n")[1] ?? "";
  assert.deepEqual(JSON.parse(gunzipSync(Buffer.from(body, "base64")).toString()), { long: "text ".repeat(500) });
});

test("every line is ASCII and short", () => {
  assert.ok(bytes.every((octet) => octet < 128));
  assert.ok(text.split("\r\n").every((line) => line.length <= 110 && !line.includes("\n")));
});
