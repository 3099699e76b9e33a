/** Events told to other programs as they happen. */
import type { TenantId } from "../../../model/ids.ts";
import { type Answers, viewOf } from "../asked.ts";
import type { WebhookRecord } from "../desk.ts";
import { answered, Refused, wired } from "../refused.ts";
import type { webhookRoutes } from "../routes/webhooks.ts";
import type { ReplyOf } from "../routes.ts";
import { isoOrNull } from "../wire-form.ts";

export const webhookAnswers: Answers<keyof typeof webhookRoutes> = {
  webhooks: async (asked) => ({ webhooks: (await wired(asked.desk.webhooks, "webhook desk").list(viewOf(asked))).map(hookRow) }),

  addWebhook: async (asked, { name, url, kinds = [], tenant }) => {
    asked.remark({ on: name });
    const view = viewOf(asked);
    if (view.sees === "tenant" && tenant !== undefined && tenant !== view.tenant)
      throw new Refused("not-allowed", "a tenant's webhook is told of its own mail only", "leave tenant out");
    const own = view.sees === "tenant" ? view.tenant : (tenant as TenantId | undefined);
    const made = answered(
      await wired(asked.desk.webhooks, "webhook desk").add(view, { name, url, kinds, ...(own === undefined ? {} : { tenant: own }) }),
    );
    asked.remark({ after: { url, kinds } });
    return { webhook: hookRow(made.webhook), secret: made.secret };
  },

  setWebhook: async (asked, { name, url, kinds, enabled }) => {
    asked.remark({ on: name });
    const change = {
      ...(url === undefined ? {} : { url }),
      ...(kinds === undefined ? {} : { kinds }),
      ...(enabled === undefined ? {} : { enabled }),
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

function hookRow({ name, url, kinds, tenant, enabled, state }: WebhookRecord): ReplyOf<"addWebhook">["webhook"] {
  return {
    ...{ name, url, kinds, tenant: tenant ?? null, enabled },
    state: {
      ...{ is: state.is, why: state.why ?? null, behind: state.behind, cursor: state.cursor },
      lastOkAt: isoOrNull(state.lastOkAt),
      nextTryAt: isoOrNull(state.nextTryAt),
    },
  };
}
