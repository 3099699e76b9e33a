/**
 * Every route, once: who may call it, what it takes and what it answers. The server reads and checks by this table, the
 * clients' types come from it, and the API's description is printed from it. What each does is in `answers/`.
 */

import type { RouteName } from "./paths.ts";
import { destinationRoutes } from "./routes/destinations.ts";
import { labRoutes } from "./routes/lab.ts";
import { limitRoutes } from "./routes/limits.ts";
import { loginRoutes } from "./routes/logins.ts";
import { mailRoutes } from "./routes/mail.ts";
import { nodeRoutes } from "./routes/node.ts";
import { queueRoutes } from "./routes/queue.ts";
import type { GotFor, ReplyFor, WrittenFor } from "./routes/route.ts";
import { settingsRoutes } from "./routes/settings.ts";
import { tlsReportRoutes } from "./routes/tls-reports.ts";
import { wayRoutes } from "./routes/ways.ts";
import { webhookRoutes } from "./routes/webhooks.ts";

export type { RouteName };

export const routes = {
  ...nodeRoutes,
  ...mailRoutes,
  ...queueRoutes,
  ...destinationRoutes,
  ...tlsReportRoutes,
  ...limitRoutes,
  ...wayRoutes,
  ...settingsRoutes,
  ...webhookRoutes,
  ...loginRoutes,
  ...labRoutes,
} satisfies Readonly<Record<RouteName, unknown>>;

export type Routes = typeof routes;
/** What a caller writes. */
export type InputOf<Name extends RouteName> = WrittenFor<Routes[Name]>;
/** What a route gets: the same, checked, with the defaults. */
export type ReceivedBy<Name extends RouteName> = GotFor<Routes[Name]>;
export type ReplyOf<Name extends RouteName> = ReplyFor<Routes[Name]>;
