/** What the program and people did that still holds, newest first. */
import type { JSX } from "preact";
import type { Because } from "../../api/shapes.ts";
import { BecauseCard, type WayBack } from "../../frame/because.tsx";
import { mayAct, maySteer } from "../../frame/pages.ts";

export function InForce({ cards, reload }: { readonly cards: readonly Because[]; readonly reload: () => void }): JSX.Element {
  return (
    <>
      <h2>In force</h2>
      {cards.length === 0 ? <p class="dim">Nothing is slowed, paused or held by the program or by a person.</p> : null}
      {cards.map((card) => (
        <BecauseCard key={card.id} card={card} back={wayBack(card, reload)} />
      ))}
    </>
  );
}

/** Mail is given back by whoever acts on mail, a limit by whoever steers the node. */
function wayBack({ undo }: Because, after: () => void): WayBack | undefined {
  if (undo === null || !(undo.action === null ? maySteer() : mayAct())) return undefined;
  return { what: undo.what, after };
}
