/** Pages that belong together, side by side; each is a route. */
import type { JSX } from "preact";

interface Tab {
  /** Its address: `#/setup`. */
  readonly to: string;
  readonly name: string;
}

export function Tabs({ label, tabs, at }: { readonly label: string; readonly tabs: readonly Tab[]; readonly at: string }): JSX.Element {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ to, name }) => (
        <a key={to} href={to} aria-current={to === at ? "page" : undefined}>
          {name}
        </a>
      ))}
    </nav>
  );
}
