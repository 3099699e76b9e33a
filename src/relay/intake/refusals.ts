/**
 * What is refused, on record: each refusal has a reference, which its reply ends with and by which people ask for its
 * story. Trouble of our own (4xx) is not about a message and has none.
 */
import type { Clock } from "../../base/clock.ts";
import { idOf, type MessageKey, type NodeNumber, type TenantId } from "../../model/ids.ts";
import type { Reply } from "../../model/reply.ts";
import type { Spool } from "../../store/spool/spool.ts";
import type { ClientFacts } from "../../wire/smtp/server-host.ts";

/** What was known when it was refused. */
export interface Refused {
  readonly client: ClientFacts;
  readonly mailFrom: string;
  readonly rcptTo?: string;
  readonly source?: string;
  readonly tenant?: TenantId;
  readonly sender?: string;
  /** Of the transaction, if it has one. */
  readonly key?: MessageKey;
}

export interface RefusalPorts {
  readonly spool: Pick<Spool, "record">;
  readonly clock: Clock;
  readonly node: NodeNumber;
  newKey(): MessageKey;
}

/** RFC 5321 §4.5.3.1.5, less the codes and the line's end. */
const MOST_TEXT = 480;

export class Refusals {
  readonly #ports: RefusalPorts;

  constructor(ports: RefusalPorts) {
    this.#ports = ports;
  }

  /** Records it and returns the reply as it is to be sent. */
  refuse(reply: Reply, refused: Refused): Reply {
    const { spool, clock, node, newKey } = this.#ports;
    const { client, key = newKey(), ...rest } = refused;
    const said = reply.code < 500 ? reply : { ...reply, text: `${reply.text}; ref ${idOf(key, node)}`.slice(0, MOST_TEXT) };
    const code = /\bFL-\d{4}\b/.exec(reply.text)?.[0];
    spool.record({
      at: clock.wall(),
      ref: { message: key },
      body: {
        kind: "refused",
        peer: client.ip,
        ...(client.helo !== "" && { helo: client.helo }),
        ...(client.login !== undefined && { login: client.login }),
        ...rest,
        reply: said,
        ...(code !== undefined && { code }),
      },
    });
    return said;
  }
}
