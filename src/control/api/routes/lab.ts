/** The simulated internet of `up --lab`: what it does by itself, what trouble is in force, and orders to make or mend some. */
import { OPERATOR, READS, route } from "./route.ts";
import { bool, int, list, maybe, object, oneOf, orNull, str, text, time, whole } from "./schema.ts";

/** What can be made to go wrong; `mend` takes it back. */
export const TROUBLES = ["throttle", "kill", "dns", "tls"] as const;

const trouble = object({
  what: oneOf("what goes wrong", TROUBLES),
  ...{ at: str, name: str, since: time, until: orNull(time), says: str, show: orNull(str) },
});

const lab = object({
  ...{ seed: str, now: time, startedAt: time, speed: int, paused: bool },
  /** How far it fell behind its speed, in milliseconds of its own time: the machine was busy. */
  behindMs: int,
  /** What every page says, without the time. */
  banner: str,
  beats: list(object({ at: time, caption: str, show: orNull(str) })),
  /** That have not happened yet. */
  beatsLeft: int,
  troubles: list(trouble),
  places: list(
    object({
      ...{ key: str, name: str, domains: list(str), servers: int, show: str },
      can: list(oneOf("what can be made to go wrong there", TROUBLES)),
    }),
  ),
});

const at = text("a receiver by its key, or one of its domains, as `lab` names them; all of it if not given", 255, "google");
const speed = whole("seconds of the lab in one of ours", 1, 60);

export const labRoutes = {
  lab: route("The simulated internet: its time, what happened in it, what trouble there is", READS, {}, lab),

  labTrouble: route(
    "Makes something of the simulated internet go wrong, or mends it",
    OPERATOR,
    { what: oneOf("what to do", [...TROUBLES, "mend"]), at: maybe(at) },
    object({ says: str, lab }),
  ),

  labClock: route(
    "Stops the time of the simulated internet, lets it go on, or makes it slower or faster",
    OPERATOR,
    { order: oneOf("what to do; speed needs `speed`", ["pause", "resume", "speed"]), speed: maybe(speed) },
    object({ says: str, lab }),
  ),
};
