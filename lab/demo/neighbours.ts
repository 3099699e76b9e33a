/**
 * Two domains for what the large ones do not show. bank.example takes mail over TLS only, and says by DANE which key that
 * must be (RFC 7672): when it changes its key and forgets its TLSA record, its mail must wait, for whoever holds the line
 * could be anybody. To school.example nobody has written before its name servers fail, so that nothing is remembered of it.
 */
import type { Endpoint } from "../../src/base/network.ts";
import type { BigWorld } from "../world/big-world.ts";
import { offering } from "../world/habits.ts";
import { exponential } from "../world/people.ts";
import { type SimCertificate, tlsaFor } from "../world/sim-certificates.ts";
import { type Break, made, mailTo, type Place } from "./places.ts";

const BANK = { domain: "bank.example", ip: "192.0.2.40" };
const SCHOOL = { domain: "school.example", ip: "192.0.2.41" };
/** A server of the hosting company whose people write to both. */
const SENDER_IP = "203.0.113.1";
/** Mean time between two letters to one of them. */
const EVERY_MS = 40_000;

export async function openBank({ internet }: BigWorld): Promise<Place> {
  const { domain, ip } = BANK;
  const { name } = await internet.receiver(domain, ip, [offering("STARTTLS")]);
  const good: SimCertificate = { names: [name], by: "itself", key: "last year's" };
  internet.network.weather(ip, { certificate: good });
  internet.resolver.sign(domain);
  internet.resolver.add(`_25._tcp.${name}`, { TLSA: [tlsaFor(good)] });
  const tls: Break = {
    says: () => `${domain} has a new key and its old TLSA record: by DANE, nobody may hand it mail.`,
    begin: () => {
      internet.network.weather(ip, { certificate: { ...good, key: "this year's" } });
      return () => internet.network.weather(ip, { certificate: good });
    },
  };
  return { key: domain, name: domain, domains: [domain], hosts: [name], breaks: { tls }, show: mailTo(domain) };
}

export async function openSchool(world: BigWorld): Promise<Place> {
  const { domain, ip } = SCHOOL;
  const { name } = await world.internet.receiver(domain, ip);
  const dns: Break = {
    says: () => `Look-ups of ${domain} end in SERVFAIL.`,
    begin: () => made(world, { is: "dns fails", domain }),
  };
  return { key: domain, name: domain, domains: [domain], hosts: [name], breaks: { dns }, show: mailTo(domain) };
}

/** People write there now and then, from `afterMs` on, as long as `goesOn`. */
export function writeTo({ internet }: BigWorld, who: "bank" | "school", node: Endpoint, when: When): void {
  const machine = internet.network.ownerOf(SENDER_IP);
  if (machine === undefined) throw new Error(`nobody has ${SENDER_IP}`);
  const { domain } = who === "bank" ? BANK : SCHOOL;
  const source = internet.sourceAt(machine, node);
  const random = internet.random.fork(who);
  const write = (n: number, inMs: number): void => {
    internet.clock.after(inMs, () => {
      if (!when.goesOn()) return;
      void source.send({ id: `${who}-${n}`, mailFrom: "office@shop-1.example", recipients: [`desk-${n % 7}@${domain}`] });
      write(n + 1, exponential(random, EVERY_MS));
    });
  };
  write(1, when.afterMs);
}

export interface When {
  readonly afterMs: number;
  readonly goesOn: () => boolean;
}
