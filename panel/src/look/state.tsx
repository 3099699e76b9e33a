/** A state is a glyph, a word and one of four hues, always all three. */
import type { JSX } from "preact";
import { Icon, type IconName } from "./icons.tsx";

export const STATES = ["delivered", "relayed", "queued", "held", "bounced", "expired", "discarded", "refused"] as const;
export type StateName = (typeof STATES)[number];

export const HUES: Readonly<Record<StateName, "blue" | "grey" | "amber" | "red">> = {
  delivered: "blue",
  relayed: "blue",
  queued: "grey",
  held: "amber",
  bounced: "red",
  expired: "red",
  discarded: "grey",
  refused: "red",
};

export function isState(word: string): word is StateName {
  return (STATES as readonly string[]).includes(word);
}

interface Props {
  readonly is: string;
  readonly inDoubt?: boolean;
  readonly possiblyTwice?: boolean;
}

export function State({ is, inDoubt = false, possiblyTwice = false }: Props): JSX.Element {
  if (!isState(is)) return <span class="state grey">{is}</span>;
  const word = inDoubt ? "in doubt" : possiblyTwice ? `${is}, possibly twice` : is;
  return (
    <span class={`state ${HUES[is]}`}>
      <Icon name={is} dotted={inDoubt || is === "relayed" || is === "expired"} />
      <span class={is === "discarded" ? "struck" : ""}>{word}</span>
    </span>
  );
}

/** Good, or a person is needed, or broken: for what is not a delivery. */
export function Mark({
  is,
  children,
}: {
  readonly is: "good" | "need" | "fault";
  readonly children: preact.ComponentChildren;
}): JSX.Element {
  const icon: IconName = is === "good" ? "delivered" : is === "need" ? "need" : "bounced";
  return (
    <span class={`state ${is === "good" ? "blue" : is === "need" ? "amber" : "red"}`}>
      <Icon name={icon} />
      {children}
    </span>
  );
}
