/** B: hosts that do what hosts must not, one of each kind, below `bad.example`; and domains whose DNS is broken. */
import { resetsAfterDot, without } from "./habits.ts";
import type { HostPlan } from "./houses/house.ts";
import type { Internet } from "./internet.ts";
import type { Numbers } from "./numbers.ts";
import type { Habit } from "./receivers.ts";

/** Below which all of them lie. */
export const BAD_DOMAIN = "bad.example";

export function badHosts({ bad }: Numbers, nextIp: () => string): readonly HostPlan[] {
  const kinds: readonly (readonly [string, readonly Habit[]])[] = [
    ["slow-banner", [slowBanner(bad.bannerMs)]],
    ["dribbles", [dribbles(bad.octetEveryMs)]],
    ["resets", [resetsAfterDot(bad.resetShare)]],
    ["nine-minutes", [finalReplyAfter(bad.finalReplyMs)]],
    ["seven-bits", [without("8BITMIME", "SMTPUTF8", "CHUNKING")]],
    ["refuses-all", [{ connect: () => ({ say: "554 no mail service here", hangUp: true }) }]],
    ["lies", [{ dot: () => ({ say: "250 2.0.0 kept", keeps: false }) }]],
  ];
  return kinds.map(([kind, habits]) => {
    const domain = `${kind}.${BAD_DOMAIN}`;
    return { name: `mx.${domain}`, ip: nextIp(), takes: [`10 ${domain}`], habits };
  });
}

/** Domains without a working host. */
export function badDomains({ resolver }: Internet): readonly string[] {
  const broken = [
    ["null-mx", { MX: ["0 ."] }],
    ["servfail", "SERVFAIL"],
    ["silent-dns", "TIMEOUT"],
    ["mx-at-home", { MX: ["10 localhost.bad.example"] }],
    ["mx-nowhere", { MX: ["10 nowhere.bad.example"] }],
  ] as const;
  resolver.set(`localhost.${BAD_DOMAIN}`, { A: ["127.0.0.1"] });
  return broken.map(([kind, records]) => {
    resolver.set(`${kind}.${BAD_DOMAIN}`, records);
    return `${kind}.${BAD_DOMAIN}`;
  });
}

/** Greets after so long. */
export function slowBanner(ms: number): Habit {
  return { connect: () => ({ say: "220 at last", afterMs: ms }) };
}

/** An octet at a time: its banner and its last word. */
export function dribbles(octetEveryMs: number): Habit {
  return { connect: () => ({ say: "220 dribbling", octetEveryMs }), dot: () => ({ say: "250 2.0.0 kept", octetEveryMs, keeps: true }) };
}

export function finalReplyAfter(ms: number): Habit {
  return { dot: () => ({ say: "250 2.6.0 kept, at last", afterMs: ms, keeps: true }) };
}
