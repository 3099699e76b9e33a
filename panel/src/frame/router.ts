/** Pages live in the address's fragment, `#/messages/ID?q=…`: a link shows another person the same. */
import { computed, signal } from "@preact/signals";

export interface Route {
  /** Decoded parts: `["messages", "06BK…"]`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

const hash = signal(location.hash);

export const route = computed((): Route => {
  const [path = "", query = ""] = hash.value.replace(/^#\/?/, "").split("?", 2);
  return { path: path.split("/").filter(Boolean).map(decoded), query: new URLSearchParams(query) };
});

/** The part of the address that names the page: another one moves the focus to its heading. */
export const place = computed(() => route.value.path.join("/"));

export function startRouter(): void {
  addEventListener("hashchange", () => (hash.value = location.hash));
}

export function link(path: readonly string[], query: Readonly<Record<string, string | undefined>> = {}): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== "") words.set(name, value);
  const text = words.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}

export function go(to: string, replace = false): void {
  if (replace) {
    history.replaceState(null, "", to);
    hash.value = location.hash;
  } else location.hash = to;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a mangled link: shown as it is, and not found
  }
}
