/** Y: few messages a connection, and a long memory for complaints, which it reports to whoever signed. */
import type { WallMs } from "../../../src/base/clock.ts";
import type { Habit } from "../receivers.ts";
import { reportComplaint } from "./feedback.ts";
import { files, knowsMailboxes, PLAIN_WORDS } from "./mailbox-habits.ts";
import type { Premises } from "./premises.ts";

const DAY = 86_400_000;

export function yahooLike(premises: Premises): readonly Habit[] {
  const { standing, numbers, lists } = premises;
  const { yahoo } = numbers;
  const patience = new Patience(premises);
  const words = {
    ...PLAIN_WORDS,
    unknown: (address: string) =>
      `554 delivery error: dd This user doesn't have a yahoo.com account (${address}) [0] - mta4001.yahoodns.net`,
  };
  return [
    {
      connect: ({ ip }) =>
        lists.naming(ip, ["fast"]) ? { say: `553 5.7.1 [BL21] Connections will not be accepted from ${ip}`, hangUp: true } : undefined,
    },
    { mail: ({ ip, now }) => patience.says(ip, now) },
    {
      mail: ({ transaction }) =>
        transaction > yahoo.messagesAConnection
          ? { say: "421 Max message per connection reached, closing transmission channel", hangUp: true }
          : undefined,
    },
    knowsMailboxes(premises, words),
    { dot: (_, { ip, now }) => patience.took(ip, now) },
    files(premises, {
      junk: ({ kind }, ip) => kind === "spam" || standing.of(ip) < yahoo.junkBelow,
      complained: (complaint) => {
        patience.complained(complaint.ip);
        if (complaint.letter.signed) reportComplaint(premises, "Yahoo!", complaint, yahoo.feedbackMs);
      },
    }),
  ];
}

interface Borne {
  day: number;
  taken: number;
  complaints: number;
  /** How often it lost patience. */
  times: number;
  until: number;
}

/** Complaints above a share of the day's mail: 421 for hours; the second time 553. */
class Patience {
  readonly #premises: Premises;
  readonly #borne = new Map<string, Borne>();

  constructor(premises: Premises) {
    this.#premises = premises;
  }

  took(ip: string, now: WallMs): undefined {
    this.#of(ip, now).taken++;
  }

  complained(ip: string): void {
    const { numbers, internet } = this.#premises;
    const { complaintShare, complaintLeast, deferLeastMs, deferMostMs, refuseMs } = numbers.yahoo;
    const now = internet.clock.wall();
    const one = this.#of(ip, now);
    one.complaints++;
    if (one.until > now || one.complaints <= complaintShare * Math.max(complaintLeast, one.taken)) return;
    one.times++;
    const random = internet.random.fork(`patience ${ip} ${one.times}`);
    one.until = now + (one.times > 1 ? refuseMs : deferLeastMs + random.next() * (deferMostMs - deferLeastMs));
    one.complaints = 0;
  }

  says(ip: string, now: WallMs): { readonly say: string; readonly hangUp: true } | undefined {
    const one = this.#borne.get(ip);
    if (one === undefined || one.until <= now) return undefined;
    const say =
      one.times > 1
        ? `553 5.7.2 [TSS09] All messages from ${ip} will be permanently deferred; Retrying will NOT succeed. See https://postmaster.yahooinc.com/error-codes`
        : `421 4.7.0 [TSS04] Messages from ${ip} temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes`;
    return { say, hangUp: true };
  }

  #of(ip: string, now: WallMs): Borne {
    const day = Math.floor(now / DAY);
    let one = this.#borne.get(ip);
    if (one === undefined) {
      one = { day, taken: 0, complaints: 0, times: 0, until: 0 };
      this.#borne.set(ip, one);
    }
    if (one.day !== day) Object.assign(one, { day, taken: 0, complaints: 0 });
    return one;
  }
}
