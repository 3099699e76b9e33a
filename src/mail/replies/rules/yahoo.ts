/** Yahoo with AOL and AT&T, whose mailboxes it keeps; and Yahoo! Japan, which is another company with codes of its own. */
import { type Rule, rowsOf } from "../rule.ts";

const HUB = "Yahoo Sender Hub, SMTP error codes, 2026-02";
const CODES = "https://senders.yahooinc.com/smtp-error-codes/";
const COLLECTIONS = "replies of Yahoo! Japan in public collections of mail systems, 2026";

const yahoo: readonly Rule[] = rowsOf("yahoo", HUB, [
  {
    id: "yahoo-list",
    class: "list",
    says: ["bl21|bl23|tss07"],
    confidence: 0.97,
    zone: "spamhaus.org",
    example: "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list",
  },
  {
    id: "yahoo-refused",
    class: "repIP",
    says: ["tss09|tss11"],
    confidence: 0.95,
    cause: "{r} takes nothing more from this address, for complaints about it",
    remedy: {
      who: "operator",
      text: "stop sending to Yahoo from this address, repair the cause, then write to sender support",
      link: CODES,
    },
    example: "553 5.7.2 [TSS09] All messages from 192.0.2.1 will be permanently deferred",
  },
  {
    id: "yahoo-deferred",
    class: "repIP",
    says: ["tss04|tss05|tss06|ts01|ipts04|ipts05", "unexpected volume or user complaints", "permanently deferred"],
    confidence: 0.95,
    cause: "{r} defers mail from this address, for complaints or sudden volume",
    remedy: { who: "operator", text: "send nothing to Yahoo for two hours, then slowly, and stop who is complained about", link: CODES },
    example: "421 4.7.0 [TSS04] Messages temporarily deferred due to unexpected volume or user complaints",
  },
  {
    id: "yahoo-rate",
    class: "rate",
    says: ["ts02|ts03", "unusual traffic", "max* message* per connection"],
    confidence: 0.93,
    example: "421 4.7.0 [TS02] Messages temporarily deferred due to unusual traffic",
  },
  {
    id: "yahoo-rcpt-rate",
    class: "rate",
    scope: "recipient",
    says: ["user is receiving mail too quickly"],
    confidence: 0.93,
    example: "451 The user is receiving mail too quickly",
  },
  {
    id: "yahoo-auth",
    named: true,
    class: "auth",
    says: ["requires all senders to authenticate", "au01", "for unauthenticated", "authentication checks"],
    confidence: 0.95,
    example: "550 5.7.9 Yahoo requires all senders to authenticate with either SPF or DKIM",
  },
  {
    id: "yahoo-sender-domain",
    class: "dns",
    says: ["unresolvable rfc #? from domain", "unresolvable .. from domain"],
    confidence: 0.95,
    cause: "the domain in MAIL FROM has no records that {r} can find",
    remedy: { who: "tenant", text: "publish an MX or A record for the domain in MAIL FROM; its zone needs a SOA record too", link: CODES },
    example: "451 Message temporarily deferred due to unresolvable RFC.5321 from domain",
  },
  {
    id: "yahoo-no-account",
    class: "badrcpt",
    says: [
      "doesnt have a .. account",
      "no longer valid",
      "delivery error dd not a valid",
      "delivery error dd this user",
      "mailbox not found",
    ],
    confidence: 0.97,
    example: "554 delivery error: dd This user doesn't have a yahoo.com account",
  },
  {
    id: "yahoo-disabled",
    named: true,
    class: "suspended",
    says: ["mailbox is? disabled", "account .. disabled", "inactive user"],
    confidence: 0.93,
    example: "554.30 Sorry, your message to kim@yahoo.example cannot be delivered. This mailbox is disabled",
  },
  {
    id: "yahoo-content",
    named: true,
    class: "content",
    says: ["ph01", "message not accepted for policy reasons"],
    confidence: 0.9,
    remedy: { who: "sender", text: "look at the text and above all its links: something in it looks like phishing", link: CODES },
    example: "554 5.7.9 [PH01] Email not accepted for policy reasons",
  },
]);

const japan: readonly Rule[] = rowsOf("yahoo-japan", COLLECTIONS, [
  {
    id: "yahoo-japan-ip",
    class: "repIP",
    says: ["vs1 ip", "vs98 ip0", "vs1 ip0"],
    confidence: 0.9,
    example: "553 VS1-IP Excessive unknown recipients - possible Open Relay",
  },
  {
    id: "yahoo-japan-sender",
    class: "repDom",
    says: ["vs1 mf", "vs98 mf"],
    confidence: 0.9,
    example: "553 VS1-MF Excessive unknown recipients - possible Open Relay",
  },
  {
    id: "yahoo-japan-policy",
    named: true,
    class: "policy",
    says: ["message not allowed"],
    confidence: 0.85,
    example: "554 Message not allowed - DM Email",
  },
]);

export const YAHOO: readonly Rule[] = [...yahoo, ...japan];
