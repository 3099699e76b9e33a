/**
 * The real network: TCP and TLS of node:net and node:tls (UDP: `system-datagrams.ts`) behind the port of `network.ts`. The relay's speed is the
 * number of system calls made here, so a pipe adds nothing to a read or a write but one check.
 *
 * A pipe's life: made (reads nothing) → opened (delivers to its owner) → ending (what is queued goes out, input is read
 * and dropped so that the kernel does not answer it with a reset, which would eat the last reply) → closed.
 */
import { type AddressInfo, createServer, type Server, Socket, connect as tcpConnect } from "node:net";
import { checkServerIdentity, createSecureContext, type SecureContext, TLSSocket, connect as tlsConnect } from "node:tls";
import type { Cancel, Clock } from "./clock.ts";
import { codeOf, textOf } from "./fault.ts";
import { ipFamily, unmapped } from "./ip.ts";
import type {
  Connected,
  ConnectOptions,
  Endpoint,
  Listener,
  Network,
  Pipe,
  PipeEvents,
  PipeFault,
  TlsClient,
  TlsHandshake,
  TlsPeer,
} from "./network.ts";
import { PipeError } from "./network.ts";
import { readChain } from "./peer-chain.ts";
import { systemDatagrams } from "./system-datagrams.ts";

/** Connections the kernel completes before they are accepted; more wait for a retransmitted SYN. */
const BACKLOG = 511;
/** How long a peer may take to close after `end`, while nothing more of what is queued goes out. */
const LINGER_MS = 5_000;
/** A peer that takes queued bytes slowly gets this many lingers in all. */
const LINGERS = 12;
const HANDSHAKE_MS = 30_000;
/**
 * What all connections read into: the system fills it and its reader empties it within one call. Without it each read
 * allocates 64 KiB; measured on loopback, 4.5 of 23 µs a round trip, and 100 MB of garbage for a message of 50 MB.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(65_536);
const OLDEST_TLS = "TLSv1.2";

/** `roots`: PEM certificates to trust instead of the built-in ones. */
export function systemNetwork(clock: Clock, trust: { readonly roots?: readonly string[] } = {}): Network {
  let context: SecureContext | undefined;
  // One context for all connections: making one parses every root certificate.
  const clientContext = (): SecureContext => {
    context ??= createSecureContext({ minVersion: OLDEST_TLS, ...(trust.roots && { ca: [...trust.roots] }) });
    return context;
  };
  return {
    connect: (options) => connect(clock, clientContext, options),
    listen: (at, accept) => listen(clock, clientContext, at, accept),
    datagrams: systemDatagrams,
  };
}

/** A server's side of TLS, from PEM texts. @throws an OpenSSL error if they do not parse or do not belong together. */
export function serverContext(pem: { readonly certificate: string | Buffer; readonly key: string | Buffer }): SecureContext {
  return createSecureContext({ minVersion: OLDEST_TLS, cert: pem.certificate, key: pem.key });
}

function connect(clock: Clock, context: () => SecureContext, options: ConnectOptions): Promise<Connected> {
  const { host, port, localAddress, timeoutMs, signal } = options;
  return new Promise((resolve) => {
    if (ipFamily(host) === undefined) return resolve({ ok: false, fault: { code: "EINVAL", text: `${host} is not an IP address` } });
    if (signal?.aborted) return resolve({ ok: false, fault: ABORTED });
    const { inlet, onread } = makeInlet();
    const socket = tcpConnect({
      host,
      port,
      noDelay: true,
      allowHalfOpen: true,
      onread,
      ...(localAddress !== undefined && { localAddress }),
    });
    const settle = (result: Connected): void => {
      cancel();
      signal?.removeEventListener("abort", abort);
      socket.off("error", failed);
      if (!result.ok) socket.on("error", ignore).destroy();
      resolve(result);
    };
    const failed = (thrown: Error): void => settle({ ok: false, fault: faultOf(thrown) });
    const abort = (): void => settle({ ok: false, fault: ABORTED });
    const cancel = clock.after(timeoutMs, () =>
      settle({ ok: false, fault: { code: "TIMEOUT", text: `no connection within ${timeoutMs} ms` } }),
    );
    signal?.addEventListener("abort", abort);
    socket.pause(); // until its owner opens it
    socket.on("error", failed);
    socket.once("connect", () => settle({ ok: true, pipe: new SystemPipe(clock, context, socket, { ip: host, port }, inlet) }));
  });
}

