/**
 * A hosting company's customers on ordinary days: people, programs, letters to lists, and mail that is only passed on. Each
 * sender has its own pace, all follow the hours of the day, and each message says what it is (X-Lab-Kind).
 */
import type { WallMs } from "../../src/base/clock.ts";
import type { Endpoint } from "../../src/base/network.ts";
import type { Random } from "../../src/base/random.ts";
import type { Internet } from "./internet.ts";
import type { LetterKind } from "./letter.ts";
import type { Numbers } from "./numbers.ts";
import { exponential } from "./people.ts";
import type { HandOver, Mail, Source } from "./senders.ts";

export interface TrafficOptions {
  /** Where the node under test takes mail. */
  readonly to: Endpoint;
  /** The first three octets of the servers' addresses: `203.0.113`. */
  readonly range: string;
  /** Of the numbers' amount of senders: 0.1 is a tenth of them. */
  readonly share?: number;
  /** How much faster each sends than it would. */
  readonly haste?: number;
  /** Domains that receive, with their share; they need not add up to one. */
  readonly domains: readonly { readonly domain: string; readonly share: number }[];
  /** What became of a message at the node's door. */
  handed?(mail: Mail, kind: LetterKind, told: HandOver, at: WallMs): void;
}

/** A server of the company, with the domain of its customers. */
interface Server {
  readonly source: Source;
  readonly domain: string;
}

/** Letters of one campaign on one connection. */
const BATCH = 100;
const LINE = "Thank you for your order; it leaves our house today and should be with you soon.";
/** A person writes to so many others. */
const CONTACTS = 12;

export class Traffic {
  readonly #internet: Internet;
  readonly #numbers: Numbers;
  readonly #options: TrafficOptions;
  readonly #random: Random;
  readonly #servers: readonly Server[];
  readonly #domains: readonly { readonly domain: string; readonly upTo: number }[];
  #running = false;
  #messages = 0;

