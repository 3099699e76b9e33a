/** Commands as a shell takes them: what the panel does, a terminal does too. */
import type { ActionVerb, Selector } from "./shapes.ts";

interface Order {
  readonly verb: ActionVerb;
  readonly selector: Selector;
  /** Where to, for reroute. */
  readonly site?: string;
}

/** The command that does the same. */
export function cliOf({ verb, selector, site }: Order): string {
  const flags = Object.entries(selector).flatMap(([name, value]) => {
    if (name === "id" || name === "action" || value === undefined) return [];
    if (name === "states") return Array.isArray(value) && value.length === 1 ? [`--state ${value[0]}`] : [];
    return [`--${name} ${shellWord(String(value))}`];
  });
  const to = site === undefined ? [] : [`--via ${shellWord(site)}`];
  return [verb, ...(selector.id ?? []), ...flags, ...to].join(" ");
}

/** One argument of a command, in quotes where a shell would cut it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
