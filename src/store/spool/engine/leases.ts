/**
 * Who has which delivery in hand. A lease lives in memory only: a crash ends it, which is right, for the crash ended
 * the attempt too. For each site also where a search for due deliveries may begin (everything due before the front is
 * leased) and whose turn it is among the senders.
 */

/** Sites remembered. Forgetting one costs a longer search, nothing else. */
const SITES = 20_000;

export interface Turn {
  /** Every queued delivery due before this is leased. */
  front: number;
  /** The sender served last. */
  sender: number;
  /** The count of deliveries given back when the front was set. */
  asOf: number;
}

export class Leases {
  /** By message: its one leased recipient, or several. */
  readonly #held = new Map<number, number | Set<number>>();
  readonly #turns = new Map<number, Turn>();
  #givenBack = 0;

  has(message: number, rcpt: number): boolean {
    const held = this.#held.get(message);
    return held === undefined ? false : typeof held === "number" ? held === rcpt : held.has(rcpt);
  }

  take(message: number, rcpt: number): void {
    const held = this.#held.get(message);
    if (held === undefined) this.#held.set(message, rcpt);
    else if (typeof held !== "number") held.add(rcpt);
    else if (held !== rcpt) this.#held.set(message, new Set([held, rcpt]));
  }

  drop(message: number, rcpt: number): boolean {
    const held = this.#held.get(message);
    if (held === undefined) return false;
    if (typeof held === "number") return held === rcpt && this.#held.delete(message);
    const was = held.delete(rcpt);
    if (held.size === 0) this.#held.delete(message);
    return was;
  }

  /**
   * Nobody has it in hand any more, nothing else changed. Which site's front must move back is not known here, and no
   * table is asked (the disk may be what failed): every front is found anew.
   */
  giveBack(message: number, rcpt: number): void {
    if (this.drop(message, rcpt)) this.#givenBack++;
  }

  /** A delivery of the site stands open at this due time: the next search must not begin after it. */
  open(site: number, dueAt: number): void {
    const turn = this.#turns.get(site);
    if (turn !== undefined && turn.front > dueAt) turn.front = dueAt;
  }

  turn(site: number): Turn {
    let turn = this.#turns.get(site);
    if (turn === undefined) {
      if (this.#turns.size >= SITES) this.#turns.clear();
      turn = { front: 0, sender: 0, asOf: this.#givenBack };
      this.#turns.set(site, turn);
    }
    if (turn.asOf !== this.#givenBack) Object.assign(turn, { front: 0, asOf: this.#givenBack });
    return turn;
  }
}
