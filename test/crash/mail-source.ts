/**
 * Clients that keep sending while the program is killed and comes back, and remember exactly what was acknowledged:
 * only a 250 to the final dot counts. What was cut off before is not sent again, so every copy is the program's doing.
 */

import { systemClock } from "../../src/base/clock.ts";
import type { Random } from "../../src/base/random.ts";
import { acceptedId, letter, Talk } from "../outside/talk.ts";

export interface Sent {
  readonly marker: string;
  readonly to: readonly string[];
  readonly content: string;
  /** Set once acknowledged. */
  id?: string;
}

export interface MailSource {
  /** By marker; grows. */
  readonly sent: ReadonlyMap<string, Sent>;
  /** Replies other than 250 to the final dot, or than the expected one before it. */
  readonly refusals: readonly string[];
  /** Finishes what is under way; no more is begun. */
  stop(): Promise<void>;
}

const PAUSE_MS = 20; // while nothing listens
const MOST_RECIPIENTS = 3;
/** One in so many is large enough to be stored in parts. */
const LARGE_EVERY = 40;
const LARGE_LINES = 9_000;

export function startSource(port: number, random: Random, sessions: number): MailSource {
  const sent = new Map<string, Sent>();
  const refusals: string[] = [];
  let stopped = false;
  let number = 0;
  const compose = (): Sent => {
    const marker = `m${number++}`;
    const lines = random.next() < 1 / LARGE_EVERY ? LARGE_LINES : 1 + Math.floor(random.next() * 60);
    const content = letter(marker, `${marker} ${"0123456789 abcdefghijklmnopqrstuvwxyz ".repeat(2)}\r\n`.repeat(lines));
    const to = Array.from({ length: 1 + Math.floor(random.next() * MOST_RECIPIENTS) }, (_, i) => `r${i}.${marker}@dest.example`);
    return { marker, to, content };
  };
  const session = async (): Promise<void> => {
    using talk = await Talk.greeted(port);
    while (!stopped && !talk.over) {
      const message = compose();
      sent.set(message.marker, message);
      const reply = await talk.give(`s${number % 7}@client.example`, message.to, message.content);
      if (reply.code === 250) message.id = acceptedId(reply);
      else refusals.push(`${reply.code} ${reply.lines.join(" ")}`);
      if (random.next() < 0.2) break; // sessions end, too
    }
  };
  const client = async (): Promise<void> => {
    while (!stopped) {
      await session().catch((error: Error) => {
        const refused = /^expected .*, got ([45].*)/.exec(error.message)?.[1];
        if (refused) refusals.push(refused);
        return systemClock.sleep(PAUSE_MS); // it was killed, or is not there yet
      });
    }
  };
  const clients = Array.from({ length: sessions }, client);
  return {
    sent,
    refusals,
    stop: async () => {
      stopped = true;
      await Promise.all(clients);
    },
  };
}
