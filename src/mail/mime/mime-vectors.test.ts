/**
 * Other projects' torture messages, beside the repository or where FAIRLEAD_VECTORS says: each is walked in three
 * chunkings, and what the walk says is compared with what two other parsers said of the same octets.
 */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { previewOf } from "./mime.ts";
import { type Spoken, speak } from "./spoken.ts";

const VECTORS = process.env["FAIRLEAD_VECTORS"] ?? join(import.meta.dirname, "../../../../shared/vectors");
const FOLDER = join(VECTORS, "mime");
const skip = existsSync(FOLDER) ? false : `no messages in ${FOLDER}; set FAIRLEAD_VECTORS`;
const read = (path: string): Buffer => readFileSync(join(FOLDER, path));
const files = (pattern: string): string[] => (skip === false ? globSync(pattern, { cwd: FOLDER }).sort() : []);

test("every message is walked, the same in three chunkings", { skip }, async () => {
  const messages = globSync("**/*", { cwd: FOLDER, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !/\.(json|xml)$/.test(entry.name),
  );
  assert.ok(messages.length > 400);
  for (const { parentPath, name } of messages) {
    const bytes = readFileSync(join(parentPath, name));
    const whole = speak(bytes);
    for (const chunk of [1, 1_000]) assert.deepEqual(speak(bytes, chunk).events, whole.events, name);
    const preview = await previewOf(
      (async function* () {
        yield bytes;
      })(),
    );
    const shown = [preview.subject, preview.from, ...preview.attachments.map((one) => one.name)].join("");
    assert.doesNotMatch(shown, /[\p{Cc}\u202a-\u202e]/u, name);
  }
});

/** `multipart[text/plain,message[text/plain]]`. */
function shape({ parts }: Spoken, of = parts[0]): string {
  if (of === undefined) return "";
  const inside = parts.filter(({ parent }) => parent === of).map((part) => shape({ parts } as Spoken, part));
  return of.holds === "octets" ? "leaf" : `${of.holds === "parts" ? "multipart" : "message"}[${inside.join(",")}]`;
}

interface JsonPart {
  readonly body: string | { readonly Multipart?: readonly number[]; readonly Message?: JsonMessage };
}
interface JsonMessage {
  readonly parts: readonly JsonPart[];
}

function jsonShape(message: JsonMessage, nth = 0): string {
  const body = message.parts[nth]?.body;
  if (typeof body === "string" || body === undefined) return "leaf";
  if (body.Multipart !== undefined) return `multipart[${body.Multipart.map((child) => jsonShape(message, child)).join(",")}]`;
  return body.Message === undefined ? "leaf" : `message[${jsonShape(body.Message)}]`;
}

/** Where we differ from another parser's tree, and why we are content with that. */
const ARGUED: Readonly<Record<string, string>> = {
  "mail-parser/malformed/002.json": "a multipart without a delimiter stays a multipart, with a defect; its octets are its preamble",
  "mail-parser/malformed/004.json": "--ab does not delimit by the boundary a",
  "mail-parser/malformed/007.json": "a header without its empty line ends at the delimiter that it names",
  "mail-parser/malformed/013.json": "a part may reuse its parent's boundary to any depth",
  "mail-parser/malformed/016.json": "a boundary that begins like another is another boundary",
  "mail-parser/malformed/020.json": "an inner multipart that is not closed ends with its parent's delimiter, not before",
  "mime4j/testmsgs/very-long-boundary.msg": "trailing blanks are not part of a boundary",
};

function compare(kind: string, cases: readonly (readonly [name: string, ours: string, theirs: string])[]): void {
  const differing = cases.filter(([name, ours, theirs]) => ours !== theirs && !(name in ARGUED));
  assert.deepEqual(differing, [], `${kind}: ${differing.length} of ${cases.length} trees differ`);
}

test("trees are those of mail-parser, but for what is argued", { skip }, () => {
  compare(
    "mail-parser",
    files("mail-parser/**/*.json").map((path) => {
      const expected: JsonMessage = JSON.parse(read(path).toString());
      return [path, shape(speak(read(path.replace(/json$/, "eml")))), jsonShape(expected)];
    }),
  );
});

test("trees are those of mime4j, but for what is argued", { skip }, () => {
  compare(
    "mime4j",
    files("mime4j/**/*.msg").map((path) => {
      const xml = read(path.replace(/msg$/, "xml")).toString("latin1");
      return [path, shape(speak(read(path))), xmlShape(xml)];
    }),
  );
});

function xmlShape(xml: string): string {
  const open: { name: string; children: string[] }[] = [{ name: "", children: [] }];
  for (const [, end, name = ""] of xml.matchAll(/<(\/?)(message|multipart|body-part|body)\b[^>]*>/g)) {
    if (end === "") open.push({ name, children: [] });
    else {
      const { children } = open.pop() ?? { children: [] };
      const parent = open.at(-1);
      if (name === "body") parent?.children.push("leaf");
      else if (name === "multipart") parent?.children.push(`multipart[${children.join(",")}]`);
      else if (name === "body-part") parent?.children.push(children.join(",") || "leaf");
      else parent?.children.push(parent.name === "" ? children.join(",") || "leaf" : `message[${children.join(",") || "leaf"}]`);
    }
  }
  return open[0]?.children.join(",") ?? "";
}
