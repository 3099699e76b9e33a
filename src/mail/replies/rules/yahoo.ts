/** Yahoo with AOL and AT&T, whose mailboxes it keeps; Yahoo! Japan, which is another company; and Facebook's like codes. */
import { type Rule, rowsFrom, rowsOf } from "../rule.ts";

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
    says: ["unresolvable .. from domain"],
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

/** What AOL's hosts said until Yahoo took them over; others have copied the codes since. */
const aol: readonly Rule[] = rowsFrom("AOL, postmaster error codes, as kept in public collections, 2026", [
  {
    id: "aol-ip",
    class: "repIP",
    confidence: 0.85,
    says: ["con b1|b2", "rtr bb|bl|bg|cd|ch|du|ge|gs|sc|bd|cs", "rly b1|b2|b3|bl|bd|ch|cs|cs2|cs3|cs4|ip|nr|ob|ov|sn", "dyn b1|b2"],
    example: "521 5.2.1 : (CON:B1) http://postmaster.info.aol.com/errors/554conb1.html",
  },
  {
    id: "aol-rate",
    class: "rate",
    confidence: 0.85,
    says: ["dyn t1|t2|t3", "con t1|t2", "rtr rl"],
    example: "421 4.7.1 : (DYN:T1) http://postmaster.info.aol.com/errors/421dynt1.html",
  },
  {
    id: "aol-dns",
    class: "dns",
    scope: "ip",
    confidence: 0.88,
    says: ["dns nr|b1|b2|b3", "rtr dn"],
    example: "421 (DNS:NR) http://postmaster.info.aol.com/errors/421dnsnr.html",
  },
  {
    id: "aol-content",
    class: "content",
    confidence: 0.85,
    says: ["hvu b1|b2|b3", "hva b1|b2"],
    example: "554 5.7.1 : (HVU:B1) http://postmaster.info.aol.com/errors/554hvub1.html",
  },
]);

const FACEBOOK = "Facebook, postmaster response codes, as kept in public collections, 2026";
/** `POL-P3`: a group of causes, permanent or temporary, and a number. */
const facebook: readonly Rule[] = rowsOf("facebook", FACEBOOK, [
  {
    id: "facebook-no-mailbox",
    class: "badrcpt",
    confidence: 0.93,
    says: ["rcp p1", "int p1|p3|p4"],
    example: "550 5.1.1 RCP-P1 http://postmaster.facebook.com/response_codes",
  },
  {
    id: "facebook-refused-by-recipient",
    class: "policy",
    scope: "recipient",
    confidence: 0.9,
    says: ["rcp p2|p3", "int p2"],
    cause: "the recipient's settings at {r} do not let this sender in",
    example: "550 5.1.1 RCP-P2 http://postmaster.facebook.com/response_codes",
  },
  {
    id: "facebook-rate",
    class: "rate",
    confidence: 0.9,
    says: ["con t1|t2|t3|t4", "rcp t1", "msg t1", "pol t1|t2|t3"],
    example: "421 4.7.0 CON-T2 http://postmaster.facebook.com/response_codes",
  },
  {
    id: "facebook-list",
    class: "list",
    confidence: 0.88,
    zone: "spamhaus.org",
    says: ["pol p1|p2|p4"],
    example: "554 5.7.1 POL-P1 http://postmaster.facebook.com/response_codes",
  },
  {
    id: "facebook-content",
    class: "content",
    confidence: 0.88,
    says: ["pol p3|p5|p6", "msg p2", "spm p1"],
    example: "554 5.7.1 POL-P3 http://postmaster.facebook.com/response_codes",
  },
  {
    id: "facebook-dns",
    class: "dns",
    scope: "sender",
    confidence: 0.9,
    says: ["dns p1|p2|p3|t1"],
    example: "550 5.1.8 DNS-P1 http://postmaster.facebook.com/response_codes",
  },
  {
    id: "facebook-auth",
    class: "auth",
    confidence: 0.85,
    says: ["pol p7", "aut p1|p2"],
    example: "554 5.7.1 POL-P7 http://postmaster.facebook.com/response_codes",
  },
  {
    id: "facebook-form",
    class: "proto",
    confidence: 0.85,
    says: ["msg p1|p3"],
    example: "550 5.6.0 MSG-P1 http://postmaster.facebook.com/response_codes",
  },
  {
    id: "facebook-busy",
    class: "sysbusy",
    confidence: 0.85,
    says: ["int t1|t2|t3|t4|t5"],
    example: "451 4.3.0 INT-T1 http://postmaster.facebook.com/response_codes",
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

export const YAHOO: readonly Rule[] = [...facebook, ...yahoo, ...aol, ...japan];
