/** What an operator can do to mail that waits. */

export const ACTION_VERBS = ["hold", "release", "bounce", "discard", "retry", "reroute"] as const;
export type ActionVerb = (typeof ACTION_VERBS)[number];

/** The states a verb has a meaning for; deliveries in others are not matched by it. */
export const APPLIES_TO: Readonly<Record<ActionVerb, readonly ("queued" | "held")[]>> = {
  hold: ["queued"],
  release: ["held"],
  bounce: ["queued", "held"],
  discard: ["queued", "held"],
  retry: ["queued"],
  reroute: ["queued"],
};
