/** Verbs about the way out: how connections to mail hosts went. */
import { EXIT } from "./exit.ts";
import type { Verb } from "./verb.ts";
import { ONLINE, ONLINE_EXITS } from "./verb-flags.ts";

export const WAY_OUT_VERBS: readonly Verb[] = [
  {
    name: "tls-reports",
    under: "Find out",
    says: "Shows how TLS with mail hosts went, and what their domains were told of it.",
    operands: "[DOMAIN]",
    takes: [0, 1],
    flags: [
      { name: "day", value: "DAY", says: "a day, UTC: 2026-11-25", usual: "the newest" },
      { name: "failed", says: "only domains with sessions that failed" },
      { name: "limit", value: "N", says: "at most so many", usual: "100" },
      { name: "after", value: "DOMAIN", says: "go on where a page ended" },
      ...ONLINE,
    ],
    examples: ["tls-reports --failed", "tls-reports example.org", "tls-reports example.org --day 2026-11-25 --json"],
    exits: [EXIT.notFound, ...ONLINE_EXITS],
    load: () => import("./tls-reports.ts"),
  },
];
