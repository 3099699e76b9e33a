/**
 * How fast one lane sends: a window of connections `w` and, once a receiver has objected, a rate `r` in messages a
 * minute. A control law without sockets, timers or rows: it is told what answers came and when, and says what may leave.
 *
 * Phases: **running** (at the rate, or without limit), **paused** (nothing leaves; whoever drives it calls `reopen` when
 * the time has come), **probing** (one message on one connection; its answer decides).
 *
 * - *Cut.* Two objections among the last twenty answers, or one that names a time. What was accepted lately is the base:
 *   the ceiling is remembered a little below it, the rate starts well below it, and the lane pauses for a minute, doubling
 *   with each cut in a row. Answers to what was under way before the cut belong to it: many refusals of one flight are
 *   one signal.
 * - *Raise.* Each minute with at least three answers and none of them an objection, if the rate was what held mail
 *   back: 30 % of the way to the ceiling, plus a step that grows from 2 % to 20 % while all goes well. Without limit
 *   again after an hour in which the rate was four times what was sent.
 * - *Probe.* One message after each pause. If it meets an objection the pause doubles; the rate stays, because nothing
 *   was learned about it: a receiver that is down for two hours must not be found at a trickle afterwards.
 *
 * A cut of a lane that has accepted next to nothing teaches no rate either: it pauses and probes, and is as fast as before.
 */
import { unreachable } from "../../base/brand.ts";
import type { MonoMs } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import { Crowding } from "./crowding.ts";
import type { PaceBounds, PaceChange, PaceFacts, Signal } from "./pace-words.ts";
import { RecentRate } from "./recent-rate.ts";
import { TokenBucket } from "./token-bucket.ts";

/** What a cut changes. */
interface Before {
  readonly perMinute: number;
  readonly ceiling: number | undefined;
  readonly connections: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** So many connections before anything is known. */
const FIRST_CONNECTIONS = 5;
const LEAST_PER_MINUTE = 0.1;
/** Answers looked back at, as bits, and how many objections among them are no accident. */
const LOOKED_AT = (1 << 20) - 1;
const OBJECTIONS = 2;
/** Answers further apart do not belong together. */
const APART_MS = 30 * MINUTE_MS;
/** Fewer accepted in five minutes than this are no measure of what is bearable. */
const MEASURED_FROM = 3;
const CEILING = 0.95;
const CUT = 0.7;
const PAUSE_MS = MINUTE_MS;
const LONGEST_LIMITED_MS = 2 * HOUR_MS;
/** For a receiver that cannot cope: one message tells whether it can again, and costs it nothing. */
const LONGEST_BUSY_MS = 15 * MINUTE_MS;
const SHUNNED_MS = 15 * MINUTE_MS;
const LONGEST_SHUNNED_MS = 4 * HOUR_MS;
const DOUBLINGS = 10;
const JITTER = 0.1;
/** Messages taken after a cut until the next one counts as the first again. */
const HEALED_AFTER = 10;
/** What was learned longer ago is no longer in a row with anything. */
const FORGOTTEN_MS = 24 * HOUR_MS;
const EPOCH_MS = MINUTE_MS;
const EPOCH_ANSWERS = 3;
const TOWARDS_CEILING = 0.3;
const STEP = 0.02;
const STEP_MOST = 0.2;
/** Clean epochs after which the step itself grows, by how much, and what of it a pause leaves. */
const PATIENT_EPOCHS = 10;
const STEP_GROWTH = 1.2;
const STEP_KEPT = 0.5;
/** Without limit again once this is true for an hour. */
const AMPLE = 4;

export class Pace {
  #bounds: PaceBounds;
  readonly #random: Random;
  readonly #accepted = new RecentRate();
  #phase: PaceFacts["phase"] = "running";
  #connections: number;
  #perMinute = Number.POSITIVE_INFINITY;
  #ceiling: number | undefined;
  #cuts = 0;
  #shuns = 0;
  #pausedAt = 0;
  #flight = 0;
  /** The last answers, a bit each, 1 for an objection. */
  #answers = 0;
  #answeredAt = 0;
  #takenSinceCut = 0;
  #probeOut = false;
  readonly #bucket = new TokenBucket();
  #epochAt = 0;
  #epochAnswers = 0;
  #epochClean = true;
  #ranEmpty = false;
  #cleanEpochs = 0;
  #step = STEP;
  /** When the rate was last cut, or less than ample. */
  #tightAt = 0;
  readonly #crowding = new Crowding();
  /** As it was before the objections that are in a row now. */
  #before: Before | undefined;

