/** What the panel says by itself: toasts with an undo, and one polite voice for screen readers. */
import { effect, signal } from "@preact/signals";
import { me } from "../api/client.ts";
import { after } from "../look/clock.ts";

export interface Notice {
  readonly id: number;
  readonly text: string;
  /** The command that does the same. */
  readonly cli?: string;
  readonly undo?: () => void;
  /** Until dismissed. */
  readonly stays: boolean;
}

const SHOWN_MS = 5000;
const UNDO_MS = 20_000;
const MOST = 4;
/** A message in five seconds at most: more cannot be listened to. */
const VOICE_MS = 5000;

export const notices = signal<readonly Notice[]>([]);
export const spoken = signal("");
export const urgent = signal("");
let last = 0;
/** An undo is for whoever may order it, not for whoever signs in next. */
effect(() => {
  if (me.value === null) notices.value = [];
});

export function toast(notice: {
  readonly text: string;
  readonly cli?: string;
  readonly undo?: () => void;
  readonly stays?: boolean;
}): void {
  const id = ++last;
  // On a phone an undo stays until it is dismissed: nobody reads and taps in twenty seconds on a train.
  const stays = notice.stays ?? (notice.undo !== undefined && matchMedia("(max-width: 720px)").matches);
  notices.value = [...notices.value.slice(1 - MOST), { ...notice, id, stays }];
  if (!stays) after(notice.undo === undefined ? SHOWN_MS : UNDO_MS, () => dismiss(id));
  announce(notice.text);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

/** The key `u`: undoes what I did last, if it still can be. */
export function undoLast(): boolean {
  const found = notices.value.findLast((notice) => notice.undo !== undefined);
  if (found === undefined) return false;
  dismiss(found.id);
  found.undo?.();
  return true;
}

let waiting: string | undefined;
let quiet = false;

export function announce(text: string): void {
  if (quiet) {
    waiting = text;
    return;
  }
  spoken.value = text;
  quiet = true;
  after(VOICE_MS, () => {
    quiet = false;
    const next = waiting;
    waiting = undefined;
    if (next !== undefined) announce(next);
  });
}

/** Something new needs a person. */
export function alarm(text: string): void {
  urgent.value = text;
}
