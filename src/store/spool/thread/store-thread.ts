/** The store thread: a loop around the keeper of one folder. It makes synchronous calls only and shares nothing but the arena. */
import { parentPort, workerData } from "node:worker_threads";
import type { Cancel } from "../../../base/clock.ts";
import { systemClock } from "../../../base/clock.ts";
import type { Level, LogFields } from "../../../base/log.ts";
import type { Retention } from "../../journal/journal.ts";
import { Keeper } from "../disk/keeper.ts";
import type { Found } from "../engine/engine.ts";
import type { Op, Result } from "../engine/ops.ts";
import type { SpoolHealth } from "../spool.ts";
import type { SpoolCode } from "../spool-error.ts";
import { SpoolError } from "../spool-error.ts";

export interface StoreThreadData {
  readonly folder: string;
  readonly keepFreeBytes: number | undefined;
  readonly retention: Retention;
  readonly arena: SharedArrayBuffer;
}

/** `bytes` only where the batch does not fit the arena. */
export type ToStore = { readonly is: "batch"; readonly ops: readonly Op[]; readonly bytes?: Uint8Array } | { readonly is: "close" };

export type FromStore =
  | { readonly is: "opened"; readonly found: Found }
  | { readonly is: "failed"; readonly code: SpoolCode; readonly text: string }
  | { readonly is: "results"; readonly results: readonly Result[] }
  | { readonly is: "health"; readonly health: SpoolHealth }
  | { readonly is: "log"; readonly level: Level; readonly sentence: string; readonly fields: LogFields | undefined }
  | { readonly is: "closed" };

/** Without a batch for this long, the thread tidies up. */
const IDLE_AFTER_MS = 40;
const TICK_MS = 1000;
/** A change of free space that is worth telling. */
const TOLD_BYTES = 64 * 1024 * 1024;

function serve(port: NonNullable<typeof parentPort>, data: StoreThreadData): void {
  const say = (message: FromStore, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  const keeper = open(data, say);
  if (keeper === undefined) return port.close();
  say({ is: "opened", found: keeper.found });
  const arena = new Uint8Array(data.arena);

  let idle: Cancel | undefined;
  const whenIdle = (ms: number): void => {
    idle = systemClock.after(ms, () => (keeper.idle() ? whenIdle(1) : undefined));
  };
  let tick: Cancel;
  const nextTick = (): void => {
    tick = systemClock.after(TICK_MS, () => {
      keeper.tick();
      nextTick();
    });
  };
  nextTick();
  whenIdle(IDLE_AFTER_MS);

  port.on("message", (message: ToStore) => {
    idle?.();
    if (message.is === "close") {
      tick();
      keeper.close();
      say({ is: "closed" });
      return port.close();
    }
    const results = keeper.run({ ops: message.ops, bytes: message.bytes ?? arena });
    say({ is: "results", results }, buffersOf(results));
    whenIdle(IDLE_AFTER_MS);
  });
}

function open(data: StoreThreadData, say: (message: FromStore) => void): Keeper | undefined {
  let told: SpoolHealth | undefined;
  try {
    return new Keeper({
      ...data,
      clock: systemClock,
      log: (level, sentence, fields) => say({ is: "log", level, sentence, fields }),
      onHealth: (health) => {
        if (told !== undefined && told.is === health.is && Math.abs(freeOf(told) - freeOf(health)) < TOLD_BYTES) return;
        told = health;
        say({ is: "health", health });
      },
    });
  } catch (thrown) {
    const code = thrown instanceof SpoolError ? thrown.code : "SPOOL_IO";
    say({ is: "failed", code, text: thrown instanceof Error ? thrown.message : String(thrown) });
    return undefined;
  }
}

function freeOf(health: SpoolHealth): number {
  return health.is === "sick" ? 0 : health.freeBytes;
}

/** Parts read are handed over, not copied. */
function buffersOf(results: readonly Result[]): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  for (const result of results) if (result instanceof Uint8Array && result.buffer instanceof ArrayBuffer) buffers.push(result.buffer);
  return buffers;
}

if (parentPort !== null) serve(parentPort, workerData as StoreThreadData);
