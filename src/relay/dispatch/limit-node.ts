/**
 * A limit that many sites share: all that leaves one of our addresses for one provider, or all that leaves the address.
 * Sites stand below it; what a receiver with a mail host for each customer counts together is counted together here (R5).
 *
 * While it has no limit it only listens. It gets one when its bounds say so; that of a provider also when several of its sites
 * hear the same objection: then the law runs here, over the answers of all of them, and their own limits end. A message then
 * needs leave, which is given to the site whose next sender has had least, so that a campaign to a thousand domains delays
 * nobody else.
 */
import type { MonoMs } from "../../base/clock.ts";
import type { EgressName } from "../../model/egress.ts";
import type { DispatchContext } from "./context.ts";
import { type Fair, priceOf, type Rank } from "./fair-queue.ts";
import { Gate, type GateState } from "./gate.ts";
import type { LaneTold, LawReport, SlowLane } from "./lane-state.ts";
import type { PaceBounds } from "./pace-words.ts";
import { Places } from "./places.ts";
import type { Heard } from "./signal.ts";
import { Tempo } from "./tempo.ts";

/** A site, as a node above it sees it. */
export interface Limited {
  /** Something waits for it, in memory or in the spool. */
  readonly waits: boolean;
  /** The message of whoever has had least; undefined: none is in memory. */
  next(rank: Rank): Fair | undefined;
  /** It has leave for a message, or the node is open again. */
  pump(): void;
  /** Nothing leaves for a while: what is in memory goes back to the spool. */
  putBack(): void;
  /** Its own limit ends. */
  lift(): void;
  /** For so many of its domains at most; for how many it was. */
  tell(told: LaneTold, most: number): number;
}

/** Sites whose objections belong together. */
const TOGETHER_MS = 10 * 60_000;
/** A node's change is told for so many domains, where mail waits first: the rest stands the same, and is shown live. */
const TOLD_MOST = 200;
/** Senders whose share is remembered while there is a limit; beyond it all begin anew. */
const SHARES_MOST = 20_000;

export class LimitNode {
  readonly egress: EgressName;
  /** Absent: all that leaves the address. */
  readonly provider: string | undefined;
  readonly #clock: DispatchContext["clock"];
  readonly #tempo: Tempo;
  readonly #gate: Gate;
  readonly #sites = new Set<Limited>();
  /** For all connections of its sites. */
  readonly places: Places;
  /** Leaves that were given and not yet used. */
  readonly #leaves = new Map<Limited, number>();
  readonly #wantLeave = new Set<Limited>();
  /** When a site last answered, and when it last objected; what is old is dropped when it is looked at. */
  readonly #answered = new Map<Limited, MonoMs>();
  readonly #objected = new Map<Limited, MonoMs>();
  /** What each sender has had since there is a limit. */
  readonly #shares = new Map<string, number>();
  #share = 0;

