/** A page's code comes when the page is first shown; a new release under an open tab is said, not guessed. */
import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

type Load = () => Promise<ComponentType>;

const known = new Map<Load, ComponentType>();

export function Lazy({ load }: { readonly load: Load }): JSX.Element {
  const [, again] = useState(0);
  const [failed, fail] = useState(false);
  const Page = known.get(load);
  useEffect(() => {
    fail(false);
    if (known.has(load)) return;
    load().then(
      (page) => (known.set(load, page), again((before) => before + 1)),
      () => fail(true),
    );
  }, [load]);
  if (Page !== undefined) return <Page />;
  if (failed)
    return (
      <div class="problem" role="alert">
        <p>
          <strong>This page could not be loaded.</strong> The node restarts, or was updated while this tab was open.
        </p>
        <button type="button" onClick={() => location.reload()}>
          Reload
        </button>
      </div>
    );
  return <div class="kept" aria-busy="true" />;
}
