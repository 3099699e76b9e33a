/**
 * One card for each thing the program or a person did that still holds: what, on what, why, by whom, since and until when,
 * what comes then, and how to take it back. What an undo brings is said before it is pressed.
 */
import type { JSX } from "preact";
import { takeBack } from "../api/actions.ts";
import { shellWord } from "../api/cli-text.ts";
import { Foreign } from "../look/foreign.tsx";
import { Icon } from "../look/icons.tsx";
import { minuteText } from "../look/times.ts";

export interface Card {
  readonly what: string;
  readonly on: string;
  /** A sentence's end. */
  readonly cause: string;
  /** The panel's page with the evidence. */
  readonly link?: string | null;
  readonly by: string;
  readonly since: string | null;
  readonly until: string | null;
  readonly then?: string | null;
}

export interface WayBack {
  /** As `fairlead undo` takes it. */
  readonly what: string;
  /** What comes back; what an undo of this kind brings, if not given. */
  readonly brings?: string | undefined;
  after(): void;
}

export function BecauseCard({ card, back }: { readonly card: Card; readonly back?: WayBack | undefined }): JSX.Element {
  const cause = <Foreign text={card.cause} />;
  return (
    <div class="card head">
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
        because {card.link ? <a href={card.link}>{cause}</a> : cause}
        <br />
        <span class="meta">
          by {card.by}
          {card.since === null ? "" : ` since ${minuteText(card.since)}`}
          {card.until === null ? "" : ` until ${minuteText(card.until)}`}
          {card.then ? `, then ${card.then}` : ""}
        </span>
        {back === undefined ? null : (
          <>
            <br />
            <span class="meta">
              Undo: {back.brings ?? bringsText(back.what)}
              {isProgram(card.by) ? `; this cause cannot bring it back for ${IMMUNE}` : ""}.
            </span>
          </>
        )}
      </div>
      {back === undefined ? null : (
        <button type="button" title={`./fairlead undo ${shellWord(back.what)}`} onClick={() => void takeBack(back.what, back.after)}>
          <Icon name="undo" /> Undo
          <span class="hidden">
            {" "}
            {card.what} on {card.on}
          </span>
        </button>
      )}
    </div>
  );
}

/** How long a cause that was taken back cannot decide the same again. */
const IMMUNE = "1 h";

/** What a person ordered, the program had no cause for. */
function isProgram(by: string): boolean {
  return by === "Fairlead";
}

function bringsText(what: string): string {
  if (/^\d+$/.test(what)) return "what it changed is as it was before";
  if (/^o\d+$/.test(what)) return "what holds without it holds again";
  return "the pace from before comes back";
}
