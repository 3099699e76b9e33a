/** Golden rows: what a reply must be read as, all of it, a row a line. Written for these tests, in receivers' manner. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findByKey } from "../providers.ts";
import { diagnoseText } from "../replies.ts";

/**
 * Rows `provider | reply | class scope [wait=seconds] [zone=name]`; `-` where nobody knows who spoke. What a row does not
 * name must not be found: no wait, no zone.
 */
export function provesTable(table: string): void {
  for (const row of table.split("\n").filter((line) => line.trim() !== "")) {
    const [key = "", reply = "", wanted = ""] = row.split(" | ").map((cell) => cell.trim());
    test(`${key === "-" ? "" : `${key}: `}${reply}`, () => {
      const provider = key === "-" ? undefined : findByKey(key);
      assert.ok(key === "-" || provider !== undefined, `there is no provider ${key}`);
      const found = diagnoseText(reply, provider === undefined ? {} : { host: `mx.${provider.hosts[0]}` });
      const wait = found.waitSeconds === undefined ? "" : ` wait=${found.waitSeconds}`;
      const zone = found.zone === undefined ? "" : ` zone=${found.zone}`;
      assert.equal(`${found.class} ${found.scope}${wait}${zone}`, wanted, `${found.rule} spoke`);
    });
  }
}
