/**
 * One question on its way, as a machine without sockets or clocks: what arrives goes in, what to send and how long to
 * wait comes out. Its owner keeps the port that each datagram left from until the end, so that an answer which comes
 * late still counts, and hands in only what came from the server's own address to that port.
 *
 * Servers are asked in turn, in rounds with longer waits. SERVFAIL, REFUSED or garbage moves on to the next at once, and
 * that server is not asked again. What was cut off, lost the case of its letters, or stands beside a shower of wrong ids
 * is asked again over TCP, which a stranger cannot forge. Every way ends: each server is asked at most once a round, once
 * more without EDNS and once over TCP.
 */
import { unreachable } from "../../../base/brand.ts";
import type { Endpoint } from "../../../base/network.ts";
import type { Random } from "../../../base/random.ts";
import { type Message, RCODES } from "../message/message.ts";
import type { RecordType } from "../message/records.ts";
import { makeQuery, type Query, receive } from "./query.ts";
import { type Reading, readAnswer } from "./reading.ts";

/** How long each server has in each round. A recursive server that has to ask far away takes seconds. */
const ROUNDS_MS = [1_500, 3_000, 5_000] as const;
const STREAM_MS = 5_000;
/** Datagrams with a wrong id or question at a port that is right, before somebody is thought to guess. */
const STRAYS_MOST = 16;

export type ExchangeInput =
  | { readonly is: "begin" }
  /** A datagram at the port of the `nth` one sent. */
  | { readonly is: "datagram"; readonly nth: number; readonly bytes: Uint8Array }
  /** A whole message over the connection that was asked for. */
  | { readonly is: "stream"; readonly bytes: Uint8Array }
  /** A datagram that could not be sent or delivered, or a connection that broke (`nth` absent). */
  | { readonly is: "broken"; readonly nth?: number; readonly why: string }
  /** The last wait is over. */
  | { readonly is: "late" };

export type ExchangeEffect =
  | { readonly do: "send"; readonly nth: number; readonly to: Endpoint; readonly bytes: Uint8Array }
  | { readonly do: "dial"; readonly to: Endpoint; readonly bytes: Uint8Array }
  /** Replaces the wait before it. */
  | { readonly do: "wait"; readonly ms: number }
  /** The last. */
  | { readonly do: "settle"; readonly outcome: ExchangeOutcome };

export type ExchangeOutcome =
  | {
      readonly is: "answered";
      readonly by: Endpoint;
      /** Its AD bit. */
      readonly authentic: boolean;
      readonly reading: Exclude<Reading, { is: "failed" }>;
      readonly silent: readonly Endpoint[];
    }
  /** `silent`: servers that did not answer in time. */
  | { readonly is: "failed"; readonly why: string; readonly silent: readonly Endpoint[] };

interface Asked {
  readonly at: Endpoint;
  rounds: number;
  /** It knows EDNS, as far as we know. */
  edns: boolean;
  dialled: boolean;
  /** Its last word: not asked again. */
  failed: string | undefined;
}

export class Exchange {
  readonly #name: string;
  readonly #type: RecordType;
  readonly #random: Random;
  readonly #servers: readonly Asked[];
  readonly #rounds: readonly number[];
  /** What was sent as datagrams, by number. */
  readonly #sent: { readonly server: Asked; readonly query: Query }[] = [];
  #stream: { readonly server: Asked; readonly query: Query } | undefined;
  /** The server that is being waited for. */
  #awaited: Asked | undefined;
  #strays = 0;
  #settled = false;

  /** `name` in its one form; servers in the order in which to ask them; once only where `rounds` says so. */
  constructor(name: string, type: RecordType, servers: readonly Endpoint[], random: Random, rounds: "all" | "one" = "all") {
    this.#rounds = rounds === "all" ? ROUNDS_MS : ROUNDS_MS.slice(0, 1);
    this.#name = name;
    this.#type = type;
    this.#random = random;
    this.#servers = servers.map((at) => ({ at, rounds: 0, edns: true, dialled: false, failed: undefined }));
  }

