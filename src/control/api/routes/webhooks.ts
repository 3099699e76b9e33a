/** Events told to other programs as they happen. */
import { tenant } from "./fields.ts";
import { OPERATOR_OR_TENANT, route } from "./route.ts";
import { bool, flag, int, list, maybe, object, oneOf, orNull, patterned, type Shape, shape, str, text, time, whole } from "./schema.ts";

const NAME = patterned(
  "the webhook's name",
  "^[A-Za-z0-9][A-Za-z0-9._-]*$",
  "must be made of letters, digits, dots, hyphens and underscores",
  64,
  "crm",
);
const url = patterned(
  "where to: an https address",
  "^https?://[^\\s]+$",
  "must be an http or https address",
  2000,
  "https://crm.example/fairlead",
);
const kinds = maybe(list(text("kinds of events; all if not given", 32, "bounced"), 32));
const enabled: Shape<boolean> = shape({ type: "boolean", description: "whether it is told" });
const PRIVATE = "whether the address may lead to this machine or a private network; true for owners only";

const webhook = object({
  ...{ name: str, url: str, kinds: list(str), tenant: orNull(str), enabled: bool, private: bool },
  state: object({
    is: oneOf("how it goes", ["ok", "retrying", "stopped"]),
    ...{ why: orNull(str), behind: int, lastOkAt: orNull(time), nextTryAt: orNull(time), cursor: int },
  }),
});

export const webhookRoutes = {
  webhooks: route("Who is told of events, and how far each is", OPERATOR_OR_TENANT, {}, object({ webhooks: list(webhook) })),
  addWebhook: route(
    "Tells events to an address; the secret that signs them is shown once",
    OPERATOR_OR_TENANT,
    { name: NAME, url, kinds, tenant: maybe(tenant), private: flag(PRIVATE) },
    object({ webhook, secret: str }),
  ),
  setWebhook: route(
    "Changes a webhook, pauses it, or sets it going again",
    OPERATOR_OR_TENANT,
    {
      ...{ name: NAME, url: maybe(url), kinds, enabled: maybe(enabled) },
      private: maybe(shape<boolean>({ type: "boolean", description: PRIVATE })),
    },
    object({ webhook }),
  ),
  removeWebhook: route("Tells it no more", OPERATOR_OR_TENANT, { name: NAME }, object({ removed: webhook }), { fresh: true }),
  replayWebhook: route(
    "Tells again everything after an event",
    OPERATOR_OR_TENANT,
    { name: NAME, from: whole("the sequence of the event before the first", 0) },
    object({ cursor: int }),
  ),
  testWebhook: route(
    "Sends one event made up for the purpose",
    OPERATOR_OR_TENANT,
    { name: NAME },
    object({ ok: bool, status: orNull(int), ms: int, why: orNull(str) }),
  ),
};
