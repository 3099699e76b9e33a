/**
 * sendmail: the command that every program on a Unix server knows how to call. It writes the message into the drop
 * folder, where it is safe whether or not a node runs, and then wakes the node. Exit codes are those of sysexits.h,
 * because callers decide by them whether to try again.
 */
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { asBuffer, concat } from "../base/bytes.ts";
import { codeOf, Fault, textOf } from "../base/fault.ts";
import { systemRandom } from "../base/random.ts";
import { openClient } from "../control/api/client.ts";
import { readAddressList } from "../mail/message/address-list.ts";
import type { Recipient } from "../model/message.ts";
import { domainOf, MOST_PICKUP_RECIPIENTS, makePickupFolder, type PickupEnvelope, writePickup } from "../relay/intake/pickup-file.ts";
import { readyHeader } from "./sendmail-header.ts";
import { InputLines } from "./sendmail-lines.ts";
import { readSendmailWords, type SendmailWords } from "./sendmail-words.ts";
import type { Terminal } from "./terminal.ts";
import type { Call } from "./verb.ts";

/** sysexits.h */
const EX = { ok: 0, usage: 64, dataErr: 65, unavailable: 69, tempFail: 75, noPerm: 77, config: 78 } as const;

/** Held in memory; what is longer streams. Holds the longest header that is read, four times. */
const START_BYTES = 1024 * 1024;
const MOST_MESSAGE_BYTES = 50_000_000;
/** The node takes the file by itself soon; waking it is a courtesy that must not hold up the caller. */
const WAKE_MS = 2_000;

/** Ends sendmail with one of its codes. */
export class SendmailFault extends Fault<"SENDMAIL"> {
  readonly exit: number;
  constructor(exit: number, text: string, cause?: unknown) {
    super("SENDMAIL", text, cause);
    this.exit = exit;
  }
}

export async function run({ operands, terminal, signal }: Call): Promise<number> {
  const words = readSendmailWords(operands, terminal.env["FAIRLEAD_CALLED_AS"]);
  try {
    if (typeof words === "string") throw new SendmailFault(EX.usage, words);
    return await inMode(words, terminal, signal);
  } catch (thrown) {
    terminal.err(`sendmail: ${textOf(thrown)}\n`);
    return thrown instanceof SendmailFault ? thrown.exit : exitOf(codeOf(thrown));
  }
}

async function inMode(words: SendmailWords, terminal: Terminal, signal: AbortSignal): Promise<number> {
  switch (words.mode) {
    case "i":
      return EX.ok; // newaliases: there are none to rebuild
    case "help":
    case "p": {
      const { runCli } = await import("./cli.ts");
      const code = await runCli(
        words.mode === "help" ? ["help", "sendmail"] : ["queue", "list", "--data", dataFolder(words, terminal)],
        terminal,
        signal,
      );
      return code === 0 ? EX.ok : EX.tempFail;
    }
    case "s": {
      const { serveStdio } = await import("./sendmail-session.ts");
      await serveStdio(terminal, (envelope, content) => hand(words, terminal, envelope, content), MOST_MESSAGE_BYTES);
      return EX.ok;
    }
    default:
      return await takeMessage(words, terminal);
  }
}

async function takeMessage(words: SendmailWords, terminal: Terminal): Promise<number> {
  const host = mailHost(terminal);
  const qualified = (address: string): string => (address.includes("@") ? address : `${address}@${host}`);
  const mailFrom = senderOf(words, terminal, qualified);
  const named = words.recipients.flatMap((word) => mailboxesIn(word));
  const input = terminal.stdin[Symbol.asyncIterator]();
  const lines = new InputLines(words.dotsAreText);
  const { start, over } = await firstPart(input, lines);
  const now = terminal.clock.wall();
  const header = readyHeader(start, {
    fromHeaders: words.fromHeaders,
    from: {
      address: mailFrom === "" ? qualified(terminal.user) : mailFrom,
      ...(words.fullName === undefined ? {} : { name: words.fullName }),
    },
    now,
    uniqueId: `${now.toString(36)}.${asBuffer(systemRandom.bytes(8)).toString("hex")}`,
    host,
  });
  if (header === undefined) throw new SendmailFault(EX.dataErr, "the header is longer than anybody reads");
  const [fault] = header.faults;
  if (fault !== undefined) throw new SendmailFault(EX.dataErr, `a recipient in the header is malformed (${fault.why}): ${fault.text}`);
  const addresses = [...new Set([...named, ...header.recipients].map(qualified))];
  if (addresses.length === 0)
    throw new SendmailFault(
      EX.usage,
      words.fromHeaders
        ? "no recipient, neither in To, Cc and Bcc nor on the command line"
        : "no recipient; -t takes them from the message",
    );
  if (addresses.length > MOST_PICKUP_RECIPIENTS) throw new SendmailFault(EX.dataErr, `more than ${MOST_PICKUP_RECIPIENTS} recipients`);
  const envelope: PickupEnvelope = {
    mailFrom,
    recipients: addresses.map((address) => recipient(address, words)),
    body: words.body ?? (over || lines.eightBit ? "8bit" : "7bit"),
    smtpUtf8: [mailFrom, ...addresses].some((address) => /[^\x20-\x7e]/.test(address)),
    ...(words.ret === undefined ? {} : { ret: words.ret }),
    ...(words.envid === undefined ? {} : { envid: words.envid }),
  };
  await hand(words, terminal, envelope, wholeOf(header.bytes, input, lines, over));
  return EX.ok;
}

