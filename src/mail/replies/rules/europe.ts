/** Providers of Europe and their codes, in their languages. */
import { type Rule, rowsOf } from "../rule.ts";

const POSTMASTER_DE = "the postmaster pages of 1&1 and of Deutsche Telekom, 2026";
const POSTMASTER_FR = "Orange, La Poste, SFR and Free: postmaster pages and replies in public collections, 2026";

const german: readonly Rule[] = [
  ...rowsOf("ionos-group", POSTMASTER_DE, [
    {
      id: "ionos-listed",
      class: "list",
      says: ["nemesis .. no smtp service", "no smtp service ip", "ip address is black listed", "ip is black listed"],
      confidence: 0.93,
      example: "554 (mxgmx104) Nemesis ESMTP Service not available No SMTP service IP address is black listed",
    },
    {
      id: "ionos-ptr",
      class: "dns",
      scope: "ip",
      says: ["bad dns ptr", "invalid dns ptr", "invalid dns mx", "dns ptr resource"],
      confidence: 0.95,
      cause: "the sending address has no PTR record, or one that looks like a home connection's",
      remedy: { who: "operator", text: "set a PTR record for the address that leads back to it" },
      example: "421 mx.gmx.net bad DNS PTR resource record",
    },
    {
      id: "ionos-policy",
      named: true,
      class: "policy",
      says: ["reject due to policy", "policy restrictions|violation*"],
      confidence: 0.85,
      remedy: {
        who: "operator",
        text: "open the page that the reply names: it says which rule it was",
        link: "https://postmaster.gmx.net/en/error-messages",
      },
      example: "550 Reject due to policy restrictions. For explanation visit https://postmaster.gmx.net",
    },
    {
      id: "ionos-rate",
      named: true,
      class: "rate",
      says: ["rate limit exceeded", "exceeded .. rate", "too many connections"],
      confidence: 0.9,
      example: "450 Requested mail action not taken: mailbox unavailable. Rate limit exceeded",
    },
    { id: "ionos-size", class: "size", says: ["mail size limit exceeded"], confidence: 0.93, example: "552 Mail size limit exceeded" },
    {
      id: "ionos-content",
      named: true,
      class: "content",
      says: ["message looks like spam", "content .. rejected", "classified as spam", "malware|virus found"],
      confidence: 0.9,
      example: "554 Transaction failed. Message looks like spam",
    },
  ]),
  ...rowsOf("t-online", POSTMASTER_DE, [
    {
      id: "t-online-refused",
      class: "repIP",
      says: ["a problem occurred", "bad reputation"],
      confidence: 0.95,
      cause: "{r} does not know the sending address, or distrusts it",
      remedy: {
        who: "operator",
        text: "give the address's name a web page that says who runs it, then write to tosa@rx.t-online.de",
        link: "https://postmaster.t-online.de/",
      },
      example: "554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify.)",
    },
  ]),
];

/** `OFR006_104` is Orange's page 104 as host group 006 says it; La Poste writes its own the same way. */
const family = (name: string): string =>
  [name, ...Array.from({ length: 40 }, (_, at) => `${name}${String(at).padStart(3, "0")}`)].join("|");
const OFR = family("ofr");
const LPN = family("lpn");

