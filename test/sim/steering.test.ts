/** What an operator does, through the control port, to mail that waits; and that it can be taken back. */
import assert from "node:assert/strict";
import type { Receiver } from "../../lab/world/receivers.ts";
import type { World } from "../../lab/world/world.ts";
import type { WallMs } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import type { ActionCommand, ActionResult } from "../../src/control/api/node-face.ts";
import { type RecipientStory, tellStory } from "../../src/diagnose/story/story.ts";
import { idOf, type NodeNumber, readId, type SiteKey, type TenantId } from "../../src/model/ids.ts";
import { EVERYTHING, type View } from "../../src/model/view.ts";
import { SourceStore } from "../../src/node/source-store.ts";
import { Steering } from "../../src/node/steering.ts";
import { openLimits } from "../../src/relay/limits/limits.ts";
import { memoryOverrides } from "../../src/store/overrides/overrides.ts";
import { ControlSettings, OperatorActions, SETTINGS_MIGRATIONS } from "../../src/store/settings/control-settings.ts";
import type { Selector } from "../../src/store/spool/spool.ts";
import { localDialect } from "../../src/store/sql/dialect.ts";
import { openControlDatabase } from "../../src/store/sql/migrations.ts";
import { NODE, NodeUnderTest } from "./node-under-test.ts";
import { seeded } from "./seeded.ts";

const MINUTE = 60_000;
const ANN = { kind: "operator", id: "ann" } as const;

interface Desk {
  readonly node: NodeUnderTest;
  readonly steering: Steering;
  readonly actions: OperatorActions;
  /** Of example.org; `home` is where reports to a@shop.example go. */
  readonly receiver: Receiver;
  readonly home: Receiver;
  send(recipients: readonly string[]): Promise<void>;
  act(verb: ActionCommand["verb"], selector: Selector, more?: Partial<ActionCommand>): Promise<ActionResult>;
  undo(action: number | undefined): Promise<ActionResult>;
  /** What the operator is told of the first open delivery's message. */
  story(): Promise<RecipientStory>;
  /** `x@example.org queued` …, in order. */
  rows(): Promise<string[]>;
}

/** A node whose mail for example.org waits: its host cannot be reached. */
async function desk(world: World): Promise<Desk> {
  const receiver = await world.receiver("example.org", "192.0.2.2");
  const home = await world.receiver("shop.example", "192.0.2.9");
  world.network.weather("192.0.2.2", { connect: "refused" });
  const source = world.source("www.shop.example", "203.0.113.1", NODE);
  const node = new NodeUnderTest(world);
  await node.start();
  const { clock } = world;
  const database = await openControlDatabase(localDialect(":memory:"), [SETTINGS_MIGRATIONS]);
  const random = world.random.fork("settings");
  const settings = await ControlSettings.open(database, { nodeKey: random.bytes(32), random, now: clock.wall() });
  const actions = await OperatorActions.open(database);
  const steering = new Steering({
    name: "n1",
    number: 1 as NodeNumber,
    version: "test",
    startedAt: clock.wall(),
    clock,
    log: silentLog,
    spool: node.spool,
    actions,
    pipeline: node.pipeline,
    sources: new SourceStore({ settings, clock, random, allowed: [] }),
    pickup: async () => ({ taken: 0, refused: 0 }),
    stop: () => {},
    needs: () => [],
    certificateUntil: () => (clock.wall() + 365 * 86_400_000) as WallMs,
    upstreams: new Set(),
    limits: await openLimits({ clock, table: memoryOverrides(), rules: [], log: silentLog, record: () => {} }),
    connections: { upstream: 20, mx: 10 },
    mayRelease: (tenant) => tenant !== "strict",
    siteFor: (domain) => `mx:${domain}` as SiteKey,
  });
  steering.watch(new AbortController().signal);
  let n = 0;
  const answered = async (asked: ReturnType<Steering["act"]>): Promise<ActionResult> => {
    const answer = await clock.during(asked);
    assert.ok(answer.ok, "refused");
    return answer.result;
  };
  return {
    node,
    steering,
    actions,
    receiver,
    home,
    send: async (recipients) => {
      const sent = await clock.during(source.send({ id: `m${++n}`, mailFrom: "a@shop.example", recipients: [...recipients] }));
      assert.equal(sent.is, "taken");
      await clock.runFor(1_000);
    },
    act: (verb, selector, more) => answered(steering.act(EVERYTHING, { verb, selector, dryRun: false, by: ANN, ...more })),
    undo: (action) => answered(steering.undo(EVERYTHING, action ?? -1, ANN)),
    story: async () => {
      const [key] = (await clock.during(node.spool.find({}, 1))).map(({ ref }) => ref.message);
      assert.ok(key);
      const record = await clock.during(steering.message(EVERYTHING, key));
      assert.ok(record);
      const told = { id: idOf(key, 1 as NodeNumber), now: clock.wall(), zone: "UTC", closed: new Map() };
      const [recipient] = tellStory(record, told).recipients;
      assert.ok(recipient);
      return recipient;
    },
    rows: async () => {
      const found = await clock.during(steering.deliveries(EVERYTHING, {}, 100));
      return found.map(({ address, state, why }) => `${address} ${state}${why === undefined ? "" : ` (${why})`}`);
    },
  };
}

