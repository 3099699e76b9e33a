/** One card for each thing the program or a person did that still holds: what, why, until when, and how to take it back. */
import type { JSX } from "preact";
import { takeBack } from "../../api/actions.ts";
import type { Because } from "../../api/shapes.ts";
import { mayAct } from "../../frame/pages.ts";
import { Foreign } from "../../look/foreign.tsx";
import { Icon } from "../../look/icons.tsx";
import { minuteText } from "../../look/times.ts";

export function InForce({ cards, reload }: { readonly cards: readonly Because[]; readonly reload: () => void }): JSX.Element {
  return (
    <>
      <h2>In force</h2>
      {cards.length === 0 ? <p class="dim">Nothing is slowed, paused or held by the program or by a person.</p> : null}
      {cards.map((card) => (
        <div class="card head" key={card.id}>
          <div>
            <strong>
              <Foreign text={card.what} />
            </strong>
            {card.on === "" ? null : (
              <>
                {" "}
                on <Foreign text={card.on} />
              </>
            )}
            <br />
            because{" "}
            {card.link === null ? (
              <Foreign text={card.cause} />
            ) : (
              <a href={card.link}>
                <Foreign text={card.cause} />
              </a>
            )}
            <br />
            <span class="meta">
              by {card.by} since {minuteText(card.since)}
              {card.until === null ? "" : ` until ${minuteText(card.until)}`}
              {card.then === null ? "" : `, then ${card.then}`}
            </span>
          </div>
          <UndoButton card={card} reload={reload} />
        </div>
      ))}
    </>
  );
}

function UndoButton({ card, reload }: { readonly card: Because; readonly reload: () => void }): JSX.Element | null {
  const back = card.undo;
  if (back === null || !mayAct()) return null;
  return (
    <button type="button" title={`./fairlead undo ${back.what}`} onClick={() => void takeBack(back.what, reload)}>
      <Icon name="undo" /> Undo
    </button>
  );
}
