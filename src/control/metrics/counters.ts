/**
 * Counts every event as it is committed. It runs on the main thread beside the mail, thousands of times a second, so
 * each event costs a few additions and no allocation; what the numbers are called is said in `families.ts`.
 */
import { unreachable } from "../../base/brand.ts";
import type { WallMs } from "../../base/clock.ts";
import { REPLY_CLASSES, type ReplyClass } from "../../model/diagnosis.ts";
import type { EventBody, NewEvent } from "../../model/event.ts";
import { timeOfKey } from "../../model/ids.ts";
import type { AttemptFacts, Stage } from "../../model/outcome.ts";
import { Grid, Names, Spread, Tally } from "./tally.ts";

/** Operators of mail hosts that get a line of their own. All that Fairlead knows by name are fewer. */
export const PROVIDERS_MOST = 64;
export const SOURCES_MOST = 200;
const CODES_MOST = 64;
const ALARMS_MOST = 32;
/** Hosts whose operator is remembered; the memory starts anew above it. */
const HOSTS_MOST = 4096;

/** From a tenth of a second to three days, the longest that mail waits by default. */
const DELIVERY_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400, 172_800, 259_200];
/** From a millisecond to the ten minutes that an answer to the final dot may take (RFC 5321 §4.5.3.2.6). */
const STAGE_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600];

/** From a millisecond, which the disk of a good machine needs, to where servers give up waiting for the 250. */
const COMMIT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What came of an attempt, and the class of the objection where there was one. */
type Answer = "ok" | "later" | "no" | "in-doubt";
const NO_CLASS = "none";

const SETTLED = ["delivered", "relayed", "bounced", "expired", "discarded"];
const FATES = ["sent", "not wanted", "null sender", "rate limited", "parent is a report"];
const CHANGES = ["held", "released", "retried", "rerouted", "delay-told"];
const RETURNED = ["failed", "delayed", "delivered", "complaint", "autoreply"];

/** Made once: each is the name of a column. */
const LATER = columns("later");
const NO = columns("no");

function columns<A extends Answer>(answer: A): Readonly<Record<ReplyClass, `${A} ${string}`>> {
  const all = REPLY_CLASSES.map((kind) => [kind, `${answer} ${kind}`] as const);
  return Object.fromEntries(all) as Record<ReplyClass, `${A} ${string}`>; // an entry for each class
}

export class Counters {
  readonly messages = { accepted: 0, bytes: 0, deliveries: 0, possiblyTwice: 0, events: 0 };
  readonly sources = new Tally(SOURCES_MOST);
  readonly settled = new Tally(SETTLED.length, SETTLED);
  readonly refusals = new Tally(CODES_MOST);
  readonly deferrals = new Tally(2, ["yes", "no"]);
  readonly changes = new Tally(CHANGES.length, CHANGES);
  readonly dsns = new Tally(FATES.length, FATES);
  readonly returned = new Tally(RETURNED.length, RETURNED);
  readonly suppressions = new Tally(2, ["added", "removed"]);
  readonly lanes = new Tally(2, ["open", "closed"]);
  readonly alarms = new Tally(ALARMS_MOST);
  readonly commits = new Spread(COMMIT_SECONDS);
  readonly delivered = new Spread(DELIVERY_SECONDS);
  readonly relayed = new Spread(DELIVERY_SECONDS);
  readonly stages: Readonly<Record<Stage, Spread>> = {
    dns: new Spread(STAGE_SECONDS),
    connect: new Spread(STAGE_SECONDS),
    banner: new Spread(STAGE_SECONDS),
    ehlo: new Spread(STAGE_SECONDS),
    tls: new Spread(STAGE_SECONDS),
    auth: new Spread(STAGE_SECONDS),
    mail: new Spread(STAGE_SECONDS),
    rcpt: new Spread(STAGE_SECONDS),
    data: new Spread(STAGE_SECONDS),
    dot: new Spread(STAGE_SECONDS),
  };
  readonly #providers = new Names(PROVIDERS_MOST);
  readonly attempts = new Grid(
    this.#providers,
    new Names(REPLY_CLASSES.length * 2 + 2, [
      ...[`ok ${NO_CLASS}`, `in-doubt ${NO_CLASS}`],
      ...REPLY_CLASSES.flatMap((kind) => [LATER[kind], NO[kind]]),
    ]),
  );
  readonly #hosts = new Map<string, number>();
  readonly #providerOf: (host: string) => string | undefined;

