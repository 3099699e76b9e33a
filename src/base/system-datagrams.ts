/** UDP of node:dgram behind the port of `network.ts`. */
import { createSocket, type Socket } from "node:dgram";
import { codeOf, textOf } from "./fault.ts";
import { ipFamily, unmapped } from "./ip.ts";
import type { DatagramEvents, DatagramPlace, Datagrams, Endpoint } from "./network.ts";
import { PipeError } from "./network.ts";

export async function systemDatagrams(place: DatagramPlace, events: DatagramEvents): Promise<Datagrams> {
  const { ip, port } = "at" in place ? place.at : place.peer;
  const family = ipFamily(ip);
  if (family === undefined) throw new PipeError({ code: "EINVAL", text: `${ip} is not an IP address` });
  const socket = createSocket(family === 4 ? "udp4" : "udp6");
  try {
    await settled(socket, (done) => ("at" in place ? socket.bind(port, ip, done) : socket.connect(port, ip, done)));
  } catch (thrown) {
    socket.close();
    throw thrown;
  }
  const connected = "peer" in place;
  let open = true;
  const failed = (thrown: Error | null): void => {
    if (thrown && open) events.failed({ code: codeOf(thrown) || "EIO", text: textOf(thrown) });
  };
  socket.on("error", failed);
  socket.on("message", (bytes, from) => {
    if (open) events.received(bytes, { ip: unmapped(from.address), port: from.port });
  });
  const { address, port: localPort } = socket.address();
  return {
    local: { ip: unmapped(address), port: localPort },
    send: (bytes: Uint8Array, to: Endpoint) => {
      if (!open) return;
      if (connected) socket.send(bytes, failed);
      else socket.send(bytes, to.port, to.ip, failed);
    },
    close: () => {
      if (!open) return;
      open = false;
      socket.close();
    },
  };
}

/** A connect that fails tells its callback, whatever the types say; a bind emits it. */
function settled(socket: Socket, begin: (done: (thrown?: Error) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    begin((thrown) => {
      socket.off("error", reject);
      if (thrown) reject(thrown);
      else resolve();
    });
  });
}