const french: readonly Rule[] = [
  ...rowsOf("orange", POSTMASTER_FR, [
    {
      id: "orange-listed",
      class: "list",
      zone: "cloudmark.com",
      says: [`${OFR} #102`, `${OFR} #107`],
      confidence: 0.93,
      remedy: {
        who: "operator",
        text: "find and stop what caused it, then ask Cloudmark for a reset",
        link: "https://csi.cloudmark.com/en/reset/",
      },
      example: "421 Service refuse. Veuillez essayer plus tard. Service refused, please try later. OFR006_102 [102]",
    },
    {
      id: "orange-spamhaus",
      class: "list",
      zone: "spamhaus.org",
      says: [`${OFR} #101`],
      confidence: 0.9,
      example: "550 5.7.1 Service refuse. OFR_101 [101]",
    },
    {
      id: "orange-connections",
      class: "rate",
      says: [`${OFR} #104-106`, "too many connections"],
      confidence: 0.95,
      example:
        "421 mwinf5c04 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR004_104 [104]",
    },
    {
      id: "orange-rate",
      class: "rate",
      says: [`${OFR} #108-109`, `${OFR} #201-203`],
      confidence: 0.8,
      example: "421 Trop de messages. OFR_109 [109]",
    },
    {
      id: "orange-auth",
      class: "auth",
      says: [`${OFR} #305`, `${OFR} #511-519`],
      confidence: 0.9,
      example: "550 5.7.0 Authentification requise. OFR_305 [305]",
    },
    {
      id: "orange-spam",
      class: "content",
      says: [`${OFR} #506-507`],
      confidence: 0.95,
      example: "550 5.2.0 Mail rejete. Mail rejected. OFR_506 [506]",
    },
    {
      id: "orange-no-mailbox",
      class: "badrcpt",
      says: [`${OFR} #416`],
      confidence: 0.97,
      example: "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]",
    },
    {
      id: "orange-full",
      class: "full",
      says: [`${OFR} #417`],
      confidence: 0.95,
      example: "552 5.1.1 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]",
    },
    {
      id: "orange-sender",
      class: "dns",
      scope: "sender",
      says: [`${OFR} #405-406`],
      confidence: 0.85,
      example: "550 5.1.0 Emetteur invalide. Invalid Sender. OFR_405 [405]",
    },
    {
      id: "orange-suspended",
      class: "suspended",
      says: [`${OFR} #415`, `${OFR} #418-426`],
      confidence: 0.85,
      example: "550 5.1.1 Adresse du destinataire desactivee. OFR_426 [426]",
    },
    {
      id: "orange-refused",
      class: "repIP",
      says: [`${OFR} #100-999`],
      confidence: 0.85,
      cause: "{r} refuses this address for now",
      example: "421 Service refuse. Veuillez essayer plus tard. OFR004_103 [103]",
    },
  ]),
  ...rowsOf("laposte", POSTMASTER_FR, [
    {
      id: "laposte-spamhaus",
      class: "list",
      zone: "spamhaus.org",
      says: [`${LPN} #101`],
      confidence: 0.95,
      example: "554 5.7.1 Service refuse. LPN007_101",
    },
    {
      id: "laposte-senderscore",
      class: "list",
      zone: "bl.score.senderscore.com",
      says: [`${LPN} #102`],
      confidence: 0.95,
      example: "554 5.7.1 Service refuse. LPN007_102",
    },
    {
      id: "laposte-rate",
      class: "rate",
      says: [`${LPN} #103-109`, `${LPN} #201-299`, `${LPN} #503`],
      confidence: 0.9,
      example: "421 4.2.1 Service refuse. Veuillez essayer plus tard. LPN006_107",
    },
    { id: "laposte-spf", class: "auth", says: [`${LPN} #401`, `${LPN} #515-516`], confidence: 0.93, example: "550 5.7.1 SPF. LPN007_401" },
    {
      id: "laposte-dmarc",
      class: "auth",
      says: [`${LPN} #517`],
      confidence: 0.95,
      example: "550 5.7.1 Message refuse par la politique DMARC. LPN007_517",
    },
    {
      id: "laposte-sender",
      class: "dns",
      scope: "sender",
      says: [`${LPN} #402-409`, "emetteur invalide"],
      confidence: 0.88,
      example: "450 4.1.8 Emetteur invalide. Invalid Sender. LPN007_405",
    },
    {
      id: "laposte-no-mailbox",
      class: "badrcpt",
      says: [`${LPN} #410-416`],
      confidence: 0.97,
      example: "550 5.5.0 Adresse destinataire invalide. Invalid recipient. LPN007_416",
    },
    { id: "laposte-full", class: "full", says: [`${LPN} #417`], confidence: 0.9, example: "552 5.2.2 Boite pleine. LPN007_417" },
    {
      id: "laposte-suspended",
      class: "suspended",
      says: [`${LPN} #418-429`],
      confidence: 0.95,
      example: "550 5.5.0 Le compte du destinataire est bloque. The recipient account is blocked. LPN007_426",
    },
    {
      id: "laposte-content",
      class: "content",
      says: [`${LPN} #501-514`, `${LPN} #518-599`],
      confidence: 0.8,
      example: "550 5.5.0 Service refuse. Service refused. LPN007_510",
    },
    { id: "laposte-policy", class: "policy", says: [`${LPN} #600-699`], confidence: 0.85, example: "554 5.7.1 Service refuse. LPN007_630" },
  ]),
  ...rowsOf("sfr", POSTMASTER_FR, [
    {
      id: "sfr-abuse",
      class: "repIP",
      says: ["gu eib #", "abus detecté"],
      confidence: 0.93,
      example: "550 5.7.1 Client host rejected: Abus detecte GU_EIB_02",
    },
    {
      id: "sfr-content",
      class: "content",
      says: ["gu eim #", "gu emm #"],
      confidence: 0.7,
      example: "550 5.7.1 message rejected GU_EIM_01",
    },
  ]),
  ...rowsOf("free", POSTMASTER_FR, [
    {
      id: "free-spams",
      class: "repIP",
      says: ["too many spams from your ip", "spam detected from .. ip"],
      confidence: 0.95,
      example: "451 too many spams from your ip (192.0.2.1), please visit http://postmaster.free.fr/",
    },
    {
      id: "free-rate",
      named: true,
      class: "rate",
      says: ["too many mails|messages|slots", "trop de mails|messages"],
      confidence: 0.9,
      example: "421 Too many slots opened on your IP. Try again later",
    },
    {
      id: "free-no-mailbox",
      class: "badrcpt",
      says: ["this user is not known|exist", "utilisateur inconnu"],
      confidence: 0.95,
      example: "550 5.1.1 utilisateur inconnu",
    },
  ]),
];