  constructor(
    of: { readonly egress: EgressName; readonly provider?: string },
    context: Omit<DispatchContext, "settle">,
    bounds: PaceBounds,
  ) {
    this.egress = of.egress;
    this.provider = of.provider;
    this.#clock = context.clock;
    this.places = new Places(bounds.connections);
    this.#gate = new Gate({
      ...{ clock: context.clock, random: context.random },
      tell: (told) => this.#tell(told),
      closed: () => this.#closed(),
      opened: () => this.#opened(),
    });
    this.#tempo = new Tempo(context, bounds, {
      name: of.provider === undefined ? `from ${of.egress}` : `${of.provider} from ${of.egress}`,
      turn: () => this.#grant(),
      pause: (state, ms) => this.#gate.shut(state, ms),
      tell: (told) => this.#tell(told),
    });
  }

  get state(): GateState {
    return this.#gate.state;
  }

  get slow(): SlowLane | undefined {
    return this.#tempo.slow;
  }

  get law(): LawReport {
    const { slow } = this;
    return {
      of: this.provider === undefined ? "egress" : "provider",
      pace: this.#tempo.pace.facts,
      ...(slow && { slow }),
      ...(this.#gate.state.is === "closed" && { until: this.#gate.state.until }),
    };
  }

  get flight(): number {
    return this.#tempo.pace.flight;
  }

  /** Nothing is asked before a message leaves. */
  get free(): boolean {
    return this.#tempo.pace.free && this.#gate.state.is === "open";
  }

  /** What the job's sender has had here, since there is a limit. */
  readonly rank: Rank = (job) => Math.max(this.#shares.get(shareKey(job)) ?? 0, this.#share);

  /** Messages that may leave in a minute; absent: without limit. */
  get perMinute(): number | undefined {
    return this.#tempo.pace.facts.perMinute;
  }

  get forgettable(): boolean {
    return this.#sites.size === 0 && this.#gate.state.is === "open" && this.#tempo.pace.forgettable(this.#clock.mono());
  }

  join(site: Limited): void {
    this.#sites.add(site);
  }

  leave(site: Limited): void {
    this.giveBack(site);
    this.#sites.delete(site);
    for (const set of [this.#wantLeave, this.#answered, this.#objected]) set.delete(site);
  }

  /** Rules and people's wishes have changed. */
  bound(bounds: PaceBounds): void {
    this.places.resize(bounds.connections);
    this.#tempo.pace.bound(bounds);
    this.#grant();
  }

  /** Whether the site may send a message now. If not, it is called when it may. */
  mayLeave(site: Limited): boolean {
    if (this.free || (this.#leaves.get(site) ?? 0) > 0) return true;
    if (this.#gate.state.is !== "open") return false;
    this.#wantLeave.add(site);
    this.#grant();
    return (this.#leaves.get(site) ?? 0) > 0;
  }

  /** Messages that the site may send now. */
  room(site: Limited): number {
    return this.free ? Number.POSITIVE_INFINITY : (this.#leaves.get(site) ?? 0);
  }

  /** A message leaves. */
  use(site: Limited, job: Fair): void {
    if (this.free) return;
    const left = (this.#leaves.get(site) ?? 0) - 1;
    if (left > 0) this.#leaves.set(site, left);
    else this.#leaves.delete(site);
    this.#charge(job);
  }

  /** The site cannot use what it was given: others may. */
  giveBack(site: Limited): void {
    const leaves = this.#leaves.get(site) ?? 0;
    this.#leaves.delete(site);
    this.#wantLeave.delete(site);
    for (let n = 0; n < leaves; n++) this.#tempo.heard({ signal: { is: "withdrawn" } }, this.flight, false);
    if (leaves > 0) this.#grant();
  }

  /** What came of a message that left with `flight`. True: the site's own law hears it too. */
  heard(site: Limited, heard: Heard, flight: number, crowded: boolean): boolean {
    const { signal } = heard;
    const now = this.#clock.mono();
    const objects = signal.is === "pushback" || signal.is === "shunned";
    if (signal.is === "yes" || signal.is === "neutral" || objects) remember(this.#answered, site, now);
    if (objects) remember(this.#objected, site, now);
    const before = this.slow;
    // Receivers that have nothing to do with each other may object to one address on one day: that is no limit of the address.
    const here = !objects || (this.provider !== undefined && (before !== undefined || this.#concernsAll(heard, now)));
    if (here) this.#tempo.heard(heard, flight, crowded);
    if (before === undefined && this.slow !== undefined) for (const one of this.#sites) one.lift();
    return !(objects && here);
  }

  /** Opens now, by an operator's wish. */
  reopen(): void {
    this.#gate.open("tried by a person");
  }

  /** Takes back what the law decided here. */
  undo(): boolean {
    const done = this.#tempo.undo();
    if (done) this.#gate.open("the limit was taken back");
    return done;
  }

  drain(): void {
    this.#gate.drain();
    this.#tempo.drain();
  }

  /**
   * An objection of one site may be about that site. Of several within a few minutes, those about our address are about all
   * of them; others are if most of the sites that answered say the same (R6).
   */
  #concernsAll({ diagnosis }: Heard, now: MonoMs): boolean {
    for (const times of [this.#answered, this.#objected])
      for (const [site, at] of times) {
        if (now - at <= TOGETHER_MS) break; // the rest is younger
        times.delete(site);
      }
    if (this.#objected.size < 2) return false;
    const ours = diagnosis?.scope === "ip" || diagnosis?.scope === "net";
    return ours || 2 * this.#objected.size > this.#answered.size;
  }

  #closed(): void {
    this.#leaves.clear();
    for (const site of this.#sites) site.putBack();
  }

  #opened(): void {
    this.#tempo.pace.reopen();
    for (const site of this.#sites) if (site.waits) this.#wantLeave.add(site);
    for (const site of [...this.#wantLeave]) site.pump();
  }

  /** Gives leave to whose turn it is, as far as the pace allows. */
  #grant(): void {
    if (this.free) {
      const waiting = [...this.#wantLeave];
      this.#wantLeave.clear();
      this.#shares.clear();
      for (const site of waiting) site.pump();
      return;
    }
    while (this.#gate.state.is === "open" && this.#wantLeave.size > 0 && this.#tempo.itsTurn()) {
      const site = this.#nextSite();
      if (site === undefined || !this.#tempo.take()) return;
      this.#wantLeave.delete(site);
      this.#leaves.set(site, (this.#leaves.get(site) ?? 0) + 1);
      site.pump();
    }
  }

  /** Of those that wait, the one whose next sender has had least; those who came first first. */
  #nextSite(): Limited | undefined {
    let best: Limited | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const site of this.#wantLeave) {
      const job = site.next(this.rank);
      if (job === undefined) {
        this.#wantLeave.delete(site); // it asks again when something is there
        continue;
      }
      const had = this.rank(job);
      if (had < least) [best, least] = [site, had];
    }
    return best;
  }

  /** Fair queueing by start times: who was away does not come back with all that others had meanwhile. */
  #charge(job: Fair): void {
    if (this.#shares.size >= SHARES_MOST) this.#shares.clear();
    const key = shareKey(job);
    this.#share = Math.max(this.#share, this.#shares.get(key) ?? 0);
    this.#shares.set(key, this.#share + priceOf(job));
  }

  #tell(told: LaneTold): void {
    let left = TOLD_MOST;
    const waiting = [...this.#sites].filter(({ waits }) => waits);
    for (const site of waiting.length > 0 ? waiting : this.#sites) {
      if (left <= 0) return;
      left -= site.tell(told, left);
    }
  }
}

function shareKey({ tenant, sender, class: kind }: Fair): string {
  return `${tenant} ${kind} ${sender}`;
}

/** The youngest stands last. */
function remember(times: Map<Limited, MonoMs>, site: Limited, now: MonoMs): void {
  times.delete(site);
  times.set(site, now);
}
