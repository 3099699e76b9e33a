/**
 * Simulated receiving mail servers with habits. The SMTP here is written apart from src/wire on purpose: a receiver
 * that shared our code would share our mistakes. It also watches the client's manners and notes what it may not do.
 */
import type { Clock, WallMs } from "../../src/base/clock.ts";
import type { Network } from "../../src/base/network.ts";
import type { Random } from "../../src/base/random.ts";
import type { Chronicle } from "./chronicle.ts";
import { ReceiverSession } from "./receiver-session.ts";

export type Extension =
  | "PIPELINING"
  | "8BITMIME"
  | "SMTPUTF8"
  | "DSN"
  | "CHUNKING"
  | "SIZE"
  | "ENHANCEDSTATUSCODES"
  | "STARTTLS"
  | "AUTH"
  | "REQUIRETLS";
const SIZE_MOST = 52_428_800;
const ALL: readonly Extension[] = ["PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "CHUNKING", "SIZE", "ENHANCEDSTATUSCODES"];

/** What a receiver does instead of its plain answer. */
export type Reaction =
  /** `keeps` says whether the message stays at the final dot; absent: if the reply is positive. */
  | {
      readonly say: string;
      readonly afterMs?: number;
      /** An octet at a time, so far apart. */
      readonly octetEveryMs?: number;
      readonly hangUp?: boolean;
      readonly keeps?: boolean;
    }
  | { readonly reset: true; readonly keeps?: boolean }
  | { readonly silent: true; readonly keeps?: boolean }
  /** Lines of this text, so far apart, and no end. */
  | { readonly endless: string; readonly everyMs: number; readonly keeps?: false };

/** A reaction that takes finding out first; undefined is the plain answer. No other habit is asked after it. */
export interface Later {
  readonly later: Promise<Reaction | undefined>;
}

/** What a habit may look at. */
export interface Visit {
  readonly ip: string;
  /** What it called itself; empty before its EHLO. */
  readonly helo: string;
  readonly tls: boolean;
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
  /** Octets that its SIZE announces. Absent: 50 MiB. */
  readonly sizeMost?: number;
  connect?(visit: Visit): Reaction | undefined;
  ehlo?(verb: "EHLO" | "HELO", visit: Visit): Reaction | undefined;
  startTls?(visit: Visit): Reaction | undefined;
  mail?(visit: Visit): Reaction | Later | undefined;
  rcpt?(address: string, visit: Visit): Reaction | Later | undefined;
  data?(visit: Visit): Reaction | undefined;
  dot?(message: Taken, visit: Visit): Reaction | undefined;
  /** The connection is gone, whoever ended it. */
  closed?(visit: Visit): void;
}

/** How clients fared, since the beginning. */
export interface Counts {
  taken: number;
  /** Of replies to MAIL, RCPT, DATA and content. */
  deferred: number;
  refused: number;
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
  readonly network: Network;
}

export class Receiver {
  readonly name: string;
  readonly ports: ReceiverPorts;
  habits: readonly Habit[];
  /** Its mailboxes, in the order of arrival: the last `keepsMost` of them. */
  readonly taken: Taken[] = [];
  keepsMost = Number.POSITIVE_INFINITY;
  readonly counts: Counts = { taken: 0, deferred: 0, refused: 0 };
  /** The last answer other than yes. */
  lastNo: { readonly at: WallMs; readonly say: string } | undefined;
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
    await this.ports.network.listen({ ip, port }, (pipe) => {
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

  /** Octets of a message that it announces to take. */
  get sizeMost(): number {
    return Math.min(SIZE_MOST, ...this.habits.map(({ sizeMost }) => sizeMost ?? SIZE_MOST));
  }

  keep(message: Taken): void {
    this.counts.taken++;
    this.taken.push(message);
    if (this.taken.length > this.keepsMost) this.taken.shift();
  }

  /** Counts an answer to MAIL, RCPT, DATA or content that is no yes. */
  saidNo(say: string): void {
    this.counts[say.startsWith("4") ? "deferred" : "refused"]++;
    this.lastNo = { at: this.ports.clock.wall(), say };
  }

  ask<R extends Reaction | Later>(question: (habit: Habit) => R | undefined): R | undefined {
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
