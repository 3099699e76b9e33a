/** events --follow: over a restart of the node no event is missed and none comes twice. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Clock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { type Api, startApi } from "../control/api/api.ts";
import { MemoryNode } from "../control/api/memory-node.ts";
import { at, STILL, tuesday, typed } from "./stage.ts";

/** A node's socket that comes and goes; `turns[n]` happens while the command waits for the n-th time. */
async function followed(first: MemoryNode, turns: readonly ((door: Door) => Promise<void>)[], words: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-follow-"));
  const door = new Door(folder);
  await door.open(first);
  const stop = new AbortController();
  const waits: number[] = [];
  const clock: Clock = {
    ...STILL,
    sleep: async (ms) => {
      const turn = turns[waits.length];
      waits.push(ms);
      if (turn === undefined) stop.abort();
      else await turn(door);
    },
  };
  const said = await typed(["events", "--follow", ...words], folder, { signal: stop.signal, clock });
  await door.close();
  rmSync(folder, { recursive: true });
  return { ...said, waits };
}

class Door {
  readonly #folder: string;
  #api: Api | undefined;
  constructor(folder: string) {
    this.#folder = folder;
  }
  async open(node: MemoryNode): Promise<void> {
    this.#api = await startApi({ socketPath: join(this.#folder, "control.sock"), node, log: silentLog, clock: STILL });
  }
  async close(): Promise<void> {
    await this.#api?.[Symbol.asyncDispose]();
    this.#api = undefined;
  }
}

const seqs = (out: string): number[] =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).seq);

const mail = (node: MemoryNode): void =>
  void node.add({
    ...{ acceptedAt: at(0), from: "a@x.example", sender: "a", source: "s" },
    to: [{ address: "b@y.example", state: "queued" }],
  });

test("a restart is waited for, longer each time, and the place is kept", async () => {
  const node = tuesday();
  const { exit, out, err, waits } = await followed(
    node,
    [
      async (door) => {
        await door.close();
        mail(node); // as the node does between its start and the first question
      },
      async () => {},
      async (door) => await door.open(node),
      async () => mail(node),
    ],
    ["--after", "0", "--json"],
  );
  assert.equal(exit, 130);
  assert.deepEqual(
    seqs(out),
    node.happened.map(({ seq }) => seq),
  );
  assert.match(err, /^no node runs on this data folder.*; going on when it answers\nthe node answers again\n$/);
  assert.deepEqual(waits, [1000, 1000, 2000, 1000, 1000]);
});

test("a node whose events begin anew is told from one that has nothing new", async () => {
  const fresh = new MemoryNode();
  mail(fresh);
  const { out, err } = await followed(
    tuesday(),
    [
      async (door) => {
        await door.close();
      },
      async (door) => await door.open(fresh),
    ],
    ["--json", "--limit", "1"],
  );
  assert.deepEqual(seqs(out), [16, 1]);
  assert.match(err, /this node's events begin anew: its last one is 1, not 16 or later\n/);
});

test("what is wrong from the beginning is told at once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-follow-"));
  assert.equal((await typed(["events", "--follow", "--after", "7"], folder)).exit, 4);
  rmSync(folder, { recursive: true });
});
