/**
 * Every event into what is counted of the last hour. It runs on the main thread beside the mail: each event is a few
 * additions. Who and where of a delivery comes from the event that accepted it.
 */
import { unreachable } from "../../../base/brand.ts";
import { providerOf } from "../../../mail/replies/replies.ts";
import type { SettledState } from "../../../model/delivery.ts";
import type { EventBody, NewEvent } from "../../../model/event.ts";
import { type DeliveryRef, type SiteKey, timeOfKey } from "../../../model/ids.ts";
import type { AttemptFacts } from "../../../model/outcome.ts";
import type { SpooledDelivery } from "../../../store/spool/spool.ts";
import { OpenDeliveries, type OpenDelivery } from "./open-deliveries.ts";
import { Places } from "./places.ts";
import { ReplyBook, type Said } from "./reply-book.ts";
import { FATE, FLOW, MINUTE_MS, type Operator, SiteTrack, TenantTrack } from "./tracks.ts";

/** Tenants and destinations with traffic in one hour that have figures of their own; the rest is one. */
const TENANTS_MOST = 1024;
const SITES_MOST = 4096;
/** Receivers whose answers are told apart, and how many answers of one that Fairlead knows by name, and of others. */
const BOOKS_MOST = 256;
const REPLIES_MOST = 200;
const REPLIES_OF_UNKNOWN = 20;
/** Destinations by domain that are remembered; the memory starts anew above it. */
const DOMAINS_MOST = 8192;

/** The destination of all that has no place of its own. */
export const OTHERS = "others";

type Failed = Extract<EventBody, { kind: "deferred" | "bounced" }>;

export class Fold {
  readonly whole = new TenantTrack();
  readonly tenants = new Places<TenantTrack>(TENANTS_MOST, OTHERS, () => new TenantTrack());
  readonly sites = new Places<SiteTrack>(SITES_MOST, OTHERS, (site) => new SiteTrack(site));
  readonly open: OpenDeliveries;
  readonly books = new Map<string, { readonly book: ReplyBook; lastAt: number }>();
  readonly #siteFor: (domain: string) => SiteKey;
  readonly #domains = new Map<string, SiteKey>();
  /** What became of deliveries while the past is read: what is read of them is older. Present during that only. */
  #ahead: Map<string, "settled" | "held" | "queued"> | undefined;

  constructor(siteFor: (domain: string) => SiteKey, open = new OpenDeliveries()) {
    this.#siteFor = siteFor;
    this.open = open;
  }

  /** As it happens. */
  note(event: NewEvent): void {
    const { body, ref } = event;
    if (this.#ahead && ref && "rcpt" in ref) this.#remember(ref, body.kind);
    this.#count(event, body);
  }

  /** Read back: it happened before everything that was noted since `refilling`. */
  past(event: NewEvent): void {
    const { body, ref } = event;
    const overtaken = (body.kind === "held" || body.kind === "released") && ref && "rcpt" in ref && this.#ahead?.has(nameOf(ref));
    if (!overtaken) this.#count(event, body);
  }

  /** From here to `refilled` the past may come after the present. */
  refilling(): void {
    this.#ahead = new Map();
    this.open.afresh();
  }

  refilled(): void {
    this.#ahead = undefined;
  }

  /** Every open delivery is known: what is told of all of them is true. */
  get complete(): boolean {
    return this.#ahead === undefined && this.open.complete;
  }

  /** An open delivery that the journal did not tell of. */
  know({ ref, tenant, site, state }: SpooledDelivery, now: number): void {
    const since = this.#ahead?.get(nameOf(ref)) ?? state;
    if (since === "settled" || this.open.find(ref.message, ref.rcpt)) return;
    this.open.put(ref.message, ref.rcpt, this.tenants.codeOf(tenant, now), this.sites.codeOf(site, now), since === "held");
  }

  #remember(ref: DeliveryRef, kind: EventBody["kind"]): void {
    const now = AFTER[kind];
    if (!this.#ahead || now === undefined) return;
    if (this.#ahead.size >= AHEAD_MOST || kind === "rerouted") return this.open.incomplete();
    this.#ahead.set(nameOf(ref), now);
  }

  #count(event: NewEvent, body: EventBody): void {
    switch (body.kind) {
      case "accepted":
        return this.#accepted(event, body.envelope);
      case "delivered":
      case "relayed":
        return this.#taken(event, body);
      case "deferred":
        return this.#answered(event, this.#find(event), FLOW.later, body);
      case "in-doubt":
        return void (body.attempt && this.#attempt(event, this.#find(event), FLOW.later, body.attempt));
      case "bounced": {
        const known = this.#settled(event, body.kind);
        return this.#answered(event, known, FLOW.no, body);
      }
      case "expired":
      case "discarded":
        return void this.#settled(event, body.kind);
      case "held":
      case "released":
        if (event.ref && "rcpt" in event.ref) this.open.hold(event.ref.message, event.ref.rcpt, body.kind === "held");
        return;
      case "rerouted":
        if (event.ref && "rcpt" in event.ref)
          this.open.move(event.ref.message, event.ref.rcpt, body.site === undefined ? 0 : this.sites.codeOf(body.site, event.at));
        return;
      case "lane":
        return this.#lane(event, body);
      case "retried":
      case "delay-told":
      case "refused":
      case "returned":
      case "suppressed":
      case "unsuppressed":
      case "override":
      case "alarm":
        return;
      default:
        return unreachable(body);
    }
  }

  #accepted({ at, ref }: NewEvent, { tenant, recipients }: Extract<EventBody, { kind: "accepted" }>["envelope"]): void {
    const minute = Math.floor(at / MINUTE_MS);
    const code = this.tenants.codeOf(tenant, at);
    const track = this.tenants.at(code);
    track.seenAt = at;
    track.minutes.add(minute, FATE.accepted, recipients.length);
    this.whole.minutes.add(minute, FATE.accepted, recipients.length);
    for (let rcpt = 0; rcpt < recipients.length; rcpt++) {
      const siteCode = this.sites.codeOf(this.#siteOf(recipients[rcpt]?.domain ?? ""), at);
      const site = this.sites.at(siteCode);
      site.seenAt = at;
      site.minutes.add(minute, FLOW.accepted);
      if (!ref) continue;
      const since = this.#ahead?.get(nameOf({ message: ref.message, rcpt }));
      if (since !== "settled") this.open.put(ref.message, rcpt, code, siteCode, since === "held");
    }
  }

  #taken(event: NewEvent, { kind, attempt }: Extract<EventBody, { kind: "delivered" | "relayed" }>): void {
    const known = this.#settled(event, kind);
    this.#attempt(event, known, FLOW.ok, attempt);
    if (!event.ref) return;
    const took = event.at - timeOfKey(event.ref.message);
    this.whole.delays.note(event.at, took);
    if (known) this.tenants.at(known.tenant).delays.note(event.at, took);
  }

  #settled({ at, ref }: NewEvent, state: SettledState): OpenDelivery | undefined {
    const minute = Math.floor(at / MINUTE_MS);
    this.whole.minutes.add(minute, FATE[state]);
    if (!ref || !("rcpt" in ref)) return undefined;
    const known = this.open.take(ref.message, ref.rcpt);
    if (!known) return undefined;
    const tenant = this.tenants.at(known.tenant);
    tenant.seenAt = at;
    tenant.minutes.add(minute, FATE[state]);
    const site = this.sites.at(known.site);
    site.seenAt = at;
    site.minutes.add(minute, FLOW.settled);
    return known;
  }

