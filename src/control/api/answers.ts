/** What each route of the table does. Loaded with the first request. */
import { destinationAnswers } from "./answers/destinations.ts";
import { labAnswers } from "./answers/lab.ts";
import { limitAnswers } from "./answers/limits.ts";
import { loginAnswers } from "./answers/logins.ts";
import { mailAnswers } from "./answers/mail.ts";
import { nodeAnswers } from "./answers/node.ts";
import { queueAnswers } from "./answers/queue.ts";
import { settingsAnswers } from "./answers/settings.ts";
import { tlsReportAnswers } from "./answers/tls-reports.ts";
import { wayAnswers } from "./answers/ways.ts";
import { webhookAnswers } from "./answers/webhooks.ts";
import type { Answers } from "./asked.ts";
import type { RouteName } from "./routes.ts";

export const answers: Answers<RouteName> = {
  ...nodeAnswers,
  ...mailAnswers,
  ...queueAnswers,
  ...destinationAnswers,
  ...tlsReportAnswers,
  ...limitAnswers,
  ...wayAnswers,
  ...settingsAnswers,
  ...webhookAnswers,
  ...loginAnswers,
  ...labAnswers,
};
