/** What this browser remembers between visits: a few words of taste, never anything about mail. */

type Name = "theme" | "zone" | "keys";

export function recall(name: Name): string | null {
  try {
    return localStorage.getItem(`fairlead-${name}`);
  } catch {
    return null; // storage is switched off; the panel works without it
  }
}

export function remember(name: Name, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`fairlead-${name}`);
    else localStorage.setItem(`fairlead-${name}`, value);
  } catch {
    // storage is switched off or full: the choice lasts until the page is closed
  }
}
