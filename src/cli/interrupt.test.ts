/** What ends a command early: a person, or a node that goes away amid its answer. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { silentLog } from "../base/log.ts";
import { startApi } from "../control/api/api.ts";
import { openHouse } from "../control/api/memory-house.ts";
import { type Look, type Said, STILL, tuesday, typed } from "./stage.ts";

async function opened(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-interrupt-"));
  const house = await openHouse();
  tuesday(house.node);
  const api = await startApi({ ...house.desk, socketPath: join(folder, "control.sock"), log: silentLog, clock: STILL });
  t.after(async () => {
    await api[Symbol.asyncDispose]();
    await house[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  const say = (words: readonly string[], look?: Look): Promise<Said> => typed(words, folder, look);
  return { house, folder, say };
}

for (const words of [["status"], ["drain"], ["top"], ["events", "--follow"], ["messages", "--all"], ["where", "j.doe@gmail.com"]])
  test(`fairlead ${words.join(" ")} ends at once with 130, whatever the node does meanwhile`, async (t) => {
    const { house, say } = await opened(t);
    const stop = new AbortController();
    const ends: (() => void)[] = [];
    const never = (): Promise<never> => {
      stop.abort();
      return new Promise((_, fail) => ends.push(() => fail(new Error("the test is over"))));
    };
    const { node } = house;
    for (const name of ["status", "events", "messagesOf"] as const) node[name] = never;
    Object.assign(node.past, { search: never });
    const { exit, err } = await say(words, { signal: stop.signal });
    for (const end of ends) end();
    assert.deepEqual([exit, err], [130, ""]);
  });

test("a file that breaks off is told from one that is whole", async (t) => {
  const { house, say } = await opened(t);
  const search = house.node.past.search;
  let asked = 0;
  Object.assign(house.node.past, {
    search: async (...given: Parameters<typeof search>) => {
      if (++asked > 1) throw new Error("the day's file is broken");
      return { ...(await search(...given)), next: "1" };
    },
  });
  const { exit, out, err } = await say(["messages", "since:1h", "--csv", "--limit", "5000"]);
  assert.equal(exit, 4);
  assert(out.startsWith("id,rcpt,at,"), out);
  assert.match(err, /^fairlead: the node hung up before it answered\n {2}→ /);
});

test("an import that is stopped says what was taken", async (t) => {
  const { house, folder, say } = await opened(t);
  const { suppression } = house.desk;
  assert(suppression !== undefined);
  const add = suppression.add.bind(suppression);
  suppression.add = async (entries) => {
    if (entries.some(({ address }) => address === "user.number.149999@y.example"))
      throw Object.assign(new Error("the disk is full"), { code: "SQL_FULL" });
    return await add(entries);
  };
  const lines = Array.from({ length: 150_000 }, (_, i) => `user.number.${i}@y.example\n`);
  writeFileSync(join(folder, "many.csv"), lines.join(""));
  const { exit, err } = await say(["suppressions", "import", join(folder, "many.csv")]);
  assert.equal(exit, 4);
  const first =
    /^lines from ([\d,]+) on were not taken; ([\d,]+) were added before it\nfairlead: settings\.db cannot be used now .*: the disk is full\n/.exec(
      err,
    );
  assert(first !== null, err);
  assert.equal(Number(first[1]?.replaceAll(",", "")), Number(first[2]?.replaceAll(",", "")) + 1);
});
