/** How much of an allowance is used: a bar beside its numbers, or the number alone where there is no bound. */
import type { JSX } from "preact";
import { countText } from "../../../src/base/size-text.ts";

export function Usage({ used, most, of }: { readonly used: number; readonly most: number | null; readonly of: string }): JSX.Element {
  if (most === null)
    return (
      <span>
        {countText(used)} {of}, without limit
      </span>
    );
  return (
    <span class="usage">
      <span class="bar" aria-hidden="true">
        <span style={{ flexGrow: String(Math.min(used, most)), flexBasis: "0" }} />
        <i style={{ flexGrow: String(Math.max(0, most - used)), flexBasis: "0" }} />
      </span>
      {countText(used)} of {countText(most)} {of}
    </span>
  );
}
