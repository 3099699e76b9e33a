/**
 * Simulated receiving mail servers with habits. The SMTP here is written apart from src/wire on purpose: a receiver
 * that shared our code would share our mistakes. It also watches the client's manners and notes what it may not do.
 */
import type { Clock, WallMs } from "../../src/base/clock.ts";
import type { Random } from "../../src/base/random.ts";
import type { Chronicle } from "./chronicle.ts";
import { ReceiverSession } from "./receiver-session.ts";
import type { Machine } from "./sim-network.ts";

export type Extension = "PIPELINING" | "8BITMIME" | "SMTPUTF8" | "DSN" | "CHUNKING" | "SIZE" | "ENHANCEDSTATUSCODES" | "STARTTLS" | "AUTH";
const ALL: readonly Extension[] = ["PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "CHUNKING", "SIZE", "ENHANCEDSTATUSCODES"];

/** What a receiver does instead of its plain answer. */
export type Reaction =
  /** `keeps` says whether the message stays at the final dot; absent: if the reply is positive. */
  | { readonly say: string; readonly afterMs?: number; readonly hangUp?: boolean; readonly keeps?: boolean }
  | { readonly reset: true; readonly keeps?: boolean }
  | { readonly silent: true; readonly keeps?: boolean };

/** What a habit may look at. */
export interface Visit {
  readonly ip: string;
  /** Of its connection, from 1. */
  readonly transaction: number;
  readonly mailFrom: string;
  /** Accepted so far in this transaction. */
  readonly recipients: readonly string[];
  readonly now: WallMs;
  readonly random: Random;
}

/** One trait of a receiver. Each question is put to its habits in order; the first that reacts decides. */
export interface Habit {
  readonly without?: readonly Extension[];
  readonly offers?: readonly Extension[];
  connect?(visit: Visit): Reaction | undefined;
  mail?(visit: Visit): Reaction | undefined;
  rcpt?(address: string, visit: Visit): Reaction | undefined;
  data?(visit: Visit): Reaction | undefined;
  dot?(message: Taken, visit: Visit): Reaction | undefined;
}

/** A message that the receiver regards as its own from now on. */
export interface Taken {
  readonly at: WallMs;
  readonly mailFrom: string;
  readonly recipients: readonly string[];
  readonly parameters: string;
  readonly content: Buffer;
  readonly tls: boolean;
}

export interface ReceiverPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly chronicle: Chronicle;
  readonly machine: Machine;
}

export class Receiver {
  readonly name: string;
  readonly ports: ReceiverPorts;
  habits: readonly Habit[];
  /** Its mailboxes, in the order of arrival. */
  readonly taken: Taken[] = [];
  /** What clients did that RFC 5321 and its extensions do not allow. */
  readonly violations: string[] = [];
  /** Who may log in, where AUTH is offered. */
  login: { readonly user: string; readonly password: string } | undefined;
  connections = 0;

  constructor(name: string, ports: ReceiverPorts, habits: readonly Habit[]) {
    this.name = name;
    this.ports = ports;
    this.habits = habits;
  }

  async open(ip: string, port = 25): Promise<void> {
    await this.ports.machine.listen({ ip, port }, (pipe) => {
      this.connections++;
      new ReceiverSession(this, pipe).start();
    });
  }

  offers(): Set<Extension> {
    const offered = new Set(ALL);
    for (const habit of this.habits) {
      for (const extension of habit.offers ?? []) offered.add(extension);
      for (const extension of habit.without ?? []) offered.delete(extension);
    }
    return offered;
  }

  ask(question: (habit: Habit) => Reaction | undefined): Reaction | undefined {
    for (const habit of this.habits) {
      const reaction = question(habit);
      if (reaction) return reaction;
    }
    return undefined;
  }

  note(what: string): void {
    this.ports.chronicle.note(this.name, what);
  }

  violation(what: string): void {
    this.violations.push(what);
    this.note(`VIOLATION ${what}`);
  }
}