  constructor(bounds: PaceBounds, random: Random) {
    this.#bounds = bounds;
    this.#random = random;
    this.#connections = Math.min(FIRST_CONNECTIONS, bounds.connections);
    if (bounds.perMinute < Number.POSITIVE_INFINITY) this.#perMinute = bounds.perMinute;
  }

  /** Running without a rate: nothing need be asked before a message leaves. */
  get free(): boolean {
    return this.#phase === "running" && this.#perMinute === Number.POSITIVE_INFINITY;
  }

  /** What leaves now belongs to this flight; `heard` wants it back with the answer. */
  get flight(): number {
    return this.#flight;
  }

  get facts(): PaceFacts {
    return {
      phase: this.#phase,
      ...(this.#perMinute < Number.POSITIVE_INFINITY && { perMinute: this.#perMinute }),
      ...(this.#ceiling !== undefined && { ceiling: this.#ceiling }),
      connections: this.connections,
      cuts: this.#cuts,
    };
  }

  /** What it may do changes: a rule, a person's wish, the end of one. What was learned below it stays. */
  bound(bounds: PaceBounds): void {
    const { perMinute: was } = this.#bounds;
    this.#bounds = bounds;
    this.#connections = Math.min(this.#connections, bounds.connections);
    // A rate that was the bound's and not learned goes where the bound goes.
    if (bounds.pinned || this.#ceiling === undefined || this.#perMinute === was) this.#perMinute = bounds.perMinute;
    else this.#perMinute = Math.min(this.#perMinute, bounds.perMinute);
  }

  /** Takes back what objections in a row have done: as it was before the first of them. False: there is nothing to take back. */
  restore(): boolean {
    if (this.#before === undefined) return false;
    const { perMinute, ceiling, connections } = this.#before;
    this.#perMinute = Math.min(perMinute, this.#bounds.perMinute);
    this.#ceiling = ceiling;
    this.#connections = Math.min(connections, this.#bounds.connections);
    this.#forget();
    return true;
  }

  /** Without any limit of its own: another one holds for more than this lane. */
  lift(): void {
    this.#perMinute = this.#bounds.perMinute;
    this.#ceiling = undefined;
    this.#forget();
  }

  /** How many connections there may be. */
  get connections(): number {
    return this.#phase === "probing" ? 1 : Math.max(1, Math.floor(this.#connections));
  }

  /** Whether one more connection may be tried beside `standing` others. */
  mayDial(standing: number, now: MonoMs): boolean {
    return standing === 0 || (standing < this.connections && this.#crowding.over(now));
  }

  /** Takes leave for one message; false: not now. */
  take(now: MonoMs): boolean {
    switch (this.#phase) {
      case "paused":
        return false;
      case "probing": {
        const first = !this.#probeOut;
        this.#probeOut = true;
        return first;
      }
      case "running":
        if (this.#perMinute === Number.POSITIVE_INFINITY) return true;
        if (this.#bucket.take(this.#perMinute, now)) return true;
        this.#ranEmpty = true;
        return false;
      default:
        return unreachable(this.#phase);
    }
  }

  /** Messages that may leave now. */
  room(now: MonoMs): number {
    if (this.#phase === "probing") return this.#probeOut ? 0 : 1;
    if (this.#phase === "paused") return 0;
    if (this.#perMinute === Number.POSITIVE_INFINITY) return this.#perMinute;
    return this.#bucket.room(this.#perMinute, now);
  }

  /** How long whatever waits now must wait for its leave; 0: it may go. Infinity: an answer or `reopen` decides. */
  delayMs(now: MonoMs): number {
    if (this.room(now) >= 1) return 0;
    if (this.#phase !== "running") return Number.POSITIVE_INFINITY;
    this.#ranEmpty = true;
    return this.#bucket.delayMs(this.#perMinute);
  }

  /** An answer came. `crowded`: all connections that there may be were in use. */
  heard(signal: Signal, flight: number, now: MonoMs, crowded: boolean): PaceChange | undefined {
    if (signal.is === "yes") this.#accepted.add(now);
    if (flight !== this.#flight || this.#phase === "paused" || this.#bounds.pinned) return undefined;
    if (signal.is === "shunned") return this.#shun(now);
    if (this.#phase === "probing") return this.#probed(signal, now);
    if (signal.is === "withdrawn") this.#bucket.giveBack();
    if (signal.is === "nothing" || signal.is === "withdrawn") return undefined;
    if (now - this.#answeredAt > APART_MS) this.#answers = 0;
    this.#answeredAt = now;
    const objects = signal.is === "pushback";
    this.#answers = ((this.#answers << 1) | (objects ? 1 : 0)) & LOOKED_AT;
    if (objects) {
      this.#epochClean = false;
      if (signal.waitMs !== undefined || ones(this.#answers) >= OBJECTIONS) return this.#cut(signal, now);
    } else if (signal.is === "yes") this.#taken(now, crowded);
    return this.#perMinute < Number.POSITIVE_INFINITY ? this.#epoch(now, crowded) : undefined;
  }

  /** The pause is over. */
  reopen(): void {
    if (this.#phase !== "paused") return;
    this.#phase = "probing";
    this.#probeOut = false;
  }

  /** A further connection was refused while so many others stood: they are what the host takes. */
  refused(standing: number, now: MonoMs): void {
    if (standing === 0) return;
    this.#connections = Math.max(1, Math.min(this.#connections, standing));
    this.#crowding.refused(standing, now, this.#jitter());
  }

  /** A connection was made, and so many stand. */
  connected(standing: number): void {
    this.#crowding.connected(standing);
  }

  /** Looks whether the limit is over; for lanes that nothing is heard of, too. */
  look(now: MonoMs): PaceChange | undefined {
    if (this.#phase !== "running" || this.#ceiling === undefined || now < this.freeAt) return undefined;
    this.#perMinute = this.#bounds.perMinute;
    this.#ceiling = undefined;
    this.#before = undefined;
    return { is: "freed" };
  }

  /** When the limit is over if nothing happens until then. */
  get freeAt(): MonoMs {
    return (this.#tightAt + HOUR_MS) as MonoMs;
  }

  /** Nothing was learned, or it is too old to matter. */
  forgettable(now: MonoMs): boolean {
    if (this.#phase !== "running" || this.#ceiling !== undefined) return false;
    const learned = this.#cuts > 0 || this.#shuns > 0 || this.#crowding.learned;
    return !learned || now - Math.max(this.#pausedAt, this.#crowding.until) > FORGOTTEN_MS;
  }

  #forget(): void {
    this.#phase = "running";
    this.#flight++; // what is under way left at another pace
    [this.#cuts, this.#shuns, this.#answers, this.#before] = [0, 0, 0, undefined];
  }

  #taken(now: MonoMs, crowded: boolean): void {
    if (++this.#takenSinceCut === HEALED_AFTER) [this.#cuts, this.#shuns] = [0, 0];
    if (crowded && this.#perMinute === Number.POSITIVE_INFINITY && this.#crowding.over(now)) this.#widen();
  }

  /** Slow start: one more for each whole window of successes. */
  #widen(): void {
    this.#connections = Math.min(this.#bounds.connections, this.#connections + 1 / this.#connections);
  }

  #cut(signal: Signal & { readonly is: "pushback" }, now: MonoMs): PaceChange {
    this.#before ??= this.#now();
    const five = this.#accepted.overFiveMinutes(now);
    const base = Number.isFinite(this.#perMinute)
      ? Math.min(this.#perMinute, Math.max(five, this.#perMinute / 2))
      : this.#accepted.count(now) >= MEASURED_FROM
        ? Math.max(this.#accepted.overOneMinute(now), five)
        : undefined;
    if (base !== undefined) {
      this.#ceiling = CEILING * base;
      this.#perMinute = Math.max(this.#bounds.leastPerMinute ?? LEAST_PER_MINUTE, CUT * base);
      this.#tightAt = now;
    }
    this.#connections = Math.max(1, this.#connections / 2);
    return this.#pauseFor(signal, now);
  }

  /** Refused for our standing: the pace is not at fault, and no other address is tried. */
  #shun(now: MonoMs): PaceChange {
    if (now - this.#pausedAt > FORGOTTEN_MS) this.#shuns = 0;
    const ms = Math.min(LONGEST_SHUNNED_MS, SHUNNED_MS * 2 ** Math.min(this.#shuns, DOUBLINGS)) * this.#jitter();
    this.#shuns++;
    return this.#pause(ms, now);
  }

  #pauseFor({ limits, waitMs = 0 }: Signal & { readonly is: "pushback" }, now: MonoMs): PaceChange {
    if (now - this.#pausedAt > FORGOTTEN_MS) this.#cuts = 0;
    const longest = limits ? LONGEST_LIMITED_MS : LONGEST_BUSY_MS;
    const usual = PAUSE_MS * 2 ** Math.min(this.#cuts, DOUBLINGS) * this.#jitter();
    this.#cuts++;
    return this.#pause(Math.min(longest, Math.max(usual, waitMs)), now);
  }

  #pause(ms: number, now: MonoMs): PaceChange {
    this.#before ??= this.#now();
    this.#pausedAt = now + ms;
    this.#phase = "paused";
    this.#flight++;
    this.#answers = 0;
    this.#takenSinceCut = 0;
    this.#cleanEpochs = 0;
    this.#step = Math.max(STEP, STEP_KEPT * this.#step);
    return { is: "paused", ms };
  }

  #probed(signal: Signal, now: MonoMs): PaceChange | undefined {
    switch (signal.is) {
      case "yes":
        this.#phase = "running";
        this.#takenSinceCut = 1;
        this.#bucket.set(0, now);
        this.#beginEpoch(now);
        return { is: "resumed" };
      case "pushback":
        return this.#pauseFor(signal, now);
      case "shunned":
        return this.#shun(now);
      case "neutral":
      case "nothing":
      case "withdrawn":
        this.#probeOut = false; // the next one tells
        return undefined;
      default:
        return unreachable(signal);
    }
  }

  #epoch(now: MonoMs, crowded: boolean): PaceChange | undefined {
    this.#epochAnswers++;
    if (now - this.#epochAt < EPOCH_MS || this.#epochAnswers < EPOCH_ANSWERS) return undefined;
    if (AMPLE * this.#accepted.overFiveMinutes(now) > this.#perMinute) this.#tightAt = now;
    if (this.#epochClean) this.#rise(now, crowded);
    this.#beginEpoch(now);
    return this.look(now);
  }

  #rise(now: MonoMs, crowded: boolean): void {
    this.#cleanEpochs++;
    if (this.#cleanEpochs > PATIENT_EPOCHS) this.#step = Math.min(STEP_MOST, this.#step * STEP_GROWTH);
    if (this.#ranEmpty) {
      const towards = TOWARDS_CEILING * Math.max((this.#ceiling ?? 0) - this.#perMinute, 0);
      this.#perMinute = Math.min(this.#bounds.perMinute, this.#perMinute + towards + this.#step * this.#perMinute);
      // Under a rate the window grows with it, a connection a minute at most: else a slow host could not use what it allows.
    } else if (crowded && this.#crowding.over(now)) this.#connections = Math.min(this.#bounds.connections, this.#connections + 1);
  }

  #beginEpoch(now: MonoMs): void {
    this.#epochAt = now;
    this.#epochAnswers = 0;
    this.#epochClean = true;
    this.#ranEmpty = false;
  }

  #now(): Before {
    return { perMinute: this.#perMinute, ceiling: this.#ceiling, connections: this.#connections };
  }

  #jitter(): number {
    return 1 - JITTER + 2 * JITTER * this.#random.next();
  }
}

function ones(bits: number): number {
  let left = bits;
  let count = 0;
  for (; left !== 0; count++) left &= left - 1;
  return count;
}
