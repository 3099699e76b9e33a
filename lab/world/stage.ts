/** A big world and a plain SMTP client in it, for tests of what stands in that world. */
import { type BigWorld, type BigWorldOptions, openBigWorld } from "./big-world.ts";
import type { HouseName } from "./houses/house.ts";
import { NUMBERS, type Numbers } from "./numbers.ts";
import type { HandOver, Mail, Source } from "./senders.ts";
import { World } from "./world.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const NODE = { ip: "198.51.100.25", port: 25 };
/** Has no memory of its own at any receiver. */
export const STRANGER = "198.51.100.77";

interface Stage {
  readonly world: World;
  readonly big: BigWorld;
  /** From an address to the first host of a house, as many times as asked; the last answer. */
  send(house: HouseName, to: string, mail?: Partial<Mail> & { readonly times?: number; readonly from?: string }): Promise<string>;
}

let letters = 0;

export async function stage(options: Partial<BigWorldOptions> = {}, numbers: Numbers = NUMBERS): Promise<Stage> {
  const world = new World("big");
  const egresses = [
    { ip: NODE.ip, name: "relay.example.net", warm: true },
    { ip: STRANGER, name: "stranger.example.net" },
  ];
  const big = await world.clock.during(openBigWorld(world, { node: NODE, egresses, numbers, ...options }));
  const sources = new Map<string, Source>();
  const send: Stage["send"] = async (house, to, { times = 1, from = NODE.ip, ...mail } = {}) => {
    const ip = big.houses.get(house)?.hosts[0]?.ip ?? "";
    const key = `${from} ${ip}`;
    const network = world.network.ownerOf(from);
    const source =
      sources.get(key) ?? (network ? world.sourceAt(network, { ip, port: 25 }) : world.source(`client ${from}`, from, { ip, port: 25 }));
    sources.set(key, source);
    let last: HandOver | undefined;
    for (let n = 0; n < times; n++)
      last = await world.clock.during(source.send({ id: `b${++letters}`, mailFrom: "anna@shop-1.example", recipients: [to], ...mail }));
    const refused = last?.is === "taken" ? [...last.refused.values()][0] : undefined;
    return last?.is === "lost" ? "lost" : (refused ?? last?.reply ?? "");
  };
  return { world, big, send };
}
