/** What a tenant is told holds nothing of others, of operators or of the inside, whatever events say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventBody } from "../../model/event.ts";
import { idOf, type MessageKey, type NodeNumber, type SiteKey, type TenantId } from "../../model/ids.ts";
import { at, attempt, KEY, lane, MINUTE, NO_MAILBOX, RATE, reply, specimen } from "./specimens.ts";
import { tellStory } from "./story.ts";

/** Each stands for something a tenant must not learn; all of them are put wherever free text or names can be. */
const HIDDEN = {
  tenant: "shopking-gmbh",
  campaign: "news@shopking.example",
  operator: "ann.admin",
  canaries: "13 of 25 canaries",
  limit: "40/min",
  site: "upstream:inner-relay.corp.example:587",
  host: "inner-relay.corp.example",
  address: "10.20.30.40",
  list: "trap@honey.example",
  other: "secret.other@example.org",
  log: "/var/log/inside",
};
const LOOSE = Object.values(HIDDEN).join(" ");
const INNER = { host: HIDDEN.host, ip: HIDDEN.address, localIp: "10.0.0.9", dialogue: `C: RCPT TO:<${HIDDEN.other}>` };
const SPOKE = reply(450, "4.7.1", `held at ${HIDDEN.host} [${HIDDEN.address}]`);
const ANN = { kind: "operator", id: HIDDEN.operator } as const;
const RULE = { kind: "policy", id: LOOSE } as const;
const SUSPECT = { ...RATE, remedy: { who: "operator" as const, text: LOOSE, link: `https://${HIDDEN.host}/` } };

/** One of every kind. A kind that is added later fails to compile here until somebody thinks of it. */
const EVENTS: { readonly [K in EventBody["kind"]]: EventBody & { readonly kind: K } } = {
  accepted: { kind: "accepted", envelope: { ...specimen({ to: ["j.doe@example.org", HIDDEN.other] }).envelope } },
  delivered: { kind: "delivered", attempt: attempt({ dot: 10 }, INNER), reply: SPOKE, possiblyTwice: false },
  relayed: { kind: "relayed", attempt: attempt({ dot: 10 }, INNER), reply: SPOKE, possiblyTwice: true },
  deferred: {
    ...{ kind: "deferred", attempt: attempt({ dot: 10 }, INNER), reply: SPOKE, diagnosis: SUSPECT, dueAt: at(MINUTE), attempts: 1 },
    ...{ counted: false, fault: { code: "ECONNREFUSED", text: LOOSE } },
  },
  "in-doubt": { kind: "in-doubt", attempt: attempt({ dot: 10 }, INNER), why: LOOSE, dueAt: at(MINUTE) },
  bounced: { kind: "bounced", why: LOOSE, dsn: "sent", by: ANN, action: 7 },
  expired: { kind: "expired", why: LOOSE, dsn: "sent" },
  held: { kind: "held", why: LOOSE, by: RULE },
  released: { kind: "released", why: LOOSE, by: ANN, action: 8 },
  discarded: { kind: "discarded", why: LOOSE, by: ANN, action: 9 },
  retried: { kind: "retried", by: ANN, action: 10 },
  rerouted: { kind: "rerouted", by: ANN, action: 11, site: HIDDEN.site },
  "delay-told": { kind: "delay-told" },
  refused: {
    ...{ kind: "refused", peer: HIDDEN.address, helo: HIDDEN.host, login: "x", tenant: "hotel-lux" as TenantId, mailFrom: "a@b.example" },
    reply: { code: 550, text: `FL-5203 locked ${HIDDEN.address}` },
    code: "FL-5203",
  },
  returned: { kind: "returned", what: "failed", from: HIDDEN.host, diagnostic: `said ${HIDDEN.host}`, diagnosis: SUSPECT },
  suppressed: { kind: "suppressed", tenant: "hotel-lux" as TenantId, address: "j.doe@example.org", why: LOOSE, by: ANN },
  unsuppressed: { kind: "unsuppressed", tenant: HIDDEN.tenant as TenantId, address: HIDDEN.other, why: LOOSE, by: ANN },
  lane: { kind: "lane", site: HIDDEN.site, open: false, why: LOOSE },
  override: {
    ...{ kind: "override", what: "added", override: 3, scope: { domain: HIDDEN.host }, change: { is: "pause" }, cause: LOOSE, by: ANN },
  },
  alarm: { kind: "alarm", code: "corrupt", text: LOOSE },
};

