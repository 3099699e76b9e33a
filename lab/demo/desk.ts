/** Orders about the lab: who may be made to suffer what, what suffers now, and time. */
import { unreachable } from "../../src/base/brand.ts";
import type { WallMs } from "../../src/base/clock.ts";
import type { ClockOrder, LabBeat, LabDesk, LabPlace, LabState, LabTrouble, TroubleKind } from "../../src/control/api/lab-desk.ts";
import type { Answered, Refusal } from "../../src/control/api/node-face.ts";
import type { BigWorld } from "../world/big-world.ts";
import type { Trouble } from "../world/troubles.ts";
import type { Pacer } from "./pacer.ts";
import { findPlace, type Place, placesOf } from "./places.ts";

const BANNER = "SIMULATED internet. Nothing leaves this machine.";

/** What a throttled receiver takes in an hour. */
export const THROTTLED_PER_HOUR = 120;
/** Where trouble comes that names no place. */
const USUAL: Readonly<Record<TroubleKind, string>> = {
  throttle: "google",
  kill: "yahoo",
  dns: "company-1.example",
  tls: "webhost-1.example",
};

interface Made {
  readonly place: Place;
  readonly told: LabTrouble;
  /** In the world. */
  readonly ids: readonly number[];
}

export class Desk implements LabDesk {
  readonly #world: BigWorld;
  readonly #pacer: Pacer;
  readonly #startedAt: WallMs;
  readonly #places: readonly Place[];
  readonly #made = new Map<string, Made>();
  /** Those that the play has told. */
  readonly beats: LabBeat[] = [];
  beatsLeft = 0;

  constructor(world: BigWorld, pacer: Pacer) {
    this.#world = world;
    this.#pacer = pacer;
    this.#startedAt = world.internet.clock.wall();
    this.#places = placesOf(world);
  }

  state(): LabState {
    const { seed, clock } = this.#world.internet;
    const { speed, paused, lostMs } = this.#pacer;
    return {
      ...{ seed, now: clock.wall(), startedAt: this.#startedAt, speed, paused, behindMs: lostMs, banner: BANNER },
      ...{ beats: this.beats, beatsLeft: this.beatsLeft, troubles: [...this.#made.values()].map(({ told }) => told) },
      places: this.#places.map(placeTold),
    };
  }

  async trouble(what: TroubleKind, at: string | undefined): Promise<Answered<{ readonly says: string }>> {
    return this.make(what, at ?? USUAL[what]);
  }

  /** `forMs`: it ends by itself. */
  make(what: TroubleKind, at: string, forMs?: number): Answered<{ readonly says: string }> {
    const place = findPlace(this.#places, at);
    if (place === undefined) return this.#noPlace(at);
    if (!place.can.includes(what)) return refuse("bad-value", `${place.name} cannot be made to ${what}`, `it can: ${place.can.join(", ")}`);
    this.#end(place, what);
    const { clock } = this.#world.internet;
    const ids = troublesOf(what, place).map((trouble) => this.#world.troubles.make(trouble).id);
    const since = clock.wall();
    const says = sentenceOf(what, place);
    const told: LabTrouble = {
      ...{ what, at: place.key, name: place.name, since, says, show: place.show },
      ...(forMs !== undefined && { until: (since + forMs) as WallMs }),
    };
    const made = { place, told, ids };
    this.#made.set(keyOf(place, what), made);
    if (forMs !== undefined)
      clock.after(forMs, () => {
        if (this.#made.get(keyOf(place, what)) === made) this.#end(place, what);
      });
    return { ok: true, says };
  }

  async mend(at: string | undefined): Promise<Answered<{ readonly says: string }>> {
    const place = at === undefined ? undefined : findPlace(this.#places, at);
    if (at !== undefined && place === undefined) return this.#noPlace(at);
    const mine = [...this.#made.values()].filter((made) => place === undefined || made.place === place);
    for (const made of mine) this.#end(made.place, made.told.what);
    const where = place === undefined ? "the lab" : place.name;
    return { ok: true, says: mine.length === 0 ? `Nothing is broken at ${where}.` : `Mended at ${where}: ${namesOf(mine)}.` };
  }

  clock(order: ClockOrder): Answered<{ readonly says: string }> {
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

  #end(place: Place, what: TroubleKind): void {
    const made = this.#made.get(keyOf(place, what));
    if (made === undefined) return;
    this.#made.delete(keyOf(place, what));
    for (const id of made.ids) this.#world.troubles.end(id);
  }

  #noPlace(at: string): { readonly ok: false; readonly refusal: Refusal } {
    const names = this.#places.map(({ key }) => key);
    return refuse("not-found", `there is no receiver ${at.slice(0, 100)} in this lab`, `it has ${names.join(", ")}`);
  }
}

function refuse(code: Refusal["code"], text: string, fix: string): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { code, text, fix } };
}

function keyOf(place: Place, what: TroubleKind): string {
  return `${what} ${place.key}`;
}

function placeTold({ key, name, domains, hosts, can, show }: Place): LabPlace {
  return { key, name, domains, servers: hosts.length, can, show };
}

function troublesOf(what: TroubleKind, { house, hosts, domains }: Place): readonly Trouble[] {
  const { name } = house;
  const [first] = hosts;
  switch (what) {
    case "throttle":
      return [{ is: "throttle", house: name, perHour: THROTTLED_PER_HOUR }];
    case "kill":
      return [{ is: "host dies", house: name, ...(first !== undefined && { host: first }) }];
    case "dns":
      return domains.map((domain) => ({ is: "dns fails", domain }));
    case "tls":
      return hosts.map((host) => ({ is: "tls breaks", house: name, host }));
    default:
      return unreachable(what);
  }
}

function sentenceOf(what: TroubleKind, { name, hosts, domains }: Place): string {
  const [first = name, second] = hosts;
  switch (what) {
    case "throttle":
      return `${name} takes ${THROTTLED_PER_HOUR} messages an hour from now on; the rest hears 421 4.7.28.`;
    case "kill":
      return second === undefined ? `${first} is dead, and ${name} has no other host.` : `${first} is dead; ${second} still answers.`;
    case "dns":
      return `Look-ups of ${domains.slice(0, 3).join(", ")} end in SERVFAIL.`;
    case "tls":
      return `The host${hosts.length === 1 ? "" : "s"} of ${name} offer${hosts.length === 1 ? "s" : ""} STARTTLS, and the handshake fails.`;
    default:
      return unreachable(what);
  }
}

function namesOf(made: readonly Made[]): string {
  return made.map(({ told }) => `${told.what} of ${told.name}`).join(", ");
}
