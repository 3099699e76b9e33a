/** The pages, at the left; on a phone four of them below and the rest behind More. */
import type { JSX } from "preact";
import { countText } from "../../../src/base/size-text.ts";
import { myPages, type PageEntry } from "./pages.ts";
import { link, route } from "./router.ts";
import { standing } from "./standing.ts";

function current(page: PageEntry, pages: readonly PageEntry[]): boolean {
  const here = route.value.path.join("/");
  const fits = (path: string): boolean => here === path || here.startsWith(`${path}/`);
  const mine = page.path.join("/");
  return fits(mine) && !pages.some((other) => other.path.length > page.path.length && fits(other.path.join("/")));
}

function Count({ page }: { readonly page: PageEntry }): JSX.Element | null {
  const held = standing.value?.held ?? 0;
  const needs = standing.value?.needs ?? 0;
  const count = page.key === "h" ? held : page.key === "n" ? needs : 0;
  if (count === 0) return null;
  return (
    <span class="count">
      {countText(count)}
      <span class="hidden">{page.key === "h" ? " held" : " need you"}</span>
    </span>
  );
}

export function Nav({ shown }: { readonly shown: boolean }): JSX.Element {
  const pages = myPages();
  return (
    <nav class={`nav ${shown ? "shown" : ""}`} aria-label="Pages">
      <ul>
        {pages.map((page) => (
          <li key={page.name}>
            <a href={link(page.path)} aria-current={current(page, pages) ? "page" : undefined}>
              <span>{page.name}</span>
              <Count page={page} />
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

export function BottomBar({ more, toggleMore }: { readonly more: boolean; readonly toggleMore: () => void }): JSX.Element {
  const here = route.value.path[0];
  return (
    <nav class="bottom" aria-label="Main pages">
      <a href="#/now" aria-current={here === "now" && !more ? "page" : undefined}>
        Now
      </a>
      <a href="#/messages" aria-current={here === "messages" && !more ? "page" : undefined}>
        Search
      </a>
      <a href="#/holds" aria-current={here === "holds" && !more ? "page" : undefined}>
        Holds {standing.value?.held ? countText(standing.value.held) : ""}
      </a>
      <button type="button" aria-expanded={more} onClick={toggleMore}>
        More
      </button>
    </nav>
  );
}
