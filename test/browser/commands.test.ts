/** The command lines that the panel shows are commands of this program, with flags that they have. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findVerb } from "../../src/cli/verbs.ts";
import { ROOT } from "../outside/program.ts";

/** `<CliLine words="…">`, `cli: "…"`, and `./fairlead …` in prose; what is put in at run time stands as `${…}`. */
const SHOWN = /(?:words=\{?|cli: )(?:"([^"]+)"|`((?:[^`$]|\$\{[^}]*\})+)`)|\.\/fairlead ([a-z][\w -]*)/g;

function shownCommands(): readonly { readonly path: string; readonly text: string }[] {
  return globSync("panel/src/**/*.tsx", { cwd: ROOT }).flatMap((path) =>
    [...readFileSync(join(ROOT, path), "utf8").matchAll(SHOWN)].map(([, plain, pattern, prose]) => ({
      path,
      text: plain ?? pattern ?? prose ?? "",
    })),
  );
}

test("every command that the panel shows exists, with its flags", () => {
  const shown = shownCommands();
  assert.ok(shown.length >= 10, `only ${shown.length} were found`);
  for (const { path, text } of shown) {
    const words = text
      .replace(/\$\{[^}]*\}/g, " VALUE ")
      .trim()
      .split(/\s+/);
    if (words[0] === "VALUE") continue; // made of a verb and a selector, tried below
    const found = findVerb(words);
    assert.ok(found, `${path} shows "${text}", which is no command`);
    for (const flag of words.flatMap((word) => /^--([\w-]+)/.exec(word)?.[1] ?? []))
      assert.ok(
        found.verb.flags.some(({ name }) => name === flag),
        `${path} shows "${text}": ${found.verb.name} has no --${flag}`,
      );
  }
});

test("an order is shown as the command that does the same", async () => {
  const { cliOf } = await import("../../panel/src/api/cli-text.ts");
  const cases = [
    [{ verb: "release", selector: { id: ["06BK3Z9QW4T7M0RX"] } }, "release 06BK3Z9QW4T7M0RX"],
    [{ verb: "hold", selector: { sender: "shop3@srv7", states: ["queued"] } }, "hold --sender shop3@srv7 --state queued"],
    [{ verb: "retry", selector: { reply: "it's full" } }, "retry --reply 'it'\\''s full'"],
    [
      { verb: "reroute", selector: { domain: "example.org" }, site: "upstream:ses-eu" },
      "reroute --domain example.org --via upstream:ses-eu",
    ],
  ] as const;
  for (const [order, text] of cases) {
    assert.equal(cliOf(order), text);
    assert.ok(findVerb(text.split(" ")), text);
  }
});