seeded("held mail does not leave when its host comes back; released it does", ["1"], async (world) => {
  const { send, act, rows, receiver } = await desk(world);
  await send(["x@example.org", "y@example.org"]);
  const held = await act("hold", { recipient: "x@example.org" }, { note: "looks odd" });
  assert.deepEqual([held.matched, held.done], [1, 1]);
  world.network.weather("192.0.2.2", {});
  await world.clock.runFor(10 * MINUTE);
  assert.deepEqual(
    receiver.taken.flatMap((one) => one.recipients),
    ["y@example.org"],
  );
  assert.deepEqual(await rows(), ["x@example.org held (looks odd)"]);
  await act("release", { recipient: "x@example.org" });
  await world.clock.runFor(1_000);
  assert.deepEqual(
    receiver.taken.flatMap((one) => one.recipients),
    ["y@example.org", "x@example.org"],
  );
});

seeded("a hold is undone: its mail, and no other held mail, goes on", ["1"], async (world) => {
  const { send, act, undo, rows } = await desk(world);
  await send(["x@example.org", "y@example.org"]);
  await act("hold", { recipient: "y@example.org" }, { note: "earlier" });
  const hold = await act("hold", { recipientDomain: "example.org" }, { note: "later" });
  assert.equal(hold.done, 1, "what is held already is not held again");
  const undone = await undo(hold.undo?.action);
  assert.equal(undone.done, 1);
  assert.deepEqual(
    (await rows()).map((row) => row.replace(/ \(.*/, "")),
    ["x@example.org queued", "y@example.org held"],
  );
});

seeded("a discard can be taken back for an hour, to what each delivery was before", ["1"], async (world) => {
  const { send, act, undo, rows, story } = await desk(world);
  await send(["x@example.org", "y@example.org"]);
  await act("hold", { recipient: "y@example.org" }, { note: "odd" });
  const gone = await act("discard", { recipientDomain: "example.org" }, { note: "a wave of spam" });
  assert.match(
    (await story()).line,
    /^Held for x@example\.org for .*: a wave of spam\. Discarded for good at 10:00\. You: until then back with: fairlead undo 2\.$/,
  );
  assert.deepEqual([gone.done, gone.undo !== undefined], [2, true]);
  await world.clock.runFor(50 * MINUTE);
  await undo(gone.action);
  const after = await rows();
  assert.match(after[0] ?? "", /^x@example\.org queued/);
  assert.equal(after[1], "y@example.org held (odd)");
  assert.match((await story()).line, /^Queued for x@example\.org/);
});

seeded("after an hour a discard is carried out, and cannot be undone", ["1"], async (world) => {
  const { send, act, rows, steering } = await desk(world);
  await send(["x@example.org"]);
  const gone = await act("discard", { recipient: "x@example.org" });
  await world.clock.runFor(63 * MINUTE);
  assert.deepEqual(await rows(), []);
  const late = await world.clock.during(steering.undo(EVERYTHING, gone.action ?? 0, ANN));
  assert.ok(!late.ok && late.refusal.code === "too-late");
  const { counts, ledger } = await world.clock.during(steering.status(EVERYTHING));
  assert.deepEqual([counts.discarded, ledger.balances], [1, true]);
});

seeded("an order that cannot be recorded changes nothing, and is not said to be done", ["1"], async (world) => {
  const { send, act, rows, actions, steering } = await desk(world);
  await send(["x@example.org"]);
  const add = actions.add.bind(actions);
  actions.add = () => Promise.reject(new Error("database or disk is full"));
  for (const verb of ["hold", "discard"] as const) {
    await assert.rejects(act(verb, {}), /disk is full/);
    assert.match((await rows()).join(), /^x@example\.org queued/, verb);
  }
  const bounced = await act("bounce", {});
  assert.deepEqual([bounced.done, bounced.action, bounced.undo], [1, undefined, undefined], "its report is on its way");
  actions.add = add;
  assert.deepEqual(await world.clock.during(steering.actions(EVERYTHING, 10)), []);
});

seeded("an order is on record before it touches anything, and one that touched nothing is not", ["1"], async (world) => {
  const { send, act, rows, actions, steering } = await desk(world);
  await send(["x@example.org"]);
  assert.equal((await act("hold", { recipient: "nobody@example.org" })).matched, 0);
  assert.deepEqual(await world.clock.during(steering.actions(EVERYTHING, 10)), []);
  const update = actions.update.bind(actions);
  actions.update = () => Promise.reject(new Error("database or disk is full"));
  const held = await act("hold", {});
  actions.update = update;
  assert.ok(held.action !== undefined && held.undo);
  const undone = await world.clock.during(steering.undo(EVERYTHING, held.action, ANN));
  assert.ok(undone.ok);
  assert.match((await rows()).join(), /^x@example\.org queued/);
});

seeded("bounced mail is reported with the operator's reason", ["1"], async (world) => {
  const { send, act, home } = await desk(world);
  await send(["x@example.org"]);
  await act("bounce", { recipient: "x@example.org" }, { note: "we do not send this" });
  await world.clock.runFor(5_000);
  assert.equal(home.taken.length, 1);
  assert.match(home.taken[0]?.content.toString() ?? "", /we do not send this[^]*Action: failed\r\nStatus: 5\.7\.1/);
});

seeded("retry opens a closed lane at once, reroute moves mail to another way out", ["1"], async (world) => {
  const { send, act, receiver, steering } = await desk(world);
  await send(["x@example.org"]);
  const [lane] = await world.clock.during(steering.lanes());
  assert.equal(lane?.state, "closed");
  world.network.weather("192.0.2.2", {});
  await act("retry", { recipient: "x@example.org" });
  await world.clock.runFor(1_000);
  assert.equal(receiver.taken.length, 1);
  await world.clock.runFor(10_000); // its connection is closed by then
  world.network.weather("192.0.2.2", { connect: "refused" });
  await send(["y@example.org"]);
  const moved = await act("reroute", { recipient: "y@example.org" }, { site: "mx:shop.example" as SiteKey });
  assert.equal(moved.done, 1);
});

seeded("a dry run counts and changes nothing; nothing matched is no action", ["1"], async (world) => {
  const { send, act, rows, steering } = await desk(world);
  await send(["x@example.org"]);
  const before = await rows();
  const dry = await act("discard", {}, { dryRun: true });
  assert.deepEqual([dry.matched, dry.done, dry.action], [1, 1, undefined]);
  const none = await act("hold", { recipient: "nobody@example.org" });
  assert.deepEqual([none.matched, none.action], [0, undefined]);
  assert.deepEqual(await rows(), before);
  assert.deepEqual(await world.clock.during(steering.actions(EVERYTHING, 10)), []);
});

seeded("mail that the node holds itself needs a person until he decided; what an operator holds does not", ["1"], async (world) => {
  const { send, act, receiver, steering } = await desk(world);
  const needs = async (): Promise<readonly string[]> =>
    (await world.clock.during(steering.status(EVERYTHING))).needs.flatMap(({ code, line }) => (code === "held" ? line : []));
  receiver.habits = [{ dot: () => ({ reset: true, keeps: true }) }];
  world.network.weather("192.0.2.2", {});
  await send(["x@example.org"]);
  await world.clock.runFor(60 * MINUTE);
  const [line] = await needs();
  assert.match(line ?? "", /^1 delivery waits for your decision, accepted 1 h ago: sent twice to mx1\.example\.org without an answer\.$/);
  await act("discard", { recipient: "x@example.org" });
  await world.clock.runFor(MINUTE);
  await send(["y@shop.example"]);
  await act("hold", {});
  assert.deepEqual(await needs(), []);
});

seeded("what waited for a closed destination says so also when it has left", ["1"], async (world) => {
  const { steering, node, send, receiver } = await desk(world);
  await send(["x@example.org"]);
  await send(["y@example.org"]); // it is closed already
  const keys = (await world.clock.during(node.spool.find({}, 2))).map(({ ref }) => ref.message);
  world.network.weather("192.0.2.2", {});
  await world.clock.runFor(10 * MINUTE);
  assert.equal(receiver.taken.length, 2);
  for (const key of keys) {
    const record = await world.clock.during(steering.message(EVERYTHING, key));
    assert.ok(record);
    const told = { id: idOf(key, 1 as NodeNumber), now: world.clock.wall(), zone: "UTC", closed: new Map() };
    const parts = tellStory(record, told).recipients[0]?.parts ?? [];
    assert.ok((parts.find(({ what }) => what === "lane closed")?.ms ?? 0) > 30_000, JSON.stringify(parts));
    assert.equal(parts.find(({ what }) => what === "own turn")?.ms ?? 0, 0, JSON.stringify(parts));
  }
});

seeded("a tenant's view reaches nothing of another's: no row, no story, no content, no order", ["1"], async (world) => {
  const { steering, node, send, act } = await desk(world);
  await send(["x@example.org"]);
  const held = await act("hold", {});
  const [row] = await world.clock.during(node.spool.find({}, 1));
  assert.ok(row);
  const key = row.ref.message;
  const own: View = { sees: "tenant", tenant: "default" as TenantId };
  const foreign: View = { sees: "tenant", tenant: "other" as TenantId };
  const seen = async (view: View): Promise<unknown[]> =>
    await world.clock.during(
      Promise.all([
        steering.deliveries(view, {}, 10).then(({ length }) => length),
        steering.count(view, {}),
        steering.messagesOf(view, "x@example.org", 10).then(({ length }) => length),
        steering.message(view, key).then((record) => record?.envelope.mailFrom),
        steering.content(view, key).then((content) => content !== undefined),
        steering.holds(view).then((groups) => groups.map(({ held: n, sample }) => [n, sample.length])),
        steering.events(view, 0, 100).then(({ length }) => length > 0),
        steering.status(view).then(({ counts }) => counts.held),
      ]),
    );
  assert.deepEqual(await seen(own), [1, 1, 1, "a@shop.example", true, [[1, 1]], true, 1]);
  assert.deepEqual(await seen(foreign), [0, 0, 0, undefined, false, [], false, 0]);
  const order = { verb: "release", selector: {}, dryRun: false, by: ANN } as const;
  const nothing = await world.clock.during(steering.act(foreign, order));
  assert.ok(nothing.ok && nothing.result.matched === 0);
  const strict: View = { sees: "tenant", tenant: "strict" as TenantId };
  for (const verb of ["release", "reroute"] as const) {
    const refused: Awaited<ReturnType<Steering["act"]>> = await world.clock.during(
      steering.act(strict, { ...order, verb, site: "mx:shop.example" as SiteKey }),
    );
    assert.ok(!refused.ok && refused.refusal.code === "not-allowed");
  }
  const undone = await world.clock.during(steering.undo(foreign, held.action ?? 0, ANN));
  assert.ok(!undone.ok && undone.refusal.code === "not-found");
  assert.equal(undone.refusal.fix, "list them with: fairlead queue list --actions");
  assert.equal((await world.clock.during(steering.actions(foreign, 10))).length, 0);
});

seeded("the stranger that it plays itself to look for an open relay is on no record: nobody was refused", ["1"], async (world) => {
  const { steering, node } = await desk(world);
  node.pipeline.intake.setSources([]); // those of this world hold its address
  assert.deepEqual(await world.clock.during(node.pipeline.intake.openRelays()), []);
  await world.clock.runFor(1_000);
  const kinds = (await world.clock.during(steering.events(EVERYTHING, 0, 100))).map(({ body }) => body.kind);
  assert.deepEqual(
    kinds.filter((kind) => kind === "refused"),
    [],
  );
});

seeded("a refusal is found by the reference that its reply ends with", ["1"], async (world) => {
  const { steering } = await desk(world);
  const stranger = world.source("elsewhere.example", "192.0.2.77", NODE);
  const sent = await world.clock.during(stranger.send({ id: "r1", mailFrom: "b@elsewhere.example", recipients: ["x@example.org"] }));
  const reference = /; ref ([0-9A-Z]{16})$/.exec(sent.is === "refused" ? sent.reply : "")?.[1] ?? "";
  const read = readId(reference);
  assert.ok("key" in read, sent.is);
  await world.clock.runFor(1_000);
  const record = await world.clock.during(steering.message(EVERYTHING, read.key));
  assert.ok(record);
  const story = tellStory(record, { id: idOf(read.key, read.node), now: world.clock.wall(), zone: "UTC", closed: new Map() });
  assert.match(story.recipients[0]?.line ?? "", /^Refused .*FL-5103/);
});
