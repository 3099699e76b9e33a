/**
 * The live feed: one connection while the tab shows, none while it is hidden. States: `off` (not wanted), `live`,
 * `lost` (trying again; after ten seconds the bar says since when figures are old), `none` (this node has no feed). A gap
 * tells every listener to fetch anew.
 */
import { effect, signal } from "@preact/signals";
import { pathOf } from "../../../src/control/api/paths.ts";
import { after, wallNow } from "../look/clock.ts";
import { me } from "./client.ts";
import type { Row } from "./shapes.ts";

export const live = signal<"off" | "live" | "lost" | "none">("off");
/** When the last word came, RFC 3339. */
export const heardAt = signal<string | null>(null);
/** Counts the feed's status events: each is a reason to ask for the counts in the navigation. */
export const statusBeat = signal(0);

export interface Change {
  readonly rows: readonly Row[];
  /** Rows that changed but were too many to send. */
  readonly more: number;
  /** The feed fell behind: fetch what you show. */
  readonly gap: boolean;
}

const listeners = new Set<(change: Change) => void>();
const AGAIN_MS = [1000, 2000, 5000, 10_000];

/** The result ends it. */
export function onChange(listener: (change: Change) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(change: Change): void {
  for (const listener of listeners) listener(change);
}

let source: EventSource | undefined;
let cancelRetry: (() => void) | undefined;
let failures = 0;
let broken = false;

function open(): void {
  if (source !== undefined) return;
  const mine = new EventSource(pathOf("live"));
  source = mine;
  const heard = (): void => {
    failures = 0;
    live.value = "live";
    heardAt.value = new Date(wallNow()).toISOString();
  };
  mine.onopen = () => {
    heard();
    if (broken) tell({ rows: [], more: 0, gap: true });
    broken = false;
  };
  mine.addEventListener("changed", (event) => {
    heard();
    const { rows, more } = JSON.parse(event.data) as { rows?: readonly Row[]; more?: number };
    tell({ rows: rows ?? [], more: more ?? 0, gap: false });
  });
  mine.addEventListener("status", () => {
    heard();
    statusBeat.value++;
  });
  mine.addEventListener("gap", () => {
    heard();
    tell({ rows: [], more: 0, gap: true });
  });
  mine.onerror = () => {
    live.value = "lost";
    broken = true;
    if (mine.readyState !== EventSource.CLOSED) return; // the browser tries again by itself, with Last-Event-ID
    close();
    live.value = "lost";
    void refused().then((forGood) => {
      if (forGood) live.value = "none";
      else cancelRetry = after(AGAIN_MS[Math.min(failures++, AGAIN_MS.length - 1)] ?? 10_000, keepUp);
    });
  };
}

/** Why the feed ended, which the browser does not tell: the session is over, or this node has no feed. */
async function refused(): Promise<boolean> {
  const asked = new AbortController();
  try {
    const { status } = await fetch(pathOf("live"), { signal: asked.signal });
    if (status === 401) me.value = null;
    return status === 404;
  } catch {
    return false; // the node does not answer at all
  } finally {
    asked.abort();
  }
}

function close(): void {
  source?.close();
  source = undefined;
  cancelRetry?.();
  cancelRetry = undefined;
  live.value = "off";
}

function keepUp(): void {
  if (me.value && document.visibilityState === "visible") open();
  else {
    if (source !== undefined) broken = true; // what happens while hidden is fetched on return
    close();
  }
}

/** Called once at the start. */
export function startLive(): void {
  document.addEventListener("visibilitychange", keepUp);
  effect(keepUp);
}
