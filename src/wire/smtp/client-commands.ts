/**
 * The commands of a transaction as text, and what must not become one: an address that would break out of its line, a
 * message the receiver has said it cannot take.
 */
import type { LocalFault } from "../../model/outcome.ts";
import type { Capabilities, ClientRecipient, Transaction } from "./client.ts";
import { formatPath, isAddress, isAscii } from "./path.ts";
import { encodeXtext } from "./xtext.ts";

/** A transaction as the machine knows it: without the calls into its owner. */
export type ClientEnvelope = Pick<Transaction, "mailFrom" | "recipients" | "body" | "smtpUtf8" | "ret" | "envid" | "requireTls" | "bytes">;

/** Why this receiver cannot be asked at all; undefined if it can. */
export function cannotSend(envelope: ClientEnvelope, offered: Capabilities): LocalFault | undefined {
  if (!isSafe(envelope.mailFrom)) return { code: "bad-address", text: "the sender's address cannot stand in a command" };
  if (typeof offered.size === "number" && envelope.bytes > offered.size)
    return { code: "size", text: `${envelope.bytes} octets, and the host takes ${offered.size} at most` };
  if (envelope.body === "8bit" && !offered.eightBit) return { code: "8bit", text: "the host does not offer 8BITMIME" };
  if (envelope.body === "binary" && !(offered.binaryMime && offered.chunking))
    return { code: "binary", text: "the host does not offer BINARYMIME" };
  if (envelope.requireTls && !offered.requireTls) return { code: "requiretls", text: "the host does not offer REQUIRETLS" };
  if (!offered.smtpUtf8 && needsUtf8(envelope)) return { code: "smtputf8", text: "the host does not offer SMTPUTF8" };
  return undefined;
}

export function badRecipient(recipient: ClientRecipient): LocalFault | undefined {
  return recipient.address !== "" && isSafe(recipient.address)
    ? undefined
    : { code: "bad-address", text: "the address cannot stand in a command" };
}

export function mailCommand(envelope: ClientEnvelope, offered: Capabilities): string {
  let line = `MAIL FROM:${formatPath(envelope.mailFrom)}`;
  if (offered.size !== "not offered") line += ` SIZE=${envelope.bytes}`;
  if (envelope.body === "8bit") line += " BODY=8BITMIME";
  else if (envelope.body === "binary") line += " BODY=BINARYMIME";
  if (needsUtf8(envelope)) line += " SMTPUTF8";
  if (envelope.requireTls) line += " REQUIRETLS";
  if (offered.dsn && envelope.ret !== undefined) line += envelope.ret === "full" ? " RET=FULL" : " RET=HDRS";
  if (offered.dsn && envelope.envid !== undefined) line += ` ENVID=${encodeXtext(envelope.envid)}`;
  return line;
}

/** Without its line end, as `mailCommand`. */
export function rcptCommand(recipient: ClientRecipient, offered: Capabilities): string {
  let line = `RCPT TO:${formatPath(recipient.address)}`;
  if (offered.dsn) {
    const { notify, orcpt } = recipient;
    if (notify === "never" || (notify !== undefined && notify.length > 0))
      line += ` NOTIFY=${notify === "never" ? "NEVER" : notify.join(",").toUpperCase()}`;
    if (orcpt !== undefined) line += orcptParameter(orcpt);
  }
  return line;
}

/** RFC 3461 §4.2: the type is an atom in clear, the address xtext. What is neither is left out. */
function orcptParameter(orcpt: string): string {
  const semicolon = orcpt.indexOf(";");
  return semicolon > 0 && /^[A-Za-z0-9-]+$/.test(orcpt.slice(0, semicolon))
    ? ` ORCPT=${orcpt.slice(0, semicolon + 1)}${encodeXtext(orcpt.slice(semicolon + 1))}`
    : "";
}

function isSafe(address: string): boolean {
  return address === "" || isAddress(address);
}

function needsUtf8(envelope: ClientEnvelope): boolean {
  return envelope.smtpUtf8 || !isAscii(envelope.mailFrom) || envelope.recipients.some((recipient) => !isAscii(recipient.address));
}
