/** Proves that a report has RFC 8460's form: its members and their types, and what its own example says in our words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WallMs } from "../../base/clock.ts";
import type { TlsSession } from "../../model/tls-session.ts";
import { failsForm } from "./report-form.ts";
import { type DomainResults, failureOf, policyOf, type ReportFrame, reportDocument, reportFileName, reportId } from "./tls-report.ts";

const DAY = Date.UTC(2016, 3, 1) as WallMs;
const frame: ReportFrame = {
  ...{ domain: "company-y.example", from: DAY, organization: "Company-X", contact: "sts-reporting@company-x.example" },
  ...{ submitter: "company-x.example", node: "n1" },
};

/** RFC 8460 Appendix B, as counted. */
const results: DomainResults = {
  domain: "company-y.example",
  policies: [
    {
      type: "sts",
      domain: "company-y.example",
      lines: ["version: STSv1", "mode: testing", "mx: *.mail.company-y.example", "max_age: 86400"],
      mxHosts: ["*.mail.company-y.example"],
      succeeded: 5326,
      failed: 303,
      failures: [
        {
          result: "certificate-expired",
          ...{ localIp: "2001:db8:abcd:0012::1", host: "mx1.mail.company-y.example", sessions: 100 },
        },
        {
          result: "starttls-not-supported",
          ...{ localIp: "2001:db8:abcd:0013::1", host: "mx2.mail.company-y.example", ip: "203.0.113.56", sessions: 200 },
        },
        {
          result: "validation-failure",
          ...{ localIp: "198.51.100.62", ip: "203.0.113.58", host: "mx-backup.mail.company-y.example", sessions: 3 },
          detail: "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED",
        },
      ],
    },
  ],
};

test("the example of RFC 8460 comes out as it stands there", () => {
  const document: unknown = JSON.parse(reportDocument(frame, results));
  assert.deepEqual(document, {
    "organization-name": "Company-X",
    "date-range": { "start-datetime": "2016-04-01T00:00:00Z", "end-datetime": "2016-04-01T23:59:59Z" },
    "contact-info": "sts-reporting@company-x.example",
    "report-id": "20160401.n1.company-y.example@company-x.example",
    policies: [
      {
        policy: {
          "policy-type": "sts",
          "policy-string": ["version: STSv1", "mode: testing", "mx: *.mail.company-y.example", "max_age: 86400"],
          "policy-domain": "company-y.example",
          "mx-host": ["*.mail.company-y.example"],
        },
        summary: { "total-successful-session-count": 5326, "total-failure-session-count": 303 },
        "failure-details": [
          {
            "result-type": "certificate-expired",
            "sending-mta-ip": "2001:db8:abcd:0012::1",
            "receiving-mx-hostname": "mx1.mail.company-y.example",
            "failed-session-count": 100,
          },
          {
            "result-type": "starttls-not-supported",
            "sending-mta-ip": "2001:db8:abcd:0013::1",
            "receiving-mx-hostname": "mx2.mail.company-y.example",
            "receiving-ip": "203.0.113.56",
            "failed-session-count": 200,
          },
          {
            "result-type": "validation-failure",
            "sending-mta-ip": "198.51.100.62",
            "receiving-ip": "203.0.113.58",
            "receiving-mx-hostname": "mx-backup.mail.company-y.example",
            "failed-session-count": 3,
            "failure-reason-code": "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED",
          },
        ],
      },
    ],
  });
  assert.deepEqual(failsForm(document), []);
});

test("a domain without a policy is told so, without members that say nothing", () => {
  const none: DomainResults = {
    domain: "company-y.example",
    policies: [{ type: "none", domain: "company-y.example", lines: [], mxHosts: [], succeeded: 2, failed: 0, failures: [] }],
  };
  const document = JSON.parse(reportDocument(frame, none)) as { policies: object[] };
  assert.deepEqual(document.policies, [
    {
      policy: { "policy-type": "no-policy-found", "policy-domain": "company-y.example" },
      summary: { "total-successful-session-count": 2, "total-failure-session-count": 0 },
    },
  ]);
  assert.deepEqual(failsForm(document), []);
});

test("names are made from the day: the file's by RFC 8460 §5.1, the id so that a second copy is known", () => {
  assert.equal(reportFileName(frame), "company-x.example!company-y.example!1459468800!1459555199!n1.json.gz");
  assert.equal(reportId(frame), reportId({ ...frame, organization: "another" }));
});

const session: TlsSession = {
  ...{ at: DAY, domain: "company-y.example", host: "mx.company-y.example", ip: "203.0.113.5", localIp: "198.51.100.1" },
  policy: { type: "tlsa", lines: ["3 1 1 ab"], mxHosts: [] },
  outcome: { is: "tlsa-invalid", detail: "x".repeat(1000) },
};

test("TLSA records stand against the host, and what a host wrote is bounded", () => {
  assert.equal(policyOf(session).domain, "mx.company-y.example");
  assert.equal(policyOf({ ...session, policy: { type: "sts", lines: [], mxHosts: [] } }).domain, "company-y.example");
  const long = policyOf({ ...session, policy: { type: "sts", lines: Array.from({ length: 999 }, () => "y".repeat(9999)), mxHosts: [] } });
  assert.ok(long.lines.length === 50 && long.lines.every((line) => line.length === 300));
  assert.equal(failureOf(session)?.detail?.length, 200);
  assert.equal(failureOf({ ...session, outcome: { is: "success" } }), undefined);
});
