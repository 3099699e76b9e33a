/** What a person sees of a held message. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PREVIEW_ATTACHMENTS, PREVIEW_HTML_OCTETS, PREVIEW_TEXT_OCTETS, type Preview, previewOf } from "./mime.ts";

async function preview(text: string, chunk = 1_000): Promise<Preview> {
  const bytes = Buffer.from(text, "utf8");
  return await previewOf(
    (async function* () {
      for (let i = 0; i < bytes.length; i += chunk) yield bytes.subarray(i, i + chunk);
    })(),
  );
}

test("fields, text, html and attachments are decoded and clean", async () => {
  const message = `Subject: =?utf-8?q?Rechnung_f=C3=BCr?=\t\u001b[31mSie\r
From: =?utf-8?q?B=C3=A4r?= <b@x.example>\r
To: a@x.example\r
Date: Tue, 3 Mar 2026 10:00:00 +0000\r
Content-Type: multipart/mixed; boundary=m\r
\r
--m\r
Content-Type: text/plain; charset=iso-8859-1\r
Content-Transfer-Encoding: quoted-printable\r
\r
Gr=FC=DFe\u0007\r
--m\r
Content-Type: text/html\r
\r
<b>hi</b>\r
--m\r
Content-Type: application/pdf; name="invoice_\u202egpj.exe"\r
Content-Transfer-Encoding: base64\r
\r
aGVsbG8=\r
--m\r
Content-Type: message/rfc822\r
\r
Subject: inner\r
\r
not our text\r
--m--\r
`;
  for (const chunk of [1, 1_000])
    assert.deepEqual(await preview(message, chunk), {
      subject: "Rechnung für [31mSie",
      from: "Bär <b@x.example>",
      to: "a@x.example",
      date: "Tue, 3 Mar 2026 10:00:00 +0000",
      text: "Grüße",
      html: "<b>hi</b>",
      attachments: [
        { name: "invoice_[U+202E]gpj.exe", type: "application/pdf", bytes: 5 },
        { name: "", type: "message/rfc822", bytes: 30 },
      ],
      cut: false,
    });
});

test("text, html and attachments are cut at their bounds, and that is said", async () => {
  const text = await preview(`\n${"ä".repeat(PREVIEW_TEXT_OCTETS)}`);
  assert.equal(text.text, "ä".repeat(PREVIEW_TEXT_OCTETS / 2));
  assert.equal(text.cut, true);
  const html = await preview(`Content-Type: text/html\n\n${"x".repeat(PREVIEW_HTML_OCTETS + 1)}`);
  assert.equal(html.html?.length, PREVIEW_HTML_OCTETS);
  const part = "--m\nContent-Type: image/png\n\nx\n";
  const many = await preview(`Content-Type: multipart/mixed; boundary=m\n\n${part.repeat(PREVIEW_ATTACHMENTS + 3)}--m--\n`);
  assert.deepEqual([many.attachments.length, many.cut], [PREVIEW_ATTACHMENTS, true]);
});

test("nothing is a message too", async () => {
  assert.deepEqual(await preview(""), { subject: "", from: "", to: "", date: "", text: "", html: null, attachments: [], cut: false });
});
