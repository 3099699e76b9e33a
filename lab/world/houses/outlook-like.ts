/** O: slow with whoever is new, by address; refuses listed addresses and who asks for mailboxes that are not there; reports complaints. */
import type { WallMs } from "../../../src/base/clock.ts";
import type { Habit, Reaction, Visit } from "../receivers.ts";
import { reportComplaint } from "./feedback.ts";
import { files, knowsMailboxes, PLAIN_WORDS, wantsAuthentication } from "./mailbox-habits.ts";
import type { Premises } from "./premises.ts";

const HOUR = 3_600_000;

export function outlookLike(premises: Premises): readonly Habit[] {
  const { standing, numbers } = premises;
  const { outlook } = numbers;
  const mining = new Mining(outlook);
  const words = {
    ...PLAIN_WORDS,
    unknown: (address: string) => `550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). ${address}`,
  };
  const authentication = (domain: string): string =>
    `550 5.7.515 Access denied, sending domain ${domain} does not meet the required authentication level.`;
  return [
    refusesListed(premises),
    { mail: ({ ip, now }) => (mining.mines(ip, now) ? { say: MINING } : undefined) },
    slowWithNew(premises),
    slowWithLow(premises),
    { rcpt: (_, { ip, now }) => mining.asked(ip, now) },
    knowsMailboxes(premises, words, (ip) => mining.missed(ip)),
    ...(outlook.wantsAuthentication ? [wantsAuthentication(premises, authentication)] : []),
    files(premises, {
      junk: ({ kind }, ip) => kind === "spam" || standing.of(ip) < outlook.junkBelow,
      complained: (complaint) => reportComplaint(premises, "Outlook.com", complaint, outlook.feedbackMs),
    }),
  ];
}

const MINING = "550 SC-002 Mail rejected by Outlook.com for policy reasons. The mail server IP has exhibited namespace mining behavior.";

/** L1 and a list of its own, which an address enters that it thinks worst of. */
function refusesListed({ lists, standing, numbers: { outlook } }: Premises): Habit {
  const own = new Map<string, number>();
  const say = (ip: string): string =>
    `550 5.7.1 Unfortunately, messages from [${ip}] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).`;
  return {
    mail: ({ ip, now }) => {
      if (standing.of(ip) < outlook.listedBelow) own.set(ip, now + outlook.listedMs);
      return (own.get(ip) ?? 0) > now || lists.naming(ip, ["fast"]) ? { say: say(ip) } : undefined;
    },
  };
}

function slowWithNew({ standing, numbers: { outlook } }: Premises): Habit {
  const taken = new PerAddress(outlook.newForMs);
  const busy = ({ ip }: Visit): Reaction => ({ say: `451 4.7.500 Server busy. Please try again later from [${ip}]. (S77719)` });
  return {
    mail: (visit) => {
      standing.meet(visit.ip);
      const known = visit.now - (standing.firstSeen(visit.ip) ?? visit.now);
      if (known < outlook.newMs) return busy(visit);
      return known < outlook.newForMs && taken.next(visit.ip, visit.now) > outlook.newPerDay ? busy(visit) : undefined;
    },
  };
}

function slowWithLow({ standing, numbers: { outlook } }: Premises): Habit {
  const taken = new PerAddress(HOUR);
  const say = (ip: string): string =>
    `451 4.7.650 The mail server [${ip}] has been temporarily rate limited due to IP reputation. For e-mail delivery information, see https://postmaster.live.com (S775)`;
  return {
    mail: ({ ip, now }) => (standing.of(ip) < outlook.lowBelow && taken.next(ip, now) > outlook.lowPerHour ? { say: say(ip) } : undefined),
  };
}

/** Counts by address within spans of time. */
class PerAddress {
  readonly #spanMs: number;
  readonly #counts = new Map<string, { span: number; count: number }>();

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  /** The how manieth of its span this is. */
  next(ip: string, now: WallMs): number {
    const span = Math.floor(now / this.#spanMs);
    const one = this.#counts.get(ip);
    const count = one?.span === span ? one.count + 1 : 1;
    this.#counts.set(ip, { span, count });
    return count;
  }
}

/** Who asks for too many mailboxes that are not there, within an hour. */
class Mining {
  readonly #numbers: { readonly unknownShare: number; readonly unknownLeast: number };
  readonly #asked = new Map<string, { hour: number; asked: number; missed: number }>();

  constructor(numbers: { readonly unknownShare: number; readonly unknownLeast: number }) {
    this.#numbers = numbers;
  }

  asked(ip: string, now: WallMs): undefined {
    const hour = Math.floor(now / HOUR);
    const one = this.#asked.get(ip);
    this.#asked.set(ip, one?.hour === hour ? { ...one, asked: one.asked + 1 } : { hour, asked: 1, missed: 0 });
  }

  missed(ip: string): void {
    const one = this.#asked.get(ip);
    if (one) one.missed++;
  }

  mines(ip: string, now: WallMs): boolean {
    const one = this.#asked.get(ip);
    if (one === undefined || one.hour !== Math.floor(now / HOUR)) return false;
    return one.missed >= this.#numbers.unknownLeast && one.missed > one.asked * this.#numbers.unknownShare;
  }
}
