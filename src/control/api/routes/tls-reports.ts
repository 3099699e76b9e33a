/** How TLS with mail hosts went, and what their domains were told of it (RFC 8460). */
import { after, limit } from "./fields.ts";
import { ABUSE, route } from "./route.ts";
import { bool, flag, int, list, maybe, object, oneOf, orNull, patterned, str, text, time } from "./schema.ts";

const day = maybe(
  patterned(
    "a day, UTC; the newest that was counted if not given",
    "^\\d{4}-\\d{2}-\\d{2}$",
    "is not a day (2026-11-25)",
    10,
    "2026-11-25",
  ),
);

const domainDay = object({
  ...{ day: str, domain: str, succeeded: int, failed: int },
  report: orNull(
    object({
      is: oneOf("what became of the report", ["due", "sending", "sent", "unasked", "failed"]),
      ...{ at: time, attempts: int, places: list(str), why: orNull(str) },
    }),
  ),
});

export const tlsReportRoutes = {
  tlsReports: route(
    "TLS sessions by day, and by domain on one day, with what became of the reports on them",
    ABUSE,
    { day, failed: flag("only domains with sessions that failed"), limit: limit(100), after },
    object({
      /** Reports are sent at all. */
      sends: bool,
      days: list(
        object({
          ...{ day: str, succeeded: int, failed: int, domains: int, beyond: int },
          reports: object({ sent: int, unasked: int, failed: int, waiting: int }),
        }),
      ),
      domains: list(domainDay),
      next: orNull(str),
    }),
  ),

  tlsResults: route(
    "TLS sessions with one domain's mail hosts, by policy and way of failing",
    ABUSE,
    { domain: text("the recipient domain", 255, "example.org"), day },
    object({
      domain: str,
      days: list(domainDay),
      /** That the policies below are of. */
      day: orNull(str),
      policies: list(
        object({
          type: oneOf("what was applied", ["tlsa", "sts", "none"]),
          ...{ domain: str, lines: list(str), mxHosts: list(str), succeeded: int, failed: int },
          failures: list(
            object({ result: str, host: orNull(str), ip: orNull(str), localIp: orNull(str), detail: orNull(str), sessions: int }),
          ),
        }),
      ),
    }),
  ),
};
