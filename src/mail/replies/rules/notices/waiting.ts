/** What bounce notices say without a reason, of waiting and giving up above all: asked after everything that may be one. */
import { type Rule, rowsFrom } from "../../rule.ts";

const PROGRAMS = "delivery reports of the program named, as its documentation and users quote them, 2026";

export const NOTICED_WAITING: readonly Rule[] = rowsFrom(PROGRAMS, [
  {
    id: "notice-sender-rejected",
    class: "repDom",
    confidence: 0.6,
    cause: "{r} does not accept the sender's address",
    says: ["but sender was rejected", "sender address .. rejected|refused"],
    example: "Connected to 192.0.2.1 but sender was rejected.",
  },
  {
    id: "notice-given-up",
    class: "expired",
    confidence: 0.7,
    says: [
      "could not be delivered for #",
      "not .. delivered within",
      "will be deleted from queue",
      "exceeded max* .. attempts",
      "max* .. retries|retry|attempts .. exceeded|reached",
      "gave|giving up",
      "aufgegeben",
      "abandonné|abandonnée",
    ],
    has: ["配信を中止", "再送を中止", "期限切れ", "超时", "逾時"],
    example: "Message could not be delivered for 5 days. Message will be deleted from queue.",
  },
  {
    id: "notice-still-waiting",
    class: "network",
    confidence: 0.45,
    cause: "{r} has not taken the message yet; the report does not say why",
    says: [
      "still undelivered after",
      "keep|continue .. trying|attempts|retrying",
      "attempts will continue",
      "not yet .. delivered",
      "delivery .. delayed",
      "has been delayed",
      "noch nicht zugestellt",
      "zustellung .. verzögert",
      "pas encore .. remis|délivré",
      "retardée|retardé",
      "aún no .. entregado",
      "retrasado|retrasada",
      "non ancora consegnato",
      "atraso|atrasada",
    ],
    has: ["遅延", "延遲", "延迟"],
    example: "Message still undelivered after 4 hours; will keep trying until it is 5 days old",
  },
]);
