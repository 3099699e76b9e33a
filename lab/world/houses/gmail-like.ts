/** G: pace by standing, exact answers, silent junk, no reports. */
import type { WallMs } from "../../../src/base/clock.ts";
import { hasPtr } from "../directory.ts";
import type { Numbers } from "../numbers.ts";
import type { Habit } from "../receivers.ts";
import type { Standing } from "../standing.ts";
import { files, knowsMailboxes, limitsConnections, PLAIN_WORDS, wantsAuthentication } from "./mailbox-habits.ts";
import type { Premises } from "./premises.ts";

const HELP = "https://support.google.com/mail/answer/81126";

export function gmailLike(premises: Premises): readonly Habit[] {
  const { standing, numbers } = premises;
  const { gmail } = numbers;
  const words = {
    ...PLAIN_WORDS,
    unknown: () => `550-5.1.1 The email account that you tried to reach does not exist.\r\n550 5.1.1 ${HELP} - gsmtp`,
    full: () => `452-4.2.2 The recipient's inbox is out of storage space.\r\n452 4.2.2 ${HELP} - gsmtp`,
    stillFull: () => `552-5.2.2 The recipient's inbox is out of storage space and inactive.\r\n552 5.2.2 ${HELP} - gsmtp`,
  };
  const authentication = (domain: string): string =>
    `550-5.7.26 This mail has been blocked because the sender is unauthenticated.\r\n550 5.7.26 ${domain} must authenticate with either SPF or DKIM. ${HELP} - gsmtp`;
  return [
    limitsConnections(gmail.connectionsMost, `421 4.7.0 Too many concurrent connections from your IP address ${HELP} - gsmtp`),
    ...(gmail.wantsPtr ? [wantsPtr(premises)] : []),
    minds(premises),
    paces(premises),
    knowsMailboxes(premises, words),
    ...(gmail.wantsAuthentication ? [wantsAuthentication(premises, authentication)] : []),
    files(premises, { junk: ({ kind }, ip) => kind === "spam" || standing.of(ip) < gmail.junkBelow }),
  ];
}

function wantsPtr({ internet }: Premises): Habit {
  const say = (ip: string): string =>
    `550-5.7.25 [${ip}] The IP address sending this message does not have a PTR record.\r\n550 5.7.25 ${HELP} - gsmtp`;
  return { mail: ({ ip }) => (hasPtr(internet.resolver.zone, ip) ? undefined : { say: say(ip) }) };
}

/** What it thinks badly of, it defers; what it thinks worst of, it refuses. */
function minds({ standing, numbers: { gmail } }: Premises): Habit {
  return {
    mail: ({ ip }) => {
      const is = standing.of(ip);
      if (is < gmail.refusedBelow)
        return {
          say: `550-5.7.1 [${ip}] This message is blocked due to the very low reputation of the\r\n550 5.7.1 sending IP address. ${HELP} - gsmtp`,
        };
      if (is < gmail.veryLowBelow)
        return {
          say: `421-4.7.0 [${ip}] This message is suspicious due to the very low reputation of\r\n421 4.7.0 the sending IP address. ${HELP} - gsmtp`,
          hangUp: true,
        };
      return undefined;
    },
  };
}

function paces(premises: Premises): Habit {
  const pace = new Pace(premises.standing, premises.numbers.gmail);
  const say = (ip: string): string =>
    `421-4.7.28 [${ip}] Our system has detected an unusual rate of mail from your IP address.\r\n421 4.7.28 To protect our users, mail has been temporarily rate limited. ${HELP} - gsmtp`;
  return { mail: ({ ip, now }) => (pace.takes(ip, now) ? undefined : { say: say(ip), hangUp: true }) };
}

interface Paced {
  saved: number;
  at: WallMs;
  /** Refuses until then; the k-th time in a row. */
  blockedUntil: number;
  k: number;
}

/** Leave to send comes in by standing squared; whoever uses more than there is waits, longer each time. */
class Pace {
  readonly #standing: Standing;
  readonly #numbers: Numbers["gmail"];
  readonly #paced = new Map<string, Paced>();

  constructor(standing: Standing, numbers: Numbers["gmail"]) {
    this.#standing = standing;
    this.#numbers = numbers;
  }

  takes(ip: string, now: WallMs): boolean {
    const { perHour, freeFrom, savedMs, savedLeast, blockMs, blockMostMs, forgetsMs } = this.#numbers;
    const is = this.#standing.of(ip);
    const perMs = (perHour * is * is) / 3_600_000;
    const most = Math.max(savedLeast, perMs * savedMs);
    const one = this.#paced.get(ip) ?? { saved: most, at: now, blockedUntil: 0, k: 0 };
    this.#paced.set(ip, one);
    one.saved = Math.min(most, one.saved + (now - one.at) * perMs);
    one.at = now;
    if (now < one.blockedUntil) return false;
    if (is >= freeFrom) return true;
    if (one.saved >= 1) {
      one.saved--;
      return true;
    }
    if (now > one.blockedUntil + forgetsMs) one.k = 0;
    one.blockedUntil = now + Math.min(blockMostMs, blockMs * 2 ** one.k);
    one.k++;
    return false;
  }
}
