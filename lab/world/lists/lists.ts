/**
 * The blocklists of the world, each with its own way to learn and to forget. They hear of what their traps receive, of what
 * people report, and of how much mail an address sends; what they conclude stands in their zones.
 *
 * `fast` lists an address for trap hits within minutes; `reports` for complaints in proportion; `domains` for names in trapped
 * mail; `ranges` a /24 of listed neighbours; `forms` slowly, and takes off only whom it believes.
 */
import type { WallMs } from "../../../src/base/clock.ts";
import type { Random } from "../../../src/base/random.ts";
import type { Internet } from "../internet.ts";
import type { Letter } from "../letter.ts";
import type { Numbers } from "../numbers.ts";
import { BlockList, rangeOf } from "./block-list.ts";
import { Recent } from "./recent.ts";

export type ListName = "fast" | "reports" | "domains" | "ranges" | "forms";

/** Below which the lists' zones lie. */
export const LISTS_DOMAIN = "lists.example";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export class Lists {
  readonly fast: BlockList;
  readonly reports: BlockList;
  readonly domains: BlockList;
  readonly ranges: BlockList;
  readonly forms: BlockList;
  readonly #internet: Internet;
  readonly #numbers: Numbers["lists"];
  readonly #random: Random;
  /** By address: what happened lately, for `fast` (pristine, recycled, complaint), `reports` (complaint, mail) and `forms`. */
  readonly #recent = new Recent();
  /** By domain, `MESSAGE ADDRESS` of trapped mail. */
  readonly #trapped = new Map<string, { readonly messages: Set<string>; readonly addresses: Set<string> }>();
  readonly #removals = new Map<string, number>();

  constructor(internet: Internet, numbers: Numbers["lists"]) {
    const list = (name: ListName): BlockList =>
      new BlockList(internet, `${name}.${LISTS_DOMAIN}`, name === "domains" ? "domains" : "addresses");
    this.#internet = internet;
    this.#numbers = numbers;
    this.#random = internet.random.fork("lists");
    this.fast = list("fast");
    this.reports = list("reports");
    this.domains = list("domains");
    this.ranges = list("ranges");
    this.forms = list("forms");
    this.#sweepLater();
  }

  get all(): readonly BlockList[] {
    return [this.fast, this.reports, this.domains, this.ranges, this.forms];
  }

  /** The first of these lists that has the address. */
  naming(ip: string, names: readonly ListName[]): BlockList | undefined {
    return names.map((name) => this[name]).find((list) => list.has(ip));
  }

  /** A message to a trap came from this address. */
  trapHit(ip: string, letter: Letter, kind: "trap" | "recycled trap"): void {
    const now = this.#internet.clock.wall();
    this.#recent.note(ip, kind === "trap" ? "pristine" : "recycled", now);
    this.#judge(ip);
    this.#judgeDomains(ip, letter);
    const { hits, withinMs } = this.#numbers.forms;
    const all = this.#recent.count(ip, "pristine", now - withinMs) + this.#recent.count(ip, "recycled", now - withinMs);
    if (all >= hits) this.forms.enter(ip, `${all} messages to our traps within a week`, undefined);
  }

  /** Somebody reported a message that came from this address. */
  complaint(ip: string, reporter: string): void {
    const now = this.#internet.clock.wall();
    this.#recent.note(ip, "complaint", now, reporter);
    this.#judge(ip);
    const { share, reporters, volumeLeast, staysMs } = this.#numbers.reports;
    const complaints = this.#recent.count(ip, "complaint", now - DAY);
    const volume = Math.max(volumeLeast, this.#recent.count(ip, "mail", now - DAY));
    if (complaints / volume > share && this.#recent.tellers(ip, "complaint", now - DAY) >= reporters)
      this.reports.enter(ip, `${complaints} reports of ${volume} messages within a day`, staysMs);
  }

  /** A message came from this address, whatever it was. */
  mail(ip: string): void {
    this.#recent.note(ip, "mail", this.#internet.clock.wall());
  }

  /** Asks for an address to be taken off `fast` or `forms`; says after how long that happens, undefined if it is refused. */
  askRemoval(list: "fast" | "forms", ip: string): number | undefined {
    const now = this.#internet.clock.wall();
    if (!this[list].has(ip)) return undefined;
    if (list === "forms") {
      const { leastMs, mostMs, quietMs } = this.#numbers.forms;
      const lately = this.#recent.count(ip, "pristine", now - quietMs) + this.#recent.count(ip, "recycled", now - quietMs);
      return lately > 0 ? undefined : this.#removeLater(this.forms, ip, between(this.#random, leastMs, mostMs));
    }
    const nth = this.#removals.get(ip) ?? 0;
    this.#removals.set(ip, nth + 1);
    const waits = this.#numbers.fast.removalMs;
    return this.#removeLater(this.fast, ip, waits[Math.min(nth, waits.length - 1)] ?? 0);
  }

  /** `fast`: points in an hour or a day. */
  #judge(ip: string): void {
    const { inHour, inDay, publishLeastMs, publishMostMs, staysMs } = this.#numbers.fast;
    const now = this.#internet.clock.wall();
    const points = { hour: this.#points(ip, now - HOUR), day: this.#points(ip, now - DAY) };
    if (!this.fast.has(ip) && points.hour < inHour && points.day < inDay) return;
    const publish = (): void => {
      const lastHit = this.#recent.last(ip, ["pristine", "recycled"]) ?? now;
      this.fast.enter(ip, `sends to spam traps; see https://${this.fast.zone}/?ip=${ip}`, lastHit + staysMs - this.#internet.clock.wall());
      this.#judgeRange(ip);
    };
    if (this.fast.has(ip)) publish();
    else this.#internet.clock.after(between(this.#random, publishLeastMs, publishMostMs), publish);
  }

  #points(ip: string, since: number): number {
    const { recycledTrap, complaint, squaredFrom } = this.#numbers.fast;
    const pristine = this.#recent.count(ip, "pristine", since);
    const hits = pristine >= squaredFrom ? pristine ** 2 : pristine;
    return hits + recycledTrap * this.#recent.count(ip, "recycled", since) + complaint * this.#recent.count(ip, "complaint", since);
  }

  #judgeRange(ip: string): void {
    const neighbours = this.fast.entries.filter(({ what }) => rangeOf(what) === rangeOf(ip));
    if (neighbours.length > this.#numbers.ranges.addresses && rangeOf(ip) !== ip)
      this.ranges.enter(rangeOf(ip), `${neighbours.length} addresses of this range are listed`, this.#numbers.fast.staysMs);
  }

  #judgeDomains(ip: string, letter: Letter): void {
    const { messages, addresses, staysMs } = this.#numbers.domains;
    for (const domain of new Set([...letter.hosts, ...(letter.signed ? [letter.domain] : [])])) {
      const seen = this.#trapped.get(domain) ?? { messages: new Set(), addresses: new Set() };
      this.#trapped.set(domain, seen);
      seen.messages.add(letter.messageId);
      seen.addresses.add(ip);
      if (seen.messages.size >= messages && seen.addresses.size >= addresses)
        this.domains.enter(domain, `named in ${seen.messages.size} messages to our traps`, staysMs);
    }
  }

  #removeLater(list: BlockList, ip: string, afterMs: number): number {
    this.#internet.clock.after(afterMs, () => list.remove(ip));
    return afterMs;
  }

  #sweepLater(): void {
    this.#internet.clock.after(this.#numbers.sweepMs, () => {
      for (const list of this.all) list.sweep();
      for (const ip of this.ranges.entries.map(({ what }) => what)) {
        const listed = this.fast.entries.filter(({ what }) => rangeOf(what) === ip).length;
        if (listed <= this.#numbers.ranges.addresses) this.ranges.remove(ip);
      }
      this.#recent.forget((this.#internet.clock.wall() - this.#numbers.forms.withinMs) as WallMs);
      this.#sweepLater();
    });
  }
}

function between(random: Random, least: number, most: number): number {
  return least + random.next() * (most - least);
}
