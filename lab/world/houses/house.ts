/**
 * A receiving operator: hosts that share their habits and their memory of senders. What is done to it from outside (a limit
 * that somebody sets, a host that dies) is laid over its habits and taken off again.
 */
import type { Habit, Receiver } from "../receivers.ts";
import { Standing } from "../standing.ts";
import type { HouseCounts, Premises, Surroundings } from "./premises.ts";

export type HouseName = "gmail" | "outlook" | "microsoft365" | "yahoo" | "postfix" | "exim" | "late" | "bad";

export interface HousePlan {
  readonly name: HouseName;
  /** As people know it. */
  readonly title: string;
  readonly hosts: readonly HostPlan[];
  readonly habits: (premises: Premises) => readonly Habit[];
  /** Its hosts belong to different people, and have their habits each for itself. */
  readonly apart?: boolean;
}

export interface HostPlan {
  readonly name: string;
  readonly ip: string;
  /** `10 example.org`: domains whose mail it takes, and how much it is preferred; a third word is the name their MX record has. */
  readonly takes: readonly string[];
  /** Further names of it, for operators that give each customer one. */
  readonly aliases?: readonly string[] | undefined;
  /** Beside those of its house, and asked first. */
  readonly habits?: readonly Habit[];
}

/** A house as it stands, for people. */
export interface HouseState {
  readonly name: HouseName;
  readonly title: string;
  readonly domains: readonly string[];
  readonly taken: number;
  readonly deferred: number;
  readonly refused: number;
  readonly counts: Readonly<HouseCounts>;
  readonly lastNo: Receiver["lastNo"];
  /** What it thinks of addresses and domains, from 0 to 1; those it met first. */
  readonly standing: readonly { readonly key: string; readonly is: number }[];
}

/** Of standing, in a state. */
const SHOWN = 20;

export class House {
  readonly name: HouseName;
  readonly title: string;
  readonly hosts: readonly HostPlan[];
  readonly receivers: Receiver[] = [];
  readonly standing: Standing;
  readonly counts: HouseCounts = { inbox: 0, junk: 0, complaints: 0, bounces: 0 };
  readonly #own = new Map<Receiver, readonly Habit[]>();

  private constructor(plan: HousePlan, surroundings: Surroundings) {
    this.name = plan.name;
    this.title = plan.title;
    this.hosts = plan.hosts;
    this.standing = new Standing(surroundings.internet.clock, surroundings.numbers.standing);
  }

  static async open(plan: HousePlan, surroundings: Surroundings): Promise<House> {
    const house = new House(plan, surroundings);
    const { internet } = surroundings;
    const premises = (host: HostPlan): Premises => ({
      ...surroundings,
      standing: house.standing,
      counts: house.counts,
      house: plan.name,
      host,
    });
    const [first] = plan.hosts;
    const shared = first && !plan.apart ? plan.habits(premises(first)) : [];
    for (const host of plan.hosts) {
      const habits = [...(host.habits ?? []), ...(plan.apart ? plan.habits(premises(host)) : shared)];
      const receiver = await internet.host(host.name, host.ip, habits);
      house.receivers.push(receiver);
      house.#own.set(receiver, habits);
      for (const alias of host.aliases ?? []) internet.resolver.add(alias, host.ip.includes(":") ? { AAAA: [host.ip] } : { A: [host.ip] });
      for (const take of host.takes) {
        const [preference = "10", domain = "", name = host.name] = take.split(" ");
        internet.resolver.addMx(domain, Number(preference), name);
      }
    }
    return house;
  }

  get domains(): readonly string[] {
    return [...new Set(this.hosts.flatMap(({ takes }) => takes.map((take) => take.split(" ")[1] ?? "")))];
  }

  /** Lays these habits over its own; none takes them off. */
  lay(over: readonly Habit[]): void {
    for (const receiver of this.receivers) receiver.habits = [...over, ...(this.#own.get(receiver) ?? [])];
  }

  get state(): HouseState {
    const sum = (of: "taken" | "deferred" | "refused"): number => this.receivers.reduce((all, { counts }) => all + counts[of], 0);
    const lastNos = this.receivers.flatMap(({ lastNo }) => lastNo ?? []);
    return {
      ...{ name: this.name, title: this.title, domains: this.domains },
      ...{ taken: sum("taken"), deferred: sum("deferred"), refused: sum("refused") },
      counts: { ...this.counts },
      lastNo: lastNos.toSorted((a, b) => b.at - a.at)[0],
      standing: this.standing.all().slice(0, SHOWN),
    };
  }
}
