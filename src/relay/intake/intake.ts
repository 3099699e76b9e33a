/**
 * The way in: listeners, the sessions on them, and the drop folder. Knows who may send and when mail is accepted;
 * SMTP itself is `wire/smtp`'s.
 */
import { Activities } from "../../base/activities.ts";
import { type Cidr, rangeTest } from "../../base/ip.ts";
import type { Endpoint, Listener, Network, Pipe } from "../../base/network.ts";
import type { Random } from "../../base/random.ts";
import type { Suppression } from "../../store/suppression/suppression.ts";
import { defaultServerOptions, type ServerHandle, type ServerOptions, type ServerTls, serve } from "../../wire/smtp/server.ts";
import type { AcceptPorts } from "./accept.ts";
import { LoginThrottle } from "./login-throttle.ts";
import { testForOpenRelay } from "./open-relay-test.ts";
import { PasswordCheck } from "./password-check.ts";
import { Pickup } from "./pickup.ts";
import { Refusals } from "./refusals.ts";
import type { Returns } from "./returns.ts";
import { type HostPorts, SessionHost } from "./session-host.ts";
import { type Source, SourceTable } from "./source-table.ts";

export { STRANGER } from "./open-relay-test.ts";
export { OwnMail } from "./own-mail.ts";
export { makeVerifier } from "./password-check.ts";
export type { Pickup, PickupCount } from "./pickup.ts";
export { Returns, type ReturnsSettings } from "./returns.ts";
export { type CredentialSource, type RangeSource, type Source, SourceTable } from "./source-table.ts";

export interface ListenerSettings {
  readonly name: string;
  readonly at: Endpoint;
  readonly tls: "none" | "starttls" | "implicit";
  readonly auth: "never" | "tls-only" | "always";
  /** Peers that must begin with a PROXY header; empty: nobody may. */
  readonly proxyFrom: readonly Cidr[];
  readonly xclientFrom: readonly Cidr[];
}

export interface IntakeSettings {
  readonly hostname: string;
  readonly listeners: readonly ListenerSettings[];
  readonly tls: ServerTls | undefined;
  readonly maxMessageBytes: number;
  readonly maxRecipients: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
}

export interface IntakePorts extends AcceptPorts {
  readonly network: Network;
  readonly random: Random;
  readonly secret: Uint8Array;
  newKey: HostPorts["newKey"];
  readonly suppression?: Suppression | undefined;
  /** Absent: no return paths of ours. */
  readonly returns?: Returns | undefined;
}

/** Connections that wait for a place, ungreeted (R8: a busy server is slow, not rude); above it they are closed. */
const WAITING_MOST = 1000;

export class Intake implements AsyncDisposable {
  readonly #ports: IntakePorts;
  readonly #settings: IntakeSettings;
  readonly #activities: Activities;
  readonly #sessions = new Set<ServerHandle>();
  readonly #perAddress = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];
  readonly #host: HostPorts;
  /** Of the stranger that it plays itself: nobody was refused, so nothing is put on record. */
  readonly #played: HostPorts;
  readonly #seen = new Map<string, number>();
  readonly #listeners: { readonly name: string; readonly listener: Listener }[] = [];
  #sources: SourceTable;
  #draining = false;