function listen(clock: Clock, context: () => SecureContext, at: Endpoint, accept: (pipe: Pipe) => void): Promise<Listener> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (accepted) => {
    const { inlet, onread } = makeInlet();
    const moved = withReader(accepted, onread);
    const socket = moved ?? accepted;
    const remote = { ip: unmapped(socket.remoteAddress ?? ""), port: socket.remotePort ?? 0 };
    if (remote.ip === "") return void socket.on("error", ignore).destroy(); // gone again before it was accepted
    accept(new SystemPipe(clock, context, socket, remote, moved && inlet));
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: at.ip, port: at.port, backlog: BACKLOG }, () => {
      server.off("error", reject);
      server.on("error", ignore); // an accept that failed: that connection is lost, the listener is not
      resolve(listenerOf(server));
    });
  });
}

function listenerOf(server: Server): Listener {
  const { address, port } = server.address() as AddressInfo; // a TCP server that listens has one
  const close = async (): Promise<void> => {
    if (server.listening) server.close(); // frees the port now; its callback would wait for the open connections
  };
  return { local: { ip: unmapped(address), port }, close, [Symbol.asyncDispose]: close };
}

/** Where a socket with a read buffer of its own puts what it reads. True: read on. */
interface Inlet {
  take(bytes: Uint8Array): boolean;
}

interface OnRead {
  readonly buffer: Uint8Array;
  callback(octets: number): boolean;
}

function makeInlet(): { readonly inlet: Inlet; readonly onread: OnRead } {
  const inlet: Inlet = { take: () => true };
  return { inlet, onread: { buffer: READ_BUFFER, callback: (octets) => inlet.take(READ_BUFFER.subarray(0, octets)) } };
}

/**
 * An accepted connection in a socket that reads into our buffer. Node offers `onread` for connections it makes, not
 * for those it accepts, so the connection is moved, by way of its handle, into a socket made by hand before anything
 * was read. Undefined where a Node to come hides the handle: then the accepted socket serves as it is, and allocates.
 */
function withReader(accepted: Socket, onread: OnRead): Socket | undefined {
  const from = accepted as Socket & { _handle?: unknown };
  const handle = from._handle;
  if (handle === null || typeof handle !== "object") return undefined;
  from._handle = null;
  // With `noDelay` among the options the socket believes that it has been set, and it has not: replies would wait for the
  // acknowledgement of the one before (Nagle), 40 ms and more each.
  const options = { handle, onread, allowHalfOpen: true, pauseOnCreate: true };
  const socket = new Socket(options as ConstructorParameters<typeof Socket>[0]);
  socket.setNoDelay(true);
  return socket;
}

class SystemPipe implements Pipe {
  readonly remote: Endpoint;
  readonly #clock: Clock;
  readonly #clientContext: () => SecureContext;
  readonly #tcp: Socket;
  readonly #inlet: Inlet | undefined;
  /** What bytes go through: `#tcp`, or the TLS over it. Sockets that are not this one any more are not listened to. */
  #socket: Socket;
  #local: Endpoint | undefined;
  #events: PipeEvents | undefined;
  #state: "open" | "ending" | "closed" = "open";
  #fault: PipeFault | undefined;
  #cancelLinger: Cancel | undefined;
  /** Set while a handshake runs: a close then is the handshake's failure. */
  #handshakeFailed: ((fault: PipeFault) => void) | undefined;

