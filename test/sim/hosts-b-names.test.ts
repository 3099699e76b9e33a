/**
 * Domains whose names lead nowhere, back to us, round in circles, or to several hosts of which some are dead: the same table
 * as of bad hosts. Only what a domain says of itself ends mail at once; a look-up that fails is no answer.
 */
import type { World } from "../../lab/world/world.ts";
import { NAME_SERVERS } from "../../lab/world/world.ts";
import { Zone, type ZoneFailure, type ZoneValues } from "../../src/wire/dns/name-server.ts";
import { hosts } from "./hosts-b.ts";
import { NODE } from "./node-under-test.ts";
import { HOUR, MINUTE } from "./scene.ts";

const named = (records: Readonly<Record<string, ZoneValues | ZoneFailure>>) => (world: World) => {
  for (const [name, values] of Object.entries(records)) world.resolver.set(name, values);
};
/** `example.org` has its first host, and this one as the second. */
const withBackup = async (world: World, first: Parameters<World["network"]["weather"]>[1]): Promise<void> => {
  await world.receiver("example.org", "192.0.2.3", [], { preference: 20 });
  world.network.weather("192.0.2.2", first);
};
const MANY = Array.from({ length: 4_000 }, (_, n) => `${20 + n} mx${n}.elsewhere.example`);

const PRIVATE = Array.from({ length: 3_999 }, (_, n) => `10.0.${n >> 8}.${n & 255}`);

