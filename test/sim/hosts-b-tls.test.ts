/**
 * Hosts with broken TLS. Where no policy asks for more than can be had, mail goes encrypted if it can and in plain text if it
 * must; where DANE or MTA-STS ask for more, it waits. It never bounces for it at once. The same table as of bad hosts.
 */
import { offering } from "../../lab/world/habits.ts";
import type { Receiver } from "../../lab/world/receivers.ts";
import { type SimCertificate, tlsaFor } from "../../lab/world/sim-certificates.ts";
import type { Weather } from "../../lab/world/sim-network.ts";
import type { World } from "../../lab/world/world.ts";
import type { WallMs } from "../../src/base/clock.ts";
import { hosts, type Row } from "./hosts-b.ts";
import { HOUR } from "./scene.ts";

const HOST = "192.0.2.2";
const LONG_AGO = 0 as WallMs;

/** Offers STARTTLS, with this weather at its address. */
const shows =
  (weather: Weather, ...habits: NonNullable<Extract<Row["host"], readonly unknown[]>>): Row["host"] =>
  (world, receiver) => {
    receiver.habits = [offering("STARTTLS"), ...habits];
    world.network.weather(HOST, weather);
  };

hosts({
  "offers STARTTLS and refuses it": {
    host: [offering("STARTTLS"), { startTls: () => ({ say: "454 4.7.0 TLS not available due to local problem" }) }],
    ...{ state: "delivered", tls: false, story: /^Delivered/ },
  },
  "offers STARTTLS and resets": {
    host: [offering("STARTTLS"), { startTls: () => ({ reset: true }) }],
    ...{ state: "delivered", tls: false, story: /^Delivered/ },
  },
  "offers STARTTLS, says go on, and dies in the handshake": {
    host: shows({ brokenTls: true }),
    ...{ state: "delivered", tls: false, story: /^Delivered/ },
  },
  "offers STARTTLS and falls silent": {
    host: [offering("STARTTLS"), { startTls: () => ({ silent: true }) }],
    ...{ after: HOUR, state: "delivered", tls: false, story: /^Delivered/ },
  },
  "shows a certificate that it signed itself": { host: shows({}), state: "delivered", tls: true, story: /^Delivered/ },
  "shows another host's certificate": {
    host: shows({ certificate: ["mx.elsewhere.example"] }),
    ...{ state: "delivered", tls: true, story: /^Delivered/ },
  },
  "shows a certificate that has run out": {
    host: shows({ certificate: { names: ["mx1.example.org"], by: "a trusted root", until: LONG_AGO } }),
    ...{ state: "delivered", tls: true, story: /^Delivered/ },
  },
  "shows a good certificate": { host: shows({ certificate: ["mx1.example.org"] }), state: "delivered", tls: true, story: /^Delivered/ },
  "has STARTTLS, and a first host whose TLS is broken": {
    host: async (world, receiver) => {
      receiver.habits = [offering("STARTTLS")];
      await world.receiver("example.org", "192.0.2.3", [offering("STARTTLS")], { preference: 20 });
      world.network.weather(HOST, { brokenTls: true });
    },
    ...{ state: "delivered", tls: false, story: /^Delivered/ },
  },
});

const OWN: SimCertificate = { names: ["mx1.example.org"], by: "itself" };
const GOOD: SimCertificate = { names: ["mx1.example.org"], by: "a trusted root" };
/** Good by itself, and not the one that stands in the records. */
const ANOTHER: SimCertificate = { ...GOOD, key: "another" };
const EXPIRED: SimCertificate = { ...GOOD, until: LONG_AGO };

interface Published {
  /** Its TLSA records; a failure of their look-up. */
  readonly tlsa?: readonly string[] | "SERVFAIL";
  readonly unsigned?: true;
  readonly certificate?: SimCertificate;
  readonly brokenTls?: true;
  readonly noTls?: true;
}

/** Signed, with these records for its host, which shows this certificate. */
const publishes =
  ({ tlsa, unsigned, certificate = OWN, brokenTls, noTls }: Published): Row["host"] =>
  (world, receiver) => {
    if (!noTls) receiver.habits = [offering("STARTTLS")];
    world.network.weather(HOST, { certificate, ...(brokenTls && { brokenTls }) });
    if (!unsigned) world.resolver.sign("example.org");
    if (tlsa !== undefined) world.resolver.set("_25._tcp.mx1.example.org", { TLSA: tlsa });
  };
const waits = { after: HOUR, state: "queued" } as const;

