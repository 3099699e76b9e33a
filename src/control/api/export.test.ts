/** Files that are written while they are searched: as fast as they are read, no further, and only what matches. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { test } from "node:test";
import { type Bearer, type House, openHouse } from "./memory-house.ts";
import { MEMORY_NOW } from "./memory-node.ts";
import type { Past } from "./node-face.ts";

/** Pages asked of history so far. */
interface Watched {
  pages: number;
  failFrom: number;
}

/** A history of a million rows, of which each page is the same. */
function fill(house: House): Watched {
  const to = Array.from({ length: 1000 }, (_, i) => ({ address: `guest${i}@${"long.".repeat(40)}example`, state: "queued" as const }));
  house.node.add({ acceptedAt: MEMORY_NOW, from: "=cmd|' /C calc'!A0@x.example", sender: "+1@srv", source: "srv", to });
  const watched: Watched = { pages: 0, failFrom: Number.POSITIVE_INFINITY };
  const { past } = house.node;
  const { search } = past;
  const endless: Past["search"] = async (view, query, page) => {
    if (++watched.pages >= watched.failFrom) throw new Error("the disk is gone");
    const { after: _, ...first } = page;
    return { ...(await search(view, query, first)), next: String(watched.pages) };
  };
  Object.assign(past, { search: endless });
  return watched;
}

async function begun(house: House, path: string, who: Bearer): Promise<IncomingMessage> {
  const asked = get(`${house.base}${path}`, { headers: who.headers, agent: false });
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return response;
}

/** Turns of the loop until nothing more happens. */
async function settled(watched: Watched): Promise<number> {
  for (let last = -1, quiet = 0; quiet < 200; ) {
    quiet = watched.pages === last ? quiet + 1 : 0;
    last = watched.pages;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return watched.pages;
}

const MOST = "/api/v1/export?q=since:1d&most=1000000";

test("a reader who stands still stops the search; one who goes away ends it", async () => {
  await using house = await openHouse();
  const watched = fill(house);
  const response = await begun(house, MOST, await house.key("owner"));
  response.pause();
  const stood = await settled(watched);
  assert.ok(stood < 100, `${stood} of 1,000 pages were searched ahead of the reader`);
  for (let read = 0; read < 20; read++) {
    if (response.read() === null) await once(response, "readable");
  }
  response.destroy();
  const gone = await settled(watched);
  assert.ok(gone < 200, `${gone} pages were searched for nobody`);
  assert.equal(await settled(watched), gone);
});

test("at most as many rows as were asked for, with one line of names; nothing runs in a spreadsheet", async () => {
  await using house = await openHouse();
  fill(house);
  const { text, headers } = await house.call("export", { q: "since:1d", most: 2500 }, await house.key("owner"));
  const lines = text.trimEnd().split("\r\n");
  assert.equal(lines.length, 2501);
  assert.match(lines[0] ?? "", /^id,rcpt,at,state,/);
  assert.ok(lines.slice(1).every((line) => line.includes(",'=cmd|' /C calc'!A0@x.example,") && line.includes(",'+1@srv,")));
  assert.equal(headers.get("content-disposition"), 'attachment; filename="messages.csv"');
  assert.deepEqual([headers.get("content-type"), headers.get("x-content-type-options")], ["text/csv; charset=utf-8", "nosniff"]);
});

test("JSON lines are objects, one a row", async () => {
  await using house = await openHouse();
  fill(house);
  const { text } = await house.call("export", { q: "since:1d", most: 3, form: "jsonl" }, await house.key("owner"));
  const rows = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly to: string });
  assert.deepEqual(
    rows.map(({ to }) => to.slice(0, 6)),
    ["guest0", "guest1", "guest2"],
  );
});

test("a search that fails in the middle breaks the file off, so that nobody takes it for whole; the API lives on", async () => {
  await using house = await openHouse();
  const watched = fill(house);
  watched.failFrom = 3;
  const response = await begun(house, MOST, await house.key("owner"));
  response.resume();
  await new Promise((resolve) => response.once("close", resolve));
  assert.equal(response.complete, false);
  assert.equal((await house.call("health", {})).status, 200);
});

test("many rows in one file want the password again from a session; a key is not asked", async () => {
  await using house = await openHouse();
  fill(house);
  const ann = await house.session("operator");
  house.pass(11 * 60_000);
  const many = { q: "since:1d", most: 10_001 };
  assert.equal((await house.call("export", many, ann)).status, 428);
  assert.equal((await house.call("export", { ...many, most: 1000 }, ann)).status, 200);
  assert.equal((await house.call("export", many, await house.key("operator"))).status, 200);
});
