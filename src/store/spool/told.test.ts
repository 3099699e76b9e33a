/** Proves what the spool tells besides rows: holds as people decide about them, and what was recorded as it is recorded. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WallMs } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import type { NewEvent } from "../../model/event.ts";
import type { SiteKey, TenantId } from "../../model/ids.ts";
import { delivered, handClock, held, NOON, refOf, submission } from "./specimens.ts";
import { MemoryStore, openSpool, type Spool } from "./spool.ts";

async function inMemory(): Promise<Spool> {
  return await openSpool({ where: { memory: new MemoryStore() }, clock: handClock(), log: silentLog });
}

test("held mail comes in groups of one sender and one reason, a tenant's own if it asks", async () => {
  await using spool = await inMemory();
  const mails = [
    submission({ sender: "shop3@srv7", tenant: "mueller", to: ["a@example.net", "b@example.net"] }),
    submission({ sender: "shop3@srv7", tenant: "mueller" }),
    submission({ sender: "ann@srv7", tenant: "verein" }),
    submission({ sender: "bob@srv7", tenant: "verein" }),
  ];
  for (const mail of mails) await spool.append(mail);
  const [first, second, third] = mails as [(typeof mails)[0], (typeof mails)[0], (typeof mails)[0]];
  const holds = [refOf(first, 0), refOf(first, 1), refOf(second)].map((ref) => held(ref, 0, "looks taken over", 7));
  await spool.apply([...holds, held(refOf(third), 0, "asked by ann", 8)], "durable");
  assert.deepEqual(
    (await spool.heldGroups(undefined, 10)).map(({ sender, why, held: n, action }) => [sender, why, n, action]),
    [
      ["shop3@srv7", "looks taken over", 3, 7],
      ["ann@srv7", "asked by ann", 1, 8],
    ],
  );
  const [only, more] = await spool.heldGroups("verein" as TenantId, 10);
  assert.deepEqual([only?.sender, only?.oldest, more], ["ann@srv7", third.envelope.key, undefined]);
  assert.equal((await spool.heldGroups(undefined, 1)).length, 1);
  assert.equal(await spool.count({ tenant: "mueller" as TenantId }), 3);
  assert.equal(await spool.count({ tenant: "nobody" as TenantId }), 0);
});

test("what is committed is told as it was recorded; what was stale is not", async () => {
  await using spool = await inMemory();
  const told: string[] = [];
  const end = spool.onEvents((events) => told.push(...events.map(nameOf)));
  const mail = submission({ to: ["a@example.net", "b@example.net"] });
  const spam = submission({ first: [{ state: "discarded", why: "a trap" }] });
  await spool.append(mail);
  await spool.append(spam);
  await spool.apply([delivered(refOf(mail), 0), delivered(refOf(mail, 1), 5)], "durable");
  spool.record({ at: NOON, body: { kind: "alarm", code: "test", text: "a test" } });
  assert.deepEqual(told, ["accepted -", "accepted -", "discarded 0", "delivered 0", "alarm -"]);
  end();
  await spool.append(submission());
  assert.equal(told.length, 5);
});

test("a lane's closing and opening are found by its site and time, and no other event", async () => {
  await using spool = await inMemory();
  const mail = submission();
  await spool.append(mail);
  const lane = (site: string, open: boolean, at: number): void =>
    spool.record({ at: at as WallMs, body: { kind: "lane", site, open, why: "421 later" } });
  lane("gmail.com", false, NOON + 1000);
  lane("other.example", false, NOON + 2000);
  lane("gmail.com", true, NOON + 3000);
  lane("gmail.com", false, NOON + 9000);
  await spool.apply([], "durable");
  const found = await spool.laneEvents("gmail.com" as SiteKey, NOON, (NOON + 5000) as WallMs, 10);
  assert.deepEqual(
    found.map(({ at, body }) => [at - NOON, body.kind === "lane" && body.open]),
    [
      [1000, false],
      [3000, true],
    ],
  );
});

function nameOf({ ref, body }: NewEvent): string {
  return `${body.kind} ${ref !== undefined && "rcpt" in ref ? ref.rcpt : "-"}`;
}