hosts({
  "DANE: shows what its TLSA record allows, signed by itself": {
    host: publishes({ tlsa: [tlsaFor(OWN)] }),
    ...{ state: "delivered", tls: true, sessions: ["tlsa success"], story: /^Delivered/ },
  },
  "DANE: shows it although it has run out and is for another name, which nobody asks": {
    host: publishes({ tlsa: [tlsaFor({ ...EXPIRED, names: ["old.example"] })], certificate: { ...EXPIRED, names: ["old.example"] } }),
    ...{ state: "delivered", tls: true, sessions: ["tlsa success"], story: /^Delivered/ },
  },
  "DANE: shows another certificate": {
    host: publishes({ tlsa: [tlsaFor(OWN)], certificate: ANOTHER }),
    ...{ ...waits, sessions: ["tlsa validation-failure"], story: /the certificate of mx1\.example\.org is none of tho/ },
  },
  "DANE: shows another certificate, though a trusted one that its MTA-STS policy allows": {
    host: publishes({ tlsa: [tlsaFor(OWN)], certificate: ANOTHER }),
    sts: "enforce mx1.example.org",
    ...{ ...waits, sessions: ["tlsa validation-failure"], story: /the certificate of mx1\.example\.org is none of tho/ },
  },
  "DANE: shows another certificate for three days": {
    host: publishes({ tlsa: [tlsaFor(OWN)], certificate: ANOTHER }),
    ...{ after: 73 * HOUR, state: "expired", dsn: "failed 4.4.7", story: /^Expired/ },
  },
  "DANE: offers no STARTTLS": {
    host: publishes({ tlsa: [tlsaFor(OWN)], noTls: true }),
    ...{ ...waits, sessions: ["tlsa starttls-not-supported"], story: /is closed since/ },
  },
  "DANE: its handshake fails": {
    host: publishes({ tlsa: [tlsaFor(OWN)], brokenTls: true }),
    ...{ ...waits, sessions: ["tlsa validation-failure"], story: /is closed since/ },
  },
  "DANE: its TLSA records cannot be looked up": {
    host: publishes({ tlsa: "SERVFAIL" }),
    ...{ ...waits, story: /the TLSA records of mx1\.example\.org could not be.* Receiver: repair the domain's name servers/ },
  },
  "DANE: its TLSA records are of a kind that nobody uses: any TLS will do": {
    host: publishes({ tlsa: [tlsaFor(OWN, { usage: 1 })], certificate: ANOTHER }),
    ...{ state: "delivered", tls: true, story: /^Delivered/ },
  },
  "DANE: such records, and no STARTTLS": {
    host: publishes({ tlsa: [tlsaFor(OWN, { usage: 1 })], noTls: true }),
    ...waits,
    story: /is closed since/,
  },
  "DANE: a first host that shows another certificate, and a good second": {
    host: async (world, receiver) => {
      await publishesAt(world, receiver);
      await world.receiver("example.org", "192.0.2.3", [offering("STARTTLS")], { preference: 20 });
    },
    ...{ state: "delivered", tls: true, story: /^Delivered/ },
  },
  "TLSA records that nobody signed ask for nothing": {
    host: publishes({ tlsa: [tlsaFor(OWN)], unsigned: true, certificate: ANOTHER }),
    ...{ state: "delivered", tls: true, sessions: ["none success"], story: /^Delivered/ },
  },
  "STS: shows what its policy asks for": {
    host: publishes({ unsigned: true, certificate: GOOD }),
    sts: "enforce mx1.example.org",
    ...{ state: "delivered", tls: true, sessions: ["sts success"], story: /^Delivered/ },
  },
  "STS: signed its certificate itself": {
    host: publishes({ unsigned: true }),
    sts: "enforce mx1.example.org",
    ...{ ...waits, sessions: ["sts certificate-not-trusted"], story: /the certificate of mx1\.example\.org does not come/ },
  },
  "STS: its certificate has run out": {
    host: publishes({ unsigned: true, certificate: EXPIRED }),
    sts: "enforce mx1.example.org",
    ...{ ...waits, sessions: ["sts certificate-expired"], story: /mx1\.example\.org is out of its/ },
  },
  "STS: its certificate is for other names": {
    host: publishes({ unsigned: true, certificate: { ...GOOD, names: ["mx.elsewhere.example"] } }),
    sts: "enforce mx1.example.org",
    ...{ ...waits, sessions: ["sts certificate-host-mismatch"], story: /mx1\.example\.org is for other n/ },
  },
  "STS: is not among the hosts of its policy": {
    host: publishes({ unsigned: true, certificate: GOOD }),
    sts: "enforce mx9.example.org",
    ...{ ...waits, story: /mx1\.example\.org is not among the hosts that/ },
  },
  "STS: offers no STARTTLS": {
    host: publishes({ unsigned: true, noTls: true }),
    sts: "enforce mx1.example.org",
    ...{ ...waits, sessions: ["sts starttls-not-supported"], story: /is closed since/ },
  },
  "STS in testing: signed its certificate itself, which is told and costs nothing": {
    host: publishes({ unsigned: true }),
    sts: "testing mx1.example.org",
    ...{ state: "delivered", tls: true, sessions: ["sts certificate-not-trusted"], story: /^Delivered/ },
  },
  "STS in testing: offers no STARTTLS": {
    host: publishes({ unsigned: true, noTls: true }),
    sts: "testing mx1.example.org",
    ...{ state: "delivered", tls: false, story: /^Delivered/ },
  },
});

/** Its first host shows another certificate than its record allows, its second has no record. */
async function publishesAt(world: World, receiver: Receiver): Promise<void> {
  const host = publishes({ tlsa: [tlsaFor(OWN)], certificate: ANOTHER });
  if (typeof host === "function") await host(world, receiver);
}
