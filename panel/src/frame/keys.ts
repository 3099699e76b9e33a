/** The keyboard map. None of it works while a field has the focus, and one setting turns it off (WCAG 2.1.4). */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { recall, remember } from "../look/memory.ts";

export const keysOn = signal(recall("keys") !== "off");

export function setKeys(on: boolean): void {
  keysOn.value = on;
  remember("keys", on ? null : "off");
}

export interface KeyUse {
  /** `c`, or `g n`. */
  readonly keys: string;
  readonly does: string;
  /** False: not now, so the key goes on to whoever wants it. */
  run(): unknown;
}

const uses = new Map<string, KeyUse>();
/** Grows when a page adds or removes keys, so that the help shows what works here. */
export const keysChanged = signal(0);

/** They work while the component is shown; later ones win. Given anew where one of `of` changed. */
export function useKeys(added: readonly KeyUse[], of: readonly unknown[]): void {
  useEffect(() => {
    for (const use of added) uses.set(use.keys, use);
    keysChanged.value++;
    return () => {
      for (const use of added) if (uses.get(use.keys) === use) uses.delete(use.keys);
      keysChanged.value++;
    };
  }, of);
}

export function keyUses(): readonly KeyUse[] {
  return [...uses.values()];
}

let first: string | undefined;

export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && !event.altKey && !event.shiftKey) {
      if (uses.get("Ctrl-K")?.run() !== false) event.preventDefault();
      return;
    }
    if (!keysOn.value || event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
    if (document.querySelector("dialog[open]") !== null) return;
    const keys = first === undefined ? event.key : `${first} ${event.key}`;
    first = undefined;
    if (event.key === "g" && keys === "g") {
      first = "g";
      return;
    }
    const use = uses.get(keys);
    if (use !== undefined && use.run() !== false) event.preventDefault();
  });
}

function inField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** `j` and `k`: the next or last row's link. */
export function moveRow(by: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  if (rows.length === 0) return false;
  const at = rows.findIndex((row) => row.matches(":focus"));
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return true;
}
