/**
 * The spool against a model of a page: whatever is done to it, in whatever order, with crashes and failing batches
 * between, its deliveries, versions, leases and ledger are those of the model.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { silentLog } from "../../base/log.ts";
import type { MessageKey, SiteKey } from "../../model/ids.ts";
import { deferred, delivered, handClock, held, NOON, released, sent, submission } from "./specimens.ts";
import type { Change, FirstState, Spool } from "./spool.ts";
import { MemoryStore, openSpool } from "./spool.ts";

const SITES = ["a.example", "b.example"] as const;
const SENDERS = ["ann@web1", "joe@web1", "eve@web2"] as const;

interface Row {
  state: "queued" | "held";
  version: number;
  site: string;
  sender: string;
  dueAt: number;
  inDoubt: boolean;
  leased: boolean;
}

/** What should be true. Rows by `message/rcpt`, in key order. */
interface Model {
  readonly rows: Map<string, Row>;
  accepted: number;
  settled: number;
  lastKey: number;
}

type Step =
  | {
      readonly do: "append";
      readonly sender: number;
      readonly first: readonly { readonly as: "queued" | "leased" | "held" | "discarded"; readonly site: number; readonly in: number }[];
    }
  | {
      readonly do: "change";
      readonly pick: number;
      readonly to: Change["to"];
      readonly stale: boolean;
      readonly in: number;
      readonly site: number;
      readonly soon: boolean;
    }
  | { readonly do: "due"; readonly site: number; readonly limit: number; readonly perSender: number }
  | { readonly do: "giveBack"; readonly pick: number }
  | { readonly do: "crash" }
  | { readonly do: "stop" }
  | { readonly do: "fail" };

const site = fc.nat(SITES.length - 1);
const offset = fc.integer({ min: -5, max: 5 });
const firstState = fc.record({ as: fc.constantFrom("queued", "leased", "held", "discarded"), site, in: offset });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("append"), sender: fc.nat(2), first: fc.array(firstState, { minLength: 1, maxLength: 4 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("change"),
      pick: fc.nat(50),
      to: fc.constantFrom("sent", "queued", "held", "delivered"),
      stale: fc.boolean(),
      in: offset,
      site,
      soon: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("due"),
      site,
      limit: fc.integer({ min: 1, max: 5 }),
      perSender: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("giveBack"), pick: fc.nat(50) }) },
  fc.constantFrom<Step>({ do: "crash" }, { do: "stop" }, { do: "fail" }),
) as fc.Arbitrary<Step>;

class Trial {
  readonly model: Model = { rows: new Map(), accepted: 0, settled: 0, lastKey: 1000 };
  readonly store = new MemoryStore();
  readonly clock = handClock();
  spool!: Spool;
  failing = false;

