/**
 * Golden rows in `golden/`: what a reply must be read as, all of it. They are written for this, in receivers' manner; what
 * a row does not name, a wait or a zone, must not be found either.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findByKey } from "./providers.ts";
import { diagnoseText } from "./replies.ts";

const FOLDER = join(import.meta.dirname, "golden");

for (const file of readdirSync(FOLDER))
  for (const row of readFileSync(join(FOLDER, file), "utf8").split("\n")) {
    if (row.trim() === "" || row.startsWith("#")) continue;
    const [key = "", reply = "", wanted = ""] = row.split(" | ").map((cell) => cell.trim());
    test(`${file} ${key}: ${reply}`, () => {
      const provider = key === "-" ? undefined : findByKey(key);
      assert.ok(key === "-" || provider !== undefined, `there is no provider ${key}`);
      const found = diagnoseText(reply, provider === undefined ? {} : { host: `mx.${provider.hosts[0]}` });
      const wait = found.waitSeconds === undefined ? "" : ` wait=${found.waitSeconds}`;
      const zone = found.zone === undefined ? "" : ` zone=${found.zone}`;
      assert.equal(`${found.class} ${found.scope}${wait}${zone}`, wanted, `${found.rule} spoke`);
    });
  }
