/** Who runs the mail hosts behind a name. */

export interface Provider {
  readonly key: string;
  /** As people name it. */
  readonly name: string;
  /** Several services of one operator that share their replies. */
  readonly family?: string;
  /** MX host names end so. */
  readonly hosts: readonly string[];
  /** Well-known consumer domains. */
  readonly domains?: readonly string[];
}

export const PROVIDERS: readonly Provider[] = [
  { key: "google", name: "Google", hosts: ["google.com", "googlemail.com", "psmtp.com"], domains: ["gmail.com", "googlemail.com"] },
  {
    key: "outlook",
    name: "Outlook.com",
    family: "microsoft",
    hosts: ["olc.protection.outlook.com", "hotmail.com"],
    domains: ["outlook.com", "hotmail.com", "live.com", "msn.com"],
  },
  { key: "microsoft365", name: "Microsoft 365", family: "microsoft", hosts: ["mail.protection.outlook.com", "outlook.com"] },
  { key: "yahoo", name: "Yahoo", hosts: ["yahoodns.net", "yahoo.com"], domains: ["yahoo.com", "aol.com"] },
];

const BY_HOST = new Map(PROVIDERS.flatMap((provider) => provider.hosts.map((host) => [host, provider] as const)));
const BY_DOMAIN = new Map(PROVIDERS.flatMap((provider) => (provider.domains ?? []).map((domain) => [domain, provider] as const)));

export function findByHost(host: string): Provider | undefined {
  let name = host.toLowerCase().replace(/\.$/, "").slice(-255);
  while (name !== "") {
    const found = BY_HOST.get(name);
    if (found !== undefined) return found;
    const dot = name.indexOf(".");
    name = dot < 0 ? "" : name.slice(dot + 1);
  }
  return undefined;
}

export function findByDomain(domain: string): Provider | undefined {
  return BY_DOMAIN.get(domain.toLowerCase().replace(/\.$/, ""));
}