  take(input: ExchangeInput): readonly ExchangeEffect[] {
    if (this.#settled) return [];
    switch (input.is) {
      case "begin":
        return this.#next();
      case "datagram":
        return this.#datagram(input.nth, input.bytes);
      case "stream":
        return this.#streamed(input.bytes);
      case "broken":
        return this.#broken(input.nth, input.why);
      case "late":
        return this.#stream ? this.#leave(this.#stream.server, "no answer over TCP in time") : this.#next();
      default:
        return unreachable(input);
    }
  }

  /** The server that has been asked least, in order; or the end. */
  #next(): readonly ExchangeEffect[] {
    const left = this.#servers.filter((server) => server.failed === undefined && server.rounds < this.#rounds.length);
    const server = left.reduce<Asked | undefined>((least, one) => (least && least.rounds <= one.rounds ? least : one), undefined);
    if (server === undefined) return this.#end();
    const wait = this.#rounds[server.rounds] ?? 0;
    server.rounds++;
    return [this.#send(server), { do: "wait", ms: wait }];
  }

  #send(server: Asked): ExchangeEffect {
    this.#awaited = server;
    const query = makeQuery(this.#name, this.#type, server.edns, this.#random);
    const nth = this.#sent.push({ server, query }) - 1;
    return { do: "send", nth, to: server.at, bytes: query.bytes };
  }

  #datagram(nth: number, bytes: Uint8Array): readonly ExchangeEffect[] {
    const sent = this.#sent[nth];
    if (sent === undefined || sent.server.failed !== undefined) return [];
    const received = receive(sent.query, bytes, "udp");
    switch (received.is) {
      case "stray":
        return ++this.#strays === STRAYS_MOST ? this.#dial(sent.server) : [];
      case "unsure":
        return this.#dial(sent.server);
      case "garbled":
        return this.#leave(sent.server, "a garbled answer");
      case "answer":
        return received.message.truncated ? this.#dial(sent.server) : this.#answered(sent.server, sent.query, received.message);
      default:
        return unreachable(received);
    }
  }

  #streamed(bytes: Uint8Array): readonly ExchangeEffect[] {
    if (!this.#stream) return [];
    const { server, query } = this.#stream;
    const received = receive(query, bytes, "tcp");
    if (received.is !== "answer") return this.#leave(server, "a garbled answer over TCP");
    if (received.message.truncated) return this.#leave(server, "an answer that is cut off even over TCP");
    return this.#answered(server, query, received.message);
  }

  #answered(server: Asked, query: Query, message: Message): readonly ExchangeEffect[] {
    const { rcode, authentic } = message;
    if (query.edns && (rcode === RCODES.FORMERR || rcode === RCODES.NOTIMP || rcode === RCODES.BADVERS)) {
      if (!server.edns) return []; // to the first of two questions; the second, without it, is on its way
      server.edns = false; // RFC 6891 §6.2.2
      server.dialled = false;
      this.#stream = undefined;
      return [this.#send(server), { do: "wait", ms: ROUNDS_MS[0] }];
    }
    const reading = readAnswer(message, this.#name, this.#type);
    if (reading.is === "failed") return this.#leave(server, reading.why);
    return this.#settle({ is: "answered", by: server.at, authentic, reading, silent: this.#silent(server) });
  }

  #dial(server: Asked): readonly ExchangeEffect[] {
    if (server.dialled || this.#stream) return [];
    server.dialled = true;
    const query = makeQuery(this.#name, this.#type, server.edns, this.#random);
    this.#stream = { server, query };
    return [
      { do: "dial", to: server.at, bytes: query.bytes },
      { do: "wait", ms: STREAM_MS },
    ];
  }

  #broken(nth: number | undefined, why: string): readonly ExchangeEffect[] {
    const about = nth === undefined ? this.#stream : this.#sent[nth];
    if (about === undefined || about.server.failed !== undefined) return [];
    return this.#leave(about.server, why);
  }

  /** Goes on with the others, unless it is another that is being waited for. */
  #leave(server: Asked, why: string): readonly ExchangeEffect[] {
    server.failed = why;
    if (this.#stream?.server === server) this.#stream = undefined;
    const awaited = this.#stream?.server ?? this.#awaited;
    return awaited === server || awaited?.failed !== undefined ? this.#next() : [];
  }

  #silent(besides?: Asked): readonly Endpoint[] {
    return this.#servers.filter((one) => one !== besides && one.rounds > 0 && one.failed === undefined).map(({ at }) => at);
  }

  #end(): readonly ExchangeEffect[] {
    const words = this.#servers.map(({ at, failed }) => `${failed ?? "no answer"} from ${at.ip}`);
    return this.#settle({ is: "failed", why: words.join(", ") || "no name server to ask", silent: this.#silent() });
  }

  #settle(outcome: ExchangeOutcome): readonly ExchangeEffect[] {
    this.#settled = true;
    return [{ do: "settle", outcome }];
  }
}

/** For faults of the system, which have a code: `ECONNREFUSED`. */
export function brokenText(code: string): string {
  return code === "ECONNREFUSED" ? "refused" : code === "TIMEOUT" ? "no connection in time" : code;
}
