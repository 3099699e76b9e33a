/** The live feed in virtual time: what is told to whom, how often, and that nobody is left wrong without hearing it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SimClock } from "../../../lab/world/sim-clock.ts";
import type { WallMs } from "../../base/clock.ts";
import { type LogFields, silentLog } from "../../base/log.ts";
import type { MessageKey, TenantId } from "../../model/ids.ts";
import { EVERYTHING, type View } from "../../model/view.ts";
import type { SearchPage } from "../../store/history/history.ts";
import type { Asked } from "./asked.ts";
import { liveReply } from "./live.ts";
import { MEMORY_NOW, MemoryNode } from "./memory-node.ts";
import { Refused } from "./refused.ts";

const HOTEL: View = { sees: "tenant", tenant: "hotel" as TenantId };
const STRANGER: View = { sees: "tenant", tenant: "stranger" as TenantId };

interface Heard {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: { readonly rows?: readonly { readonly to: string }[]; readonly more?: number; readonly line?: string };
}

/** Somebody who listens; `slow` leaves everything unread. */
class Ear {
  readonly heard: Heard[] = [];
  slow = false;
  ended = false;
  leave: () => void = () => {};

  send(text: string): boolean {
    if (this.slow) return false;
    const fields = new Map(
      text
        .trim()
        .split("\n")
        .map((line) => line.split(/: (.*)/s) as [string, string]),
    );
    this.heard.push({
      id: fields.get("id"),
      event: fields.get("event") ?? "",
      data: JSON.parse(fields.get("data") ?? "null") as Heard["data"],
    });
    return true;
  }

  of(event: string): readonly Heard[] {
    return this.heard.filter((one) => one.event === event);
  }

  /** Recipients of all rows told so far, in order. */
  get told(): readonly string[] {
    return this.of("changed").flatMap(({ data }) => (data.rows ?? []).map(({ to }) => to));
  }
}

class Stage {
  readonly clock = new SimClock(MEMORY_NOW);
  readonly node = new MemoryNode();
  readonly logged: (LogFields | undefined)[] = [];

  async listen(view: View, more: { readonly lastEvent?: string; readonly after?: number } = {}): Promise<Ear> {
    const ear = new Ear();
    const log = (_level: string, _text: string, fields?: LogFields): void => void this.logged.push(fields);
    const asked = { node: this.node, clock: this.clock, log, lastEvent: more.lastEvent, identity: { view } };
    const { begin } = liveReply(asked as unknown as Asked, more.after);
    ear.leave = begin({ send: (text) => ear.send(text), waiting: () => (ear.slow ? 1 : 0), end: () => (ear.ended = true) });
    await this.clock.runFor(0);
    return ear;
  }

  mail(to: string, tenant = "hotel", recipients = 1): MessageKey {
    const all = Array.from({ length: recipients }, (_, i) => ({ address: i === 0 ? to : `${i}.${to}`, state: "queued" as const }));
    return this.node.add({ acceptedAt: this.clock.wall(), from: "a@x.example", sender: "s", source: "srv", tenant, to: all });
  }

  seconds(n: number): Promise<void> {
    return this.clock.runFor(n * 1000);
  }
}

test("who joins hears the status at once, and a gap only where something was missed", async () => {
  const stage = new Stage();
  stage.mail("b@y.example");
  stage.mail("c@y.example");
  const events = async (more: { readonly lastEvent?: string; readonly after?: number }): Promise<readonly string[]> => {
    const ear = await stage.listen(EVERYTHING, more);
    return ear.heard.map(({ event }) => event);
  };
  assert.deepEqual(await events({}), ["status"]);
  assert.deepEqual(await events({ lastEvent: "2" }), ["status"]);
  assert.deepEqual(await events({ lastEvent: "1" }), ["gap", "status"]);
  assert.deepEqual(await events({ lastEvent: "7" }), ["gap", "status"], "of another node, or of before a restore");
  assert.deepEqual(await events({ lastEvent: "<script>" }), ["gap", "status"]);
  assert.deepEqual(await events({ after: 2 }), ["status"]);
});

test("what changes is told within a second, once, as it is then", async () => {
  const stage = new Stage();
  const ear = await stage.listen(EVERYTHING);
  stage.mail("b@y.example", "hotel", 3);
  await stage.seconds(1);
  assert.deepEqual(ear.told, ["b@y.example", "1.b@y.example", "2.b@y.example"]);
  await stage.seconds(10);
  assert.equal(ear.of("changed").length, 1);
  for (let i = 0; i < 10; i++) {
    stage.mail(`burst${i}@y.example`);
    await stage.seconds(0.05);
  }
  await stage.seconds(1);
  assert.equal(ear.of("changed").length, 2, "at most one a second");
  assert.equal(ear.told.length, 13);
});

test("a message is told beside one with very many recipients that came in the same millisecond", async () => {
  const stage = new Stage();
  const ear = await stage.listen(HOTEL);
  stage.mail("b@y.example");
  stage.mail("many@y.example", "hotel", 1001);
  stage.mail("c@z.example", "other");
  await stage.seconds(1);
  assert.deepEqual([ear.told.length, ear.told.at(-1), ear.told[0]], [51, "b@y.example", "many@y.example"]);
});

