/**
 * The network is a port: parts see byte pipes and listeners, never `node:net`. The real one is `system-network.ts`;
 * the lab has a simulated one.
 */
import type { SecureContext } from "node:tls";
import type { WallMs } from "./clock.ts";
import { Fault } from "./fault.ts";

export interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

/** What a pipe tells its owner. Called from the event loop, never from inside a call on the pipe. */
export interface PipeEvents {
  /** Bytes arrived. The view is valid during the call only: copy what must outlive it. */
  data(bytes: Uint8Array): void;
  /** The buffer of unsent bytes has emptied after `write` returned false. */
  drain(): void;
  /** The peer will send no more; it may still read. */
  end(): void;
  /** The pipe is gone; the last call. `fault` is absent after an orderly close. */
  close(fault?: PipeFault): void;
}

/** Why a connection could not be made or broke. `code` is the system's (ECONNREFUSED …) or TIMEOUT, TLS, ABORTED. */
export interface PipeFault {
  readonly code: string;
  readonly text: string;
}

/** A PipeFault as an exception, for calls that can only succeed or throw. */
export class PipeError extends Fault implements PipeFault {
  readonly text: string;
  constructor(fault: PipeFault) {
    super(fault.code, fault.text);
    this.text = fault.text;
  }
}

export interface TlsFacts {
  readonly version: string;
  readonly cipher: string;
  /**
   * Whether the peer's certificate chains to a trusted root and carries the name asked for. False on a server's side, and
   * on a resumed session.
   */
  readonly authorized: boolean;
  /** A session of before was taken up again: the peer showed no certificate, so nothing was verified. */
  readonly resumed?: true;
}

/** A certificate that a peer showed, as far as it is weighed. */
export interface PeerCertificate {
  /** DER. */
  readonly bytes: Uint8Array;
  /** Its SubjectPublicKeyInfo, DER, as it stands in `bytes`. */
  readonly publicKey: Uint8Array;
  /** The DNS names among its alternative names, lower case. */
  readonly names: readonly string[];
  readonly from: WallMs;
  readonly until: WallMs;
  /** It was issued and signed by the next in the chain, which may issue it (RFC 5280 §6.1, but for dates). */
  readonly signedByNext: boolean;
}

export interface TlsPeer {
  /**
   * From its own certificate upwards, each one's issuer behind it; never empty. `more`: DER, authorities that it need not
   * have shown. Read on demand, because most handshakes are not asked for it.
   */
  chain(more?: readonly Uint8Array[]): readonly PeerCertificate[];
  /** Why its chain does not lead to a trusted root, names apart, in OpenSSL's word (`CERT_HAS_EXPIRED`). Absent: it does. */
  readonly distrust?: string;
}

export interface TlsHandshake extends TlsFacts {
  /** Absent where the peer showed nothing: on a server's side, and on a resumed session. To be asked at once. */
  readonly peer?: TlsPeer;
}

/** Client's side. `serverName`: SNI, and the name that `authorized` is about. */
export interface TlsClient {
  readonly serverName?: string;
  /** A session of an earlier connection, to be taken up again if the peer still knows it. */
  readonly session?: Uint8Array;
  /** Called with what may be given as `session` later, perhaps more than once. */
  readonly keep?: (session: Uint8Array) => void;
}

/** One TCP connection. */
export interface Pipe {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** Names the owner; exactly once, before anything is delivered. */
  open(events: PipeEvents): void;
  /** Queues bytes; false asks the owner to wait for `drain`. The pipe keeps the view until it is sent. */
  write(bytes: Uint8Array): boolean;
  /** Stops and resumes `data`, which slows the peer by TCP's own flow control. */
  pause(): void;
  resume(): void;
  /**
   * Turns the connection into TLS; plaintext read so far stays the caller's to drop, but for `received`: octets that
   * are the handshake's already (a hello that came in one packet with a PROXY header). Resolves after the handshake.
   * @throws PipeError; the pipe is closed then.
   */
  startTls(as: { server: SecureContext } | { client: TlsClient }, received?: Uint8Array): Promise<TlsHandshake>;
  /** Sends what is queued, then closes. `peerIsDone`: it has said that nothing more comes, so there is nothing to wait for. */
  end(peerIsDone?: boolean): void;
  /** Closes now (RST where the system allows). */
  destroy(): void;
}

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly localAddress?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export type Connected = { readonly ok: true; readonly pipe: Pipe } | { readonly ok: false; readonly fault: PipeFault };

export interface Listener extends AsyncDisposable {
  readonly local: Endpoint;
  /** Takes no more connections; those open go on. */
  close(): Promise<void>;
}

/** What a datagram socket tells its owner. Called from the event loop, never from inside a call on the socket. */
export interface DatagramEvents {
  /** The view is valid during the call only. */
  received(bytes: Uint8Array, from: Endpoint): void;
  /** Something sent could not be delivered (ECONNREFUSED, EHOSTUNREACH …). The socket goes on. */
  failed(fault: PipeFault): void;
}

/** One UDP socket. */
export interface Datagrams {
  readonly local: Endpoint;
  /** Sends one datagram, or loses it, as networks do. To the peer where the socket has one. */
  send(bytes: Uint8Array, to: Endpoint): void;
  close(): void;
}

/** `peer`: a fresh port of the system's choice that hears this one sender only. */
export type DatagramPlace = { readonly at: Endpoint } | { readonly peer: Endpoint };

export interface Network {
  /** `host` is an IP address; names are the resolver's business. */
  connect(options: ConnectOptions): Promise<Connected>;
  /** @throws an error with the system's code (EADDRINUSE, EACCES …) when the address cannot be had. */
  listen(at: Endpoint, accept: (pipe: Pipe) => void): Promise<Listener>;
  /** @throws an error with the system's code (EADDRINUSE, ENETUNREACH …). */
  datagrams(place: DatagramPlace, events: DatagramEvents): Promise<Datagrams>;
}
