/**
 * What does a message cost that needs a connection of its own, to a destination of its own?
 *
 * Hypothesis: at most twice what it costs in a stream to one destination, although each of them is looked up (MX, addresses,
 * policy), dialled and forgotten again. The same messages go to one domain, and to a domain each with mail hosts of its own;
 * CPU is that of the whole program, taking the mail included. (It does not hold yet: 2.8 on two cores in November 2026; names, a
 * socket and a greeting for each cost more than the message.)
 *
 * Mail hosts must be found by MX and be on no address of this machine, so the receiver stands in a network namespace behind
 * a pair of interfaces; that needs root and `ip`. Its addresses are public ones that nobody here reaches otherwise.
 *
 * Usage: node bench/many-sites.ts [--count 20000 --rounds 3]
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Chronicle } from "../lab/world/chronicle.ts";
import { Source } from "../lab/world/senders.ts";
import { systemClock } from "../src/base/clock.ts";
import { systemNetwork } from "../src/base/system-network.ts";
import { openNameServer, Zone, type ZoneValues } from "../src/wire/dns/name-server.ts";
import { ROOT, startFairlead } from "./rig/fairlead.ts";
import { median, note, question, type Rig, rounded } from "./rig/question.ts";

const [OURS, THEIRS] = ["44.128.7.1", "44.128.7.2"] as const;
const SPACE = "fairlead-bench";
const SESSIONS = 20;

interface Round {
  readonly cpuUs: number;
  readonly perSecond: number;
  readonly connections: number;
}

function ip(...words: readonly string[]): void {
  execFileSync("ip", words, { stdio: ["ignore", "ignore", "inherit"] });
}

/** A network namespace with the receiver's address, and the way there. */
function openSpace(rig: Rig): void {
  ip("netns", "add", SPACE);
  rig.stack.defer(() => ip("netns", "del", SPACE)); // its interface and that one's peer go with it
  ip("link", "add", "flbench0", "type", "veth", "peer", "name", "flbench1", "netns", SPACE);
  ip("addr", "add", `${OURS}/30`, "dev", "flbench0");
  ip("link", "set", "flbench0", "up");
  ip("-n", SPACE, "addr", "add", `${THEIRS}/30`, "dev", "flbench1");
  ip("-n", SPACE, "link", "set", "flbench1", "up");
}

interface House {
  taken: number;
  connections: number;
}

function openHouse(rig: Rig): House {
  const argv = ["netns", "exec", SPACE, process.execPath, join(ROOT, "bench/rig/mail-house.ts"), THEIRS, "25"];
  const child: ChildProcess = spawn("ip", argv, { stdio: ["ignore", "pipe", "inherit"] });
  rig.stack.defer(() => void child.kill());
  const house = { taken: 0, connections: 0 };
  if (child.stdout)
    createInterface(child.stdout).on("line", (line) => {
      [house.taken = 0, house.connections = 0] = line.split(" ").map(Number);
    });
  return house;
}

/** `sites` domains, each with a mail host of its own name. */
function zoneOf(sites: number): Zone {
  const names: Record<string, ZoneValues> = {};
  for (let n = 0; n < sites; n++) {
    names[`d${n}.bench.example`] = { MX: [`10 mx${n}.bench.example`] };
    names[`mx${n}.bench.example`] = { A: [THEIRS] };
  }
  return new Zone(".", names, { ttl: 3600, negativeTtl: 60 });
}

async function round(rig: Rig, house: House, count: number, sites: number): Promise<Round> {
  const network = systemNetwork(systemClock);
  await using names = await openNameServer({ network, clock: systemClock }, { ip: "127.0.0.1", port: 0 }, [zoneOf(sites)]);
  const config = `dns:\n  servers: ["127.0.0.1:${names.local.port}"]\n`;
  await using node = await startFairlead({ port: rig.ports.fairlead, config, parent: rig.folder });
  const before = { cpu: node.meter.cpuUs(), taken: house.taken, connections: house.connections, at: systemClock.mono() };
  const ports = { clock: systemClock, network, chronicle: new Chronicle(systemClock) };
  const body = Array.from(
    { length: 60 },
    (_, line) => `line ${line} of a message that is about as long as most of them are, in plain text`,
  );
  const sources = Array.from({ length: SESSIONS }, async (_, k) => {
    const mails = Array.from({ length: count / SESSIONS }, (__, i) => {
      const n = k * (count / SESSIONS) + i;
      return { id: `b${n}`, mailFrom: `s${k}@bench.example`, recipients: [`u${n}@d${n % sites}.bench.example`], body };
    });
    return await new Source(`source${k}.bench.example`, ports, { ip: "127.0.0.1", port: node.port }).sendAll(mails);
  });
  const told = (await Promise.all(sources)).flat();
  const lost = told.filter((result) => result.is !== "taken").length;
  if (lost > 0) throw new Error(`${lost} of ${count} messages were not taken`);
  for (let waited = 0; house.taken - before.taken < count; waited++) {
    if (waited > 1800) throw new Error(`${count - (house.taken - before.taken)} of ${count} messages did not arrive`);
    await systemClock.sleep(100);
  }
  const seconds = (systemClock.mono() - before.at) / 1000;
  const cpuUs = (node.meter.cpuUs() - before.cpu) / count;
  return { cpuUs: rounded(cpuUs), perSecond: rounded(count / seconds), connections: house.connections - before.connections };
}

await question("what a destination of its own costs", { count: 20_000, rounds: 3 }, async (rig) => {
  if (process.getuid?.() !== 0) throw new Error("a network namespace needs root: run it with sudo");
  openSpace(rig);
  const house = openHouse(rig);
  await systemClock.sleep(1500);
  const count = rig.option("count");
  const ratios: number[] = [];
  for (let n = 1; n <= rig.option("rounds"); n++) {
    note(`round ${n}: one destination`);
    const one = await round(rig, house, count, 1);
    note(`round ${n}: ${count} destinations`);
    const many = await round(rig, house, count, count);
    ratios.push(many.cpuUs / one.cpuUs);
    rig.print({ round: n, one, many, ratio: rounded(many.cpuUs / one.cpuUs) });
  }
  rig.print({ ratio: rounded(median(ratios)), must: 2 });
});
