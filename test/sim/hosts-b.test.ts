/**
 * Hosts that do what hosts must not, one by one: what becomes of a message, what its sender is told, whether it went by TLS,
 * and what the story says. Nothing bounces for a fault that may pass; nothing is lost.
 */
import { dribbles, finalReplyAfter, slowBanner } from "../../lab/world/bad-hosts.ts";
import { limitsRecipients, resetsAtConnect, without } from "../../lab/world/habits.ts";
import type { Reaction } from "../../lab/world/receivers.ts";
import { hosts } from "./hosts-b.ts";
import { HOUR, MINUTE } from "./scene.ts";

const RESET: Reaction = { reset: true };
/** With DATA, which waits for an answer; with BDAT the whole message has left before the first. */
const DATA_ONLY = without("CHUNKING");
const says =
  (say: string, more: { readonly hangUp?: true; readonly keeps?: false } = {}): (() => Reaction) =>
  () => ({ say, ...more });
const once = (reaction: Reaction): (() => Reaction | undefined) => {
  let asked = 0;
  return () => (asked++ === 0 ? reaction : undefined);
};

hosts({
  "greets after 30 seconds": { host: [slowBanner(30_000)], state: "delivered", story: /^Delivered .* in 30 s\./ },
  "never greets": {
    host: [{ connect: () => ({ silent: true }) }],
    ...{ after: 20 * MINUTE, state: "queued" },
    story: /closed since 09:05: mx1\.example\.org: nothing came for 300000 ms\. Next attempt .* Nothing to do/,
  },
  "greets with 5xx": {
    host: [{ connect: says("554 no mail service here", { hangUp: true }) }],
    ...{ after: HOUR, state: "queued" },
    story: /is closed since .*: 554 no mail service here\. Next attempt .* Nothing to do/,
  },
  "greets with 5xx for three days": {
    host: [{ connect: says("554 no mail service here", { hangUp: true }) }],
    ...{ after: 73 * HOUR, state: "expired", dsn: "failed 4.4.7" },
    story: /^Expired .* in 3 d: not delivered in time\. The sender was told/,
  },
  "greets with 421": {
    host: [{ connect: says("421 4.3.2 too busy", { hangUp: true }) }],
    ...{ state: "queued", story: /is closed since .*: 421 4\.3\.2 too busy\. .* Nothing to do/ },
  },
  "says its words an octet at a time": { host: [dribbles(200)], state: "delivered", story: /^Delivered .* in [56]\.\d+ s/ },
  "resets at connect": { host: [resetsAtConnect(1)], state: "queued", story: /is closed since .*: connection reset by peer/ },
  "resets at EHLO": { host: [{ ehlo: () => RESET }], state: "queued", story: /is closed since .*: connection reset by peer/ },
  "resets at MAIL": { host: [DATA_ONLY, { mail: () => RESET }], state: "queued", story: /^Queued .* Nothing to do/ },
  "resets at RCPT": { host: [DATA_ONLY, { rcpt: () => RESET }], state: "queued", story: /^Queued .* Nothing to do/ },
  "resets at DATA": { host: [DATA_ONLY, { data: () => RESET }], state: "queued", story: /^Queued .* Nothing to do/ },
  "resets at MAIL, when all of the message is on its way": {
    host: [{ mail: () => RESET }],
    ...{ state: "in doubt", story: /the line broke at .* after the whole message, before the answer/ },
  },
  "resets after the dot, and keeps it": {
    host: [{ dot: () => ({ reset: true, keeps: true }) }],
    ...{
      copies: 1,
      state: "in doubt",
      story: /the line broke at .* after the whole message, before the answer\. Next attempt about 09:15/,
    },
  },
  "resets after the dot, and keeps nothing": { host: [{ dot: () => RESET }], state: "in doubt", story: /the line broke at/ },
  "resets once after the dot, and keeps it": {
    host: [{ dot: once({ reset: true, keeps: true }) }],
    ...{ after: 20 * MINUTE, copies: 2, state: "delivered", story: /^Delivered, possibly twice, .* Receiver: may delete one copy/ },
  },
  "resets after the dot whenever it is tried": {
    host: [{ dot: () => RESET }],
    ...{ after: 24 * HOUR, state: "held", story: /^Held .*/ },
  },
  "answers EHLO without end": {
    host: [{ ehlo: () => ({ endless: "250-MORE", everyMs: 10 }) }],
    ...{ after: 20 * MINUTE, state: "queued", story: /the host sent what is no SMTP reply.* Receiver: look into what the mail server/ },
  },
  "answers EHLO without end, a line a minute": {
    host: [{ ehlo: () => ({ endless: "250-MORE", everyMs: MINUTE }) }],
    ...{ after: 3 * HOUR, state: "queued", story: /nothing came for 300000 ms/ },
  },
  "answers with lines of 10,000 octets": {
    host: [{ rcpt: says(`250 ${"x".repeat(10_000)}`), dot: says(`250-${"y".repeat(10_000)}\r\n250 kept`) }],
    ...{ state: "delivered", story: /^Delivered/ },
  },
  "answers with a line of 70,000 octets": {
    host: [DATA_ONLY, { rcpt: says(`250 ${"x".repeat(70_000)}`) }],
    ...{ state: "queued", story: /no SMTP/ },
  },
  "refuses EHLO, takes HELO": {
    host: [{ ehlo: (verb) => (verb === "EHLO" ? { say: "502 what?" } : undefined) }],
    ...{ state: "delivered", story: /^Delivered/ },
  },
  "refuses EHLO and HELO": { host: [{ ehlo: says("502 what?") }], state: "queued", story: /: 502 what\?\. .* Nothing to do/ },
  "takes no 8-bit mail": {
    host: [without("8BITMIME", "SMTPUTF8")],
    mail: { body: ["ü"], mailParameters: " BODY=8BITMIME" },
    ...{ state: "bounced", dsn: "failed 5.6.3", story: /mx1\.example\.org takes no 8-bit mail\. The sender was told/ },
  },
  "takes no internationalised addresses": {
    host: [without("SMTPUTF8")],
    mail: { recipients: ["ü@example.org"], mailParameters: " SMTPUTF8" },
    ...{ state: "bounced", dsn: "failed 5.6.7", story: /takes no internationalised addresses/ },
  },
  "announces a SIZE that is too small": {
    host: [{ sizeMost: 100 }],
    ...{ state: "bounced", dsn: "failed 5.3.4", story: /larger than mx1\.example\.org takes\. .* Sender: send a smaller message/ },
  },
  "refuses the size at MAIL": {
    host: [{ mail: says("552 5.3.4 too big") }],
    ...{ state: "bounced", dsn: "failed 5.3.4", story: /larger than mx1\.example\.org takes \(552 5\.3\.4\)/ },
  },
  "has no room now": {
    host: [{ mail: says("452 4.3.1 Insufficient system storage") }],
    ...{ state: "queued", story: /\(452 4\.3\.1\)|452 4\.3\.1 Insufficient/ },
  },
  "refuses the size after the content": {
    host: [{ dot: says("552 5.3.4 message too big") }],
    ...{ state: "bounced", dsn: "failed 5.3.4", story: /\(552 5\.3\.4\)/ },
  },
  "answers the dot after nine minutes": {
    host: [finalReplyAfter(9 * MINUTE)],
    ...{ after: 10 * MINUTE, state: "delivered", story: /^Delivered .* in 9 min/ },
  },
  "never answers the dot": {
    host: [{ dot: () => ({ silent: true, keeps: true }) }],
    ...{ after: 12 * MINUTE, copies: 1, state: "in doubt", story: /the line broke at 09:10:00 after the whole message/ },
  },
  "lies: says yes and keeps nothing": {
    host: [{ dot: says("250 2.0.0 kept", { keeps: false }) }],
    copies: 0,
    state: "delivered",
    story: /^Delivered/,
  },
  "takes two recipients a transaction": {
    host: [limitsRecipients(2)],
    mail: { recipients: ["a@example.org", "b@example.org", "c@example.org", "x@example.org"] },
    ...{ looksAt: "x@example.org", copies: 2, state: "delivered", story: /^Delivered for x@example\.org/ },
  },
  "says 421 in the middle": {
    host: [{ rcpt: once({ say: "421 4.3.2 going down", hangUp: true }) }],
    ...{ after: 20 * MINUTE, state: "delivered", story: /^Delivered/ },
  },
});
