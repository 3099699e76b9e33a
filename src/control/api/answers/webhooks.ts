/** Events told to other programs as they happen. */
import type { TenantId } from "../../../model/ids.ts";
import { type Answers, type Asked, identityOf, viewOf } from "../asked.ts";
import type { WebhookRecord } from "../desk.ts";
import { answered, Refused, wired } from "../refused.ts";
import type { webhookRoutes } from "../routes/webhooks.ts";
import type { ReplyOf } from "../routes.ts";
import { isoOrNull } from "../wire-form.ts";

export const webhookAnswers: Answers<keyof typeof webhookRoutes> = {
  webhooks: async (asked) => ({ webhooks: (await wired(asked.desk.webhooks, "webhook desk").list(viewOf(asked))).map(hookRow) }),

  addWebhook: async (asked, { name, url, kinds = [], tenant, private: isPrivate }) => {
    asked.remark({ on: name });
    mayReachInside(asked, isPrivate);
    const view = viewOf(asked);
    if (view.sees === "tenant" && tenant !== undefined && tenant !== view.tenant)
      throw new Refused("not-allowed", "a tenant's webhook is told of its own mail only", "leave tenant out");
    const own = view.sees === "tenant" ? view.tenant : (tenant as TenantId | undefined);
    const hook = { name, url, kinds, private: isPrivate, ...(own === undefined ? {} : { tenant: own }) };
    const made = answered(await wired(asked.desk.webhooks, "webhook desk").add(view, hook));
    asked.remark({ after: { url, kinds, private: isPrivate } });
    return { webhook: hookRow(made.webhook), secret: made.secret };
  },

  setWebhook: async (asked, { name, url, kinds, enabled, private: isPrivate }) => {
    asked.remark({ on: name });
    mayReachInside(asked, isPrivate);
    const change = {
      ...(url === undefined ? {} : { url }),
      ...(kinds === undefined ? {} : { kinds }),
      ...(enabled === undefined ? {} : { enabled }),
      ...(isPrivate === undefined ? {} : { private: isPrivate }),
    };
    const { webhook } = answered(await wired(asked.desk.webhooks, "webhook desk").set(viewOf(asked), name, change));
    asked.remark({ after: change });
    return { webhook: hookRow(webhook) };
  },

  removeWebhook: async (asked, { name }) => {
    asked.remark({ on: name });
    const { removed } = answered(await wired(asked.desk.webhooks, "webhook desk").remove(viewOf(asked), name));
    asked.remark({ before: { url: removed.url, kinds: removed.kinds } });
    return { removed: hookRow(removed) };
  },

  replayWebhook: async (asked, { name, from }) => {
    asked.remark({ on: name, after: { from } });
    const { cursor } = answered(await wired(asked.desk.webhooks, "webhook desk").replay(viewOf(asked), name, from));
    return { cursor };
  },

  testWebhook: async (asked, { name }) => {
    asked.remark({ on: name });
    const { result } = answered(await wired(asked.desk.webhooks, "webhook desk").test(viewOf(asked), name));
    return { ok: result.ok, status: result.status ?? null, ms: result.ms, why: result.why ?? null };
  },
};

/** What only this machine can reach is its owners' to open. */
function mayReachInside(asked: Asked, isPrivate: boolean | undefined): void {
  if (isPrivate === true && identityOf(asked).role !== "owner")
    throw new Refused("not-allowed", "only an owner may let a webhook reach this machine and private networks", "ask an owner");
}

function hookRow({ name, url, kinds, tenant, enabled, private: isPrivate, state }: WebhookRecord): ReplyOf<"addWebhook">["webhook"] {
  return {
    ...{ name, url, kinds, tenant: tenant ?? null, enabled, private: isPrivate },
    state: {
      ...{ is: state.is, why: state.why ?? null, behind: state.behind, cursor: state.cursor },
      lastOkAt: isoOrNull(state.lastOkAt),
      nextTryAt: isoOrNull(state.nextTryAt),
    },
  };
}
