/** Light or dark: the system's choice, or the reader's. */
import { signal } from "@preact/signals";
import { recall, remember } from "../look/memory.ts";

export type Theme = "system" | "light" | "dark";

function read(): Theme {
  const kept = recall("theme");
  return kept === "light" || kept === "dark" ? kept : "system";
}

export const theme = signal<Theme>(read());

export function setTheme(to: Theme): void {
  theme.value = to;
  remember("theme", to === "system" ? null : to);
  showTheme();
}

export function showTheme(): void {
  if (theme.value === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme.value;
}
