/** What a simulated node asks of TLS: DANE by the world's names, MTA-STS by texts of the test, memory that a restart empties. */
import type { Process } from "../../lab/world/world.ts";
import type { TlsDemand } from "../../src/mail/transport-security/transport-security.ts";
import type { TlsSession } from "../../src/model/tls-session.ts";
import { type KeptPolicy, StsPolicies, Transport } from "../../src/relay/deliver/deliver.ts";

export interface TransportScene {
  /** By domain; absent: the fetch fails. */
  readonly policies?: ReadonlyMap<string, string>;
  readonly demand?: TlsDemand;
  /** Sessions that were told. */
  readonly seen?: TlsSession[];
}

export function knownTransport({ clock, resolver }: Process, { policies, demand = "opportunistic", seen = [] }: TransportScene): Transport {
  const kept = new Map<string, KeptPolicy>();
  const broken = new Set<string>();
  const told = (session: TlsSession): void => void seen.push(session);
  const sts = new StsPolicies({
    ...{ clock, resolver, seen: told },
    store: { get: (domain) => kept.get(domain), put: (domain, one) => void kept.set(domain, one) },
    fetch: async (domain) => {
      const text = policies?.get(domain);
      return text === undefined ? { ok: false, is: "sts-policy-fetch-error", why: "it answers with status 404" } : { ok: true, text };
    },
  });
  return new Transport({
    ...{ clock, resolver, dane: true, sts, seen: told, demand: () => demand },
    broken: { has: (host) => broken.has(host), add: (host) => void broken.add(host) },
  });
}
