/** Orders about the lab: who may be made to suffer what, what suffers now, and time. */
import { unreachable } from "../../src/base/brand.ts";
import type { Clock, WallMs } from "../../src/base/clock.ts";
import type { ClockOrder, LabBeat, LabDesk, LabState, LabTrouble, TroubleKind } from "../../src/control/api/desk.ts";
import type { Answered, Refusal } from "../../src/control/api/node-face.ts";
import { BEATS } from "./beats.ts";
import type { Pacer } from "./pacer.ts";
import { findPlace, type How, type Place } from "./places.ts";

/** What a receiver takes that somebody throttles. */
const PER_HOUR = 120;
/** Where trouble comes that names no place. */
const USUAL: Readonly<Record<TroubleKind, string>> = { throttle: "google", kill: "yahoo", dns: "company-1.example", tls: "bank.example" };

interface Made {
  readonly place: Place;
  readonly told: LabTrouble;
  readonly end: () => void;
}

type Says = Answered<{ readonly says: string }>;

export class Desk implements LabDesk {
  readonly notice = "SIMULATED internet. Nothing leaves this machine.";
  readonly #seed: string;
  readonly #clock: Clock;
  readonly #pacer: Pacer;
  readonly #startedAt: WallMs;
  readonly #places: readonly Place[];
  readonly #made = new Map<string, Made>();
  /** Those that the play has told. */
  readonly beats: LabBeat[] = [];

  constructor(world: { readonly seed: string; readonly clock: Clock; readonly places: readonly Place[] }, pacer: Pacer) {
    this.#seed = world.seed;
    this.#clock = world.clock;
    this.#places = world.places;
    this.#pacer = pacer;
    this.#startedAt = world.clock.wall();
  }

  state(): LabState {
    const { speed, paused, lostMs } = this.#pacer;
    return {
      ...{ seed: this.#seed, now: this.#clock.wall(), startedAt: this.#startedAt, speed, paused, behindMs: lostMs },
      ...{ beats: this.beats, beatsLeft: BEATS.length - this.beats.length },
      troubles: [...this.#made.values()].map(({ told }) => told),
      places: this.#places.map(({ key, name, domains, hosts, show, breaks }) => ({
        ...{ key, name, domains, servers: hosts.length, show, can: kindsOf(breaks) },
      })),
    };
  }

  async trouble(what: TroubleKind, at: string | undefined): Promise<Says> {
    return this.make(what, at ?? USUAL[what]);
  }

  /** `forMs`: it ends by itself. */
  make(what: TroubleKind, at: string, { forMs, perHour = PER_HOUR }: Partial<How> & { readonly forMs?: number } = {}): Says {
    const place = findPlace(this.#places, at);
    if (place === undefined) return this.#noPlace(at);
    const breaks = place.breaks[what];
    if (breaks === undefined)
      return refuse("bad-value", `there is no ${what} for ${place.name}`, `there is: ${kindsOf(place.breaks).join(", ")}`);
    const key = `${what} ${place.key}`;
    this.#end(key);
    const says = breaks.says({ perHour });
    const since = this.#clock.wall();
    const until = forMs === undefined ? {} : { until: (since + forMs) as WallMs };
    const told: LabTrouble = { what, at: place.key, name: place.name, since, ...until, says, show: place.show };
    const made = { place, told, end: breaks.begin({ perHour }) };
    this.#made.set(key, made);
    if (forMs !== undefined)
      this.#clock.after(forMs, () => {
        if (this.#made.get(key) === made) this.#end(key);
      });
    return { ok: true, says };
  }

  async mend(at: string | undefined): Promise<Says> {
    const place = at === undefined ? undefined : findPlace(this.#places, at);
    if (at !== undefined && place === undefined) return this.#noPlace(at);
    const mine = [...this.#made].filter(([, made]) => place === undefined || made.place === place);
    for (const [key] of mine) this.#end(key);
    const where = place === undefined ? "in the lab" : `at ${place.name}`;
    if (mine.length === 0) return { ok: true, says: `Nothing is broken ${where}.` };
    return { ok: true, says: `Mended: ${mine.map(([, { told }]) => `${told.what} at ${told.name}`).join(", ")}.` };
  }

  clock(order: ClockOrder): Says {
    switch (order.order) {
      case "pause":
        this.#pacer.pause();
        return { ok: true, says: "The lab's time stands still." };
      case "resume":
        this.#pacer.resume();
        return { ok: true, says: `The lab's time goes on: a second is ${this.#pacer.speed} there.` };
      case "speed":
        this.#pacer.setSpeed(order.speed);
        return { ok: true, says: `A second is ${order.speed} in the lab from now on.` };
      default:
        return unreachable(order);
    }
  }

  #end(key: string): void {
    const made = this.#made.get(key);
    this.#made.delete(key);
    made?.end();
  }

  #noPlace(at: string): Says {
    return refuse(
      "not-found",
      `there is no receiver ${at.slice(0, 100)} in this lab`,
      `it has ${this.#places.map(({ key }) => key).join(", ")}`,
    );
  }
}

function kindsOf(breaks: Place["breaks"]): readonly TroubleKind[] {
  return (["throttle", "kill", "dns", "tls"] as const).filter((kind) => breaks[kind] !== undefined);
}

function refuse(code: Refusal["code"], text: string, fix: string): Says {
  return { ok: false, refusal: { code, text, fix } };
}
