/** A test of routes in memory, behind the API's port: one receiver with two hosts, and a domain that takes no mail. */
import type { EgressName } from "../../model/egress.ts";
import type { SiteKey } from "../../model/ids.ts";
import type { TestedRoute, WayDesk } from "./way-desk.ts";

export class MemoryWays implements WayDesk {
  async test({ domain, sender }: Parameters<WayDesk["test"]>[0]): Promise<TestedRoute> {
    const named = sender !== undefined;
    const egress = {
      name: (named ? "out2" : "default") as EgressName,
      helo: "relay.example.net",
      ...(named ? { ip4: "198.51.100.7" } : {}),
    };
    const fault = domain.startsWith("nomail.") ? { fault: { text: "it takes no mail at all (MX 0 .)", permanent: true } } : {};
    return {
      ...{ egress, egressBecause: named ? `rule sender ${sender}` : "the default", way: "mx", provider: "google", ...fault },
      site: `mx:${domain}${named ? "|out2" : ""}` as SiteKey,
      hosts:
        "fault" in fault
          ? []
          : [
              {
                ...{ host: "gmail-smtp-in.l.google.com", preference: 5 },
                addresses: [{ ip: "2001:db8::1a", skipped: "no IPv6 address to send from" }, { ip: "192.0.2.26" }],
                tls: { policy: "mta-sts", why: "its policy is enforced until 10 Mar" },
              },
              {
                ...{ host: "alt1.gmail-smtp-in.l.google.com", preference: 10, skipped: "not named in the MTA-STS policy" },
                addresses: [],
                tls: { policy: "mta-sts", why: "its policy is enforced until 10 Mar" },
              },
            ],
    };
  }
}
