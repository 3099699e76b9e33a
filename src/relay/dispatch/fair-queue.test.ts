/** Shares at a site: no flood hides another sender, classes get 16:4:1, nothing is lost or invented. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { SenderKey, TenantId } from "../../model/ids.ts";
import type { MessageClass } from "../../model/message.ts";
import { type Fair, FairQueue } from "./fair-queue.ts";

const job = (tenant: string, sender: string, kind: MessageClass = "normal", size = 1): Fair => ({
  tenant: tenant as TenantId,
  sender: sender as SenderKey,
  class: kind,
  size,
});

const first = (queue: FairQueue<Fair>, n: number): Fair[] => Array.from({ length: n }, () => queue.take()).filter((x) => x !== undefined);

test("one message is next but one behind a flood of another sender", () => {
  const queue = new FairQueue<Fair>();
  for (let i = 0; i < 10_000; i++) queue.add(job("t", "flood"));
  queue.add(job("t", "quiet"));
  assert.ok(first(queue, 10).some((j) => j.sender === "quiet"));
});

test("a tenant with a hundred senders gets no more than a tenant with one", () => {
  const queue = new FairQueue<Fair>();
  for (let i = 0; i < 1000; i++) queue.add(job("big", `s${i % 100}`));
  for (let i = 0; i < 1000; i++) queue.add(job("small", "only"));
  const small = first(queue, 400).filter((j) => j.tenant === "small").length;
  assert.ok(small >= 190 && small <= 210, `${small} of 400`);
});

test("transactional, normal and bulk mail of one sender share 16:4:1", () => {
  const queue = new FairQueue<Fair>();
  for (const kind of ["transactional", "normal", "bulk"] as const) for (let i = 0; i < 2000; i++) queue.add(job("t", "s", kind));
  const taken = first(queue, 21 * 40);
  const count = (kind: MessageClass): number => taken.filter((j) => j.class === kind).length;
  assert.deepEqual(
    [count("transactional"), count("normal"), count("bulk")].map((n) => Math.round(n / 40)),
    [16, 4, 1],
  );
});

test("a job with many recipients costs its sender many turns", () => {
  const queue = new FairQueue<Fair>();
  for (let i = 0; i < 100; i++) queue.add(job("t", "wide", "normal", 50));
  for (let i = 0; i < 1000; i++) queue.add(job("t", "narrow"));
  const taken = first(queue, 510);
  const wide = taken.filter((j) => j.sender === "wide").length * 50;
  const narrow = taken.filter((j) => j.sender === "narrow").length;
  assert.ok(Math.abs(wide - narrow) <= 100, `${wide} beside ${narrow}`);
});

test("everything added is taken exactly once, each flow in order", () => {
  const kinds: MessageClass[] = ["report", "transactional", "normal", "forward", "bulk"];
  const jobs = fc.array(
    fc.record({ t: fc.nat(3), s: fc.nat(5), k: fc.constantFrom(...kinds), size: fc.integer({ min: 1, max: 60 }), take: fc.nat(2) }),
    { maxLength: 300 },
  );
  fc.assert(
    fc.property(jobs, (list) => {
      const queue = new FairQueue<Fair & { n: number }>();
      const taken: (Fair & { n: number })[] = [];
      list.forEach((x, n) => {
        queue.add({ ...job(`t${x.t}`, `s${x.s}`, x.k, x.size), n });
        for (let i = 0; i < x.take; i++) {
          const got = queue.take();
          if (got) taken.push(got);
        }
      });
      taken.push(...queue.takeAll());
      assert.equal(queue.size, 0);
      assert.deepEqual(
        taken.map((j) => j.n).sort((a, b) => a - b),
        list.map((_, n) => n),
      );
      const last = new Map<string, number>();
      for (const j of taken) {
        const flow = `${j.tenant} ${j.sender} ${j.class}`;
        assert.ok((last.get(flow) ?? -1) < j.n);
        last.set(flow, j.n);
      }
    }),
  );
});

test("ranked from outside, whoever ranks least is next, and turns go on as before afterwards", () => {
  const queue = new FairQueue<Fair>();
  for (let i = 0; i < 5; i++) for (const sender of ["a", "b", "c"]) queue.add(job(sender === "c" ? "other" : "t", sender));
  const had: Record<string, number> = { a: 3, b: 1, c: 2 };
  const rank = ({ sender }: Fair): number => had[sender] ?? 0;
  assert.equal(queue.peek(rank)?.sender, "b");
  assert.deepEqual(
    Array.from({ length: 6 }, () => queue.take(rank)?.sender),
    ["b", "b", "b", "b", "b", "c"],
  );
  assert.equal(queue.size, 9);
  queue.add(job("t", "b"));
  const rest = first(queue, 20).map(({ sender }) => sender);
  assert.deepEqual(rest.sort(), ["a", "a", "a", "a", "a", "b", "c", "c", "c", "c"]);
  assert.equal(queue.size, 0);
});
