/** The ways that mail leaves by, and which of them a message would take. The node's people's alone. */
import { MOST_TEXT } from "./fields.ts";
import { laneLimits } from "./limits.ts";
import { ABUSE, route } from "./route.ts";
import { bool, int, list, maybe, object, oneOf, orNull, str, text, time } from "./schema.ts";

const TLS_POLICIES = ["none", "opportunistic", "dane", "mta-sts", "required"] as const;

const testedHost = object({
  ...{ host: str, preference: orNull(int), skipped: orNull(str) },
  addresses: list(object({ ip: str, skipped: orNull(str) })),
  tls: object({ policy: oneOf("what is asked of the connection", TLS_POLICIES), why: str }),
});

export const wayRoutes = {
  routeTest: route(
    "Which way a message to an address would take, and why: egress, hosts, TLS, limits. Nothing is sent",
    ABUSE,
    {
      address: text("the recipient, or a domain alone", MOST_TEXT, "j.doe@gmail.com"),
      from: maybe(text("the MAIL FROM; <> for the null sender", MOST_TEXT, "billing@hotel-lux.example")),
      sender: maybe(text("the account, as account@source", MOST_TEXT, "shop3@srv7")),
    },
    object({
      ...{ address: str, domain: str, line: str },
      egress: object({ name: str, helo: str, ip4: orNull(str), ip6: orNull(str), why: str }),
      way: oneOf("by the domain's own hosts, or by an upstream", ["mx", "upstream"]),
      ...{ site: str, provider: orNull(str), hosts: list(testedHost) },
      fault: orNull(object({ text: str, permanent: bool })),
      /** Null where the node keeps no limits. */
      limits: orNull(laneLimits),
      suppressed: list(object({ tenant: str, why: str, since: time, until: orNull(time) })),
    }),
  ),
};
