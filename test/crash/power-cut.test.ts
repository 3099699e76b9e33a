/**
 * The power fails. What a disk may then hold: everything synced before the last acknowledgement, and of what was being
 * written since, any part: cut at any length, sectors old, new or garbage in any mixture. From each such image the spool
 * must come back with exactly what was acknowledged, or with that and the whole batch under way.
 *
 * Bytes that a write did not touch are not damaged by it: the one assumption (SQLite's "powersafe overwrite").
 */
import assert from "node:assert/strict";
import { fstatSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import type { Random } from "../../src/base/random.ts";
import { seededRandom } from "../../src/base/random.ts";
import { Engine } from "../../src/store/spool/engine/engine.ts";
import { prepareWriter } from "../../src/store/spool/engine/schema.ts";
import { Database } from "../../src/store/sql/sql.ts";
import type { Told } from "./spool-workload.ts";
import { KEEP, same, survey, Workload } from "./spool-workload.ts";

const LONG = process.env["FAIRLEAD_CRASH"] === "1";
const STEPS = LONG ? 60 : 14;
const IMAGES_A_STEP = LONG ? 8 : 2;
/** In the long run the log of these steps is cut at every sector. */
const EVERY_SECTOR = LONG ? new Set([3, 40]) : new Set<number>();
const SECTOR = 512;

interface Disk {
  readonly db: Buffer;
  readonly wal: Buffer;
}

/** Reads both files without ever closing one: that would drop SQLite's locks on it. */
class Camera {
  readonly #db: number;
  readonly #wal: number;

  constructor(file: string) {
    this.#db = openSync(file, "r");
    this.#wal = openSync(`${file}-wal`, "r");
  }

  take(): Disk {
    return { db: whole(this.#db), wal: whole(this.#wal) };
  }
}

function whole(fd: number): Buffer {
  const bytes = Buffer.alloc(fstatSync(fd).size);
  readSync(fd, bytes, 0, bytes.length, 0);
  return bytes;
}

/** A file on its way from `old` to `next`: each sector that differs is old, new, half and half, or garbage; the length, either or between. */
function torn(old: Buffer, next: Buffer, random: Random): Buffer {
  const length =
    old.length === next.length || random.next() < 0.5
      ? next.length
      : old.length + Math.floor(random.next() * Math.max(0, next.length - old.length));
  const image = Buffer.alloc(Math.max(length, old.length));
  old.copy(image);
  const bias = random.next();
  for (let at = 0; at < Math.min(next.length, image.length); at += SECTOR) {
    const end = Math.min(at + SECTOR, next.length, image.length);
    if (old.compare(next, at, end, Math.min(at, old.length), Math.min(end, old.length)) === 0) continue;
    const how = random.next();
    if (how < bias) next.copy(image, at, at, end);
    else if (how < bias + 0.1) next.copy(image, at, at, Math.floor((at + end) / 2));
    else if (how > 0.95) for (let i = at; i < end; i++) if (old[i] !== next[i]) image[i] = random.next() * 256;
  }
  return image;
}

/** The log's new bytes arrived up to `length` only. */
function cut(old: Buffer, next: Buffer, length: number): Buffer {
  const image = Buffer.concat([next.subarray(0, length), old.subarray(Math.min(length, old.length))]);
  return image.subarray(0, Math.max(length, old.length));
}

interface Point {
  readonly what: string;
  readonly disk: Disk;
}

/** Images of the disk at moments between two pictures of it. A batch writes the log only; a checkpoint the database only. */
function* between(before: Disk, after: Disk, step: number, random: Random): Generator<Point> {
  yield { what: `step ${step}, all arrived`, disk: after };
  yield { what: `step ${step}, nothing arrived`, disk: before };
  if (!before.wal.equals(after.wal)) {
    const first = firstDifference(before.wal, after.wal);
    for (let i = 0; i < IMAGES_A_STEP; i++) {
      const length = first + Math.floor(random.next() * (after.wal.length - first));
      yield { what: `step ${step}, log cut at ${length}`, disk: { db: before.db, wal: cut(before.wal, after.wal, length) } };
      yield { what: `step ${step}, log torn, ${i}`, disk: { db: before.db, wal: torn(before.wal, after.wal, random) } };
    }
    if (EVERY_SECTOR.has(step))
      for (let length = first; length < after.wal.length; length += SECTOR)
        yield { what: `step ${step}, log cut at ${length}`, disk: { db: before.db, wal: cut(before.wal, after.wal, length) } };
  }
  if (!before.db.equals(after.db))
    for (let i = 0; i < IMAGES_A_STEP; i++)
      yield { what: `step ${step}, database torn, ${i}`, disk: { db: torn(before.db, after.db, random), wal: before.wal } };
}

function firstDifference(a: Buffer, b: Buffer): number {
  let at = 0;
  while (at < b.length && a[at] === b[at]) at++;
  return at;
}

function assertSurvives({ what, disk }: Point, folder: string, before: Told["messages"], after: Told["messages"]): void {
  const file = join(folder, "cut.db");
  rmSync(`${file}-shm`, { force: true });
  writeFileSync(file, disk.db);
  writeFileSync(`${file}-wal`, disk.wal);
  const found = survey(file);
  assert.ok(same(found, before) || same(found, after), `${what}: ${found.size} messages, ${before.size} before, ${after.size} after`);
}

const RUN = LONG ? "long" : "short; FAIRLEAD_CRASH=1 for the long";

test(`whatever a power cut leaves of the last writes, what was acknowledged is there (${RUN} run)`, (t) => {
  const seed = process.env["FAIRLEAD_SEED"] ?? "power-cut";
  const random = seededRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), "fairlead-power-"));
  const file = join(folder, "spool.db");
  const db = new Database(file);
  let points = 0;
  try {
    prepareWriter(db);
    const engine = new Engine(db, KEEP);
    const camera = new Camera(file);
    const workload = new Workload(random.fork("workload"));
    let before = camera.take();
    let told = workload.told.messages;
    for (let step = 0; step < STEPS; step++) {
      if (random.next() < 0.25) {
        db.value("pragma wal_checkpoint(passive)");
      } else {
        const { batch, learn } = workload.next();
        learn(engine.run(batch));
      }
      const after = camera.take();
      const toldAfter = workload.told.messages;
      for (const point of between(before, after, step, random)) {
        assertSurvives(point, folder, told, toldAfter);
        points++;
      }
      // What "all arrived" stands for is what the next step starts from: it was synced.
      before = after;
      told = toldAfter;
    }
    t.diagnostic(`${points} images, seed ${seed}`);
    assert.ok(points >= (LONG ? 1000 : 60), `${points} images`);
  } finally {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a log torn before the last acknowledgement would be seen by these tests", () => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-power-"));
  const file = join(folder, "spool.db");
  const db = new Database(file);
  try {
    prepareWriter(db);
    const engine = new Engine(db, KEEP);
    const camera = new Camera(file);
    const workload = new Workload(seededRandom("torn"));
    for (let i = 0; i < 3; i++) {
      const { batch, learn } = workload.next();
      learn(engine.run(batch));
    }
    const { db: bytes, wal } = camera.take();
    const told = workload.told.messages;
    const lost = { what: "an acknowledged commit cut", disk: { db: bytes, wal: wal.subarray(0, wal.length - 5000) } };
    assert.throws(() => assertSurvives(lost, folder, told, told), /an acknowledged commit cut/);
  } finally {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