function seen(body: EventBody, open: boolean): string {
  const made = specimen({
    to: ["j.doe@example.org", HIDDEN.other],
    events: [
      [1000, body],
      [1500, { kind: "held", why: LOOSE, by: RULE }, 1],
    ],
    envelope: { peer: { ip: HIDDEN.address, helo: HIDDEN.host, listener: LOOSE, login: "x" } },
    ...(open ? { open: { site: HIDDEN.site as SiteKey, lastHost: HIDDEN.host, why: LOOSE, action: 4 } } : {}),
  });
  const story = tellStory(made, {
    ...{ id: idOf(KEY, 1 as NodeNumber), now: at(5 * MINUTE), zone: "UTC", eyes: "tenant", only: 0 },
    closed: new Map([[HIDDEN.site as SiteKey, { why: LOOSE, of: HIDDEN.tenant as TenantId, since: at(0) }]]),
    lanes: [lane(0, false, LOOSE, HIDDEN.site)],
    upstreams: new Set([HIDDEN.host]),
  });
  return JSON.stringify(story);
}

for (const [kind, body] of Object.entries(EVENTS))
  for (const open of [false, true])
    test(`of ${kind} a tenant learns nothing hidden, ${open ? "while it is open" : "once it is settled"}`, () => {
      const text = seen(body, open);
      for (const [what, secret] of Object.entries(HIDDEN)) assert(!text.includes(secret), `${what} leaks: ${text}`);
    });

test("the operator is told all of it", () => {
  const made = specimen({ events: [[1000, EVENTS.held]], open: { state: "held", why: HIDDEN.canaries } });
  const asked = { id: idOf(KEY, 1 as NodeNumber), now: at(MINUTE), zone: "UTC", closed: new Map() };
  const text = JSON.stringify(tellStory(made, asked));
  assert(text.includes(HIDDEN.canaries) && text.includes(HIDDEN.campaign));
});

test("a tenant hears since when its mail is slowed and that it was not the cause", () => {
  const made = specimen({ open: { dueAt: at(0) } });
  const closed = new Map([["example.org" as SiteKey, { why: LOOSE, since: at(-8 * MINUTE), of: HIDDEN.tenant as TenantId }]]);
  const asked = { id: idOf(KEY, 1 as NodeNumber), now: at(MINUTE), zone: "UTC", closed, eyes: "tenant" as const };
  const [only] = tellStory(made, asked).recipients;
  assert.equal(
    only?.line,
    "Queued for j.doe@example.org for 1 min: mail from this server to example.org is slowed since 09:01 because of other mail; yours was not the cause. Waits until it opens. Nothing to do.",
  );
});

test("a link to one recipient tells of that one only, and keeps its index", () => {
  const made = specimen({ to: ["a@example.org", "b@example.net"], events: [[900, { ...EVENTS.bounced, diagnosis: NO_MAILBOX }, 1]] });
  const asked = { id: idOf(KEY, 1 as NodeNumber), now: at(MINUTE), zone: "UTC", closed: new Map(), eyes: "tenant" as const, only: 1 };
  const story = tellStory(made, asked);
  assert.deepEqual(
    story.recipients.map(({ rcpt, to }) => [rcpt, to]),
    [[1, "b@example.net"]],
  );
  assert(!JSON.stringify(story).includes("a@example.org"));
  assert.equal(idOf(KEY as MessageKey, 1 as NodeNumber), story.id);
});
