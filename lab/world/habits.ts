/** Habits of receivers, each a small function; a receiver is a list of them. Chance comes from the visit, so a seed repeats it. */
import type { WallMs } from "../../src/base/clock.ts";
import type { HiddenCap } from "./hidden-cap.ts";
import type { Extension, Habit } from "./receivers.ts";

/** Old software: these are not offered. */
export function without(...extensions: Extension[]): Habit {
  return { without: extensions };
}

export function offering(...extensions: Extension[]): Habit {
  return { offers: extensions };
}

/** Refuses each triple of client address, sender and recipient until it comes again after `waitMs` (RFC 6647). */
export function greylists(waitMs: number): Habit {
  const firstSeen = new Map<string, WallMs>();
  return {
    rcpt: (address, visit) => {
      const triple = `${visit.ip} ${visit.mailFrom} ${address}`;
      const first = firstSeen.get(triple) ?? visit.now;
      firstSeen.set(triple, first);
      return visit.now - first < waitMs ? { say: "450 4.2.0 greylisted, come again later" } : undefined;
    },
  };
}

/** Takes this many messages a minute; above it 421 and hangs up. */
export function limitsRate(perMinute: number): Habit {
  let minute = -1;
  let taken = 0;
  return {
    mail: (visit) => {
      const now = Math.floor(visit.now / 60_000);
      if (now !== minute) [minute, taken] = [now, 0];
      return ++taken > perMinute ? { say: "421 4.7.28 too much mail from you, come again later", hangUp: true } : undefined;
    },
  };
}

/** Answers every recipient so until `until`. */
export function defersUntil(until: WallMs, say = "451 4.3.2 come again later"): Habit {
  return { rcpt: (_, visit) => (visit.now < until ? { say } : undefined) };
}

/** Answers recipients that match so. */
export function refuses(pattern: RegExp, say = "550 5.1.1 no such user"): Habit {
  return { rcpt: (address) => (pattern.test(address) ? { say } : undefined) };
}

/** Resets the connection after the final dot, in this share of cases; of those, half are kept. */
export function resetsAfterDot(share: number): Habit {
  return { dot: (_, visit) => (visit.random.next() < share ? { reset: true, keeps: visit.random.next() < 0.5 } : undefined) };
}

/** Answers the final dot only after `ms`, in this share of cases. The message is kept at once. */
export function stallsAfterDot(share: number, ms: number): Habit {
  return { dot: (_, visit) => (visit.random.next() < share ? { say: "250 2.6.0 kept, at last", afterMs: ms, keeps: true } : undefined) };
}

/** Is going down: 421 at a recipient, in this share of cases, and hangs up. */
export function hangsUpMidway(share: number): Habit {
  return { rcpt: (_, visit) => (visit.random.next() < share ? { say: "421 4.3.2 going down", hangUp: true } : undefined) };
}

/** Resets a connection at once, in this share of cases. */
export function resetsAtConnect(share: number): Habit {
  return { connect: (visit) => (visit.random.next() < share ? { reset: true } : undefined) };
}

/** Takes so many transactions a connection, then 421. */
export function limitsTransactions(most: number): Habit {
  return { mail: (visit) => (visit.transaction > most ? { say: "421 4.5.0 enough for one connection", hangUp: true } : undefined) };
}

/** At most so many recipients a transaction (RFC 5321 §4.5.3.1.10). */
export function limitsRecipients(most: number): Habit {
  return { rcpt: (_, visit) => (visit.recipients.length >= most ? { say: "452 4.5.3 too many recipients" } : undefined) };
}

/** Keeps a limit that it does not tell; whatever is above it hears this at MAIL. */
export function keepsLimit(cap: HiddenCap, from: WallMs, say = "421 4.7.28 unusual rate of mail from your IP address"): Habit {
  return {
    mail: (visit) => {
      const answer = cap.ask(visit.now - from);
      if (answer === "taken") return undefined;
      return { say: answer === "noise" ? "421 4.3.2 come again later" : say, hangUp: true };
    },
  };
}
