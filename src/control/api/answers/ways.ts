/** Which way a message would take, found out without sending one. */
import { domainOf } from "../../../model/address.ts";
import { normalAddress } from "../../../store/suppression/suppression.ts";
import { type Answers, type Asked, viewOf } from "../asked.ts";
import { laneLimitsRow } from "../limit-shapes.ts";
import { Refused, wired } from "../refused.ts";
import type { wayRoutes } from "../routes/ways.ts";
import type { ReplyOf } from "../routes.ts";
import type { TestedRoute } from "../way-desk.ts";
import { iso, isoOrNull } from "../wire-form.ts";

/** Entries of other tenants and longer addresses that hold this one. */
const MOST_LOOKED_AT = 100;

export const wayAnswers: Answers<keyof typeof wayRoutes> = {
  routeTest: async (asked, { address, from, sender }) => {
    const whole = address.includes("@") ? normalAddress(address.replace(/^<|>$/g, "")) : `postmaster@${address.toLowerCase()}`;
    if (whole === undefined || whole.endsWith("@")) throw new Refused("bad-request", "address is no address, and no domain alone");
    const domain = domainOf(whole);
    const tested = await wired(asked.node.ways, "test of routes").test({
      domain,
      ...(from === undefined ? {} : { from: from === "<>" ? "" : from }),
      ...(sender === undefined ? {} : { sender }),
    });
    const { egress, site, fault } = tested;
    const [lane] = (await asked.node.limits?.explain({ egress: egress.name, domain: limitDomain(tested, domain) }, 1)) ?? [];
    const suppressed = address.includes("@") ? await suppressedFor(asked, whole) : [];
    return {
      ...{ address, domain, line: lineOf(tested, lane?.effective.paused !== undefined, suppressed.length > 0) },
      egress: { name: egress.name, helo: egress.helo, ip4: egress.ip4 ?? null, ip6: egress.ip6 ?? null, why: tested.egressBecause },
      ...{ way: tested.way, site, provider: tested.provider ?? null },
      hosts: tested.hosts.map(({ host, preference, addresses, skipped, tls }) => ({
        ...{ host, preference: preference ?? null, skipped: skipped ?? null, tls: { policy: tls.policy, why: tls.why } },
        addresses: addresses.map((one) => ({ ip: one.ip, skipped: one.skipped ?? null })),
      })),
      fault: fault === undefined ? null : { text: fault.text, permanent: fault.permanent },
      limits: lane === undefined ? null : laneLimitsRow(lane),
      suppressed,
    };
  },
};

function limitDomain({ way, site }: TestedRoute, domain: string): string {
  return way === "upstream" ? site.replace(/^upstream:/, "").replace(/\|.*$/, "") : domain;
}

async function suppressedFor(asked: Asked, address: string): Promise<ReplyOf<"routeTest">["suppressed"]> {
  const list = asked.desk.suppression;
  if (list === undefined) return [];
  const { entries } = await list.list(viewOf(asked), { text: address, limit: MOST_LOOKED_AT });
  return entries
    .filter((entry) => entry.address === address)
    .map(({ tenant, why, since, until }) => ({ tenant, why, since: iso(since), until: isoOrNull(until) }));
}

/** The answer in one sentence. */
function lineOf({ fault, hosts, egress, way }: TestedRoute, paused: boolean, suppressed: boolean): string {
  if (suppressed) return "Nothing is sent: the address is suppressed.";
  if (fault !== undefined) return `${fault.permanent ? "Nothing can be sent" : "Nothing can be sent now"}: ${fault.text}.`;
  const first = hosts.find((host) => host.skipped === undefined && host.addresses.some(({ skipped }) => skipped === undefined));
  if (first === undefined) return "Nothing can be sent now: no host is left to try.";
  const by = `${way === "upstream" ? "by the upstream" : "to"} ${first.host}, from ${egress.name}`;
  return paused ? `Mail waits, because it is paused; it would go ${by}.` : `Mail goes ${by}.`;
}
