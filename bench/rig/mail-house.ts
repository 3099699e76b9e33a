/**
 * A receiver that takes everything, as a program: listens where the flags say and writes a line with what it has taken, each
 * second while that grows. Written for a network namespace of its own, so that the sender under test finds it by MX.
 *
 * Usage: node bench/rig/mail-house.ts IP PORT
 */

import { Chronicle } from "../../lab/world/chronicle.ts";
import { Receiver } from "../../lab/world/receivers.ts";
import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { systemNetwork } from "../../src/base/system-network.ts";

const [ip = "127.0.0.1", port = "25"] = process.argv.slice(2);
const ports = { clock: systemClock, random: systemRandom, chronicle: new Chronicle(systemClock), network: systemNetwork(systemClock) };
const house = new Receiver("mail.house.example", ports, []);
house.keepsMost = 1;
await house.open(ip, Number(port));
let told = -1;
for (;;) {
  const { taken } = house.counts;
  if (taken !== told) process.stdout.write(`${taken} ${house.connections}\n`);
  told = taken;
  await systemClock.sleep(200);
}
