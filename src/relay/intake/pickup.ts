/**
 * Takes what local programs dropped: at start, whenever `sendmail` says so, and now and then in case nobody did. Each
 * file goes the way of every other message, with the user who wrote it as its sender.
 */
import type { Cancel, Clock } from "../../base/clock.ts";
import { textOf } from "../../base/fault.ts";
import { watchFolder } from "../../base/folder.ts";
import type { Log } from "../../base/log.ts";
import type { MessageKey, SenderKey, SourceName, TenantId } from "../../model/ids.ts";
import type { Recipient } from "../../model/message.ts";
import type { Spool } from "../../store/spool/spool.ts";
import { type AcceptPorts, accept, type Draft } from "./accept.ts";
import { ContentBuffer } from "./content-buffer.ts";
import {
  claimPickup,
  domainOf,
  listPickup,
  makePickupFolder,
  openPickup,
  type PickupEntry,
  type PickupMessage,
  removePickup,
  setAsidePickup,
} from "./pickup-file.ts";

export interface PickupPorts extends AcceptPorts {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly log: Log;
  newKey(): MessageKey;
  readonly maxMessageBytes: number;
  /** A local user handed over a message. */
  taken(): void;
}

export interface PickupCount {
  readonly taken: number;
  readonly refused: number;
}

const LOCAL = "local" as SourceName;
/** Between looks that nothing called for. */
const EVERY_MS = 30_000;

export class Pickup implements AsyncDisposable {
  readonly #folder: string;
  readonly #ports: PickupPorts;
  #looking: Promise<PickupCount> | undefined;
  #again = false;
  #cancel: Cancel | undefined;
  #unwatch: Cancel | undefined;
  #closed = false;

  private constructor(folder: string, ports: PickupPorts) {
    this.#folder = folder;
    this.#ports = ports;
  }

  static async open(folder: string, ports: PickupPorts): Promise<Pickup> {
    await makePickupFolder(folder);
    const pickup = new Pickup(folder, ports);
    // So that a user who may not speak to the node need not wait for the next look.
    pickup.#unwatch = watchFolder(folder, (name) => {
      if (name.endsWith(".msg")) void pickup.look().catch(() => {}); // the next look tells
    });
    pickup.#watch();
    return pickup;
  }

  /** Takes everything there is now. Concurrent calls share a look, and one more follows for what came meanwhile. */
  async look(): Promise<PickupCount> {
    if (this.#closed) return { taken: 0, refused: 0 };
    if (this.#looking) {
      this.#again = true;
      return await this.#looking;
    }
    this.#looking = this.#lookUntilQuiet();
    try {
      return await this.#looking;
    } finally {
      this.#looking = undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    this.#unwatch?.();
    await this.#looking;
  }

  #watch(): void {
    void this.look()
      .catch((thrown: unknown) => this.#ports.log("warn", "the drop folder could not be read", { why: textOf(thrown) }))
      .finally(() => {
        if (!this.#closed) this.#cancel = this.#ports.clock.after(EVERY_MS, () => this.#watch());
      });
  }

  async #lookUntilQuiet(): Promise<PickupCount> {
    let taken = 0;
    let refused = 0;
    do {
      this.#again = false;
      for (const entry of await listPickup(this.#folder, this.#ports.clock.wall())) {
        if (this.#closed) break;
        const came = await this.#take(entry);
        if (came === "taken") taken++;
        if (came === "refused") refused++;
        if (came === "later") return { taken, refused };
      }
    } while (this.#again && !this.#closed);
    return { taken, refused };
  }

  async #take(entry: PickupEntry): Promise<"taken" | "refused" | "gone" | "later"> {
    const { log, spool } = this.#ports;
    if (entry.key !== undefined && (await isKnown(spool, entry.key))) {
      await removePickup(this.#folder, entry); // taken by a process that died before it could remove the file
      return "gone";
    }
    const opened = await openPickup(this.#folder, entry.name);
    if (opened.is === "gone") return "gone";
    if (opened.is === "broken") {
      await setAsidePickup(this.#folder, entry);
      log("warn", "a dropped file was set aside", { file: entry.name, why: opened.why });
      return "refused";
    }
    await using message = opened.message;
    if (message.bytes > this.#ports.maxMessageBytes) {
      await setAsidePickup(this.#folder, entry);
      log("warn", "a dropped file was set aside", { file: entry.name, why: "it is too large" });
      return "refused";
    }
    return await this.#accept(entry, message);
  }

  async #accept(entry: PickupEntry, message: PickupMessage): Promise<"taken" | "refused" | "later"> {
    const { spool, hostname, newKey, log, taken } = this.#ports;
    const key = newKey();
    const claimed = await claimPickup(this.#folder, entry, key);
    const buffer = new ContentBuffer(spool, key);
    try {
      for await (const part of message.content()) await buffer.add(part);
    } catch (thrown) {
      buffer.drop();
      log("warn", "a dropped message waits: it cannot be stored now", { file: claimed.name, why: textOf(thrown) });
      return "later";
    }
    const draft = draftOf(message, key, hostname);
    const content = {
      head: buffer.head(),
      bytes: buffer.bytes,
      inline: buffer.inline(),
      finish: () => buffer.finish(),
      drop: () => buffer.drop(),
    };
    const reply = await accept(draft, content, this.#ports);
    if (reply.code >= 400 && reply.code < 500) return "later";
    if (reply.code >= 500) {
      await setAsidePickup(this.#folder, claimed);
      log("warn", "a dropped message was refused", { file: claimed.name, why: reply.text });
      return "refused";
    }
    taken();
    await removePickup(this.#folder, claimed);
    return "taken";
  }
}

async function isKnown(spool: Spool, key: MessageKey): Promise<boolean> {
  return (await spool.message(key)) !== undefined || (await spool.eventsOf(key)).length > 0;
}

function draftOf({ envelope, uid }: PickupMessage, key: MessageKey, hostname: string): Draft {
  const user = `uid${uid}`;
  return {
    key,
    tenant: "default" as TenantId,
    source: LOCAL,
    sender: `${user}@${LOCAL}` as SenderKey,
    mailFrom: envelope.mailFrom === "" || envelope.mailFrom.includes("@") ? envelope.mailFrom : `${envelope.mailFrom}@${hostname}`,
    recipients: envelope.recipients.map((recipient) => qualified(recipient, hostname)),
    body: envelope.body,
    smtpUtf8: envelope.smtpUtf8,
    ...(envelope.ret && { ret: envelope.ret }),
    ...(envelope.envid !== undefined && { envid: envelope.envid }),
    peer: { ip: "127.0.0.1", helo: hostname, login: user, listener: "pickup" },
    esmtp: true,
  };
}

/** `root` is somebody on this machine. */
function qualified(recipient: Recipient, hostname: string): Recipient {
  return recipient.domain !== ""
    ? recipient
    : { ...recipient, address: `${recipient.address}@${hostname}`, domain: domainOf(`x@${hostname}`) };
}
