/** Settings of look-ups: which name servers, whom of them we believe, and names that need none. */
import { ipFamily } from "../../base/ip.ts";
import type { Endpoint } from "../../base/network.ts";
import { list, map, section } from "../../base/option.ts";
import { endpointText, leaf, readEndpoint } from "../../base/option-leaves.ts";
import { DNS_PORT, SERVERS_MOST } from "../../wire/dns/stub-resolver.ts";
import { isHostname } from "./names.ts";

function readServer(written: string): Endpoint | undefined {
  if (ipFamily(written) !== undefined) return { ip: written, port: DNS_PORT };
  const place = readEndpoint(written);
  return place && ipFamily(place.ip) !== undefined && place.port > 0 ? place : undefined;
}

function showServer(server: Endpoint): string {
  return server.port === DNS_PORT ? server.ip : endpointText(server);
}

const server = leaf(
  { form: "an IP address, or IP:PORT", example: "192.0.2.53", read: readServer, show: showServer },
  { doc: "A recursive name server." },
);

const address = leaf(
  {
    form: "an IP address",
    example: "192.0.2.53",
    read: (text) => (ipFamily(text) === undefined ? undefined : text),
    show: (ip: string) => ip,
  },
  { doc: "An address." },
);

export const dnsOptions = section(
  {
    servers: list(server, {
      default: [],
      doc: `Recursive name servers, at most ${SERVERS_MOST}, asked in this order. None: those of /etc/resolv.conf, read again when it changes. One on this machine is best: it keeps blocklists answering, and its word on DNSSEC is believed.`,
    }),
    validating: list(address, {
      default: [],
      doc: "Servers elsewhere that validate DNSSEC, over a network where nobody can change their answers. Of those on this machine it is believed without this.",
    }),
    hosts: map(list(address, { default: [], doc: "Addresses." }), {
      key: "host name",
      example: "relay.example.net",
      readKey: (name) => (isHostname(name) ? name.toLowerCase() : undefined),
      doc: "Addresses of hosts that are not to be asked for; they win over /etc/hosts, and both over DNS. They do not change where a domain's MX points.",
    }),
  },
  {
    doc: "How names are looked up.",
    check: ({ servers }, { path, line }, report) => {
      if (servers.length > SERVERS_MOST)
        report({
          path: `${path}.servers`,
          line,
          cause: `has ${servers.length} servers`,
          remedy: `write ${SERVERS_MOST} at most: each that is silent makes a look-up longer`,
        });
    },
  },
);
