/** What every operator does: it knows its mailboxes, files what it takes, and hears what people say of it. */
import { spfNames } from "../directory.ts";
import { domainOf, type Letter, readLetter } from "../letter.ts";
import { mailboxOf } from "../mailboxes.ts";
import type { Habit } from "../receivers.ts";
import type { Complaint, Premises } from "./premises.ts";

export interface MailboxWords {
  unknown(address: string): string;
  full(address: string): string;
  /** When it has said `full` often enough. */
  stillFull(address: string): string;
}

export const PLAIN_WORDS: MailboxWords = {
  unknown: (address) => `550 5.1.1 <${address}>: Recipient address rejected: User unknown`,
  full: (address) => `452 4.2.2 <${address}>: mailbox is full`,
  stillFull: (address) => `552 5.2.2 <${address}>: mailbox is full`,
};

/** Full mailboxes whose tries are remembered; then it begins anew. */
const REMEMBERED_MOST = 10_000;

/** Refuses who does not live here, at RCPT; a full mailbox is deferred a few times first. */
export function knowsMailboxes({ numbers, standing }: Premises, words: MailboxWords, refused?: (ip: string) => void): Habit {
  const tries = new Map<string, number>();
  return {
    rcpt: (address, visit) => {
      const kind = mailboxOf(address, numbers.mailboxes);
      if (kind === "unknown") {
        standing.note(visit.ip, numbers.standing.unknownRecipient);
        refused?.(visit.ip);
        return { say: words.unknown(address) };
      }
      if (kind !== "full") return undefined;
      const nth = (tries.get(address) ?? 0) + 1;
      if (tries.size >= REMEMBERED_MOST) tries.clear();
      tries.set(address, nth);
      return { say: nth > numbers.mailboxes.triesBefore552 ? words.stillFull(address) : words.full(address) };
    },
  };
}

export interface Filing {
  /** Whether what it takes goes to junk; false if left out. */
  junk?(letter: Letter, ip: string): boolean;
  /** After everything else that a complaint does. */
  complained?(complaint: Complaint): void;
}

/** The last habit of an operator: the message is its own from here on. */
export function files(premises: Premises, { junk, complained }: Filing = {}): Habit {
  const { numbers, standing, lists, people, counts } = premises;
  const complain = (complaint: Complaint): void => {
    const { complaint: quality, complaintWeighs } = numbers.standing;
    counts.complaints++;
    standing.note(complaint.ip, quality, complaintWeighs);
    standing.note(complaint.letter.domain, quality, complaintWeighs);
    lists.complaint(complaint.ip, complaint.recipient);
    complained?.(complaint);
  };
  return {
    dot: (message, { ip }) => {
      const letter = readLetter(message);
      const isJunk = junk?.(letter, ip) ?? false;
      for (const recipient of message.recipients) {
        lists.mail(ip);
        const kind = mailboxOf(recipient, numbers.mailboxes);
        if (kind === "trap" || kind === "recycled trap") lists.trapHit(ip, letter, kind);
        counts[isJunk ? "junk" : "inbox"]++;
        premises.arrived?.({ house: premises.house, messageId: letter.messageId, recipient, at: message.at, junk: isJunk });
        if (!isJunk && kind === "person") people.finds(letter.kind, () => complain({ ip, recipient, message, letter }));
      }
      const quality = qualityOf(letter, premises);
      for (const key of [ip, letter.domain]) standing.note(key, quality, message.recipients.length);
      return undefined;
    },
  };
}

function qualityOf({ kind }: Letter, { numbers: { standing } }: Premises): number {
  return kind === "person" || kind === "app" ? standing.wanted : standing[kind];
}

/** Refuses mail that neither a signature nor SPF vouches for. */
export function wantsAuthentication({ internet }: Premises, words: (domain: string) => string): Habit {
  return {
    dot: (message, { ip }) => {
      const { domain, signed } = readLetter(message);
      return signed || spfNames(internet.resolver.zone, domainOf(message.mailFrom), ip) ? undefined : { say: words(domain) };
    },
  };
}

/** At most so many connections at once from an address. */
export function limitsConnections(most: number, say: string): Habit {
  const open = new Map<string, number>();
  return {
    connect: ({ ip }) => {
      const now = (open.get(ip) ?? 0) + 1;
      open.set(ip, now);
      return now > most ? { say, hangUp: true } : undefined;
    },
    closed: ({ ip }) => {
      const left = (open.get(ip) ?? 1) - 1;
      if (left > 0) open.set(ip, left);
      else open.delete(ip);
    },
  };
}