  #find({ ref }: NewEvent): OpenDelivery | undefined {
    return ref && "rcpt" in ref ? this.open.find(ref.message, ref.rcpt) : undefined;
  }

  /** Where nothing was attempted (a person's bounce, a destination that is gone) there is no answer. */
  #answered(event: NewEvent, known: OpenDelivery | undefined, column: number, body: Failed): void {
    if (!body.attempt) return;
    const site = this.#attempt(event, known, column, body.attempt);
    const said: Said | undefined = body.reply ?? (body.kind === "deferred" ? body.fault : { text: body.why });
    if (said) this.#book(site.operator, event.at).note(event.at, said, body.diagnosis);
  }

  #attempt({ at }: NewEvent, known: OpenDelivery | undefined, column: number, { host }: AttemptFacts): SiteTrack {
    const site = known && known.site !== 0 ? this.sites.at(known.site) : this.#elsewhere(host, at);
    site.seenAt = at;
    site.heard(host);
    site.minutes.add(Math.floor(at / MINUTE_MS), column);
    return site;
  }

  /** A delivery that is not known any more: who runs its host still is. */
  #elsewhere(host: string, at: number): SiteTrack {
    const operator = providerOf(host);
    return operator ? this.sites.at(this.sites.codeOf(`at:${operator.key}`, at)) : this.sites.rest;
  }

  /**
   * A way that closed is an attempt too: nobody could be reached, or nobody wanted to talk. One that paused after answers to
   * messages is none: those were counted with the messages.
   */
  #lane({ at }: NewEvent, { site: name, open, why, diagnosis, pace, dialogue }: Extract<EventBody, { kind: "lane" }>): void {
    if (open || (pace !== undefined && dialogue === undefined)) return;
    const site = this.sites.at(this.sites.codeOf(name, at));
    site.seenAt = at;
    site.minutes.add(Math.floor(at / MINUTE_MS), FLOW.later);
    this.#book(site.operator, at).note(at, { text: why }, diagnosis);
  }

  #siteOf(domain: string): SiteKey {
    const known = this.#domains.get(domain);
    if (known !== undefined) return known;
    if (this.#domains.size >= DOMAINS_MOST) this.#domains.clear();
    const site = this.#siteFor(domain);
    this.#domains.set(domain, site);
    return site;
  }

  #book({ key, known }: Operator, at: number): ReplyBook {
    let found = this.books.get(key);
    if (found === undefined) {
      if (this.books.size >= BOOKS_MOST) {
        const [[oldest] = [""]] = [...this.books].sort(([, a], [, b]) => a.lastAt - b.lastAt);
        this.books.delete(oldest);
      }
      found = { book: new ReplyBook(known ? REPLIES_MOST : REPLIES_OF_UNKNOWN), lastAt: at };
      this.books.set(key, found);
    }
    found.lastAt = at;
    return found.book;
  }
}

/** Deliveries that changed while the past was read; above it not all are known, and the reading is made again later. */
const AHEAD_MOST = 100_000;

/** What a delivery is after an event that changes it. */
const AFTER: Readonly<Partial<Record<EventBody["kind"], "settled" | "held" | "queued">>> = {
  ...{ delivered: "settled", relayed: "settled", bounced: "settled", expired: "settled", discarded: "settled" },
  ...{ held: "held", released: "queued", rerouted: "queued" },
};

function nameOf({ message, rcpt }: { readonly message: number; readonly rcpt: number }): string {
  return `${message}.${rcpt}`;
}
