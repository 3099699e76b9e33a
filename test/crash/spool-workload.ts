/**
 * Traffic for the spool's engine, one batch at a time, and what must be true after each: for tests that break the disk
 * under it. Every batch appends, sends, settles, holds and defers a little; now and then something large streams in.
 */
import assert from "node:assert/strict";
import type { Random } from "../../src/base/random.ts";
import { balance, readLedger } from "../../src/store/ledger/ledger.ts";
import { Engine } from "../../src/store/spool/engine/engine.ts";
import type { Batch, Op, Result } from "../../src/store/spool/engine/ops.ts";
import { isRefused } from "../../src/store/spool/engine/ops.ts";
import { prepareWriter } from "../../src/store/spool/engine/schema.ts";
import { deferred, delivered, held, NOON, refOf, released, sent, submission } from "../../src/store/spool/specimens.ts";
import type { Change, Submission } from "../../src/store/spool/spool.ts";
import { encodeChange, encodeSubmission } from "../../src/store/spool/thread/encode.ts";
import { Database } from "../../src/store/sql/sql.ts";

/** For ever: these tests compare every event. */
export const KEEP = { ms: Number.MAX_SAFE_INTEGER, rows: 1_000_000 };
const PART = 60_000;

interface Live {
  readonly mail: Submission;
  state: "queued" | "sent" | "held";
  version: number;
}

/** What the callers were told, by message key. */
export interface Told {
  /** Version of the one delivery; "settled" once it is. */
  readonly messages: ReadonlyMap<number, number | "settled">;
  readonly refused: ReadonlySet<number>;
}

export class Workload {
  readonly #random: Random;
  readonly #live = new Map<number, Live>();
  readonly #messages = new Map<number, number | "settled">();
  readonly #refused = new Set<number>();
  readonly #arena = new Uint8Array(1 << 20);
  #key = 1000;

  constructor(random: Random) {
    this.#random = random;
  }

  get told(): Told {
    return { messages: new Map(this.#messages), refused: new Set(this.#refused) };
  }

  /** The next batch, and how to say what became of it. */
  next(): { readonly batch: Batch; readonly learn: (results: readonly Result[]) => void } {
    let used = 0;
    const arena = {
      add: (bytes: Uint8Array): number => {
        this.#arena.set(bytes, used);
        used += bytes.length;
        return used - bytes.length;
      },
    };
    const ops: Op[] = [];
    const learners: ((refused: boolean) => void)[] = [];
    const add = (op: Op, learn: (refused: boolean) => void): void => {
      ops.push(op);
      learners.push(learn);
    };
    const some = 1 + Math.floor(this.#random.next() * 4);
    for (let i = 0; i < some; i++) {
      const mail = this.#mail();
      if (mail.content.is === "staged")
        for (let part = 0; part < mail.content.parts; part++)
          add(["stage", mail.envelope.key, part, arena.add(this.#bytes(PART)), PART], () => {});
      add(encodeSubmission(mail, arena), (refused) => this.#appended(mail, refused));
    }
    for (const live of this.#live.values()) {
      if (this.#random.next() < 0.4) continue;
      const { change, then } = this.#move(live);
      add(["apply", [encodeChange(change, NOON)], null], (refused) => (refused ? undefined : then()));
    }
    return {
      batch: { ops, bytes: this.#arena },
      learn: (results) => {
        learners.forEach((learn, i) => learn(isRefused(results[i])));
      },
    };
  }

  #mail(): Submission {
    const key = ++this.#key;
    const chance = this.#random.next();
    if (chance < 0.1) return submission({ key, parts: 2 + Math.floor(this.#random.next() * 3) });
    return submission({ key, content: this.#bytes(Math.floor(this.#random.next() ** 3 * 30_000)) });
  }

  #bytes(length: number): Uint8Array {
    return new Uint8Array(length).fill(this.#random.next() * 256);
  }

  #appended(mail: Submission, refused: boolean): void {
    const key = mail.envelope.key;
    if (refused) return void this.#refused.add(key);
    this.#live.set(key, { mail, state: "queued", version: 0 });
    this.#messages.set(key, 0);
  }

  #move(live: Live): { change: Change; then: () => void } {
    const ref = refOf(live.mail);
    const to = (state: Live["state"]) => () => {
      live.state = state;
      this.#messages.set(ref.message, ++live.version);
    };
    const { version } = live;
    const chance = this.#random.next();
    if (live.state === "held") return { change: released(ref, version, NOON), then: to("queued") };
    if (live.state === "queued" && chance < 0.1) return { change: held(ref, version), then: to("held") };
    if (live.state === "queued") return { change: sent(ref, version), then: to("sent") };
    if (chance < 0.2) return { change: deferred(ref, version, NOON + 1), then: to("queued") };
    const settle = (): void => {
      this.#live.delete(ref.message);
      this.#messages.set(ref.message, "settled");
    };
    return { change: delivered(ref, version), then: settle };
  }
}

/**
 * Opens what a crash left and looks at all of it: the file is whole, every content matches its checksum, the ledger
 * balances, events are dense. Returns what the tables say in the words of `Told`.
 */
export function survey(file: string): Told["messages"] {
  const db = new Database(file);
  try {
    prepareWriter(db);
    db.exec("pragma synchronous = off"); // it is only looked at
    const engine = new Engine(db, KEEP);
    assert.equal(db.value("pragma integrity_check"), "ok");
    assert.deepEqual(balance(readLedger(db)).drift, []);
    assert.equal(db.value("select count(*) = coalesce(max(seq), 0) from event"), 1);
    const found = new Map<number, number | "settled">();
    for (const [message] of db.prepare('select message from event where body like \'{"kind":"accepted%\'').all<[number]>())
      found.set(message, "settled");
    const parts = db.prepare("select parts from message where key = ?");
    for (const [message, version] of db.prepare("select message, version from delivery").all<[number, number]>()) {
      found.set(message, version);
      const ops: Op[] = [["message", message]];
      for (let part = 0; part < (parts.first<[number]>(message)?.[0] ?? 1); part++) ops.push(["part", message, part]);
      for (const result of engine.run({ ops, bytes: new Uint8Array(0) }))
        assert.ok(result !== null && !isRefused(result), `message ${message}: ${JSON.stringify(result)}`);
    }
    return found;
  } finally {
    db.close();
  }
}

export function same(a: Told["messages"], b: Told["messages"]): boolean {
  return a.size === b.size && [...a].every(([key, version]) => b.get(key) === version);
}
