import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { BodyKind, Notify, Recipient } from "../../model/message.ts";
import { readCommand } from "./command-grammar.ts";
import { formatPath } from "./path.ts";
import type { MailCommand } from "./server-host.ts";
import { encodeXtext } from "./xtext.ts";

/** Any UTF-16 at all; fast-check's own unit "binary" takes seconds to prepare. */
const anything = (maxLength = 40): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 127 }), fc.integer({ min: 0, max: 0xffff })), { maxLength })
    .map((codes) => String.fromCharCode(...codes));

const address = fc.oneof(
  fc.constant(""),
  fc.emailAddress({ size: "small" }).filter((text) => text.length < 200),
);
const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const words = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 30 });
const BODY: Readonly<Record<BodyKind, string>> = { "7bit": "7BIT", "8bit": "8BITMIME", binary: "BINARYMIME" };

test("MAIL means what was written, in any order and case", () => {
  const mail = fc.record({
    mailFrom: address,
    size: some(fc.nat()),
    body: fc.constantFrom<BodyKind>("7bit", "8bit", "binary"),
    smtpUtf8: fc.boolean(),
    ret: some(fc.constantFrom<"full" | "headers">("full", "headers")),
    envid: some(words),
    requireTls: fc.boolean(),
    auth: some(fc.oneof(fc.constant(""), words)),
  });
  fc.assert(
    fc.property(mail, fc.boolean(), fc.boolean(), (meant, lower, backwards) => {
      const parameters = [
        meant.size === undefined ? "" : `SIZE=${meant.size}`,
        `BODY=${BODY[meant.body]}`,
        meant.smtpUtf8 ? "SMTPUTF8" : "",
        meant.ret === undefined ? "" : meant.ret === "full" ? "RET=FULL" : "RET=HDRS",
        meant.requireTls ? "REQUIRETLS" : "",
      ].map((text) => (lower ? text.toLowerCase() : text));
      if (meant.envid !== undefined) parameters.push(`ENVID=${encodeXtext(meant.envid)}`);
      if (meant.auth !== undefined) parameters.push(`AUTH=${meant.auth === "" ? "<>" : encodeXtext(meant.auth)}`);
      if (backwards) parameters.reverse();
      const want: Partial<MailCommand> = Object.fromEntries(Object.entries(meant).filter(([, value]) => value !== undefined));
      const line = `${lower ? "mail from:" : "MAIL FROM:"}${formatPath(meant.mailFrom)} ${parameters.join(" ")}`;
      assert.deepEqual(readCommand(line), { verb: "MAIL", mail: want });
    }),
  );
});

test("RCPT means what was written", () => {
  const recipient = fc.record({
    address: address.filter((text) => text !== ""),
    notify: some(fc.oneof(fc.constant<Notify>("never"), fc.subarray(["success", "failure", "delay"] as const, { minLength: 1 }))),
    orcpt: some(words.map((text) => `rfc822;${text}`)),
  });
  fc.assert(
    fc.property(recipient, (meant) => {
      let line = `RCPT TO:${formatPath(meant.address)}`;
      if (meant.notify !== undefined)
        line += ` NOTIFY=${typeof meant.notify === "string" ? "NEVER" : meant.notify.join(",").toUpperCase()}`;
      if (meant.orcpt !== undefined) line += ` ORCPT=rfc822;${encodeXtext(meant.orcpt.slice(7))}`;
      const command = readCommand(line);
      const domain = meant.address.slice(meant.address.lastIndexOf("@") + 1).toLowerCase();
      const want = Object.fromEntries(Object.entries({ ...meant, domain }).filter(([, value]) => value !== undefined));
      assert.ok(command.verb === "RCPT");
      assert.deepEqual<Partial<Recipient>>(command.recipient, want);
    }),
  );
});

test("an original recipient beyond ASCII is kept in its ASCII form", () => {
  const command = readCommand("RCPT TO:<b@example.net> ORCPT=utf-8;jürgen@example.net");
  assert.ok(command.verb === "RCPT");
  assert.equal(command.recipient.orcpt, "utf-8;j\\x{FC}rgen@example.net");
});

for (const line of ["MAIL FROM:<> ENVID=a+0D+0Ab", "MAIL FROM:<> AUTH=a+00", "RCPT TO:<a@b> ORCPT=rfc822;a+0Ab"])
  test(`${line} brings no line end into what is kept`, () => assert.equal(readCommand(line).verb, "WRONG"));

test("a host name is made harmless, not refused", () => {
  assert.deepEqual(readCommand("EHLO my pc (\x1b[31m)"), { verb: "EHLO", name: "my?pc???[31m?" });
  assert.deepEqual(readCommand("EHLO [IPv6:2001:db8::1]"), { verb: "EHLO", name: "[IPv6:2001:db8::1]" });
  assert.equal(readCommand(`EHLO ${"x".repeat(256)}`).verb, "WRONG");
});

test("no line makes the reader throw, and what is wrong has a 5xx reply with an enhanced code", () => {
  const start = fc.constantFrom("", "MAIL FROM:", "RCPT TO:", "MAIL FROM:<a@b> ", "RCPT TO:<a@b> ", "BDAT ", "AUTH ", "EHLO ");
  fc.assert(
    fc.property(start, anything(), (verb, rest) => {
      const command = readCommand(verb + rest);
      if (command.verb !== "WRONG") return;
      assert.ok(command.reply.code >= 500 && command.reply.code < 600);
      assert.match(command.reply.enhanced ?? "", /^5\.\d\.\d$/);
    }),
    { numRuns: 1_000 },
  );
});

const bdat = [
  ["BDAT 0", 0, false],
  ["bdat 86 last", 86, true],
  ["BDAT 999999999999999 LAST", 999_999_999_999_999, true],
] as const;
for (const [line, octets, last] of bdat)
  test(`${line} is a chunk`, () => assert.deepEqual(readCommand(line), { verb: "BDAT", octets, last }));
for (const line of ["BDAT", "BDAT -1", "BDAT 1.5", "BDAT 0x10", "BDAT 1 FIRST", "BDAT 1 LAST LAST", "BDAT 1000000000000000", "BDAT LAST"])
  test(`${line} is none`, () => assert.equal(readCommand(line).verb, "WRONG"));