  constructor(clock: Clock, clientContext: () => SecureContext, socket: Socket, remote: Endpoint, inlet?: Inlet) {
    this.#inlet = inlet;
    this.#clock = clock;
    this.#clientContext = clientContext;
    this.#tcp = socket;
    this.#socket = socket;
    this.remote = remote;
    this.#watch(socket);
  }

  get local(): Endpoint {
    this.#local ??= { ip: unmapped(this.#socket.localAddress ?? ""), port: this.#socket.localPort ?? 0 };
    return this.#local;
  }

  open(events: PipeEvents): void {
    this.#events = events;
    if (this.#state === "closed") return queueMicrotask(() => events.close(this.#fault)); // it broke before it had an owner
    this.#deliver(this.#socket, events);
    this.#socket.resume();
  }

  write(bytes: Uint8Array): boolean {
    return this.#state === "open" ? this.#socket.write(bytes) : true;
  }

  pause(): void {
    if (this.#state === "open") this.#socket.pause();
  }

  resume(): void {
    if (this.#state === "open") this.#socket.resume();
  }

  end(peerIsDone = false): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    // With everything in the kernel's hands a close sends the rest and the FIN; a shutdown before it, and waiting for
    // the peer's FIN after it, would only cost system calls. Unread octets would turn the FIN into a reset: so only then.
    if (peerIsDone && this.#socket === this.#tcp && this.#tcp.writableLength === 0) return void this.#tcp.destroy();
    this.#socket.end();
    this.#socket.resume();
    this.#linger(this.#socket.writableLength, LINGERS);
  }

  destroy(): void {
    if (this.#state === "closed" || this.#socket.destroyed) return;
    this.#fault ??= ABORTED;
    this.#drop();
  }

  async startTls(as: { server: SecureContext } | { client: TlsClient }, received?: Uint8Array): Promise<TlsHandshake> {
    const plain = this.#tcp;
    // What is queued is still plain text, and must not be written once the handshake has begun.
    if (plain.writableLength > 0) await new Promise<void>((resolve) => plain.write("", () => resolve()));
    if (this.#state !== "open") throw new PipeError(this.#fault ?? ABORTED);
    plain.pause();
    if (received !== undefined && received.length > 0) plain.unshift(received); // a TLSSocket takes over what its socket holds
    const secure = "server" in as ? new TLSSocket(plain, { isServer: true, secureContext: as.server }) : this.#tlsClient(plain, as.client);
    secure.pause();
    this.#socket = secure;
    this.#watch(secure);
    return await new Promise<TlsHandshake>((resolve, reject) => {
      const giveUp = (fault: PipeFault): void => {
        this.#fault ??= fault;
        this.#drop();
      };
      const cancel = this.#clock.after(HANDSHAKE_MS, () => giveUp({ code: "TIMEOUT", text: `no TLS handshake within ${HANDSHAKE_MS} ms` }));
      const leave = (): void => giveUp(LEFT_HANDSHAKE);
      this.#handshakeFailed = (fault) => {
        cancel();
        reject(new PipeError(fault));
      };
      secure.once("end", leave);
      secure.once("server" in as ? "secure" : "secureConnect", () => {
        cancel();
        secure.off("end", leave);
        this.#handshakeFailed = undefined;
        resolve(handshakeOf(secure, "client" in as));
        if (this.#events) this.#deliver(secure, this.#events);
        queueMicrotask(() => this.#socket.resume()); // flows a tick later: after those who await the handshake have run
      });
    });
  }

  #tlsClient(socket: Socket, { serverName: name, session, keep }: TlsClient): TLSSocket {
    const indicated = name !== undefined && ipFamily(name) === undefined ? { servername: name } : {}; // RFC 6066 §3: no addresses
    const secure = tlsConnect({
      socket,
      secureContext: this.#clientContext(),
      rejectUnauthorized: false, // a fact for the caller to weigh
      checkServerIdentity: (_, certificate) => (name === undefined ? undefined : checkServerIdentity(name, certificate)),
      ...(session && { session: Buffer.from(session) }),
      ...indicated,
    });
    if (keep) secure.on("session", keep); // TLS 1.3 sends them when it likes, behind the handshake
    return secure;
  }

  /** Follows the socket's end of life, with or without an owner. */
  #watch(socket: Socket): void {
    socket.on("error", (thrown) => {
      this.#fault ??= faultOf(thrown);
    });
    socket.on("close", () => {
      if (socket !== this.#socket) return;
      this.#state = "closed";
      this.#cancelLinger?.();
      if (this.#handshakeFailed) this.#handshakeFailed((this.#fault ??= LEFT_HANDSHAKE));
      this.#events?.close(this.#fault);
    });
  }

  #deliver(socket: Socket, events: PipeEvents): void {
    const take = (bytes: Uint8Array): boolean => {
      if (this.#state === "open" && socket === this.#socket) events.data(bytes);
      return true;
    };
    if (socket === this.#tcp && this.#inlet) this.#inlet.take = take;
    else socket.on("data", take);
    socket.on("drain", () => {
      if (this.#state === "open" && socket === this.#socket) events.drain();
    });
    socket.on("end", () => {
      if (this.#state === "open" && socket === this.#socket) events.end();
    });
  }

  #linger(queued: number, left: number): void {
    this.#cancelLinger = this.#clock.after(LINGER_MS, () => {
      const now = this.#socket.writableLength;
      if (now < queued && left > 1) return this.#linger(now, left - 1);
      this.#fault ??= { code: "TIMEOUT", text: `the peer did not close within ${LINGER_MS} ms` };
      this.#drop();
    });
  }

  #drop(): void {
    // TLS first: where the connection below it is reset before, it reaches into what is gone, and Node 26.10 dies of that.
    if (this.#socket !== this.#tcp) this.#socket.destroy();
    if (!this.#tcp.destroyed) this.#tcp.resetAndDestroy();
  }
}

/** On a resumed session the peer shows no certificate, and node takes it for authorized without a look (R19). */
function handshakeOf(secure: TLSSocket, asClient: boolean): TlsHandshake {
  const facts = { version: secure.getProtocol() ?? "", cipher: secure.getCipher().standardName };
  if (secure.isSessionReused()) return { ...facts, authorized: false, resumed: true };
  return { ...facts, authorized: secure.authorized, ...(asClient && { peer: peerOf(secure) }) };
}

/** A chain that is longer than this is nobody's. */
const CHAIN_MOST = 10;
/** Names were looked at only where the chain was in order: so this is no word on the chain. */
const NAME_MISMATCH = "ERR_TLS_CERT_ALTNAME_INVALID";

function peerOf(secure: TLSSocket): TlsPeer {
  const distrust = secure.authorized ? "" : String(secure.authorizationError); // node's type says Error, node says its code
  const shown = (): Uint8Array[] => {
    const chain: Uint8Array[] = [];
    let at = secure.getPeerCertificate(true);
    while (at?.raw !== undefined && chain.length < CHAIN_MOST) {
      chain.push(at.raw);
      if (at.issuerCertificate === at) break;
      at = at.issuerCertificate;
    }
    return chain;
  };
  return {
    chain: (more = []) => readChain(shown(), more),
    ...(distrust !== "" && !distrust.includes(NAME_MISMATCH) && { distrust }),
  };
}

const ABORTED: PipeFault = { code: "ABORTED", text: "dropped by this side" };

const LEFT_HANDSHAKE: PipeFault = { code: "TLS", text: "the peer closed the connection during the TLS handshake" };

function faultOf(thrown: unknown): PipeFault {
  const code = codeOf(thrown);
  // OpenSSL's own codes say no more than "TLS": its text says what.
  return { code: code === "EPROTO" || /^ERR_(SSL|TLS|OSSL)/.test(code) ? "TLS" : code || "EIO", text: textOf(thrown).trim() };
}

function ignore(): void {}
