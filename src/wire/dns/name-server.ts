/**
 * A small authoritative name server: zones in memory, over UDP and TCP. For simulated worlds and tests, and for
 * publishing lists. The machine that answers is `server/zone-answer.ts`; this is its driver.
 */
import type { Clock } from "../../base/clock.ts";
import type { Datagrams, Endpoint, Listener, Network, Pipe } from "../../base/network.ts";
import { FrameReader, framed } from "./message/frames.ts";
import type { Zone } from "./server/zone.ts";
import { answerQuery, type ZoneFor, zoneFor } from "./server/zone-answer.ts";

export { Zone, type ZoneFailure, type ZoneValues } from "./server/zone.ts";

/** Open connections; one more is closed at once: who needs TCP tries again. */
const CONNECTIONS_MOST = 200;
/** RFC 7766 §6.2.3 wants idle connections ended, after seconds rather than minutes. */
const IDLE_MS = 10_000;

export interface NameServer extends AsyncDisposable {
  /** The same port for both. */
  readonly local: Endpoint;
}

/** Port 0 picks a free one. @throws an error with the system's code when the address cannot be had. */
export async function openNameServer(
  ports: { readonly network: Network; readonly clock: Clock },
  at: Endpoint,
  zones: readonly Zone[],
): Promise<NameServer> {
  const { network, clock } = ports;
  const answersFor = zoneFor(zones);
  const pipes = new Set<Pipe>();
  const listener: Listener = await network.listen(at, (pipe) => {
    if (pipes.size >= CONNECTIONS_MOST) return pipe.destroy();
    pipes.add(pipe);
    serve(pipe, answersFor, clock, () => pipes.delete(pipe));
  });
  let socket: Datagrams;
  try {
    socket = await network.datagrams(
      { at: { ip: at.ip, port: listener.local.port } },
      {
        received: (bytes, from) => {
          const answer = answerQuery(bytes, answersFor, "udp");
          if (answer) socket.send(answer, from);
        },
        failed: () => {}, // an answer that could not be delivered: its asker asks again
      },
    );
  } catch (thrown) {
    await listener.close();
    throw thrown;
  }
  return {
    local: listener.local,
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await listener.close();
      for (const pipe of pipes) pipe.destroy();
    },
  };
}

/** One query after the other; while the client does not read its answers, no more are made. */
function serve(pipe: Pipe, zones: ZoneFor, clock: Clock, gone: () => void): void {
  const frames = new FrameReader();
  /** Of one read at most: then the pipe is paused. */
  let queries: readonly Uint8Array[] = [];
  let cancel = clock.after(IDLE_MS, () => pipe.destroy());
  const work = (): void => {
    while (queries[0]) {
      const answer = answerQuery(queries[0], zones, "tcp");
      queries = queries.slice(1);
      if (answer === undefined) continue;
      cancel();
      cancel = clock.after(IDLE_MS, () => pipe.destroy());
      if (!pipe.write(framed(answer))) return pipe.pause();
    }
    pipe.resume();
  };
  pipe.open({
    data: (bytes) => {
      queries = [...queries, ...frames.take(bytes)];
      work();
    },
    drain: work,
    end: () => pipe.end(true),
    close: () => {
      cancel();
      gone();
    },
  });
}
