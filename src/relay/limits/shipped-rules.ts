/**
 * What receivers are known to take from one address: by their own pages where they say it, else by what senders who
 * measure it have agreed on. A figure that nobody published is not here: the law finds it. An operator's rule stands
 * instead of one of these.
 */
import { LIMIT_NAMES, type LimitName, type LimitRule } from "../../model/override.ts";

type Row = readonly [provider: string, limits: { readonly [L in LimitName]?: number }, source: string];

const KUMO = "defaults that KumoMTA ships, read 2026-11";
const KUMO_USERS = "rules that users of KumoMTA share, read 2026-11";

const ROWS: readonly Row[] = [
  ["google", { connections: 5, perConnection: 50 }, KUMO],
  // Far below the 500 connections that Microsoft's policy for Outlook.com allows: it objects long before.
  ["outlook", { connections: 5, perConnection: 50 }, KUMO],
  ["microsoft365", { connections: 5, perConnection: 50 }, KUMO],
  ["microsoft365", { recipients: 200 }, "Microsoft's page on 4.5.3, for recipients of one domain, read 2026-11"],
  ["yahoo", { perConnection: 20 }, "Yahoo's page for senders, help.yahoo.com/kb/SLN3433.html, read 2026-11"],
  ["yahoo-japan", { connections: 2, perConnection: 20, perMinute: 600 }, KUMO_USERS],
  ["apple", { connections: 10, perConnection: 5 }, KUMO],
  ["gmx", { connections: 4, perConnection: 20 }, KUMO_USERS],
  ["orange", { connections: 2 }, "senders' reports on OFR104, too many connections, read 2026-11"],
  ["comcast", { connections: 25, perConnection: 1000 }, "Comcast, to KumoMTA's authors, read 2026-11"],
  ["cox", { connections: 10 }, "Cox's list of error codes, CXCNCT, read 2026-11"],
  ["mimecast", { connections: 10, perConnection: 100 }, "Mimecast, to KumoMTA's authors, read 2026-11"],
  ["barracuda", { connections: 10, perConnection: 15 }, KUMO_USERS],
  ["kpn", { connections: 10, perConnection: 10 }, KUMO_USERS],
  ["tencent", { connections: 4, perConnection: 8 }, KUMO_USERS],
  ["netease", { connections: 4, perConnection: 7 }, KUMO_USERS],
  ["simply", { perMinute: 300 }, "Simply.com's page on limits, www.simply.com, read 2026-11"],
];

/** Receivers with gates of their own for each of their sites, which count apart. */
const EACH_SITE: ReadonlySet<string> = new Set(["mimecast"]);

export const SHIPPED_RULES: readonly LimitRule[] = ROWS.flatMap(([provider, limits, source]) =>
  LIMIT_NAMES.flatMap((limit): readonly LimitRule[] => {
    const n = limits[limit];
    if (n === undefined) return [];
    return [{ scope: { provider }, limit, n, by: "shipped", source, ...(EACH_SITE.has(provider) && { eachSite: true as const }) }];
  }),
);
