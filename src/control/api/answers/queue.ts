/** What waits or is held, and orders about it. */
import { type DeliveryRef, idOf, type SiteKey } from "../../../model/ids.ts";
import { type Answers, actorOf, viewOf } from "../asked.ts";
import { conditionsOf, deliveryOf, readReference, selectorOf } from "../reference.ts";
import { answered, Refused } from "../refused.ts";
import type { queueRoutes } from "../routes/queue.ts";
import { deliveryName, deliveryRow } from "../shapes.ts";
import { deliverySeen, groupSeen } from "../tenant-sees.ts";
import { iso, isoOrNull } from "../wire-form.ts";

export const queueAnswers: Answers<keyof typeof queueRoutes> = {
  deliveries: async (asked, { after, limit, total, ...which }) => {
    const { node, now } = asked;
    const view = viewOf(asked);
    const selector = selectorOf(which, now, node.number);
    const from: DeliveryRef | undefined = after === undefined ? undefined : deliveryOf(readReference("after", after));
    const found = await node.deliveries(view, selector, limit + 1, from);
    const rows = found.slice(0, limit);
    const last = found.length > limit ? rows.at(-1) : undefined;
    return {
      deliveries: rows.map((row) => deliveryRow(deliverySeen(row, view, node), node.number)),
      next: last === undefined ? null : deliveryName(last.ref, node.number),
      total: total ? await node.count(view, selector) : null,
    };
  },

  holds: async (asked) => ({
    groups: (await asked.node.holds(viewOf(asked)))
      .map((all) => groupSeen(all, viewOf(asked), asked.node))
      .map((group) => ({
        ...{ key: group.key, sender: group.sender, source: group.source, tenant: group.tenant, why: group.why, held: group.held },
        recipients: group.held,
        oldestAt: iso(group.oldestAt),
        newestAt: iso(group.newestAt),
        action: group.action ?? null,
        sample: group.sample.map((row) => ({
          ...{
            id: idOf(row.ref.message, asked.node.number),
            rcpt: row.ref.rcpt,
            to: row.address,
            from: row.mailFrom,
            at: iso(row.acceptedAt),
          },
        })),
      })),
  }),

  act: async (asked, { verb, selector: which, all, note, dryRun, site }) => {
    const { node, now } = asked;
    asked.remark({ on: `${verb} ${JSON.stringify(which)}${dryRun ? " (dry run)" : ""}` });
    if (!all && conditionsOf(which).every((name) => name === "states"))
      throw new Refused(
        "bad-request",
        "the selector has no condition and would match everything",
        "name ids, a sender, a domain …, or set all",
      );
    if ((verb === "reroute") !== (site !== undefined))
      throw new Refused("bad-request", site === undefined ? "reroute needs site: where to" : `site is for reroute only, not for ${verb}`);
    const { result } = answered(
      await node.act(viewOf(asked), {
        ...{ verb, selector: selectorOf(which, now, node.number), dryRun, by: actorOf(asked) },
        ...(note === undefined ? {} : { note }),
        ...(site === undefined ? {} : { site: site as SiteKey }),
      }),
    );
    asked.remark({ after: { action: result.action ?? null, matched: result.matched, done: result.done } });
    const { action, matched, done, skipped, undo } = result;
    return {
      ...{ verb, dryRun, action: action ?? null, matched, done, skipped },
      undo: undo === undefined ? null : { action: undo.action, until: isoOrNull(undo.until) },
    };
  },

  undo: async (asked, { action: undone }) => {
    asked.remark({ on: `action ${undone}` });
    const { result } = answered(await asked.node.undo(viewOf(asked), undone, actorOf(asked)));
    const { action, matched, done, skipped } = result;
    asked.remark({ after: { action: action ?? null, matched, done } });
    return { undone, action: action ?? null, matched, done, skipped };
  },

  actions: async (asked, { limit }) => ({
    actions: (await asked.node.actions(viewOf(asked), limit)).map((row) => ({
      ...{ action: row.action, at: iso(row.at), verb: row.verb, by: row.by, note: row.note ?? null, selector: row.selector },
      ...{ matched: row.matched, done: row.done, undone: row.undone, undoable: row.undoable, until: isoOrNull(row.until) },
    })),
  }),
};
