/** Services that carry mail for us as an upstream: what they refuse is most often our own account with them. */
import { type Rule, rowsOf } from "../rule.ts";

export const CARRIERS: readonly Rule[] = [
  ...rowsOf("amazon", "Amazon SES, SMTP response codes and troubleshooting, 2026", [
    {
      id: "ses-unverified",
      class: "policy",
      scope: "us",
      says: ["address|identity is not verified", "identities failed the check", "not subscribed to ses"],
      confidence: 0.93,
      cause: "{r} does not know the sender's domain as one of this account's",
      remedy: { who: "operator", text: "verify the domain in the SES console, in this region" },
      example: "554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1",
    },
    {
      id: "ses-rate",
      class: "rate",
      scope: "us",
      says: ["maximum sending rate exceeded", "daily message quota exceeded", "sending quota exceeded"],
      confidence: 0.95,
      example: "454 Throttling failure: Maximum sending rate exceeded",
    },
    {
      id: "ses-paused",
      class: "suspended",
      scope: "us",
      says: ["sending paused", "account .. suspended from sending"],
      confidence: 0.93,
      example: "454 Sending paused for this account",
    },
    {
      id: "ses-form",
      named: true,
      class: "proto",
      says: ["duplicate header", "invalid .. header", "illegal address"],
      confidence: 0.93,
      example: "554 Transaction failed: Duplicate header 'DKIM-Signature'",
    },
    {
      id: "ses-suppressed",
      class: "badrcpt",
      says: ["suppression list"],
      confidence: 0.9,
      example: "554 Recipient address is on the suppression list",
    },
  ]),
  ...rowsOf("sendgrid", "SendGrid, SMTP errors, 2026", [
    {
      id: "sendgrid-credits",
      class: "rate",
      scope: "us",
      says: ["maximum credits exceeded"],
      confidence: 0.95,
      example: "451 Authentication failed: Maximum credits exceeded",
    },
    {
      id: "sendgrid-identity",
      class: "policy",
      scope: "us",
      says: ["verified sender identity"],
      confidence: 0.95,
      example: "550 The from address does not match a verified Sender Identity",
    },
  ]),
  ...rowsOf("mailgun", "Mailgun, SMTP errors, 2026", [
    {
      id: "mailgun-suppressed",
      class: "badrcpt",
      says: ["not delivering to previously bounced"],
      confidence: 0.95,
      example: "605 Not delivering to previously bounced address",
    },
    {
      id: "mailgun-disabled",
      named: true,
      class: "suspended",
      scope: "us",
      says: ["domain .. is disabled|not allowed to send"],
      confidence: 0.85,
      example: "550 Domain example.org is not allowed to send: account disabled",
    },
  ]),
];