/** Reads until the input ends or the start is full; `over`: more follows. */
async function firstPart(
  input: AsyncIterator<Uint8Array>,
  lines: InputLines,
): Promise<{ readonly start: Uint8Array; readonly over: boolean }> {
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length < START_BYTES && !lines.ended) {
    const read = await input.next();
    const part = read.done ? lines.finish() : lines.take(read.value);
    parts.push(part);
    length += part.length;
    if (read.done) return { start: concat(parts), over: false };
  }
  return { start: concat(parts), over: !lines.ended };
}

async function* wholeOf(start: Uint8Array, input: AsyncIterator<Uint8Array>, lines: InputLines, over: boolean): AsyncIterable<Uint8Array> {
  let length = start.length;
  yield start;
  while (over && !lines.ended) {
    const read = await input.next();
    const part = read.done ? lines.finish() : lines.take(read.value);
    length += part.length;
    if (length > MOST_MESSAGE_BYTES) throw new SendmailFault(EX.dataErr, `the message has more than ${MOST_MESSAGE_BYTES} bytes`);
    yield part;
    if (read.done) return;
  }
}

function senderOf(words: SendmailWords, terminal: Terminal, qualified: (address: string) => string): string {
  if (words.sender === "") return "";
  const [only, more] = mailboxesIn(words.sender ?? terminal.user);
  if (only === undefined || more !== undefined) throw new SendmailFault(EX.usage, `-f takes one address, not ${words.sender}`);
  return qualified(only);
}

function mailboxesIn(word: string): readonly string[] {
  const { mailboxes, faults } = readAddressList(word);
  const [fault] = faults;
  if (fault !== undefined) throw new SendmailFault(EX.dataErr, `${word} is no address: ${fault.why}`);
  return mailboxes.map(({ address }) => address);
}

function recipient(address: string, { notify }: SendmailWords): Recipient {
  const domain = domainOf(address);
  if (domain === "" || Buffer.byteLength(address) > 254)
    throw new SendmailFault(EX.dataErr, `${address} is no address that mail can be sent to`);
  return { address, domain, ...(notify === undefined ? {} : { notify }) };
}

/** Into the drop folder, synced; then the node is told, if one runs. */
async function hand(words: SendmailWords, terminal: Terminal, envelope: PickupEnvelope, content: AsyncIterable<Uint8Array>): Promise<void> {
  const data = dataFolder(words, terminal);
  const folder = join(data, "pickup");
  if (!existsSync(folder)) await makePickupFolder(folder);
  const name = await writePickup(folder, envelope, content, terminal.clock.wall(), systemRandom);
  // It is safe now: no node, a busy one or one of another user takes it later.
  const woken = await openClient(join(data, "control.sock"), { timeoutMs: WAKE_MS })
    .call("pickup", {})
    .then(
      () => true,
      () => false,
    );
  if (words.verbose)
    terminal.err(
      `sendmail: ${envelope.recipients.length} recipient${envelope.recipients.length === 1 ? "" : "s"}, kept as ${join(folder, name)}${woken ? "; the node has it" : "; no node was told"}\n`,
    );
}

/** Named, or where a node of this machine usually keeps its mail. */
function dataFolder({ data }: SendmailWords, { env }: Terminal): string {
  const named = data ?? (env["FAIRLEAD_DATA"] || undefined);
  if (named !== undefined) return named;
  const usual = ["/var/lib/fairlead", fileURLToPath(new URL("../../data", import.meta.url))];
  const found = usual.find((folder) => existsSync(folder));
  if (found === undefined)
    throw new SendmailFault(EX.config, `no data folder: neither ${usual.join(" nor ")} exists; name it with --data DIR or FAIRLEAD_DATA`);
  return found;
}

/** The domain of addresses without one. */
function mailHost({ env }: Terminal): string {
  const named = env["FAIRLEAD_MAIL_HOST"];
  if (named) return named;
  try {
    const mailname = readFileSync("/etc/mailname", "utf8").trim();
    if (/^[\w.-]+$/.test(mailname)) return mailname;
  } catch {
    // Debian's file; elsewhere the machine's name serves
  }
  return hostname();
}

function exitOf(code: string): number {
  return code === "EACCES" || code === "EPERM" ? EX.noPerm : EX.tempFail;
}
