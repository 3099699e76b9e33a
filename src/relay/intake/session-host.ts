/**
 * One client's session as intake sees it: who it is, its open transaction, and the answers the protocol machine asks
 * for. One bad sender is refused at RCPT or at the final dot, never by 421 or disconnect: an error of the host would
 * freeze all mail of that server (R8).
 */
import type { Clock } from "../../base/clock.ts";
import { codeOf } from "../../base/fault.ts";
import type { Log } from "../../base/log.ts";
import type { MessageKey, TenantId } from "../../model/ids.ts";
import type { Peer, Recipient } from "../../model/message.ts";
import type { Reply } from "../../model/reply.ts";
import type { Suppression } from "../../store/suppression/suppression.ts";
import type { ClientFacts, ContentFacts, Decision, MailCommand, ScramVerifier, ServerHost } from "../../wire/smtp/server-host.ts";
import { type AcceptedContent, type AcceptPorts, accept } from "./accept.ts";
import { ContentBuffer } from "./content-buffer.ts";
import type { LoginThrottle } from "./login-throttle.ts";
import { decoyVerifier, type PasswordCheck } from "./password-check.ts";
import type { Refusals, Refused } from "./refusals.ts";
import {
  CANNOT_STORE,
  DISK_FULL,
  LOGIN_FIRST,
  NO_DOMAIN,
  NO_RECIPIENT,
  NOT_ALLOWED,
  ONE_RETURN,
  RETURN_EXPIRED,
  STOPPING,
  suppressed,
  TOO_BUSY,
} from "./replies.ts";
import type { Returned, Returns } from "./returns.ts";
import { type Source, type SourceTable, senderOf } from "./source-table.ts";

export interface HostPorts extends AcceptPorts {
  readonly clock: Clock;
  readonly log: Log;
  sources(): SourceTable;
  readonly passwords: PasswordCheck;
  readonly throttle: LoginThrottle;
  /** For decoys; stable across restarts. */
  readonly secret: Uint8Array;
  newKey(): MessageKey;
  /** Content octets of unfinished messages in memory, all sessions together. */
  readonly memory: { inUse: number };
  draining(): boolean;
  readonly refusals: Refusals;
  readonly suppression?: Suppression | undefined;
  /** Absent: no return paths of ours, and strangers may send nothing. */
  readonly returns?: Returns | undefined;
  /** A source handed over mail. */
  seen(source: Source): void;
  begin(label: string): () => void;
}

/** Unfinished content in memory over all sessions; above it new transactions are put off. */
const MEMORY_BUDGET = 192 * 1024 * 1024;

interface Open {
  readonly key: MessageKey;
  /** Undefined: a stranger, who may only return what we sent. */
  readonly source: Source | undefined;
  /** The return path that it goes to, alone. */
  returning?: string;
  readonly command: MailCommand;
  readonly client: ClientFacts;
  readonly recipients: Recipient[];
  readonly content: ContentBuffer;
  /** Set once the spool refused a part: the rest is swallowed and this is the answer. */
  failed?: Reply;
  readonly end: () => void;
}

export class SessionHost implements ServerHost {
  readonly #ports: HostPorts;
  readonly #listener: string;
  readonly #authOffered: boolean;
  readonly #closed: () => void;
  #open: Open | undefined;
  /** What this host refused itself, and recorded: the machine tells of it once more. */
  #told: Reply | undefined;

  constructor(ports: HostPorts, listener: { readonly name: string; readonly auth: boolean }, closed: () => void) {
    this.#ports = ports;
    this.#listener = listener.name;
    this.#authOffered = listener.auth;
    this.#closed = closed;
  }