  constructor(ports: IntakePorts, settings: IntakeSettings, sources: readonly Source[]) {
    this.#ports = ports;
    this.#settings = settings;
    this.#activities = new Activities(ports.clock);
    this.#sources = new SourceTable(sources);
    this.#host = {
      ...ports,
      sources: () => this.#sources,
      passwords: new PasswordCheck(ports.clock),
      throttle: new LoginThrottle(ports.clock),
      memory: { inUse: 0 },
      refusals: new Refusals(ports),
      draining: () => this.#draining,
      seen: (source) => void this.#seen.set(source.name, ports.clock.wall()),
      begin: (label) => this.#activities.begin(label),
    };
    this.#played = { ...this.#host, refusals: new Refusals({ ...ports, spool: { record: () => {} } }) };
  }

  /** Opens every listener. @throws the system's error with the listener named. */
  async listen(): Promise<void> {
    for (const settings of this.#settings.listeners) {
      const options = this.#optionsFor(settings);
      const listener = await this.#ports.network.listen(settings.at, (pipe) => this.#connected(pipe, settings, options));
      this.#listeners.push({ name: settings.name, listener });
    }
  }

  /** Names of listeners through which a stranger could send to anybody. To be asked after every change of sources, too. */
  async openRelays(): Promise<readonly string[]> {
    const asked = await Promise.all(
      this.#settings.listeners.map(async (settings) => {
        const plain = { ...this.#optionsFor(settings), implicitTls: false };
        const test = await testForOpenRelay((pipe) => this.#serve(pipe, settings, plain, this.#played), this.#ports.clock);
        return test.is === "open" ? settings.name : undefined;
      }),
    );
    return asked.filter((name) => name !== undefined);
  }

  get addresses(): readonly { readonly name: string; readonly local: Endpoint }[] {
    return this.#listeners.map(({ name, listener }) => ({ name, local: listener.local }));
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  /** New sessions and those under way see the new table at their next MAIL. */
  setSources(sources: readonly Source[]): void {
    this.#sources = new SourceTable(sources);
  }

  /** When a source last handed over mail in this process. */
  seenAt(name: string): number | undefined {
    return this.#seen.get(name);
  }

  describe(): string {
    return this.#activities.describe();
  }

  /** Takes mail from the drop folder as well, until the result is disposed. */
  async watchPickup(folder: string): Promise<Pickup> {
    const { maxMessageBytes } = this.#settings;
    return await Pickup.open(folder, {
      ...this.#ports,
      maxMessageBytes,
      taken: () => void this.#seen.set("local", this.#ports.clock.wall()),
    });
  }

  /** Takes no more connections or transactions; resolves once open transactions are finished, or after `withinMs`. */
  async drain(withinMs: number): Promise<void> {
    this.#draining = true;
    await Promise.all(this.#listeners.map(({ listener }) => listener.close()));
    for (const session of this.#sessions) void session.drain();
    await this.#activities.drained(withinMs);
    for (const session of this.#sessions) session.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain(0);
  }

  #connected(pipe: Pipe, settings: ListenerSettings, options: ServerOptions): void {
    const { ip } = pipe.remote;
    const mine = this.#perAddress.get(ip) ?? 0;
    if (this.#sessions.size < this.#settings.maxConnections && mine < this.#settings.maxConnectionsPerAddress) {
      this.#serve(pipe, settings, options, this.#host);
    } else if (this.#waiting.length < WAITING_MOST) {
      this.#waiting.push(() => this.#connected(pipe, settings, options));
    } else pipe.destroy();
  }

  #serve(pipe: Pipe, settings: ListenerSettings, options: ServerOptions, ports: HostPorts): void {
    const { ip } = pipe.remote;
    this.#perAddress.set(ip, (this.#perAddress.get(ip) ?? 0) + 1);
    const host = new SessionHost(ports, { name: settings.name, auth: settings.auth !== "never" }, () => {
      this.#sessions.delete(session);
      const left = (this.#perAddress.get(ip) ?? 1) - 1;
      if (left > 0) this.#perAddress.set(ip, left);
      else this.#perAddress.delete(ip);
      this.#waiting.shift()?.();
    });
    const session: ServerHandle = serve(pipe, options, host, this.#ports.clock);
    this.#sessions.add(session);
  }

  /** Options differ by listener only, so that each is made once. */
  #optionsFor(settings: ListenerSettings): ServerOptions {
    const { hostname, tls, maxMessageBytes, maxRecipients } = this.#settings;
    const defaults = defaultServerOptions(hostname, this.#ports.random);
    const implicit = settings.tls === "implicit";
    return {
      ...defaults,
      offers: { ...defaults.offers, requireTls: true },
      limits: { ...defaults.limits, content: maxMessageBytes, recipients: maxRecipients },
      tls: settings.tls === "none" || !tls ? "none" : "offered",
      auth: settings.auth,
      authRequired: false, // `mail` knows who may send without a login
      implicitTls: implicit,
      ...(tls && { certificate: tls }),
      // Only sources get as far as content, and theirs is put right: cron mail has bare line feeds (R22).
      normalisesFor: () => true,
      ...(settings.proxyFrom.length > 0 && { proxyFrom: rangeTest(settings.proxyFrom) }),
      ...(settings.xclientFrom.length > 0 && { xclientFrom: rangeTest(settings.xclientFrom) }),
    };
  }
}