  async open(): Promise<void> {
    this.spool = await openSpool({ where: { memory: this.store }, clock: this.clock, log: silentLog });
    for (const row of this.model.rows.values()) row.leased = false;
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case "append":
        return await this.#append(step);
      case "change":
        return await this.#change(step);
      case "due":
        return await this.#due(step);
      case "giveBack": {
        const picked = this.#pick(step.pick);
        if (picked === undefined) return;
        this.spool.giveBack([picked.ref]);
        picked.row.leased = false;
        return;
      }
      case "crash":
        this.store.crash();
        this.failing = false;
        this.store.takeFault();
        return await this.open();
      case "stop":
        this.failing = false;
        this.store.takeFault();
        await this.spool[Symbol.asyncDispose]();
        await this.open();
        assert.ok(this.spool.opened.clean);
        return;
      case "fail":
        this.failing = true;
        this.store.failNextBatch("SPOOL_IO");
    }
  }

  #pick(n: number): { ref: { message: MessageKey; rcpt: number }; row: Row } | undefined {
    const all = [...this.model.rows];
    const entry = all[n % Math.max(1, all.length)];
    if (entry === undefined) return undefined;
    const [message, rcpt] = entry[0].split("/").map(Number) as [number, number];
    return { ref: { message: message as MessageKey, rcpt }, row: entry[1] };
  }

  async #append({ sender, first }: Step & { do: "append" }): Promise<void> {
    const key = ++this.model.lastKey;
    const states = first.map(({ as, site, in: ms }): FirstState => {
      const at = SITES[site] as SiteKey;
      if (as === "held") return { state: "held", site: at, why: "odd" };
      if (as === "discarded") return { state: "discarded", why: "unwanted" };
      return { state: "queued", site: at, dueAt: (NOON + ms) as never, leased: as === "leased" };
    });
    const mail = submission({ key, sender: SENDERS[sender] ?? "", first: states, to: first.map((_, i) => `r${i}@example.net`) });
    if (this.failing) {
      this.failing = false;
      return await assert.rejects(this.spool.append(mail), { code: "SPOOL_IO" });
    }
    await this.spool.append(mail);
    this.model.accepted += first.length;
    states.forEach((state, rcpt) => {
      if (state.state === "discarded") {
        this.model.settled++;
        return;
      }
      const queued = state.state === "queued";
      this.model.rows.set(`${key}/${rcpt}`, {
        state: state.state,
        version: 0,
        site: state.site,
        sender: SENDERS[sender] ?? "",
        dueAt: queued ? state.dueAt : 0,
        inDoubt: false,
        leased: queued && state.leased,
      });
    });
  }

  async #change({ pick, to, stale, in: ms, site, soon }: Step & { do: "change" }): Promise<void> {
    const picked = this.#pick(pick);
    if (picked === undefined) return;
    const { ref, row } = picked;
    const version = stale ? row.version + 1 : row.version;
    const dueAt = NOON + ms;
    const change =
      to === "sent"
        ? sent(ref, version)
        : to === "held"
          ? held(ref, version)
          : to === "delivered"
            ? delivered(ref, version)
            : row.state === "held"
              ? released(ref, version, dueAt)
              : deferred(ref, version, dueAt, { site: SITES[site] ?? "" });
    const asked = this.spool.apply([change], soon ? "soon" : "durable");
    if (soon) this.clock.move(50);
    if (this.failing) {
      this.failing = false;
      return await assert.rejects(asked, { code: "SPOOL_IO" });
    }
    const possible = !stale && !(to === "sent" && row.state === "held");
    assert.deepEqual(await asked, [possible ? "ok" : "stale"]);
    if (!possible) return;
    row.version++;
    if (to === "sent") {
      row.inDoubt = true;
      return;
    }
    row.leased = false;
    if (to === "delivered") {
      this.model.rows.delete(`${ref.message}/${ref.rcpt}`);
      this.model.settled++;
    } else if (to === "held") {
      row.state = "held";
    } else {
      if (row.state === "queued") row.site = SITES[site] ?? "";
      Object.assign(row, { state: "queued", dueAt, inDoubt: false });
    }
  }

  async #due({ site, limit, perSender }: Step & { do: "due" }): Promise<void> {
    const at = SITES[site] ?? "";
    const open = (row: Row): boolean => row.state === "queued" && row.site === at && !row.leased;
    const ready = [...this.model.rows.values()].filter((row) => open(row) && row.dueAt <= NOON);
    const later = [...this.model.rows.values()].filter((row) => open(row) && row.dueAt > NOON).map((row) => row.dueAt);
    const window = await this.spool.due(at as SiteKey, NOON, limit, perSender);
    const perEach = new Map<string, number>();
    for (const { ref, version, sender, sentAt } of window.deliveries) {
      const row = this.model.rows.get(`${ref.message}/${ref.rcpt}`);
      assert.ok(row !== undefined && ready.includes(row) && !row.leased);
      assert.deepEqual([version, sentAt !== undefined], [row.version, row.inDoubt]);
      row.leased = true;
      perEach.set(sender, (perEach.get(sender) ?? 0) + 1);
    }
    const possible = SENDERS.reduce((sum, sender) => sum + Math.min(perSender, ready.filter((row) => row.sender === sender).length), 0);
    assert.equal(window.deliveries.length, Math.min(limit, possible));
    assert.ok([...perEach.values()].every((n) => n <= perSender));
    assert.equal(window.more, ready.length > window.deliveries.length);
    assert.equal(window.nextDueAt, later.length === 0 ? undefined : Math.min(...later));
  }

  async agree(): Promise<void> {
    const found = await this.spool.find({}, 10_000);
    const got = found.map(({ ref, state, version, site, sentAt }) => [
      `${ref.message}/${ref.rcpt}`,
      state,
      version,
      site,
      sentAt !== undefined,
    ]);
    assert.deepEqual(
      got,
      [...this.model.rows].map(([key, row]) => [key, row.state, row.version, row.site, row.inDoubt]),
    );
    const ledger = await this.spool.ledger();
    assert.deepEqual(ledger.drift, []);
    const counts = [...ledger.byEvents.values()][0];
    if (counts === undefined) return assert.equal(this.model.accepted, 0);
    assert.equal(counts.accepted, this.model.accepted);
    assert.equal(counts.delivered + counts.discarded, this.model.settled);
    const events = await this.spool.eventsAfter(0, 100_000);
    assert.ok(
      events.every((event, i) => event.seq === i + 1),
      "dense",
    );
  }
}

test("the spool does what the model does, whatever is asked of it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const trial = new Trial();
      await trial.open();
      for (const next of steps) {
        await trial.take(next);
        await trial.agree();
      }
    }),
    { numRuns: 150 },
  );
});