  mail(command: MailCommand, client: ClientFacts): Decision {
    const source = this.#sourceOf(client);
    if (!source && !this.#ports.returns) return this.#refuse(this.#stranger, { client, mailFrom: command.mailFrom });
    if (this.#ports.draining()) return STOPPING;
    const health = this.#ports.spool.health();
    if (health.is === "full") return DISK_FULL;
    if (health.is === "sick") return CANNOT_STORE;
    if (this.#ports.memory.inUse > MEMORY_BUDGET) return TOO_BUSY;
    const key = this.#ports.newKey();
    const content = new ContentBuffer(this.#ports.spool, key);
    this.#open = {
      key,
      source,
      command,
      client,
      recipients: [],
      content,
      end: this.#ports.begin(`a message from ${source?.name ?? client.ip}`),
    };
    return undefined;
  }

  rcpt(recipient: Recipient, client: ClientFacts): Decision | Promise<Decision> {
    if (!this.#open) return NO_RECIPIENT;
    if (recipient.domain === "") return this.#refuse(NO_DOMAIN, { ...refusedOf(this.#open, client), rcptTo: recipient.address });
    const back = this.#returns(this.#open, recipient, client);
    if (back !== "no") return back;
    const { suppression } = this.#ports;
    const tenant = this.#open.source?.tenant;
    if (tenant !== undefined && suppression?.mayMatch(tenant, recipient.address))
      return this.#unlessSuppressed(suppression, tenant, recipient, client);
    this.#open.recipients.push(recipient);
    return undefined;
  }

  /** Whether it is mail coming back, and the answer if it is; to a stranger's other recipients the answer is no. */
  #returns(open: Open, recipient: Recipient, client: ClientFacts): Decision | "no" {
    const refused = { ...refusedOf(open, client), rcptTo: recipient.address };
    const kind = this.#ports.returns?.addressed(recipient.address) ?? "none";
    if (kind === "expired") return this.#refuse(RETURN_EXPIRED, refused);
    if (kind === "none") return open.source ? (open.returning === undefined ? "no" : ONE_RETURN) : this.#refuse(this.#stranger, refused);
    if (open.recipients.length > 0) return ONE_RETURN;
    open.returning = recipient.address;
    open.recipients.push(recipient);
    return undefined;
  }

  get #stranger(): Reply {
    return this.#authOffered ? LOGIN_FIRST : NOT_ALLOWED;
  }

  /** Memory says perhaps, the list says for sure. A list that cannot be read stops no mail. */
  async #unlessSuppressed(suppression: Suppression, tenant: TenantId, recipient: Recipient, client: ClientFacts): Promise<Decision> {
    const open = this.#open;
    if (!open) return NO_RECIPIENT;
    try {
      const entry = await suppression.find(tenant, recipient.address, this.#ports.clock.wall());
      if (entry !== undefined) return this.#refuse(suppressed(entry), { ...refusedOf(open, client), rcptTo: recipient.address });
    } catch (thrown) {
      this.#ports.log("warn", "the suppression list cannot be read; mail passes", { why: String(thrown) });
    }
    open.recipients.push(recipient);
    return undefined;
  }

  data(): Decision {
    return this.#open && this.#open.recipients.length > 0 ? undefined : NO_RECIPIENT;
  }

  content(bytes: Uint8Array): void | Promise<void> {
    const open = this.#open;
    if (!open || open.failed) return undefined;
    const before = open.content.held;
    try {
      const wait = open.content.add(bytes);
      this.#ports.memory.inUse += open.content.held - before;
      return wait?.catch((thrown: unknown) => this.#storeFailed(open, thrown));
    } catch (thrown) {
      this.#storeFailed(open, thrown);
      return undefined;
    }
  }

  async message(facts: ContentFacts): Promise<Reply> {
    const open = this.#open;
    if (!open) return NO_RECIPIENT;
    this.#open = undefined;
    const { held } = open.content;
    try {
      if (open.failed) {
        open.content.drop();
        return open.failed;
      }
      const reply = await this.#accept(open, facts);
      if (reply.code === 250 && open.source && open.returning === undefined) this.#ports.seen(open.source);
      return reply.code < 500 ? reply : this.#refuse(reply, { ...refusedOf(open, open.client), key: open.key });
    } finally {
      this.#ports.memory.inUse -= held;
      open.end();
    }
  }

  reset(): void {
    const open = this.#open;
    if (!open) return;
    this.#open = undefined;
    this.#ports.memory.inUse -= open.content.held;
    open.content.drop();
    open.end();
  }

  async password(login: string, password: string, client: ClientFacts): Promise<boolean> {
    await this.#throttled(client.ip, login);
    const source = this.#ports.sources().byLogin(login);
    const verifier = source?.verifier ?? decoyVerifier(this.#ports.secret, login);
    const right = (await this.#ports.passwords.matches(verifier, password)) && source !== undefined;
    this.#loggedIn(login, right, client);
    return right;
  }

  verifier(login: string): { readonly known: boolean; readonly verifier: ScramVerifier } {
    const source = this.#ports.sources().byLogin(login);
    return source ? { known: true, verifier: source.verifier } : { known: false, verifier: decoyVerifier(this.#ports.secret, login) };
  }

  scramDone(login: string, ok: boolean, client: ClientFacts): void {
    this.#loggedIn(login, ok, client);
  }

  /** The protocol machine said no: too big, a bare line feed, a syntax error. */
  refused(command: string, reply: Reply, client: ClientFacts): void {
    if (reply === this.#told || reply.code < 500 || !/^(MAIL|RCPT|DATA|BDAT)\b/i.test(command)) return;
    const mailFrom = /^MAIL FROM:\s*<([^>]*)>/i.exec(command)?.[1] ?? "";
    this.#ports.refusals.refuse(reply, this.#open ? refusedOf(this.#open, client) : { client, mailFrom });
  }

  closed(): void {
    this.reset();
    this.#closed();
  }

  /** The credential it logged in with, else the range it comes from. */
  #sourceOf(client: ClientFacts): Source | undefined {
    const sources = this.#ports.sources();
    return (client.login !== undefined ? sources.byLogin(client.login) : undefined) ?? sources.byAddress(client.ip);
  }

  async #accept(open: Open, facts: ContentFacts): Promise<Reply> {
    const { command, client, source, key, content: buffer, returning } = open;
    const { returns } = this.#ports;
    const content: AcceptedContent = {
      ...{ head: buffer.head(), bytes: buffer.bytes, inline: buffer.inline() },
      ...{ finish: () => buffer.finish(), drop: () => buffer.drop() },
    };
    const peer: Peer = {
      ip: client.ip,
      helo: client.helo,
      ...(client.tls && { tls: `${client.tls.version} ${client.tls.cipher}` }),
      ...(client.login !== undefined && { login: client.login }),
      listener: this.#listener,
    };
    // What was declared 7bit and is not would be mangled or refused further on; the bytes decide.
    const body = command.body === "7bit" && facts.eightBit ? ("8bit" as const) : command.body;
    const { smtpUtf8 } = command;
    if (returning !== undefined && returns)
      return await returnOf(
        returns,
        { key, to: returning, peer, esmtp: client.esmtp, smtpUtf8, body, requireTls: command.requireTls },
        content,
      );
    if (!source) return NO_RECIPIENT;
    const draft = {
      key,
      tenant: source.tenant,
      source: source.name,
      sender: senderOf(source, command.mailFrom),
      mailFrom: command.mailFrom,
      recipients: open.recipients,
      body,
      smtpUtf8,
      ...(command.ret && { ret: command.ret }),
      ...(command.envid !== undefined && { envid: command.envid }),
      ...(command.requireTls && { tls: "required" as const }),
      peer,
      esmtp: client.esmtp,
    };
    return await accept(draft, content, this.#ports);
  }

  #storeFailed(open: Open, thrown: unknown): void {
    open.failed = codeOf(thrown) === "SPOOL_FULL" ? DISK_FULL : CANNOT_STORE;
  }

  async #throttled(ip: string, login: string): Promise<void> {
    const wait = this.#ports.throttle.waitMs(ip, login);
    if (wait > 0) await this.#ports.clock.sleep(wait);
  }

  #loggedIn(login: string, ok: boolean, client: ClientFacts): void {
    if (ok) this.#ports.throttle.succeeded(client.ip, login);
    else {
      this.#ports.throttle.failed(client.ip, login);
      this.#ports.log("info", "a login failed", { ip: client.ip, login });
    }
  }

  #refuse(reply: Reply, refused: Refused): Reply {
    this.#told = this.#ports.refusals.refuse(reply, refused);
    return this.#told;
  }
}

function refusedOf({ source, command, recipients }: Open, client: ClientFacts): Refused {
  const only = recipients.length === 1 ? recipients[0]?.address : undefined;
  const known = source && { source: source.name, tenant: source.tenant, sender: senderOf(source, command.mailFrom) };
  return { client, mailFrom: command.mailFrom, ...known, ...(only !== undefined && { rcptTo: only }) };
}

/** Never throws, as `accept`: what the spool cannot take is answered with 4xx. */
async function returnOf(returns: Returns, returned: Returned, content: AcceptedContent): Promise<Reply> {
  try {
    return await returns.receive(returned, content);
  } catch (thrown) {
    content.drop();
    return codeOf(thrown) === "SPOOL_FULL" ? DISK_FULL : CANNOT_STORE;
  }
}
