/** A report's mail as somebody else's software reads it: Python's email, gzip and json find what RFC 8460 says is there. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { WallMs } from "../../src/base/clock.ts";
import { failsForm } from "../../src/mail/tls-report/report-form.ts";
import { composeReportMail, type DomainResults, type ReportFrame, reportDocument } from "../../src/mail/tls-report/tls-report.ts";
import { needs } from "../debian.ts";

const READ = `
import sys, json, gzip, email, email.policy
message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
parts = list(message.iter_parts())
print(json.dumps({
  "type": message.get_content_type(),
  "report": message.get_param("report-type"),
  "subject": " ".join(message["Subject"].split()), # folding white space is white space
  "domain": message["TLS-Report-Domain"],
  "submitter": message["TLS-Report-Submitter"],
  "to": [address.addr_spec for address in message["To"].addresses],
  "parts": [part.get_content_type() for part in parts],
  "file": parts[1].get_filename(),
  "document": json.loads(gzip.decompress(parts[1].get_payload(decode=True))),
  "defects": [str(defect) for part in [message, *parts] for defect in part.defects],
}))
`;

const frame: ReportFrame = {
  ...{ domain: "example.org", from: Date.UTC(2026, 10, 25) as WallMs, organization: "Größe & Söhne", contact: "tls@sender.example" },
  ...{ submitter: "sender.example", node: "n1" },
};
const results: DomainResults = {
  domain: "example.org",
  policies: [
    {
      ...{
        type: "sts",
        domain: "example.org",
        lines: ["version: STSv1", "mode: enforce"],
        mxHosts: ["*.example.org"],
        succeeded: 4,
        failed: 2,
      },
      failures: [{ result: "certificate-expired", host: "mx.example.org", ip: "192.0.2.1", sessions: 2 }],
    },
  ],
};

test("Python reads the mail, its parts, the file's name and the document", { skip: needs("python3") }, () => {
  const document = reportDocument(frame, results);
  const mail = composeReportMail({
    ...{ frame, packed: gzipSync(document), from: "tls-reports@sender.example", to: ["a@example.org", "b@reports.example"] },
    ...{ at: Date.UTC(2026, 10, 26, 2) as WallMs, id: "06BK3Z9QW4T7M0RX", host: "relay.sender.example", succeeded: 4, failed: 2 },
  });
  const run = spawnSync("/usr/bin/python3", ["-c", READ], { input: mail, encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  const read = JSON.parse(run.stdout) as { readonly document: unknown };
  assert.partialDeepStrictEqual(read, {
    ...{ type: "multipart/report", report: "tlsrpt", domain: "example.org", submitter: "sender.example", defects: [] },
    subject: "Report Domain: example.org Submitter: sender.example Report-ID: <20261125.n1.example.org@sender.example>",
    to: ["a@example.org", "b@reports.example"],
    parts: ["text/plain", "application/tlsrpt+gzip"],
    file: "sender.example!example.org!1795564800!1795651199!n1.json.gz",
  });
  assert.deepEqual(read.document, JSON.parse(document));
  assert.deepEqual(failsForm(read.document), []);
});