test("a status comes each five seconds", async () => {
  const stage = new Stage();
  const ear = await stage.listen(EVERYTHING);
  await stage.seconds(21);
  assert.equal(ear.of("status").length, 5);
});

test("of a flood the newest are shown and the others counted, also those that nobody counted one by one", async () => {
  const stage = new Stage();
  const ear = await stage.listen(EVERYTHING);
  for (let i = 0; i < 2100; i++) stage.mail(`b${i}@y.example`);
  await stage.seconds(1);
  const [changed] = ear.of("changed");
  assert.equal(new Set(changed?.data.rows?.map(({ to }) => to)).size, 50);
  assert.equal(changed?.data.more, 2050);
});

test("a tenant hears of its own mail only, without its place among the node's, and not even that there was other", async () => {
  const stage = new Stage();
  const [hotel, stranger, all] = [await stage.listen(HOTEL), await stage.listen(STRANGER), await stage.listen(EVERYTHING)];
  for (let i = 0; i < 60; i++) stage.mail(`guest${i}@y.example`, "hotel");
  stage.mail("other@y.example", "third");
  await stage.seconds(20);
  assert.deepEqual([hotel.of("changed")[0]?.data.rows?.length, hotel.of("changed")[0]?.data.more], [50, 10]);
  assert.deepEqual([stranger.of("changed"), stranger.told], [[], []]);
  assert.equal(all.of("changed")[0]?.data.more, 11);
  assert.deepEqual([...new Set([...hotel.heard, ...stranger.heard].map(({ id }) => id))], ["-"]);
  assert.deepEqual(new Set(all.of("changed").map(({ id }) => id)), new Set(["61"]));
  const again = await stage.listen(HOTEL, { lastEvent: "-" });
  assert.equal(again.heard[0]?.event, "gap", "so who comes back asks anew");
});

test("who reads too slowly loses something and hears that it did, once it reads again", async () => {
  const stage = new Stage();
  const [slow, quick] = [await stage.listen(EVERYTHING), await stage.listen(EVERYTHING)];
  slow.slow = true;
  stage.mail("b@y.example");
  await stage.seconds(3);
  slow.slow = false;
  await stage.seconds(1);
  assert.deepEqual([slow.told, slow.of("gap").length, quick.told, quick.of("gap").length], [[], 1, ["b@y.example"], 0]);
  await stage.seconds(3);
  assert.equal(slow.of("gap").length, 1);
});

test("a node that cannot be asked for a while costs a gap and no stream", async () => {
  const stage = new Stage();
  const ear = await stage.listen(EVERYTHING);
  const { past } = stage.node;
  const search = past.search;
  Object.assign(past, { search: () => Promise.reject(new Error("the disk is gone")) });
  stage.mail("b@y.example");
  await stage.seconds(2);
  Object.assign(past, { search });
  stage.mail("c@y.example");
  await stage.seconds(2);
  assert.deepEqual([ear.told, ear.of("gap").length, ear.ended], [["c@y.example"], 1, false]);
  assert.match(String(stage.logged[0]?.["error"]), /the disk is gone/);
});

test("streams that see alike are asked for once, and when the last one leaves nothing goes on", async () => {
  const stage = new Stage();
  let searches = 0;
  const { past } = stage.node;
  const search = past.search;
  Object.assign(past, { search: (...given: Parameters<typeof search>) => (searches++, search(...given)) });
  const ears = await Promise.all(Array.from({ length: 20 }, () => stage.listen(EVERYTHING)));
  stage.mail("b@y.example");
  await stage.seconds(1);
  assert.equal(searches, 1);
  for (const ear of ears) assert.deepEqual(ear.told, ["b@y.example"]);
  for (const ear of ears) ear.leave();
  assert.equal(stage.node.listeners.size, 0);
  const turns = stage.clock.turns;
  await stage.seconds(60);
  assert.ok(stage.clock.turns - turns <= 1, "the feed stands still");
  const back = await stage.listen(EVERYTHING);
  stage.mail("c@y.example");
  await stage.seconds(1);
  assert.deepEqual(back.told, ["c@y.example"]);
});

// Until 2026-11-25 each such return set one more clock going, for as long as anybody listened.
test("who comes while what the last one asked for is still being answered hears as often as anybody", async () => {
  const stage = new Stage();
  const { past } = stage.node;
  const search = past.search;
  let answer = (_: SearchPage): void => {};
  Object.assign(past, { search: () => new Promise<SearchPage>((resolve) => (answer = resolve)) });
  const first = await stage.listen(EVERYTHING);
  stage.mail("b@y.example");
  await stage.seconds(1);
  first.leave();
  Object.assign(past, { search });
  const second = await stage.listen(EVERYTHING);
  answer({ rows: [], searchedBackTo: MEMORY_NOW, tookMs: 1 });
  await stage.seconds(10);
  assert.equal(second.of("status").length, 3, "the greeting, and one every five seconds");
});

test("a node without history says so instead of a silent stream", () => {
  const node = new MemoryNode();
  Object.assign(node, { past: undefined });
  const asked = { node, clock: new SimClock(0 as WallMs), log: silentLog, lastEvent: undefined, identity: { view: EVERYTHING } };
  assert.throws(
    () => liveReply(asked as unknown as Asked, undefined),
    (thrown) => thrown instanceof Refused && thrown.code === "not-found",
  );
});
