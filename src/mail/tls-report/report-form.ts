/** For tests: what RFC 8460 §4.4 allows in a report, member by member. */
import type { TlsResultType } from "../../model/tls-session.ts";

type Form = "text" | "count" | "texts" | "time" | readonly [Form] | { readonly [member: string]: Form };

const RESULTS: Readonly<Record<TlsResultType, true>> = {
  "starttls-not-supported": true,
  "certificate-host-mismatch": true,
  "certificate-expired": true,
  "certificate-not-trusted": true,
  "validation-failure": true,
  "tlsa-invalid": true,
  "dnssec-invalid": true,
  "dane-required": true,
  "sts-policy-fetch-error": true,
  "sts-policy-invalid": true,
  "sts-webpki-invalid": true,
};

/** `?` marks a member that may be absent. */
const REPORT: Form = {
  "organization-name": "text",
  "date-range": { "start-datetime": "time", "end-datetime": "time" },
  "contact-info": "text",
  "report-id": "text",
  policies: [
    {
      policy: { "policy-type": "text", "policy-string?": "texts", "policy-domain": "text", "mx-host?": "texts" },
      summary: { "total-successful-session-count": "count", "total-failure-session-count": "count" },
      "failure-details?": [
        {
          "result-type": "text",
          "sending-mta-ip?": "text",
          "receiving-mx-hostname?": "text",
          "receiving-mx-helo?": "text",
          "receiving-ip?": "text",
          "failed-session-count": "count",
          "additional-information?": "text",
          "failure-reason-code?": "text",
        },
      ],
    },
  ],
};

/** What is wrong with a report, a line each; the sums must agree too. */
export function failsForm(document: unknown): readonly string[] {
  const lines = against(document, REPORT, "report");
  if (lines.length > 0) return lines;
  const { policies } = document as { policies: readonly PolicyEntry[] };
  return policies.flatMap(({ policy, summary, "failure-details": details = [] }, i) => {
    const failed = details.reduce((sum, one) => sum + one["failed-session-count"], 0);
    return [
      ...(["tlsa", "sts", "no-policy-found"].includes(policy["policy-type"]) ? [] : [`policy ${i} is of no known type`]),
      ...details.filter((one) => !Object.hasOwn(RESULTS, one["result-type"])).map((one) => `${one["result-type"]} is no result type`),
      ...(failed === summary["total-failure-session-count"] ? [] : [`policy ${i} sums up to ${failed}`]),
    ];
  });
}

interface PolicyEntry {
  readonly policy: { readonly "policy-type": string };
  readonly summary: { readonly "total-failure-session-count": number };
  readonly "failure-details"?: readonly { readonly "result-type": string; readonly "failed-session-count": number }[];
}

function against(value: unknown, form: Form, path: string): readonly string[] {
  if (form === "text") return typeof value === "string" && value !== "" ? [] : [`${path} is no text`];
  if (form === "count") return Number.isSafeInteger(value) && Number(value) >= 0 ? [] : [`${path} is no count`];
  if (form === "time") return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(String(value)) ? [] : [`${path} is no time`];
  if (form === "texts") return against(value, ["text"], path);
  if (isList(form))
    return Array.isArray(value) ? value.flatMap((one, i) => against(one, form[0], `${path}[${i}]`)) : [`${path} is no list`];
  if (typeof value !== "object" || value === null) return [`${path} is no object`];
  const known = Object.entries(form).map(([name, inner]) => [name.replace("?", ""), inner, name.endsWith("?")] as const);
  const members = new Map(Object.entries(value));
  return [
    ...[...members.keys()].filter((name) => !known.some(([one]) => one === name)).map((name) => `${path}.${name} is not known`),
    ...known.flatMap(([name, inner, optional]) =>
      members.has(name) ? against(members.get(name), inner, `${path}.${name}`) : optional ? [] : [`${path}.${name} is missing`],
    ),
  ];
}

function isList(form: Form): form is readonly [Form] {
  return Array.isArray(form);
}
