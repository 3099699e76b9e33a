/**
 * Keeps the disk from running full under the spool: below a limit no mail is taken in while deliveries go on, and a
 * reserve of 8 MB is kept to be given up when even a delivery's end cannot be written.
 */
import { closeSync, fdatasyncSync, openSync, statfsSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { bytesKeptFree } from "../../../base/free-space.ts";

const RESERVE_BYTES = 8 * 1024 * 1024;
/** Written in one go while the spool waits. */
const RESERVE_STEP = 1024 * 1024;
/** Pages free inside the spool's file count as room; but the log grows on the disk itself, so this share of the limit must be free there. */
const LOG_SHARE = 0.25;
/** Intake goes on once this much more than the limit is free, so that it does not flap. */
const MARGIN = 1.02;

export interface Space {
  /** On the disk, and inside the spool's file where mail has left it (the file itself never shrinks). */
  readonly freeBytes: number;
  readonly full: boolean;
}

export class DiskGuard {
  readonly #folder: string;
  readonly #reserve: string;
  readonly #keepFreeBytes: number | undefined;
  #full = false;
  /** Bytes of the reserve written so far. */
  #reserved = 0;
  #fd: number | undefined;

  constructor(folder: string, keepFreeBytes: number | undefined) {
    this.#folder = folder;
    this.#reserve = join(folder, "spool.reserve");
    this.#keepFreeBytes = keepFreeBytes;
  }

  /** `reusable`: bytes of free pages in the spool's file. */
  look(reusable: number): Space {
    const { bsize, bavail, blocks } = statfsSync(this.#folder);
    const onDisk = bavail * bsize;
    const freeBytes = onDisk + reusable;
    const least = bytesKeptFree(this.#keepFreeBytes, blocks * bsize) * (this.#full ? MARGIN : 1);
    this.#full = freeBytes < least || onDisk < least * LOG_SHARE;
    return { freeBytes, full: this.#full };
  }

  /** Writes the next piece of the reserve, if there is room for it. A failure only means that there is none yet. */
  fillReserve(space: Space): void {
    if (this.#reserved >= RESERVE_BYTES || space.full || space.freeBytes < 4 * RESERVE_BYTES) return;
    try {
      this.#fd ??= openSync(this.#reserve, "w", 0o600);
      writeSync(this.#fd, Buffer.alloc(RESERVE_STEP), 0, RESERVE_STEP, this.#reserved);
      this.#reserved += RESERVE_STEP;
      if (this.#reserved < RESERVE_BYTES) return;
      fdatasyncSync(this.#fd);
      this.close();
    } catch {
      this.giveUpReserve(); // no room, or the disk refuses: there is no reserve, which is what the state now says
    }
  }

  /** Frees the reserve; false if there was none. */
  giveUpReserve(): boolean {
    const had = this.#reserved > 0;
    this.close();
    this.#reserved = 0;
    try {
      unlinkSync(this.#reserve);
    } catch {
      return false; // it was never written
    }
    return had;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