const others: readonly Rule[] = [
  ...rowsOf("libero", "replies of Libero and Virgilio in public collections, 2026", [
    {
      id: "libero-spam",
      named: true,
      class: "content",
      says: ["smtp 46 blocked", "smtp .. blocked spam"],
      confidence: 0.75,
      example: "550 smtp-46.iol.local smtp-46 Blocked. This e-mail failed to meet Libero's policies",
    },
    {
      id: "libero-ip",
      named: true,
      class: "repIP",
      says: ["ip blocked", "bad reputation", "libero|iol mail server is temporarily rejecting"],
      confidence: 0.85,
      example: "550 IP blocked: bad reputation",
    },
  ]),
  ...rowsOf("seznam", "replies of Seznam in public collections, 2026", [
    {
      id: "seznam-spam",
      named: true,
      class: "content",
      says: ["email is considered as? spam", "rejected as spam", "spam message rejected"],
      confidence: 0.9,
      example: "554 5.7.1 email is considered spam, visit email.seznam.cz",
    },
    {
      id: "seznam-grey",
      named: true,
      class: "grey",
      says: ["cannot process yet", "greylist*"],
      confidence: 0.85,
      example: "451 Greylisted, please come back later",
    },
  ]),
  ...rowsOf("wp", "replies of Wirtualna Polska in public collections, 2026", [
    {
      id: "wp-spam",
      named: true,
      class: "content",
      says: ["spam", "podejrzana tresc|treść"],
      confidence: 0.85,
      example: "550 SPAM (wp.pl)",
    },
    {
      id: "wp-full",
      named: true,
      class: "full",
      says: ["skrzynka .. pełna|przepełniona"],
      confidence: 0.9,
      example: "552 Skrzynka odbiorcy jest pełna",
    },
  ]),
];

export const EUROPE: readonly Rule[] = [...german, ...french, ...others];
