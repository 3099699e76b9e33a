/** What single providers say in words and codes of their own; they publish most of it. Before any general phrase. */
import { type Rule, rowsOf } from "../rule.ts";

const GOOGLE = "Google, Email sender guidelines and SMTP error reference, 2026-02";
const MICROSOFT = "Microsoft, Sender support and NDR reference, 2026-06";
const YAHOO = "Yahoo Sender Hub, error codes, 2026-02";

const google: readonly Rule[] = rowsOf("google", GOOGLE, [
  {
    id: "google-ip-reputation",
    class: "repIP",
    says: ["low reputation of the sending ip"],
    example: "421 4.7.0 very low reputation of the sending IP address",
  },
  {
    id: "google-domain-reputation",
    class: "repDom",
    says: ["low reputation of the sending domain"],
    example: "550 5.7.1 very low reputation of the sending domain",
  },
  {
    id: "google-rate-netblock",
    class: "repIP",
    scope: "net",
    says: ["unusual rate .. netblock", "ip netblock"],
    example: "421 4.7.28 unusual rate of mail from your IP Netblock",
  },
  {
    id: "google-rate-domain",
    class: "repDom",
    says: ["unusual rate .. dkim|spf domain"],
    example: "421 4.7.28 unusual rate of mail from your DKIM domain",
  },
  {
    id: "google-rate-url",
    class: "content",
    says: ["unusual rate .. url domain|domains", "one of your url domains"],
    example: "421 4.7.28 unusual rate of mail with one of your URL domains",
  },
  {
    id: "google-rate-ip",
    class: "rate",
    says: ["unusual rate of"],
    code: "4",
    cause: "{r} limits this address",
    example: "421 4.7.28 unusual rate of mail from your IP address",
  },
  {
    id: "google-unsolicited-ip",
    class: "repIP",
    says: ["unusual rate of unsolicited"],
    code: "5",
    example: "550 5.7.28 unusual rate of unsolicited mail",
  },
  {
    id: "google-unsolicited",
    class: "content",
    says: ["likely unsolicited"],
    example: "550 5.7.1 this message is likely unsolicited mail",
  },
  {
    id: "google-rcpt-rate",
    class: "rate",
    scope: "recipient",
    says: ["receiving mail too quickly", "receiving mail at a rate"],
    example: "450 4.2.1 the user is receiving mail too quickly",
  },
  {
    id: "google-direct",
    class: "repIP",
    says: ["not authorized to send email directly"],
    example: "550 5.7.1 the IP is not authorized to send email directly to our servers",
  },
  { id: "google-ptr", class: "dns", enhanced: ["7.25", "7.23"], example: "550 5.7.25 the IP address does not have a PTR record" },
  { id: "google-tls", class: "tls", enhanced: ["7.29"], example: "421 4.7.29 not sent over a TLS connection" },
  {
    id: "google-auth",
    class: "auth",
    enhanced: ["7.24", "7.26", "7.27", "7.30", "7.31", "7.32", "7.40"],
    example: "550 5.7.26 the sender is unauthenticated",
  },
]);

const microsoft: readonly Rule[] = rowsOf("microsoft", MICROSOFT, [
  {
    id: "microsoft-blocked",
    class: "repIP",
    says: ["on our block list", "s3140|s3150", "banned sending ip"],
    example: "550 5.7.1 part of their network is on our block list (S3140)",
  },
  {
    id: "microsoft-banned",
    class: "repIP",
    enhanced: ["7.606-649", "7.511", "7.708"],
    example: "550 5.7.606 Access denied, banned sending IP",
  },
  { id: "microsoft-limited", class: "rate", enhanced: ["7.650", "7.651"], example: "451 4.7.650 rate limited due to IP reputation" },
  { id: "microsoft-busy", class: "rate", enhanced: ["7.500-599"], code: "4", example: "451 4.7.500 Server busy" },
  {
    id: "microsoft-tenant",
    class: "suspended",
    scope: "sender",
    enhanced: ["7.705", "1.8", "7.501-503"],
    code: "5",
    example: "550 5.7.705 Access denied, tenant has exceeded threshold",
  },
  {
    id: "microsoft-auth",
    class: "auth",
    enhanced: ["7.515", "7.509", "7.26"],
    example: "550 5.7.515 does not meet the required authentication level",
  },
  {
    id: "microsoft-rcpt",
    class: "badrcpt",
    says: ["recipient address rejected access denied"],
    example: "550 5.4.1 Recipient address rejected: Access denied",
  },
  {
    id: "microsoft-rcpt-rate",
    class: "rate",
    scope: "recipient",
    enhanced: ["2.121", "2.122"],
    example: "450 4.2.121 recipient has exceeded the hourly limit",
  },
  { id: "microsoft-tls", class: "tls", enhanced: ["7.321-325"], example: "550 5.7.321 STARTTLS is required" },
]);

const yahoo: readonly Rule[] = rowsOf("yahoo", YAHOO, [
  {
    id: "yahoo-deferred",
    class: "repIP",
    says: ["tss04|tss05|tss09|tss11|ts01|ipts04|ipts05"],
    example: "421 4.7.0 [TSS04] Messages temporarily deferred due to unexpected volume or user complaints",
  },
  { id: "yahoo-rate", class: "rate", says: ["ts02|ts03", "max* message* per connection"], example: "421 4.7.0 [TS02] unusual traffic" },
  { id: "yahoo-list", class: "list", says: ["bl21|bl23|tss07"], example: "553 5.7.1 [BL21] not accepted because it is on a blocklist" },
  { id: "yahoo-content", class: "content", says: ["ph01", "policy reasons"], example: "554 5.7.9 Message not accepted for policy reasons" },
  {
    id: "yahoo-no-account",
    class: "badrcpt",
    says: ["doesnt have a .. account", "no longer valid"],
    example: "554 delivery error: dd This user doesn't have a yahoo.com account",
  },
]);

export const PROVIDER_WORDS: readonly Rule[] = [...google, ...microsoft, ...yahoo];
