/** What was handed over and what arrived, by receiver and hour, with how long it took. */
import type { Arrival } from "../world/houses/premises.ts";
import type { HandOver, Mail } from "../world/senders.ts";

interface HouseFigures {
  readonly house: string;
  readonly title: string;
  readonly handed: number;
  readonly arrived: number;
  readonly junk: number;
  /** Answers of the receiver, not messages. */
  readonly deferred: number;
  readonly refused: number;
  /** From the node's 250 to the receiver's, in milliseconds; NaN where nothing arrived. */
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
}

export interface HourFigures {
  readonly hour: number;
  readonly handed: number;
  readonly arrived: number;
  /** Of what arrived in that hour, the slowest twentieth took longer, in milliseconds. */
  readonly p95: number;
}

export interface DayFigures {
  readonly houses: readonly HouseFigures[];
  readonly hours: readonly HourFigures[];
  readonly csv: string;
}

interface Sent {
  readonly house: string;
  readonly hour: number;
  readonly at: number;
  /** Since then; undefined while it is under way. */
  took?: { readonly ms: number; readonly hour: number; readonly junk: boolean };
}

const HOUR_MS = 3_600_000;
const HOURS = 24;

export class DayLedger {
  readonly #start: number;
  readonly #houseOf = new Map<string, string>();
  readonly #sent = new Map<string, Sent>();
  /** Copies that came before their sender had heard the 250. */
  readonly #early = new Map<string, Arrival>();

  constructor(start: number) {
    this.#start = start;
  }

  receives(house: string, domains: readonly string[]): void {
    for (const domain of domains) this.#houseOf.set(domain, house);
  }

  handed(mail: Mail, told: HandOver, at: number): void {
    const [recipient = ""] = mail.recipients;
    const house = this.#houseOf.get(recipient.slice(recipient.indexOf("@") + 1));
    if (told.is !== "taken" || house === undefined) return;
    const key = `<${mail.id}@lab.example> ${recipient}`;
    this.#sent.set(key, { house, at, hour: this.#hour(at) });
    const early = this.#early.get(key);
    if (early) this.arrived(early);
    this.#early.delete(key);
  }

  arrived(arrival: Arrival): void {
    const key = `${arrival.messageId} ${arrival.recipient}`;
    const sent = this.#sent.get(key);
    if (sent === undefined) this.#early.set(key, arrival);
    else sent.took ??= { ms: Math.max(0, arrival.at - sent.at), hour: this.#hour(arrival.at), junk: arrival.junk };
  }

  /** `objections`: by house, how often it said no, and its name for people. */
  figures(objections: ReadonlyMap<string, { readonly deferred: number; readonly refused: number; readonly title: string }>): DayFigures {
    const all = [...this.#sent.values()];
    const houses = [...objections].map(([house, { title, deferred, refused }]): HouseFigures => {
      const mine = all.filter((one) => one.house === house);
      const times = mine.flatMap(({ took }) => took?.ms ?? []).sort((a, b) => a - b);
      return {
        ...{ house, title, deferred, refused, handed: mine.length, arrived: times.length },
        junk: mine.filter(({ took }) => took?.junk).length,
        ...{ median: quantile(times, 0.5), p95: quantile(times, 0.95), p99: quantile(times, 0.99) },
      };
    });
    const hours = Array.from({ length: HOURS }, (_, hour) => hourOf(all, hour));
    const lines = Array.from({ length: HOURS }, (_, hour) =>
      [...objections.keys()].map((house) => {
        const { handed, arrived, p95 } = hourOf(
          all.filter((one) => one.house === house),
          hour,
        );
        return [hour, house, handed, arrived, Number.isNaN(p95) ? "" : Math.round(p95)].join(",");
      }),
    );
    return { houses, hours, csv: `hour,receiver,handed,arrived,p95 ms\n${lines.flat().join("\n")}\n` };
  }

  #hour(at: number): number {
    return Math.floor((at - this.#start) / HOUR_MS);
  }
}

function hourOf(sent: readonly Sent[], hour: number): HourFigures {
  const came = sent.flatMap(({ took }) => (took?.hour === hour ? took.ms : [])).sort((a, b) => a - b);
  return { hour, handed: sent.filter((one) => one.hour === hour).length, arrived: came.length, p95: quantile(came, 0.95) };
}

/** Of sorted figures; NaN of none. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
