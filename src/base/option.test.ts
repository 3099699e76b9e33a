/** The schema kit apart from any file syntax: paths, lines, defaults, and that every fault is told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Finding, lineAt, list, map, type Option, section, type Written } from "./option.ts";
import { byteCount, choice, cidr, duration, endpointText, hostPort, readEndpoint, text, wholeNumber, yesNo } from "./option-leaves.ts";
import { shortDuration } from "./time-text.ts";

const scalar = (written: string, line = 1): Written => ({ is: "scalar", line, text: written });

function read<T>(option: Option<T>, written: Written): { readonly value: T; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  return { value: option.read(written, "here", (finding) => findings.push(finding)), findings };
}

const LEAVES: readonly (readonly [option: Option<unknown>, good: string, value: unknown, bad: string])[] = [
  [wholeNumber({ doc: "", least: 1, most: 9 }), "9", 9, "10"],
  [wholeNumber({ doc: "", least: 1, most: 9 }), "1", 1, "1e0"],
  [duration({ doc: "", least: "1s", most: "1h" }), "1m30s", 90_000, "90"],
  [duration({ doc: "", least: "1s", most: "1h" }), "1 h", 3_600_000, "61m"],
  [byteCount({ doc: "", least: "1 KB", most: "1 MB" }), "2 kb", 2048, "2 GB"],
  [yesNo({ doc: "" }), "false", false, "no"],
  [choice(["a", "b"], { doc: "" }), "b", "b", "B"],
  [hostPort({ doc: "", example: "0.0.0.0:25" }), "[::]:25", { ip: "::", port: 25 }, "*:25"],
  [hostPort({ doc: "", example: "0.0.0.0:25" }), "localhost:0", { ip: "127.0.0.1", port: 0 }, "[127.0.0.1]:25"],
  [cidr({ doc: "" }), "10.0.0.0/8", { address: "10.0.0.0", family: 4, bits: 8 }, "10.0.0.1/8"],
  [text({ doc: "", form: "a path", example: "/x" }), "a", "a", ""],
];

for (const [option, good, value, bad] of LEAVES)
  test(`${JSON.stringify(good)} is read, ${JSON.stringify(bad)} is not`, () => {
    assert.deepEqual(read(option, scalar(good)), { value, findings: [] });
    assert.equal(read(option, scalar(bad)).findings.length, 1);
  });

const schema = section(
  {
    count: wholeNumber({ default: 3, least: 1, most: 9, doc: "" }),
    ranges: list(cidr({ doc: "" }), { default: [], doc: "" }),
    ways: map(text({ doc: "", form: "a way", example: "left" }), {
      doc: "",
      key: "name",
      example: "a",
      readKey: (key) => (/^[a-z]$/.test(key) ? key : undefined),
      known: ["b"],
    }),
  },
  {
    doc: "",
    check: ({ count, ranges }, { path, line }, report) => {
      if (ranges.length > count) report({ path, line, cause: "has more ranges than that", remedy: undefined });
    },
  },
);

test("what is not written has its default, in the section and as the section", () => {
  assert.deepEqual(schema.absent, { count: 3, ranges: [], ways: new Map() });
  assert.deepEqual(read(schema, { is: "empty", line: 1 }).value, schema.absent);
  assert.deepEqual(read(schema, { is: "map", line: 1, entries: [] }).value, schema.absent);
});

test("every fault is told with its own path and line, and rules between fields wait until the fields are right", () => {
  const written: Written = {
    is: "map",
    line: 1,
    entries: [
      { key: "count", line: 1, value: scalar("0", 1) },
      { key: "ranges", line: 2, value: { is: "list", line: 3, items: [scalar("10.0.0.1", 3), scalar("x", 4)] } },
      { key: "ways", line: 5, value: { is: "map", line: 6, entries: [{ key: "AB", line: 6, value: scalar("up", 6) }] } },
      { key: "ways", line: 7, value: scalar("again", 7) },
      { key: "cuont", line: 8, value: scalar("1", 8) },
    ],
  };
  const { findings } = read(schema, written);
  assert.deepEqual(
    findings.map(({ path, line }) => `${path}:${line}`),
    ["here.ways:7", "here.count:1", "here.ranges[1]:4", "here.ways.AB:6", "here.cuont:8"],
  );
  assert.equal(findings.at(-1)?.remedy, "did you mean count?");
  assert.equal(findings.at(-2)?.remedy, "did you mean b?");
});

test("a rule between fields is told once they are right", () => {
  const written: Written = {
    is: "map",
    line: 1,
    entries: [
      { key: "count", line: 1, value: scalar("1") },
      { key: "ranges", line: 2, value: { is: "list", line: 2, items: [scalar("10.0.0.1"), scalar("10.0.0.2")] } },
    ],
  };
  assert.deepEqual(read(schema, written).findings, [{ path: "here", line: 1, cause: "has more ranges than that", remedy: undefined }]);
});

test("the line of a path is that of the deepest part that was written", () => {
  const written: Written = {
    is: "map",
    line: 1,
    entries: [{ key: "a", line: 2, value: { is: "list", line: 3, items: [scalar("x", 3), scalar("y", 4)] } }],
  };
  assert.equal(lineAt(written, ["a", 1]), 4);
  assert.equal(lineAt(written, ["a", 7]), 2);
  assert.equal(lineAt(written, ["b"]), undefined);
});

test("what is shown as a default is read as the same", () => {
  const address = fc.record({ ip: fc.oneof(fc.ipV4(), fc.ipV6()), port: fc.integer({ min: 0, max: 65_535 }) }, { noNullPrototype: true });
  fc.assert(fc.property(address, (at) => assert.deepEqual(readEndpoint(endpointText(at)), at)));
  const times = duration({ doc: "", least: "1s", most: "30d" });
  for (const ms of [1000, 60_000, 3_600_000, 86_400_000, 2_592_000_000]) assert.equal(read(times, scalar(shortDuration(ms))).value, ms);
});