hosts({
  "a null MX": {
    host: named({ "example.org": { MX: ["0 ."] } }),
    ...{ state: "bounced", dsn: "failed 5.1.10", story: /the recipient's domain takes no mail/ },
  },
  "no such domain": {
    host: named({ "example.org": "NXDOMAIN" }),
    ...{ state: "bounced", dsn: "failed 5.1.2", story: /the recipient's domain does not exist/ },
  },
  "a first host that refuses connections, and a good second": {
    host: (world) => withBackup(world, { connect: "refused" }),
    ...{ state: "delivered", story: /^Delivered/ },
  },
  "a first host in a black hole, and a good second": {
    host: (world) => withBackup(world, { connect: "black hole" }),
    ...{ state: "delivered", story: /^Delivered .* in 30 s/ },
  },
  "a first host that greets with 5xx, and a good second": {
    host: async (world, receiver) => {
      receiver.habits = [{ connect: () => ({ say: "554 no mail service here", hangUp: true }) }];
      await withBackup(world, {});
    },
    ...{ state: "delivered", story: /^Delivered/ },
  },
  "all hosts dead": {
    host: async (world) => {
      await withBackup(world, { connect: "refused" });
      world.network.weather("192.0.2.3", { connect: "unreachable" });
    },
    ...{ after: HOUR, state: "queued", story: /is closed since .* Next attempt .* Nothing to do/ },
  },
  "all hosts dead for three days": {
    host: (world) => world.network.weather("192.0.2.2", { connect: "refused" }),
    ...{ after: 73 * HOUR, state: "expired", dsn: "failed 4.4.7", story: /^Expired .* The sender was told/ },
  },
  "an MX that is this very server": {
    host: named({ "mx1.example.org": { A: [NODE.ip] } }),
    ...{ state: "bounced", dsn: "failed 5.4.6", story: /mail host is this server itself.* Receiver: correct the domain's MX records/ },
  },
  "an MX at loopback": {
    host: named({ "mx1.example.org": { A: ["127.0.0.1"], AAAA: ["::1"] } }),
    ...{ state: "bounced", dsn: "failed 5.4.6", story: /not a public address/ },
  },
  "an MX that is a CNAME": {
    host: named({ "mx1.example.org": { CNAME: ["real.example.org"] }, "real.example.org": { A: ["192.0.2.2"] } }),
    ...{ state: "delivered", story: /^Delivered/ },
  },
  "names that go round in circles": {
    host: named({ "mx1.example.org": { CNAME: ["mx2.example.org"] }, "mx2.example.org": { CNAME: ["mx1.example.org"] } }),
    ...{ after: HOUR, state: "queued", story: /address look-up for example\.org failed.* Receiver: repair the domain's name servers/ },
  },
  "a host with 4,000 addresses, of which all but the first are private": {
    host: named({ "mx1.example.org": { A: ["192.0.2.2", ...PRIVATE] } }),
    ...{ state: "delivered", story: /^Delivered/ },
  },
  "4,000 hosts, more than an answer holds": {
    host: named({ "example.org": { MX: [...MANY, "10 mx1.example.org"] } }),
    ...{ after: HOUR, state: "queued", story: /cut off even over TCP.* Receiver: repair the domain's name servers/ },
  },
  "4,000 records, and no TCP to fetch them by": {
    host: (world) => {
      named({ "example.org": { MX: [...MANY, "10 mx1.example.org"] } })(world);
      for (const { ip } of NAME_SERVERS) world.network.weather(ip, { connect: "refused" });
    },
    ...{ after: HOUR, state: "queued", story: /MX look-up for example\.org failed/ },
  },
  "records with a TTL of nothing": {
    host: [],
    zone: new Zone(
      ".",
      {
        "example.org": { MX: ["10 mx1.example.org"] },
        "mx1.example.org": { A: ["192.0.2.2"] },
      },
      { ttl: 0 },
    ),
    ...{ state: "delivered", story: /^Delivered/ },
  },
  SERVFAIL: {
    host: named({ "example.org": "SERVFAIL" }),
    ...{ after: HOUR, state: "queued", story: /MX look-up for example\.org failed/ },
  },
  "SERVFAIL for three days": {
    host: named({ "example.org": "SERVFAIL" }),
    ...{ after: 73 * HOUR, state: "expired", dsn: "failed 4.4.7", story: /^Expired/ },
  },
  "name servers that are silent": {
    host: named({ "example.org": "TIMEOUT" }),
    ...{ after: HOUR, state: "queued", story: /MX look-up for example\.org failed/ },
  },
  "somebody who answers for its name servers, in a hurry and with guessed ids": {
    host: async (world) => {
      await world.host("evil.example", "192.0.2.66");
      poisons(world, "example.org", "evil.example", 20_000);
    },
    ...{ state: "delivered", story: /^Delivered/ },
  },
  "hosts with IPv6 only, where we have none": {
    host: named({ "mx1.example.org": { AAAA: ["2001:db8::25"] } }),
    ...{ after: 10 * MINUTE, state: "queued", story: /is closed since/ },
  },
  "hosts with IPv6 and IPv4, where we have no IPv6": {
    host: named({ "mx1.example.org": { AAAA: ["2001:db8::25"], A: ["192.0.2.2"] } }),
    ...{ state: "delivered", story: /^Delivered/ },
  },
});

/** Sends answers to every port that the node asks from, ahead of the true ones. */
function poisons(world: World, domain: string, host: string, packets: number): void {
  const random = world.random.fork("attacker");
  const [server] = NAME_SERVERS;
  const node = world.network.ownerOf(NODE.ip);
  if (!server || !node) throw new Error("nobody to deceive");
  const name = (text: string): Buffer =>
    Buffer.concat([...text.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.of(0)]);
  const target = name(host);
  const question = Buffer.concat([name(domain), Buffer.of(0, 15, 0, 1)]);
  const record = Buffer.concat([Buffer.of(0xc0, 12, 0, 15, 0, 1, 0, 0, 14, 16, 0, target.length + 2, 0, 1), target]);
  let left = packets;
  const strike = (): void => {
    for (const port of world.network.datagrams.portsOf(node))
      for (let n = 0; n < 100 && left > 0; n++, left--) {
        const head = Buffer.of(...random.bytes(2), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0);
        world.network.datagrams.forge(server, { ip: NODE.ip, port }, node, Buffer.concat([head, question, record]));
      }
    if (left > 0) world.clock.after(1, strike);
  };
  strike();
}