  /** `providerOf` names the operator of a mail host, or nobody. */
  constructor(providerOf: (host: string) => string | undefined) {
    this.#providerOf = providerOf;
  }

  /** `now` is when they were told, which is as soon as they are committed. */
  note(events: readonly NewEvent[], now: WallMs): void {
    for (const event of events) this.#count(event, event.body, now);
    this.messages.events += events.length;
  }

  #count(event: NewEvent, body: EventBody, now: WallMs): void {
    switch (body.kind) {
      case "accepted":
        this.commits.observe((now - event.at) / 1000);
        this.messages.accepted++;
        this.messages.bytes += body.envelope.bytes;
        this.messages.deliveries += body.envelope.recipients.length;
        return this.sources.add(body.envelope.source, body.envelope.recipients.length);
      case "delivered":
      case "relayed":
        this.settled.add(body.kind);
        if (body.possiblyTwice) this.messages.possiblyTwice++;
        if (event.ref) this[body.kind].observe((event.at - timeOfKey(event.ref.message)) / 1000);
        return this.#attempt(body.attempt, `ok ${NO_CLASS}`);
      case "deferred":
        this.deferrals.add(body.counted ? "yes" : "no");
        return this.#attempt(body.attempt, LATER[body.diagnosis?.class ?? (body.reply ? "other" : "network")]);
      case "in-doubt":
        return this.#attempt(body.attempt, `in-doubt ${NO_CLASS}`);
      case "bounced":
        this.settled.add(body.kind);
        this.dsns.add(body.dsn);
        return this.#attempt(body.attempt, NO[body.diagnosis?.class ?? "other"]);
      case "expired":
        this.settled.add(body.kind);
        return this.dsns.add(body.dsn);
      case "discarded":
        return this.settled.add(body.kind);
      case "held":
      case "released":
      case "retried":
      case "rerouted":
      case "delay-told":
        return this.changes.add(body.kind);
      case "refused":
        // Where the protocol machine refused there is no code of ours, but the reply has one.
        return this.refusals.add(body.code ?? `smtp-${body.reply.code}`);
      case "returned":
        return this.returned.add(body.what);
      case "suppressed":
      case "unsuppressed":
        return this.suppressions.add(body.kind === "suppressed" ? "added" : "removed");
      case "lane":
        if (body.open && body.pace !== undefined) return; // how fast it goes on after it opened
        return this.lanes.add(body.open ? "open" : "closed");
      case "override":
        return; // what holds is asked at the scrape
      case "alarm":
        return this.alarms.add(body.code);
      default:
        return unreachable(body);
    }
  }

  /** Without facts nothing was attempted: a person's bounce, a destination that is closed. */
  #attempt(facts: AttemptFacts | undefined, answer: `${Answer} ${string}`): void {
    if (!facts) return;
    this.attempts.add(this.#provider(facts.host), answer);
    const { dns, connect, banner, ehlo, tls, auth, mail, rcpt, data, dot } = facts.times; // by name: three times as fast as a loop over keys
    const { stages } = this;
    if (dns !== undefined) stages.dns.observe(dns / 1000);
    if (connect !== undefined) stages.connect.observe(connect / 1000);
    if (banner !== undefined) stages.banner.observe(banner / 1000);
    if (ehlo !== undefined) stages.ehlo.observe(ehlo / 1000);
    if (tls !== undefined) stages.tls.observe(tls / 1000);
    if (auth !== undefined) stages.auth.observe(auth / 1000);
    if (mail !== undefined) stages.mail.observe(mail / 1000);
    if (rcpt !== undefined) stages.rcpt.observe(rcpt / 1000);
    if (data !== undefined) stages.data.observe(data / 1000);
    if (dot !== undefined) stages.dot.observe(dot / 1000);
  }

  #provider(host: string): number {
    const known = this.#hosts.get(host);
    if (known !== undefined) return known;
    if (this.#hosts.size >= HOSTS_MOST) this.#hosts.clear();
    const name = this.#providerOf(host);
    const number = name === undefined ? 0 : this.#providers.of(name);
    this.#hosts.set(host, number);
    return number;
  }
}
