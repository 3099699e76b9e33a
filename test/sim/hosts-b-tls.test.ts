/**
 * Hosts with broken TLS, where no policy asks for more than what can be had: mail goes encrypted if it can, in plain text if it
 * must, and never bounces for it. The same table as of bad hosts.
 */
import { offering } from "../../lab/world/habits.ts";
import type { Weather } from "../../lab/world/sim-network.ts";
import type { WallMs } from "../../src/base/clock.ts";
import { hosts, type Row } from "./hosts-b.ts";

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
    ...{ after: 3_600_000, state: "delivered", tls: false, story: /^Delivered/ },
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
