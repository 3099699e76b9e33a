/** One node between a server and the hosts that its mail goes to: what tests of the whole way of a message begin with. */
import type { Habit, Receiver } from "../../lab/world/receivers.ts";
import type { HandOver, Mail, Source } from "../../lab/world/senders.ts";
import type { World } from "../../lab/world/world.ts";
import type { EventBody } from "../../src/model/event.ts";
import type { Upstream } from "../../src/relay/deliver/deliver.ts";
import { allEvents } from "./accounts.ts";
import type { TransportScene } from "./known-transport.ts";
import { NODE, NodeUnderTest } from "./node-under-test.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

interface Scene {
  readonly world: World;
  readonly node: NodeUnderTest;
  readonly source: Source;
  /** Of example.org. */
  readonly receiver: Receiver;
  /** Of shop.example, where reports go. */
  readonly home: Receiver;
  send(mail?: Partial<Mail>): Promise<HandOver>;
  /** Kinds of the events so far, of deliveries and of all else. */
  events(): Promise<EventBody[]>;
}

export async function scene(world: World, habits: readonly Habit[] = [], upstream?: Upstream, transport?: TransportScene): Promise<Scene> {
  const receiver = await world.receiver("example.org", "192.0.2.2", habits);
  const home = await world.receiver("shop.example", "192.0.2.9");
  const source = world.source("www.shop.example", "203.0.113.1", NODE);
  const node = new NodeUnderTest(world, { ...(upstream && { upstream }), ...(transport && { transport }) });
  await node.start();
  let n = 0;
  const send = (mail: Partial<Mail> = {}): Promise<HandOver> =>
    world.clock.during(source.send({ id: `m${++n}`, mailFrom: "a@shop.example", recipients: ["x@example.org"], ...mail }));
  const events = async (): Promise<EventBody[]> => {
    node.crash();
    return await node.inspect(async (spool) => (await allEvents(spool)).map((event) => event.body));
  };
  return { world, node, source, receiver, home, send, events };
}

export const kinds = (events: readonly EventBody[]): string[] => events.map((event) => event.kind).filter((kind) => kind !== "lane");

/** Notes when it is asked, reacts as it is told. */
export function watched(habit: Habit, world: World): { habit: Habit; at: number[] } {
  const at: number[] = [];
  const start = world.clock.mono();
  return {
    at,
    habit: {
      ...habit,
      rcpt: (address, visit) => {
        at.push(world.clock.mono() - start);
        return habit.rcpt?.(address, visit);
      },
    },
  };
}
