/** The walk says the same however the octets are cut, keeps its bounds, and is never surprised. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  BOUNDARY_OCTETS_MAX,
  DEFECTS_MAX,
  DEPTH_MAX,
  FIELD_OCTETS_MAX,
  HEADER_FIELDS_MAX,
  HEADER_OCTETS_MAX,
  PARAMS_MAX,
  PARTS_MAX,
} from "./limits.ts";
import { decoderFor, headerText, MimeWalk, readParams, type TransferEncoding } from "./mime.ts";
import { speak } from "./spoken.ts";

const NESTED = `From anna Thu Jan  1 00:00:00 2026
Subject: =?utf-8?q?h=C3=A4?=
Content-Type: multipart/mixed; boundary="outer"

before
--outer
Content-Type: multipart/alternative; boundary=inner

--inner

plain

--inner
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<b>h=C3=A4</b>=20
--inner--
between
--outer
Content-Type: message/rfc822

Subject: inside
Content-Type: application/pdf; name="a b.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQ=
--outer
Content-Type: message/rfc822
Content-Transfer-Encoding: base64

${Buffer.from("Subject: coded\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nhello\n--x--\n").toString("base64")}
--outer--
after
`;
const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const withEnds = (text: string, end: string): Buffer => bytes(text.replaceAll("\n", end));
const kinds = (message: Uint8Array): string[] =>
  speak(message).events.flatMap((event) => (event.startsWith("defect ") ? [event.split(" ")[1] ?? ""] : []));

test("a nested message is told in order, with offsets", () => {
  const { events } = speak(bytes(NESTED));
  assert.deepEqual(
    events.filter((event) => /^(begin|end)/.test(event)).map((event) => event.replace(/ (at|octets|lines) \d+/g, "")),
    [
      "begin 1 depth 0",
      "begin 1.1 depth 1",
      ...["begin 1.1.1 depth 2", "end 1.1.1", "begin 1.1.2 depth 2", "end 1.1.2", "end 1.1"],
      ...["begin 1.2 depth 1", "begin 1.2.1 depth 2", "end 1.2.1", "end 1.2"],
      ...["begin 1.3 depth 1", "begin 1.3.1 depth 2", "begin 1.3.1.1 depth 3", "end 1.3.1.1", "end 1.3.1", "end 1.3"],
      "end 1",
    ],
  );
  assert.ok(events.includes(`preamble 1 at ${NESTED.indexOf("before")}: before`));
  assert.ok(
    events.includes(`body 1.1.1 at ${NESTED.indexOf("plain\n")}: plain\n`),
    "the blank line before a delimiter is content, the line end is not",
  );
  assert.ok(events.includes(`epilogue 1.1 at ${NESTED.indexOf("between")}: between`));
  assert.ok(events.includes("body 1.3.1.1 at 63: hello"), "an encoded message is decoded and walked, with offsets of its own");
  assert.deepEqual(kinds(bytes(NESTED)), []);
});

for (const [name, end] of [
  ["LF", "\n"],
  ["CRLF", "\r\n"],
  ["CR", "\r"],
] as const)
  test(`${name} line ends give the same parts, one octet at a time too`, () => {
    const message = withEnds(NESTED, end);
    const whole = speak(message);
    assert.deepEqual(speak(message, 1).events, whole.events);
    assert.deepEqual(
      whole.parts.map(({ path, media, holds }) => [path, media.subtype, holds]),
      speak(bytes(NESTED)).parts.map(({ path, media, holds }) => [path, media.subtype, holds]),
    );
    for (const [key, octets] of whole.bodies)
      if (!key.includes("1.3"))
        assert.equal(octets.toString("latin1").replaceAll(end, "\n"), speak(bytes(NESTED)).bodies.get(key)?.toString("latin1"));
  });

const pieces = fc.constantFrom(
  ...["--a", "--b", "--a--", "--b--", "--a ", "--", "-", "\n", "\n", "\r\n", "\r", "\r\r\n", "\n\n", " ", "\t", "x", "text: y", "From z"],
  ...["Content-Type: multipart/mixed; boundary=a\n", "Content-Type: multipart/digest; boundary=b\n", "Content-Type: message/rfc822\n"],
  ...[
    "Content-Transfer-Encoding: base64\n",
    "Content-Transfer-Encoding: quoted-printable\n",
    "Q29udGVudC1UeXBlOiBtZXNzYWdlL3JmYzgyMgoK",
    "=\n",
    "=3D",
    "\u00e9",
  ],
);
const soup = fc.oneof(
  fc.array(pieces, { maxLength: 60 }).map((all) => bytes(all.join(""))),
  fc.uint8Array({ maxLength: 300 }),
);

test("any octets, cut anywhere, give the same events; offsets tile the input", () => {
  fc.assert(
    fc.property(soup, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }), (message, cuts) => {
      const whole = speak(message);
      assert.deepEqual(speak(message, cuts).events, whole.events);
      assert.deepEqual(speak(message, 1).events, whole.events);
      const begun = whole.events.filter((event) => event.startsWith("begin")).length;
      assert.equal(whole.events.filter((event) => event.startsWith("end")).length, begun);
    }),
    { numRuns: 600 },
  );
});

test("long lines are the same however they are cut", () => {
  const long = `Subject: ${"x".repeat(5_000)}\r\nX: y\r\n\r\n${"z".repeat(4_095)}\r\n--${"b".repeat(3_000)}\r\nend`;
  const whole = speak(bytes(long));
  for (const chunk of [1, 7, 2_047, 2_048, 2_049, 5_000]) assert.deepEqual(speak(bytes(long), chunk).events, whole.events);
});

test("a mutated message is walked to its end", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(NESTED.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 20 }), (changes) => {
      const message = bytes(NESTED);
      for (const [at, octet] of changes) message[at] = octet;
      assert.deepEqual(speak(message, 3).events, speak(message).events);
    }),
    { numRuns: 300 },
  );
});

const multipart = (boundary: string, rest: string): string => `Content-Type: multipart/mixed; boundary="${boundary}"\n\n${rest}`;

test("nesting ends at its bound, and the outer delimiters still count", () => {
  let text = "";
  for (let i = 0; i < 1_000; i++) text += `${multipart(`b${i}`, "")}--b${i}\n`;
  const { parts, events } = speak(bytes(`${text}\nx\n--b0\n\nsecond\n--b0--\n`));
  assert.equal(Math.max(...parts.map(({ depth }) => depth)), DEPTH_MAX);
  assert.ok(events.some((event) => event.startsWith("defect too-deep")));
  assert.ok(events.some((event) => event.endsWith(": second")));
});

test("encoded messages nest to the same bound", () => {
  let message = bytes("Subject: innermost\n\nx");
  for (let i = 0; i < 12; i++)
    message = bytes(`Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n${message.toString("base64")}`);
  let plain = message;
  for (let i = 0; i < 40; i++) plain = Buffer.concat([bytes("Content-Type: message/rfc822\n\n"), plain]);
  assert.equal(Math.max(...speak(message).parts.map(({ depth }) => depth)), 12);
  assert.equal(Math.max(...speak(plain).parts.map(({ depth }) => depth)), DEPTH_MAX);
});

test("100,000 nested multiparts and as many delimiters take linear time", () => {
  const text = Array.from({ length: 100_000 }, (_, i) => `--a\n${multipart(`b${i}`, "")}`).join("");
  const { parts } = speak(bytes(multipart("a", text)), 65_536);
  assert.equal(parts.length, PARTS_MAX + 1, "behind the last part everything is its body");
});

test("parts end at their bound; the rest is one opaque part", () => {
  const message = bytes(multipart("a", `${"--a\n\nx\n".repeat(PARTS_MAX + 50)}--a--\n`));
  const { parts, bodies } = speak(message);
  assert.equal(parts.length, PARTS_MAX + 1);
  assert.ok(kinds(message).includes("too-many-parts"));
  assert.equal(bodies.get(`body 1.${PARTS_MAX}`)?.toString().split("--a\n").length, 51);
});

test("headers are bounded in octets, in fields, and each field in length", () => {
  const endless = bytes(`X: ${"y".repeat(FIELD_OCTETS_MAX * 2)}\nSubject: z\n${"A: b\n".repeat(HEADER_OCTETS_MAX / 4)}\nbody`);
  assert.deepEqual([...new Set(kinds(endless))], ["field-cut", "header-too-long"]);
  const { events } = speak(endless);
  assert.ok(events.at(-2)?.endsWith(": body"));
  assert.ok(events.filter((event) => event.startsWith("field")).length <= HEADER_FIELDS_MAX);
  assert.ok(kinds(bytes("Subject: no end")).includes("header-without-end"));
  const many = bytes(`${"A: b\n".repeat(HEADER_FIELDS_MAX + 5)}\nbody`);
  assert.equal(speak(many).events.filter((event) => event.startsWith("field")).length, HEADER_FIELDS_MAX);
});

test("a boundary has a longest length, and one of a megabyte does no harm", () => {
  assert.deepEqual(kinds(bytes(multipart("x".repeat(BOUNDARY_OCTETS_MAX + 1), "--x\n"))), ["boundary-too-long"]);
  assert.ok(kinds(bytes(multipart("x".repeat(1 << 20), "--x\n"))).includes("field-cut"));
  const longest = "x".repeat(BOUNDARY_OCTETS_MAX);
  assert.equal(speak(bytes(multipart(longest, `--${longest}\n\nin\n--${longest}--\n`))).parts.length, 2);
});

test("parameters and defects are bounded", () => {
  assert.equal(readParams(`a/b${Array.from({ length: 500 }, (_, i) => `; p${i}=x`).join("")}`).params.size, PARAMS_MAX);
  const many = bytes(multipart("a", "--a\nno field\n".repeat(DEFECTS_MAX * 2)));
  assert.equal(kinds(many).length, DEFECTS_MAX);
});

const DEFECTS: readonly (readonly [kind: string, message: string])[] = [
  ["missing-end", multipart("a", "--a\n\nx\n")],
  ["boundary-not-found", multipart("a", "x\n")],
  ["missing-boundary", "Content-Type: multipart/mixed\n\nx"],
  ["duplicate-boundary", multipart("a", `--a\n${multipart("a", "--a\n\nx\n--a--\n--a--\n")}`)],
  ["header-malformed", "Subject: x\nno field\n\nbody"],
  ["bad-media-type", "Content-Type: nonsense\n\nx"],
  ["bad-encoding", "Content-Transfer-Encoding: klingon\n\nx"],
  ["encoding-not-allowed", `Content-Transfer-Encoding: base64\n${multipart("a", "--a\n\nx\n--a--")}`],
  ["too-many-params", `Content-Type: text/plain${"; a=b".repeat(PARAMS_MAX + 1)}\n\nx`],
  ["duplicate-field", "Content-Type: text/plain\nContent-Type: text/html\n\nx"],
];
for (const [kind, message] of DEFECTS) test(`${kind} is said`, () => assert.deepEqual(kinds(bytes(message)), [kind]));

test("an inner part may reuse its parent's boundary", () => {
  const { parts } = speak(bytes(multipart("a", `--a\n${multipart("a", "--a\n\nx\n--a--\n--a\n\ny\n--a--\n")}`)));
  assert.deepEqual(
    parts.map(({ path }) => path),
    ["1", "1.1", "1.1.1", "1.2"],
  );
});

test("words behind a delimiter do not hide it, another boundary that begins like it does", () => {
  const text = multipart("a", "--a ignored\n\nfirst\n--ab\n--a-- ignored\nepilogue\n--a\n");
  const { bodies, parts } = speak(bytes(text));
  assert.equal(parts.length, 2);
  assert.equal(bodies.get("body 1.1")?.toString(), "first\n--ab");
});

test("a walk that ended takes nothing more", () => {
  const walk = new MimeWalk({});
  walk.end();
  assert.throws(() => walk.push(bytes("more\n")), /ended/);
});

const decoded = (encoding: TransferEncoding, text: string, chunk: number): string => {
  const decoder = decoderFor(encoding);
  const out: Uint8Array[] = [];
  for (let i = 0; i < text.length; i += chunk) out.push(Uint8Array.from(decoder.push(bytes(text.slice(i, i + chunk)))));
  return Buffer.concat([...out, decoder.end()]).toString("latin1");
};
const CODED: readonly (readonly [encoding: TransferEncoding, coded: string, plain: string])[] = [
  ["base64", "aGVs\r\nbG8=", "hello"],
  ["base64", "aGVs*bG8", "hello"],
  ["base64", "aGVsbG8=aGVsbG8=", "hellohello"],
  ["quoted-printable", "a=3Db=\r\nc  \r\nd=\ne=ZZ =", "a=bc\r\nde=ZZ "],
  ["quoted-printable", "x \t=  \r\ny=C3=A4", "x \ty\u00c3\u00a4"],
  ["quoted-printable", "100%=3", "100%=3"],
  ["uuencode", "junk\nbegin 644 a.txt\n%:&5L;&\\\n`\nend\nmore", "hello"],
  ["8bit", "as it is", "as it is"],
];
for (const [encoding, coded, plain] of CODED)
  test(`${encoding} ${JSON.stringify(coded)} is ${JSON.stringify(plain)} in any chunks`, () => {
    for (const chunk of [1, 2, 3, 5, 100]) assert.equal(decoded(encoding, coded, chunk), plain);
  });

test("base 64 gives back what was encoded", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.integer({ min: 1, max: 9 }), (octets, chunk) => {
      assert.equal(decoded("base64", Buffer.from(octets).toString("base64"), chunk), Buffer.from(octets).toString("latin1"));
    }),
  );
});

const HEADERS: readonly (readonly [raw: string, text: string])[] = [
  [" plain ", "plain"],
  [" =?iso-8859-1?Q?h=E4_x?= rest", "hä x rest"],
  [" =?utf-8?B?aMM=?=\r\n =?utf-8?B?pA==?=", "hä"],
  [" =?utf-8?q?a?= =?utf-8?q?b?= c", "ab c"],
  [" =?utf-8?q?two words?=", "two words"],
  [" =?utf-8?x?broken?= =?utf-8?q?open", "=?utf-8?x?broken?= =?utf-8?q?open"],
  [" =?ks_c_5601-1987?B?x9E=?=", "한"],
  [" =?gb2312?B?1tDOxA==?=", "中文"],
  [" =?cp-850?Q?h=84?=", "hä"],
  [" =?utf-7?Q?h+AOQ-?=", "hä"],
  [" =?iso-8859-8-i?Q?=F9?=", "ש"],
  [" =?nonsense?Q?h=E4?=", "hä"],
  [" h\u00e4", "hä"],
];
for (const [raw, text] of HEADERS) test(`the header${raw} reads ${text}`, () => assert.equal(headerText(bytes(raw)), text));

const PARAMS: readonly (readonly [field: string, name: string, value: string | undefined])[] = [
  ['text/plain; charset="utf-8"', "charset", "utf-8"],
  ["text/plain; charset=utf-8 (Plain)", "charset", "utf-8"],
  ['text/plain; charset="utf-8', "charset", "utf-8"],
  ["a/b; name=two words.pdf; x=y", "name", "two words.pdf"],
  ['a/b; name="a\\"b\\\\c"', "name", 'a"b\\c'],
  ['a/b; name="C:\\temp\\x"', "name", "C:\\temp\\x"],
  ['a/b; name="=?utf-8?q?h=C3=A4.pdf?="', "name", "hä.pdf"],
  ["a/b; filename*=utf-8'de'h%C3%A4.pdf; filename=x", "filename", "hä.pdf"],
  ["a/b; name*1=two; name*0=one-", "name", "one-two"],
  ["a/b; name*0*=iso-8859-1''h%E4; name*1=%E4", "name", "hä%E4"],
  ["a/b; boundary=x boundary=y; n=1", "boundary", "x"],
  ["a/b (comment; x=1); n=2", "x", undefined],
  ['multipart/mixed boundary="x"', "boundary", "x"],
  ['a/b; site="x" y=1', "y", "1"],
];
for (const [field, name, value] of PARAMS)
  test(`${field} has ${name} ${value}`, () => assert.equal(readParams(field).params.get(name), value));
