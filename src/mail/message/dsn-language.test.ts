/** In which language a report is written, and that every language says all of it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { fromUtf8 } from "../../base/bytes.ts";
import type { WallMs } from "../../base/clock.ts";
import { composeReport, type Report, type Reported, type ReportKind } from "./dsn.ts";
import { LANGUAGES, languageOf } from "./dsn-language.ts";
import { fill, PHRASES } from "./dsn-phrases.ts";
import { wordsFor } from "./dsn-words.ts";
import { readHeaders } from "./headers.ts";

const acceptedAt = Date.UTC(2026, 2, 3, 9, 9, 50) as WallMs;
const unknown: Reported = {
  address: "j.doe@example.org",
  reply: { code: 550, enhanced: "5.1.1", text: "user unknown" },
  remote: "mx1.example.org",
  lastAttemptAt: acceptedAt,
};

function report(header: string, more: Partial<Report> = {}): Report {
  const bytes = fromUtf8(`${header}Subject: x\r\n\r\nhello\r\n`);
  return {
    ...{ kind: "failed", id: "06BK5D0X2N8RTC4N", host: "relay.example.net", at: acceptedAt, to: "a@shop.example", acceptedAt },
    ...{ reference: "06BK5D0X2N8RTC4M", recipients: [unknown], original: { bytes, size: bytes.length, smtpUtf8: false } },
    ...more,
  };
}

/** The text part as a reader shows it. */
function textOf(made: Report): string {
  const [, head = "", body = ""] = /\r\n--=_\w+\r\n(Content-Type: text\/plain[^]*?)\r\n\r\n([^]*?)\r\n--=_/.exec(asText(made)) ?? [];
  if (!head.includes("quoted-printable")) return body.replaceAll("\r\n", "\n");
  const octets = body.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(octets, "latin1").toString().replaceAll("\r\n", "\n");
}

function asText(made: Report): string {
  return Buffer.from(composeReport(made).bytes).toString();
}

const headers: readonly (readonly [header: string, language: string])[] = [
  ["", "en"],
  ["Content-Language: de-DE\r\n", "de"],
  ["Content-Language: DE\r\n", "de"],
  ["Content-Language: pl, fr\r\n", "fr"],
  ["Content-Language: den\r\n", "en"],
  ["Content-Language: tlh\r\n", "en"],
  ["Accept-Language: it-IT, en-US\r\n", "it"],
  ["Accept-Language: nl;q=0.9, en\r\n", "nl"],
  ["Content-Language: en-US\r\nAccept-Language: de-DE\r\n", "en"],
  ["Content-Language: pl\r\nAccept-Language: es-ES\r\n", "es"],
  [`Content-Language: ${"x,".repeat(5000)}de\r\n`, "en"],
  ["From: a@b.de\r\n", "en"],
];
for (const [header, language] of headers)
  test(`a message with "${header.slice(0, 50).trim()}" is reported on in ${language}`, () =>
    assert.equal(languageOf(readHeaders(fromUtf8(`${header}\r\n`))), language));

test("a failure in German", () => {
  const made = report("Content-Language: de\r\n", { detailsUrl: "https://relay.example.net/s/Qd81mVt5RzK0yWcA" });
  assert.equal(
    textOf(made),
    `Ihre Nachricht an j.doe@example.org vom 3. März 09:09 UTC wurde nicht zugestellt.
Grund:              das Postfach gibt es nicht.
Was Sie tun können: Prüfen Sie die Schreibweise, oder fragen Sie die Person
                    auf anderem Weg nach ihrer neuen Adresse.
Deren Server sagte: 550 5.1.1 user unknown (mx1.example.org, 09:09:50 UTC)

Einzelheiten:       https://relay.example.net/s/Qd81mVt5RzK0yWcA
Kennung:            06BK5D0X2N8RTC4M
`,
  );
  const text = asText(made);
  assert.match(text, /^Subject: Nicht zugestellt: j\.doe@example\.org\r$/m);
  assert.match(text, /^Content-Language: de\r\nContent-Transfer-Encoding: quoted-printable\r$/m);
  assert.match(text, /^Action: failed\r\nStatus: 5\.1\.1\r$/m);
  assert.equal(composeReport(made).body, "7bit");
});

test("what a diagnosis knows stands in English reports; in others where the status does not name the detail", () => {
  const recipients = [{ ...unknown, cause: "Google knows no such mailbox", advice: "correct the address" }];
  const english = textOf(report("", { recipients }));
  assert.match(english, /^Why: +Google knows no such mailbox\.\nWhat you can do: +correct the address\.$/m);
  const german = textOf(report("Content-Language: de\r\n", { recipients }));
  assert.match(german, /^Grund: +das Postfach gibt es nicht\.$/m);
  const vague = [{ ...unknown, reply: { code: 550, enhanced: "5.7.999", text: "no" }, cause: "the receiver refused it", advice: "" }];
  const lines = textOf(report("Content-Language: de\r\n", { recipients: vague }));
  assert.match(lines, /^Grund: +the receiver refused it\.$/m);
  assert.doesNotMatch(lines, /Was Sie tun können/);
});

test("a link to the story stands before the reference, and without one there is no such line", () => {
  assert.match(
    textOf(report("", { detailsUrl: "https://r.example/s/x" })),
    /\n\nDetails: +https:\/\/r\.example\/s\/x\nReference: +06BK5D0X2N8RTC4M\n$/,
  );
  assert.doesNotMatch(textOf(report("")), /Details/);
});

for (const language of LANGUAGES)
  test(`${language} says everything, with every place filled`, () => {
    for (const kind of ["failed", "delayed", "relayed", "delivered"] satisfies ReportKind[]) {
      const text = textOf(report(`Content-Language: ${language}\r\n`, { kind, recipients: [{ ...unknown, retryUntil: acceptedAt }] }));
      assert.doesNotMatch(text, /[{}]|undefined/);
      assert(text.includes("j.doe@example.org") && text.includes("09:09"), text);
    }
    assert.equal(PHRASES[language].months.length, 12);
    for (const status of ["5.1.1", "4.2.2", "5.7.26", "5.9.9", "4.9.9", "", "5.1.1.1"]) {
      const { why, remedy } = wordsFor(status, language);
      assert.match(why, /^\p{Ll}.*\.$/u);
      assert.match(remedy, /^\p{L}.*\.$/u);
    }
  });

test("a value is filled in once", () => assert.equal(fill("{a} {b} {c}", { a: "{b}", b: "x" }), "{b} x "));

const hasPython = spawnSync("python3", ["-c", "import email.policy"]).status === 0;
test("Python's email package reads a report with accents", {
  skip: hasPython ? false : "python3 is not installed: an independent reader did not check the report",
}, () => {
  const script = `import sys, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.SMTP)
sys.stdout.buffer.write((m["subject"] + "\\n" + list(m.iter_parts())[0].get_content()).encode())`;
  const run = spawnSync("python3", ["-c", script], {
    input: composeReport(report("Content-Language: fr\r\n", { kind: "delayed" })).bytes,
  });
  const text = String(run.stdout);
  assert.match(
    text,
    /^Retardé: j\.doe@example\.org\nVotre message à j\.doe@example\.org du 3 mars 09:09 UTC est retardé\.\r?\n/,
    String(run.stderr),
  );
});
