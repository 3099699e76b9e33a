/** The simulated internet, for whoever watches it and whoever makes trouble in it. */
import type { Answers, Asked } from "../asked.ts";
import type { LabDesk } from "../lab-desk.ts";
import { answered, notFound, Refused } from "../refused.ts";
import type { labRoutes } from "../routes/lab.ts";
import type { ReplyOf } from "../routes.ts";
import { iso, isoOrNull } from "../wire-form.ts";

export const labAnswers: Answers<keyof typeof labRoutes> = {
  lab: async (asked) => stateReply(labOf(asked)),

  labTrouble: async (asked, { what, at }) => {
    const lab = labOf(asked);
    asked.remark({ ...(at === undefined ? {} : { on: at }), after: { what } });
    const { says } = answered(await (what === "mend" ? lab.mend(at) : lab.trouble(what, at)));
    return { says, lab: stateReply(lab) };
  },

  labClock: async (asked, { order, speed }) => {
    const lab = labOf(asked);
    asked.remark({ after: { order, ...(speed === undefined ? {} : { speed }) } });
    if (order === "speed" && speed === undefined) throw new Refused("bad-request", "speed says how fast", "from 1 to 60");
    const { says } = answered(lab.clock(order === "speed" ? { order, speed: speed ?? 1 } : { order }));
    return { says, lab: stateReply(lab) };
  },
};

/** @throws {Refused} */
function labOf({ desk }: Asked): LabDesk {
  if (desk.lab === undefined)
    throw notFound("this node stands in the real internet, not in a simulated one", "start one: fairlead up --lab");
  return desk.lab;
}

function stateReply(lab: LabDesk): ReplyOf<"lab"> {
  const { now, startedAt, beats, troubles, ...rest } = lab.state();
  return {
    banner: lab.notice,
    ...rest,
    ...{ now: iso(now), startedAt: iso(startedAt) },
    beats: beats.map(({ at, caption, show }) => ({ at: iso(at), caption, show: show ?? null })),
    troubles: troubles.map(({ since, until, show, ...trouble }) => ({
      ...trouble,
      ...{ since: iso(since), until: isoOrNull(until), show: show ?? null },
    })),
  };
}
