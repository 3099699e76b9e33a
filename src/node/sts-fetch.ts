/** Reads a domain's MTA-STS policy where it must stand (RFC 8461 §3.3): over HTTPS, from public addresses, as plain text. */
import type { Clock } from "../base/clock.ts";
import type { Resolver } from "../base/resolver.ts";
import { type HttpReader, reach } from "../control/webhooks/webhooks.ts";
import { STS_OCTETS } from "../mail/transport-security/transport-security.ts";
import type { StsFetched } from "../relay/deliver/deliver.ts";

/** A look-up included; mail waits for it. */
const FETCH_MS = 10_000;

export function stsFetch(web: HttpReader, resolver: Resolver, clock: Clock): (domain: string) => Promise<StsFetched> {
  return async (domain) => {
    const limit = new AbortController();
    const cancel = clock.after(FETCH_MS, () => limit.abort(new Error(`no answer within ${FETCH_MS / 1000} s`)));
    try {
      return await fetched(domain, web, resolver, limit.signal);
    } finally {
      cancel();
    }
  };
}

async function fetched(domain: string, web: HttpReader, resolver: Resolver, signal: AbortSignal): Promise<StsFetched> {
  const url = `https://mta-sts.${domain}/.well-known/mta-sts.txt`;
  const target = await reach(new URL(url), { private: false }, resolver);
  if (!target.ok) return failed(target.why);
  const page = await web.get({ url, addresses: target.addresses, mostBytes: STS_OCTETS, signal });
  if (page.is === "failed") return { ok: false, is: page.certificate ? "sts-webpki-invalid" : "sts-policy-fetch-error", why: page.why };
  if (page.status !== 200) return failed(`it answers with status ${page.status}`); // a redirect is not followed (RFC 8461 §3.3)
  if (page.mediaType !== "text/plain") return failed(`it is ${page.mediaType || "of no type"}, not text/plain`);
  return { ok: true, text: page.text };
}

function failed(why: string): StsFetched {
  return { ok: false, is: "sts-policy-fetch-error", why };
}
