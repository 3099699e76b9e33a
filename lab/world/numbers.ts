/**
 * Every number of the simulated internet. Receivers' figures are models made of what operators publish and of what senders
 * report; none is a promise of a real operator. A run may put its own in place of some.
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const NUMBERS = {
  /** Good standing from 0 to 1, of addresses and of domains: the quality of what came lately. */
  standing: {
    /** Of somebody never seen, and how many messages' worth that counts. */
    ...{ unknown: 0.3, unknownWeighs: 200 },
    halfLifeMs: DAY,
    /** From 0 to 1 each: a message of this kind, an unknown recipient, a complaint; the last counts as so many messages. */
    ...{ wanted: 1, bulk: 0.95, forwardedSpam: 0.3, spam: 0, unknownRecipient: 0.1, complaint: 0, complaintWeighs: 20 },
    /** What a warmed address begins with. */
    warm: { is: 0.97, weighs: 5_000 },
  },

  mailboxes: {
    /** Share of addresses whose mailbox is full, and how often it says 452 before 552. */
    ...{ full: 0.01, triesBefore552: 3 },
  },

  /** G. */
  gmail: {
    connectionsMost: 20,
    /** Messages an hour from an address of standing x: so many · x²; from `freeFrom` on without limit. */
    ...{ perHour: 2_000, freeFrom: 0.9 },
    /** Leave to send that is saved up, and never less than so many messages. */
    ...{ savedMs: 3 * MINUTE, savedLeast: 20 },
    /** Above it 421 for so long · 2^k; k is forgotten after a while without. */
    ...{ blockMs: 15 * MINUTE, blockMostMs: 8 * HOUR, forgetsMs: 6 * HOUR },
    ...{ veryLowBelow: 0.2, refusedBelow: 0.1, junkBelow: 0.5 },
    /** Unauthenticated mail is refused. Off while the sender under test does not sign. */
    wantsAuthentication: false,
    wantsPtr: true,
  },

  /** O. */
  outlook: {
    /** A new address hears 451 for a while, and above so many messages on its first day. */
    ...{ newMs: 30 * MINUTE, newPerDay: 100, newForMs: DAY },
    /** Below this standing so many an hour, else 451 4.7.650. */
    ...{ lowBelow: 0.5, lowPerHour: 60 },
    /** Its own list: below this standing, for so long. */
    ...{ listedBelow: 0.15, listedMs: DAY },
    /** More unknown recipients an hour than this share, of at least so many. */
    ...{ unknownShare: 0.1, unknownLeast: 20 },
    junkBelow: 0.5,
    /** A complaint's report leaves after. */
    feedbackMs: 20 * MINUTE,
    wantsAuthentication: false,
    ...{ tenants: 20, tenantHosts: 3 },
  },

  /** Y. */
  yahoo: {
    messagesAConnection: 20,
    /** Complaints above this share of a day's mail, of at least so many messages: 421 for a while, the second time 553. */
    ...{ complaintShare: 0.003, complaintLeast: 100 },
    ...{ deferLeastMs: 2 * HOUR, deferMostMs: 4 * HOUR, refuseMs: 3 * DAY },
    junkBelow: 0.4,
    feedbackMs: 20 * MINUTE,
  },

  /** P: small companies. */
  postfix: { hosts: 6, greylistMs: 300 * SECOND, greylistForgetsMs: 35 * DAY },

  /** E: web hosts. */
  exim: { hosts: 6, recipientsMost: 50, calloutMs: 30 * SECOND, calloutKeptMs: 2 * HOUR },

  /** A: takes all, and says no later. */
  late: { hosts: 2, bounceLeastMs: 10 * SECOND, bounceMostMs: 600 * SECOND },

  /** B: one host each of several kinds; these are the shares and times of those that have some. */
  bad: { bannerMs: 30 * SECOND, resetShare: 0.001, octetEveryMs: 200, finalReplyMs: 9 * MINUTE },

  /** Where a person's mail goes. */
  shares: { gmail: 0.35, outlook: 0.15, microsoft365: 0.1, yahoo: 0.1, postfix: 0.15, exim: 0.1, late: 0.03, bad: 0.02 },

  people: {
    /** How likely a message in an inbox is reported, by what it is; junk is not read. */
    reports: { person: 0, app: 0, bulk: 0.0005, forwardedSpam: 0.1, spam: 0.3 },
    /** Mean of the time until then. */
    reportsAfterMs: 30 * MINUTE,
    /** Share of an inbox that is opened at all, and the mean time until then. */
    ...{ reads: 0.6, readsAfterMs: 2 * HOUR },
  },

  /** Addresses that people write to. */
  recipients: { unknown: 0.01, typo: 0.00005 },

  lists: {
    /** L1. Points in an hour or in a day publish an address; it stays after its last trap hit. */
    fast: {
      ...{ recycledTrap: 0.2, complaint: 0.01, squaredFrom: 6 },
      ...{ inHour: 5, inDay: 10, publishLeastMs: 2 * MINUTE, publishMostMs: 8 * MINUTE, staysMs: 72 * HOUR },
      /** What asking for removal takes, the first time, the second, and ever after. */
      removalMs: [10 * MINUTE, 24 * HOUR, 7 * DAY],
    },
    /** L2. */
    reports: { share: 0.02, reporters: 3, volumeLeast: 20, staysMs: 24 * HOUR },
    /** L3. */
    domains: { messages: 3, addresses: 2, staysMs: 7 * DAY },
    /** L4: a /24 of which more than so many addresses are on L1. */
    ranges: { addresses: 4 },
    /** L5: trap hits in a week; off only by its form, after a while, if there were none lately. */
    forms: { hits: 20, withinMs: 7 * DAY, leastMs: 12 * HOUR, mostMs: 24 * HOUR, quietMs: 72 * HOUR },
    /** How often what has run out is taken out of the zones. */
    sweepMs: MINUTE,
  },

  /** Reports and bounces that receivers send. */
  post: { tries: 6, againMs: 5 * MINUTE, waitingMost: 10_000 },

  /** A day of a hosting company's customers. */
  traffic: {
    ...{ sources: 40, senders: 1_500 },
    people: { share: 0.6, perDay: 25 },
    apps: { share: 0.2, perDay: 150 },
    /** Once a week each. */
    letters: { share: 0.2, recipients: 800, everyMs: 7 * DAY, perSecond: 5 },
    forwarders: { count: 5, perDay: 400, spam: 0.3 },
    /** Octets: the median of each kind, and the spread of the logarithm. */
    sizes: { person: 12_000, app: 6_000, bulk: 40_000, forwarded: 15_000, spread: 0.8, least: 800, most: 400_000 },
    /** How busy each hour of the day is, from midnight UTC, beside the mean. */
    hours: [...[0.25, 0.2, 0.15, 0.15, 0.2, 0.35, 0.6, 1, 1.6, 1.9, 2, 1.8], ...[1.5, 1.7, 1.9, 1.8, 1.6, 1.3, 1, 0.8, 0.7, 0.6, 0.5, 0.4]],
  },
};

export type Numbers = Frozen<typeof NUMBERS>;

type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;
