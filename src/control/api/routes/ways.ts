/** The ways that mail leaves by, and which of them a message would take. The node's people's alone. */
import { EGRESS_STATES } from "../../../model/egress.ts";
import { dryRun, MOST_TEXT } from "./fields.ts";
import { laneLimits } from "./limits.ts";
import { ABUSE, OPERATOR, route } from "./route.ts";
import { bool, int, list, maybe, num, object, oneOf, orElse, orNull, patterned, shape, str, text, time, whole } from "./schema.ts";

const TLS_POLICIES = ["none", "opportunistic", "dane", "mta-sts", "required"] as const;

const testedHost = object({
  ...{ host: str, preference: orNull(int), skipped: orNull(str) },
  addresses: list(object({ ip: str, skipped: orNull(str) })),
  tls: object({ policy: oneOf("what is asked of the connection", TLS_POLICIES), why: str }),
});

const UPSTREAM_TLS = ["opportunistic", "required", "implicit", "never"] as const;
const MOST_DOMAINS = 1000;
const MOST_MEMBERS = 500;

const name = patterned(
  "the name of a way out, of an address or an upstream",
  "^[a-z0-9][a-z0-9.-]{0,62}$",
  "must be a name of small letters, digits, dots and hyphens",
  63,
  "out1",
);
const state = oneOf("warming: a little more mail each day; draining: no new mail; out: nothing leaves by it", EGRESS_STATES);
const forDomains = maybe(list(text("a domain; those below it are meant too", 255, "shop.example"), MOST_DOMAINS));
const count = (description: string) => maybe(orNull(whole(description, 1, 1_000_000_000)));

/** What addresses and upstreams have in common. `works` is false while it is gone round. */
const way = {
  ...{ name: str, state, fixed: bool, pools: list(object({ name: str, weight: num })), forDomains: list(str), queued: int },
  ...{ works: bool, why: orNull(str), since: orNull(time), until: orNull(time) },
};

/** New to a provider: `ceiling` and `room` are messages today, null once it is warm there. */
const warmth = object({
  ...{ provider: str, ceiling: orNull(int), chosen: int, accepted: int, room: orNull(int), steppedBack: bool },
});

const egress = object({ ...way, helo: str, ip4: orNull(str), ip6: orNull(str), missing: list(str), warm: list(warmth) });

const quota = object({ sent: int, most: orNull(int) });
const upstream = object({
  ...{ ...way, place: str, user: orNull(str), tls: oneOf("its TLS", UPSTREAM_TLS), cost: num, hour: quota, day: quota },
});

const member = object({ name, weight: orElse(whole("of the mail, beside the others' weights", 1, 10_000), 1) });
const poolName = patterned(
  "the pool's name",
  "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$",
  "must be a name of letters, digits, dots, hyphens and underscores",
  63,
  "bulk",
);
const pool = object({ name: str, fixed: bool, members: list(object({ name: str, weight: num })) });

const address = {
  name,
  helo: maybe(text("what it says in EHLO; its PTR should say it too", 255, "out1.example.net")),
  ip4: maybe(text("an IPv4 address of this machine", 15, "192.0.2.10")),
  ip6: maybe(text("an IPv6 address of this machine", 45, "2001:db8::10")),
  ...{ state: maybe(state), forDomains, dryRun },
};

const changedEgress = object({ egress, dryRun: bool });

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

  egresses: route("Addresses that mail leaves from, how they stand and how warm they are", ABUSE, {}, object({ egresses: list(egress) })),

  addEgress: route("Adds an address that mail leaves from", OPERATOR, address, changedEgress),

  setEgress: route("Changes an address: what is not given stays as it is", OPERATOR, address, changedEgress),

  removeEgress: route(
    "Mail leaves from an address no more; what waits for it goes another way",
    OPERATOR,
    { name, dryRun },
    object({ removed: egress, dryRun: bool }),
  ),

  drainEgress: route("Gives an address no more new mail; what waits for it still leaves by it", OPERATOR, { name, dryRun }, changedEgress),

  undrainEgress: route("Gives an address new mail again", OPERATOR, { name, dryRun }, changedEgress),

  pools: route(
    "Weighted sets of ways out, and the rules that choose one, in their order",
    ABUSE,
    {},
    object({ pools: list(pool), rules: list(str) }),
  ),

  setPool: route(
    "Adds a pool, or says what its members are from now on",
    OPERATOR,
    { name: poolName, members: list(member, MOST_MEMBERS), dryRun },
    object({ pool, dryRun: bool }),
  ),

  removePool: route("Removes a pool", OPERATOR, { name: poolName, dryRun }, object({ removed: pool, dryRun: bool })),

  upstreamWays: route(
    "Upstream smarthosts that stand in pools: quota, used, health, cost",
    ABUSE,
    {},
    object({ upstreams: list(upstream) }),
  ),

  setUpstream: route(
    "Adds an upstream smarthost, or changes one: what is not given stays as it is",
    OPERATOR,
    {
      ...{ name, host: maybe(text("its host name", 255, "mail.example.net")), port: maybe(whole("its port", 1, 65_535)) },
      tls: maybe(oneOf("required, where a login goes with it", UPSTREAM_TLS)),
      user: maybe(orNull(text("the user to log in as; null: none", 255, "fairlead@example.net"))),
      password: maybe(text("goes with user; it is sealed, and never shown", 1024, "a long secret")),
      ...{ perHour: count("messages that it takes in any hour"), perDay: count("messages that it takes in any 24 hours") },
      cost: maybe(shape<number>({ type: "number", description: "of a message: the cheapest is taken", minimum: 0, maximum: 1_000_000 })),
      ...{ state: maybe(state), forDomains, dryRun },
    },
    object({ upstream, dryRun: bool }),
  ),

  removeUpstream: route(
    "Hands mail to an upstream no more; what waits for it goes another way",
    OPERATOR,
    { name, dryRun },
    object({ removed: upstream, dryRun: bool }),
  ),
};
