/**
 * TLS for node's HTTP server with a certificate that may change while it runs: node's own HTTPS server keeps the one it
 * began with for clients that name no host. So the plain server is bound, and each connection becomes TLS before HTTP
 * sees it.
 */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import type { Clock } from "../../../base/clock.ts";

const HANDSHAKE_MS = 10_000;

/** Before the server listens. */
export function overTls(server: Server, context: () => SecureContext, clock: Clock): void {
  const listeners = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (raw: Socket) => {
    const secure = new TLSSocket(raw, { isServer: true, secureContext: context(), ALPNProtocols: ["http/1.1"] });
    const cancel = clock.after(HANDSHAKE_MS, () => raw.destroy());
    const broken = (): void => {
      cancel();
      raw.destroy();
    };
    // What fails before HTTP begins is a port scan or an old client; there is nobody to tell.
    // An end is the end: HTTP's sockets may stay half open, and a shutdown would wait for this one.
    secure.once("error", broken).once("end", broken).once("close", broken);
    raw.once("end", broken).once("close", broken);
    secure.once("secure", () => {
      cancel();
      secure.off("error", broken).off("end", broken);
      raw.off("end", broken);
      for (const listener of listeners) listener.call(server, secure);
    });
  });
}
