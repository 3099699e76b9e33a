/**
 * The drop folder's files: how a local `sendmail` hands over a message, also while no node runs. Any local user may
 * drop a file and none may list the folder (mode 1733, as a maildrop), so a file's name is a secret of 128 bits, and its
 * owner, as the file system knows it, is the sender's identity.
 *
 * A file is one line of JSON (the envelope) ended by LF, then the content with CRLF lines, to the end. It is written
 * under a temporary name, synced, renamed, and the folder synced: a name that ends in `.msg` is a whole message.
 *
 * Reading: `list`, `open`, then `claim` with the key the message is going to have, append to the spool, `remove`. After
 * a crash a claimed file tells its key: if the spool knows it, only the removal is missing.
 */
import { constants, type Stats } from "node:fs";
import { chmod, type FileHandle, open, readdir, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { domainToASCII } from "node:url";
import { asBuffer, checkedUtf8, fromUtf8 } from "../../base/bytes.ts";
import type { WallMs } from "../../base/clock.ts";
import { codeOf } from "../../base/fault.ts";
import { makeFolder } from "../../base/folder.ts";
import type { Random } from "../../base/random.ts";
import type { MessageKey } from "../../model/ids.ts";
import type { BodyKind, Notify, Recipient } from "../../model/message.ts";

/** What is handed over besides the content. */
export interface PickupEnvelope {
  /** "" is the null reverse-path. */
  readonly mailFrom: string;
  readonly recipients: readonly Recipient[];
  readonly body: BodyKind;
  readonly smtpUtf8: boolean;
  readonly ret?: "full" | "headers";
  readonly envid?: string;
}

/** A file ready to be taken. `key` is set where an earlier process claimed it and did not finish. */
export interface PickupEntry {
  readonly name: string;
  readonly key?: MessageKey;
}

export type OpenedPickup =
  | { readonly is: "message"; readonly message: PickupMessage }
  /** It never becomes a message: set it aside. */
  | { readonly is: "broken"; readonly why: string }
  /** Someone else took it. */
  | { readonly is: "gone" };

export interface PickupMessage extends AsyncDisposable {
  readonly envelope: PickupEnvelope;
  /** The numeric user that wrote it. */
  readonly uid: number;
  readonly droppedAt: WallMs;
  /** Content octets. */
  readonly bytes: number;
  /** Content in parts of up to 256 KiB; once. */
  content(): AsyncIterable<Uint8Array>;
}

const VERSION = 1;
/** A thousand recipients with all their options fit. */
const MOST_ENVELOPE_BYTES = 1024 * 1024;
export const MOST_PICKUP_RECIPIENTS = 1000;
const READ_BYTES = 256 * 1024;
/** A temporary file this old belongs to a process that died. */
const ABANDONED_MS = 24 * 3_600_000;
const NAME = /^(\d{13})-([0-9a-f]{32})(?:\.(\d{1,16}))?\.msg$/;

/** Makes the folder with its mode. Users besides the owner also need the right to pass through its parents (x). */
export async function makePickupFolder(folder: string): Promise<void> {
  makeFolder(folder, 0o711);
  await chmod(folder, 0o1733);
}

/**
 * Resolves once the message is whole and on stable storage under its final name.
 * @throws the system's error (EACCES, ENOSPC, ENOENT …); no file is left then.
 */
export async function writePickup(
  folder: string,
  envelope: PickupEnvelope,
  content: AsyncIterable<Uint8Array>,
  now: WallMs,
  random: Random,
): Promise<string> {
  const stem = `${String(now).padStart(13, "0")}-${asBuffer(random.bytes(16)).toString("hex")}`;
  const [temporary, final] = [join(folder, `${stem}.tmp`), join(folder, `${stem}.msg`)];
  const file = await open(temporary, "wx", 0o600);
  try {
    await writeAll(file, fromUtf8(`${JSON.stringify({ fairlead: VERSION, ...envelope })}\n`));
    for await (const part of content) await writeAll(file, part);
    // The node may run as another user than the one who drops; the name is what keeps others out.
    await file.chmod(0o644);
    await file.sync();
    await rename(temporary, final);
    await syncFolder(folder, file);
    return `${stem}.msg`;
  } catch (thrown) {
    await unlink(temporary).catch(() => {}); // already renamed, or never made: the first error is the one to tell
    throw thrown;
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}

/** Without the right to read the folder it cannot be opened; syncing the renamed file again commits its new name on journaling file systems. */
async function syncFolder(folder: string, file: FileHandle): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (thrown) {
    if (codeOf(thrown) !== "EACCES") throw thrown;
    return await file.sync();
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** At most `limit` entries, oldest first. Removes temporary files that dead processes left. An absent folder is empty. */
export async function listPickup(folder: string, now: WallMs, limit = 1000): Promise<readonly PickupEntry[]> {
  const names = await readdir(folder).catch((thrown: unknown) => {
    if (codeOf(thrown) === "ENOENT") return [];
    throw thrown;
  });
  for (const name of names)
    if (/^\d{13}-[0-9a-f]{32}\.tmp$/.test(name) && now - Number(name.slice(0, 13)) > ABANDONED_MS)
      await unlink(join(folder, name)).catch(() => {}); // the next look tries again
  const entries: PickupEntry[] = [];
  for (const name of names.sort()) {
    const [, , , key] = NAME.exec(name) ?? [undefined];
    if (NAME.test(name)) entries.push({ name, ...(key === undefined ? {} : { key: Number(key) as MessageKey }) });
    if (entries.length === limit) break;
  }
  return entries;
}

/** Whatever a user left there: never follows a link, never waits for a pipe, never reads more of an envelope than the bound. */
export async function openPickup(folder: string, name: string): Promise<OpenedPickup> {
  let file: FileHandle;
  try {
    file = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return { is: "gone" };
    return { is: "broken", why: codeOf(thrown) === "ELOOP" ? "it is a symbolic link" : `it cannot be opened (${codeOf(thrown)})` };
  }
  const opened = await readEnvelope(file).catch(
    (thrown: unknown) => ({ is: "broken", why: `it cannot be read (${codeOf(thrown)})` }) as const,
  );
  if (opened.is === "broken") await file.close();
  return opened;
}

async function readEnvelope(file: FileHandle): Promise<OpenedPickup> {
  const stat: Stats = await file.stat();
  if (!stat.isFile()) return { is: "broken", why: "it is not a regular file" };
  if (stat.nlink !== 1) return { is: "broken", why: "it has a second name" };
  const head = Buffer.alloc(Math.min(stat.size, MOST_ENVELOPE_BYTES));
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  const end = head.subarray(0, bytesRead).indexOf(10);
  if (end < 0) return { is: "broken", why: "its first line does not end" };
  const envelope = envelopeOf(checkedUtf8(head.subarray(0, end)) ?? "");
  if (typeof envelope === "string") return { is: "broken", why: envelope };
  const message: PickupMessage = {
    envelope,
    uid: stat.uid,
    droppedAt: Math.round(stat.mtimeMs) as WallMs,
    bytes: stat.size - end - 1,
    content: () => contentFrom(file, end + 1, stat.size),
    [Symbol.asyncDispose]: () => file.close(),
  };
  return { is: "message", message };
}

/** Stops at the size found at opening: its writer may still append. */
async function* contentFrom(file: FileHandle, start: number, size: number): AsyncIterable<Uint8Array> {
  for (let at = start; at < size; ) {
    const part = Buffer.allocUnsafe(Math.min(READ_BYTES, size - at));
    const { bytesRead } = await file.read(part, 0, part.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield part.subarray(0, bytesRead);
  }
}

/** The envelope, or what is wrong with it. */
function envelopeOf(line: string): PickupEnvelope | string {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    return "its first line is not JSON";
  }
  if (typeof read !== "object" || read === null || !("fairlead" in read)) return "its first line is not an envelope";
  if (read.fairlead !== VERSION) return `it has version ${String(read.fairlead).slice(0, 20)}; this Fairlead reads version ${VERSION}`;
  const { mailFrom, recipients, body, smtpUtf8, ret, envid } = read as Record<string, unknown>;
  if (!isAddress(mailFrom, true)) return "its MAIL FROM is malformed";
  if (!Array.isArray(recipients) || recipients.length === 0) return "it has no recipient";
  if (recipients.length > MOST_PICKUP_RECIPIENTS) return `it has more than ${MOST_PICKUP_RECIPIENTS} recipients`;
  const to = recipients.map(recipientOf);
  if (!to.every((recipient) => recipient !== undefined)) return "a recipient is malformed";
  if (body !== "7bit" && body !== "8bit" && body !== "binary") return "its body kind is not known";
  if (ret !== undefined && ret !== "full" && ret !== "headers") return "its RET is not known";
  if (envid !== undefined && !isShort(envid, 100)) return "its ENVID is malformed";
  return {
    mailFrom,
    recipients: to,
    body,
    smtpUtf8: smtpUtf8 === true,
    ...(ret === undefined ? {} : { ret }),
    ...(envid === undefined ? {} : { envid }),
  };
}

function recipientOf(read: unknown): Recipient | undefined {
  if (typeof read !== "object" || read === null) return undefined;
  const { address, notify, orcpt } = read as Record<string, unknown>;
  if (!isAddress(address, false) || (notify !== undefined && !isNotify(notify)) || (orcpt !== undefined && !isShort(orcpt, 500)))
    return undefined;
  return { address, domain: domainOf(address), ...(notify === undefined ? {} : { notify }), ...(orcpt === undefined ? {} : { orcpt }) };
}

function isNotify(read: unknown): read is Notify {
  const words = ["success", "failure", "delay"];
  return read === "never" || (Array.isArray(read) && read.length > 0 && read.length <= 3 && read.every((word) => words.includes(word)));
}

/** Fit to stand in a command: no control character, no blank or bracket outside quotes (a stranger may have written the file). */
function isAddress(read: unknown, nullToo: boolean): read is string {
  if (read === "") return nullToo;
  if (typeof read !== "string" || Buffer.byteLength(read) > 254) return false;
  const at = read.lastIndexOf("@");
  const local = at < 0 ? read : read.slice(0, at);
  const plain = /^[^\s<>"(),:;\\[\]\p{Cc}]+$/u.test(local) || /^"(?:[^"\\\p{Cc}]|\\[^\p{Cc}])*"$/u.test(local);
  return plain && (at < 0 || domainOf(read) !== "");
}

function isShort(read: unknown, most: number): read is string {
  return typeof read === "string" && read.length > 0 && read.length <= most && !/\p{Cc}/u.test(read);
}

/** Lower case, A-labels; a literal with its brackets; "" for a bare local part and for what is no domain. */
export function domainOf(address: string): string {
  const domain = address.slice(address.lastIndexOf("@") + 1);
  if (!address.includes("@")) return "";
  return /^\[[\w.:-]+\]$/.test(domain) ? domain.toLowerCase() : domainToASCII(domain.replace(/\.$/, ""));
}

/** Writes into the name which message it becomes. Before the append. */
export async function claimPickup(folder: string, entry: PickupEntry, key: MessageKey): Promise<PickupEntry> {
  const [, at, secret] = NAME.exec(entry.name) ?? [];
  const name = `${at}-${secret}.${key}.msg`;
  await rename(join(folder, entry.name), join(folder, name));
  return { name, key };
}

/** After the append. */
export async function removePickup(folder: string, entry: PickupEntry): Promise<void> {
  await unlink(join(folder, entry.name));
}

/** Takes what can never be sent out of the list, and leaves it for a person to look at. Works for folders too. */
export async function setAsidePickup(folder: string, entry: PickupEntry): Promise<void> {
  await rename(join(folder, entry.name), join(folder, `${entry.name}.refused`));
}
