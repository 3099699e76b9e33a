/** What is wrong with an order, in a sentence's end, before anything is written. */
import { unreachable } from "../../base/brand.ts";
import type { WallMs } from "../../base/clock.ts";
import { nearest } from "../../base/nearest.ts";
import { findByKey, PROVIDERS } from "../../mail/replies/providers.ts";
import type { LimitName, LimitSetting, OverrideOrder } from "../../model/override.ts";

/** What a limit may be set to. */
export const LIMIT_RANGES: Readonly<Record<LimitName, { readonly least: number; readonly most: number; readonly whole: boolean }>> = {
  connections: { least: 1, most: 1000, whole: true },
  perMinute: { least: 0.01, most: 1_000_000, whole: false },
  perConnection: { least: 1, most: 100_000, whole: true },
  recipients: { least: 1, most: 10_000, whole: true },
};
const FACTOR = { least: 0.01, most: 100, whole: false } as const;
const LONGEST_CAUSE = 500;
/** `HOST:PORT` of the longest name there can be. */
const LONGEST_DOMAIN = 260;

/** Undefined: nothing. */
export function faultOfOrder({ scope, change, cause, by, until }: OverrideOrder, now: WallMs): string | undefined {
  const { egress, provider, domain } = scope;
  if (egress === undefined && provider === undefined && domain === undefined)
    return "says nowhere what it holds for: name an egress, a provider or a domain";
  if (provider !== undefined && !findByKey(provider)) return faultOfProvider(provider);
  if (domain !== undefined && (domain !== domain.toLowerCase() || domain.length > LONGEST_DOMAIN || !/^[^\s/]+$/.test(domain)))
    return `has ${JSON.stringify(domain.slice(0, 80))}, which is no domain and no HOST:PORT`;
  if (cause.trim() === "") return "has no cause: say why, so that others know when it may go";
  if (cause.length > LONGEST_CAUSE) return `has a cause of ${cause.length} characters; ${LONGEST_CAUSE} is the most`;
  if (until !== undefined && !(until > now)) return "ends before it begins";
  if (until === undefined && by.kind !== "operator") return "has no end, and the program decides nothing for ever";
  switch (change.is) {
    case "limit":
      return faultOfSetting(change.limit, change.setting);
    case "pause":
      return undefined;
    case "reroute":
      return change.to === egress ? `leads from ${egress} to itself` : undefined;
    default:
      return unreachable(change);
  }
}

/** With what was probably meant. */
export function faultOfProvider(key: string): string {
  const guess = nearest(
    key,
    PROVIDERS.map((provider) => provider.key),
  );
  return `has no provider ${JSON.stringify(key.slice(0, 80))}${guess === undefined ? "" : `; did you mean ${guess}?`}`;
}

function faultOfSetting(limit: LimitName, { op, n }: LimitSetting): string | undefined {
  const { least, most, whole } = op === "scale" ? FACTOR : LIMIT_RANGES[limit];
  if (n >= least && n <= most && (!whole || Number.isInteger(n))) return undefined;
  const what = op === "scale" ? "a factor" : limit;
  return `sets ${what} to ${n}; it must be ${whole ? "a whole number" : "a number"} from ${least} to ${most}`;
}