  constructor(internet: Internet, numbers: Numbers, options: TrafficOptions) {
    this.#internet = internet;
    this.#numbers = numbers;
    this.#options = options;
    this.#random = internet.random.fork("traffic");
    const servers = Math.max(1, Math.round(numbers.traffic.sources * (options.share ?? 1)));
    this.#servers = Array.from({ length: servers }, (_, n) => ({
      source: internet.source(`www${n + 1}.hosting.example`, `${options.range}.${n + 1}`, options.to),
      domain: `shop-${n + 1}.example`,
    }));
    let sum = 0;
    this.#domains = options.domains.map(({ domain, share }) => ({ domain, upTo: (sum += share) }));
  }

  /** Domains that it sends from. */
  get from(): readonly string[] {
    return this.#servers.map(({ domain }) => domain);
  }

  get messages(): number {
    return this.#messages;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    const { senders, people, apps, letters, forwarders } = this.#numbers.traffic;
    const share = this.#options.share ?? 1;
    const count = (of: number): number => Math.max(1, Math.round(of * share));
    for (let n = 0; n < count(senders * people.share); n++) this.#person(n, people.perDay);
    for (let n = 0; n < count(senders * apps.share); n++) this.#app(n, apps.perDay);
    for (let n = 0; n < count(senders * letters.share); n++) this.#newsletter(n);
    for (let n = 0; n < count(forwarders.count); n++) this.#forwarder(n, forwarders.perDay, forwarders.spam);
  }

  /** What is on its way goes on; nothing new is begun. */
  stop(): void {
    this.#running = false;
  }

  #person(n: number, perDay: number): void {
    const random = this.#random.fork(`person ${n}`);
    const server = this.#server(n);
    const contacts = Array.from({ length: CONTACTS }, () => this.#recipient(random));
    this.#recur(random, perDay, () => {
      const to = contacts[Math.floor(random.next() * CONTACTS)] ?? this.#recipient(random);
      return this.#give(server, [this.#mail("person", `person-${n}@${server.domain}`, to, random)], "person");
    });
  }

  #app(n: number, perDay: number): void {
    const random = this.#random.fork(`app ${n}`);
    const server = this.#server(n);
    this.#recur(random, perDay, () =>
      this.#give(server, [this.#mail("app", `shop-${n}@${server.domain}`, this.#recipient(random), random)], "app"),
    );
  }

  #forwarder(n: number, perDay: number, spam: number): void {
    const random = this.#random.fork(`forwarder ${n}`);
    const server = this.#server(n);
    const owner = this.#recipient(random);
    this.#recur(random, perDay, () => {
      const kind = random.next() < spam ? "forwardedSpam" : "person";
      const from = `outsider-${Math.floor(random.next() * 1_000)}@outside.example`;
      return this.#give(server, [this.#mail(kind, from, owner, random)], kind);
    });
  }

  /** Once in its time, all of its list, at its pace. */
  #newsletter(n: number): void {
    const { everyMs, recipients, perSecond } = this.#numbers.traffic.letters;
    const random = this.#random.fork(`letter ${n}`);
    const server = this.#server(n);
    const list = Array.from({ length: recipients }, () => this.#recipient(random));
    const haste = this.#options.haste ?? 1;
    const campaign = async (): Promise<void> => {
      for (let at = 0; at < list.length && this.#running; at += BATCH) {
        const mails = list.slice(at, at + BATCH).map((to) => this.#mail("bulk", `news-${n}@${server.domain}`, to, random));
        await this.#give(server, mails, "bulk");
        await this.#internet.clock.sleep((BATCH * 1_000) / perSecond / haste);
      }
    };
    const recur = (afterMs: number): void => {
      this.#internet.clock.after(afterMs, () => {
        if (!this.#running) return;
        void campaign();
        recur(everyMs / haste);
      });
    };
    recur((random.next() * everyMs) / haste);
  }

  /** Again and again with waits by chance, denser at busy hours. */
  #recur(random: Random, perDay: number, act: () => Promise<void>): void {
    const { hours } = this.#numbers.traffic;
    const busiest = Math.max(...hours);
    const meanMs = 86_400_000 / (perDay * busiest * (this.#options.haste ?? 1));
    this.#internet.clock.after(exponential(random, meanMs), () => {
      if (!this.#running) return;
      const busy = hours[new Date(this.#internet.clock.wall()).getUTCHours()] ?? 1;
      if (random.next() < busy / busiest) void act();
      this.#recur(random, perDay, act);
    });
  }

  async #give({ source }: Server, mails: readonly Mail[], kind: LetterKind): Promise<void> {
    this.#messages += mails.length;
    const told = await source.sendAll(mails);
    const at = this.#internet.clock.wall();
    mails.forEach((mail, n) => {
      this.#options.handed?.(mail, kind, told[n] ?? { is: "lost", dot: false }, at);
    });
  }

  #mail(kind: LetterKind, mailFrom: string, to: string, random: Random): Mail {
    const { sizes } = this.#numbers.traffic;
    const median =
      kind === "bulk" ? sizes.bulk : kind === "app" ? sizes.app : mailFrom.endsWith("@outside.example") ? sizes.forwarded : sizes.person;
    const size = Math.min(sizes.most, Math.max(sizes.least, median * Math.exp(sizes.spread * normal(random))));
    return {
      ...{ id: `t${this.#messages}-${Math.floor(random.next() * 1e9).toString(36)}`, mailFrom, recipients: [to] },
      fields: [`X-Lab-Kind: ${kind}`],
      body: Array.from({ length: Math.ceil(size / (LINE.length + 2)) }, () => LINE),
    };
  }

  #recipient(random: Random): string {
    const { unknown, typo } = this.#numbers.recipients;
    const at = random.next() * (this.#domains.at(-1)?.upTo ?? 0);
    const domain = this.#domains.find(({ upTo }) => at < upTo)?.domain ?? "nowhere.example";
    const chance = random.next();
    if (chance < typo) return `user@typo-${domain}`;
    const n = Math.floor(random.next() * 100_000);
    return chance < typo + unknown ? `gone-${n}@${domain}` : `user-${n}@${domain}`;
  }

  #server(n: number): Server {
    const server = this.#servers[n % this.#servers.length];
    if (!server) throw new Error("a company without servers");
    return server;
  }
}

/** Of mean 0 and deviation 1 (Box and Muller). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
